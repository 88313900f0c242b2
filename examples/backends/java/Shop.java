// A shop's backend for gopay-checkout, on Java's own HTTP (Platform.java) and SQLite.
// Its rules, and what you replace: ../README.md. Amounts are whole rupiah.

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

public class Shop extends Platform {
  static final String TOKEN_SECRET = env("ORDER_TOKEN_SECRET", "");
  static final String ORIGIN = env("SHOP_ORIGIN", "http://127.0.0.1:" + PORT);
  static final Map<String, Integer> PRICES =
      Map.of("kopi-gayo", 44_000, "teh-melati", 18_500, "gula-aren", 32_000);

  // All in seconds.
  static final long POLL_INTERVAL = 10; // between two polls that a page causes
  static final long TOKEN_LIFETIME = 86_400;
  static final long CLOCK_SKEW = 600;

  // Push streams. Each keeps a thread, so that there are fewer of them than threads.
  static final int MAX_STREAMS = Integer.parseInt(env("MAX_STREAMS", "100"));
  static final int THREADS = MAX_STREAMS + 32;
  static final long STREAM_LIFETIME = 900; // then the page opens another one
  static final long STREAM_INTERVAL = 1; // between two looks into the database
  static final long STREAM_HEARTBEAT = 3; // the second to a page that has gone frees its thread

  // Reconciliation
  static final long RECONCILE_INTERVAL = 5; // between two passes
  static final int RECONCILE_BATCH = 20; // requests to Midtrans in one pass
  static final long FIRST_BACKOFF = 15; // doubles with each poll
  static final long MAX_BACKOFF = 3600;
  static final int MAX_POLLS = 40; // a day and a half

  public static void main(String[] none) throws Exception {
    if (SERVER_KEY.isEmpty()) {
      stop("MIDTRANS_SERVER_KEY is not set");
    }
    if (TOKEN_SECRET.length() < 32) {
      stop("ORDER_TOKEN_SECRET must have at least 32 characters");
    }
    open(TABLE, INDEX, INDEX_TO_POLL, VIEW);
    reconcileForEver();
    serve(
        Integer.parseInt(PORT),
        THREADS,
        Map.of(
            "POST /api/shop/orders", Shop::placeOrder,
            "POST /api/gopay/charge", Shop::chargeRoute,
            "GET /api/gopay/orders/*", Shop::statusRoute,
            "GET /api/gopay/orders/*/events", Shop::eventsRoute,
            "POST /api/gopay/orders/*/cancel", Shop::cancelRoute,
            "POST /api/gopay/notifications", Shop::notificationRoute));
  }

  // ---- Database: one row for each attempt to collect an order's money, read as JSON from `row`

  static final String TABLE =
      """
      CREATE TABLE IF NOT EXISTS attempts (
          -- Midtrans' order_id: the shop's own, with a suffix from the second attempt on
          id TEXT PRIMARY KEY,
          order_id TEXT NOT NULL,
          gross_amount INTEGER NOT NULL,
          idempotency_key TEXT NOT NULL DEFAULT (hex(randomblob(16))),
          made_at INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
          sent INTEGER NOT NULL DEFAULT 0, -- its charge was requested at Midtrans
          rank REAL NOT NULL DEFAULT -1, -- how far the payment has come: see RANKS
          in_doubt INTEGER NOT NULL DEFAULT 0, -- settled, but fraud_status is not accept
          transaction_status TEXT NOT NULL DEFAULT '',
          status TEXT NOT NULL DEFAULT '{}', -- what Midtrans said, for the page
          -- the QR code and the link: Midtrans gives them once
          actions TEXT NOT NULL DEFAULT 'null',
          polled_at INTEGER NOT NULL DEFAULT 0, -- when the page's question last reached Midtrans
          polls INTEGER NOT NULL DEFAULT 0, -- how often reconciliation has asked
          next_poll_at INTEGER NOT NULL DEFAULT 0,
          row TEXT AS (json_object('id', id, 'order_id', order_id, 'gross_amount', gross_amount,
              'idempotency_key', idempotency_key, 'made_at', made_at, 'sent', sent, 'rank', rank,
              'in_doubt', in_doubt, 'transaction_status', transaction_status, 'polls', polls,
              'status', json(status), 'actions', json(actions)))
      )
      """;
  static final String INDEX = "CREATE INDEX IF NOT EXISTS attempts_of_order ON attempts (order_id)";
  static final String INDEX_TO_POLL =
      """
      CREATE INDEX IF NOT EXISTS attempts_to_poll ON attempts (next_poll_at)
      WHERE sent = 1 AND rank < 2
      """;
  // The orders to ship. Not what was refunded, in part or whole.
  static final String VIEW =
      """
      CREATE VIEW IF NOT EXISTS paid_orders AS
      SELECT DISTINCT order_id FROM attempts WHERE rank = 2
      """;

  static List<JsonObject> attemptsOf(String order) throws Exception {
    return sql("SELECT row FROM attempts WHERE order_id = ? ORDER BY rowid", order);
  }

  /** An attempt, or null. */
  static JsonObject attemptById(String id) throws Exception {
    return sql("SELECT row FROM attempts WHERE id = ?", id).stream().findFirst().orElse(null);
  }

  static JsonObject addAttempt(String id, String order, double grossAmount) throws Exception {
    sql(
        "INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)",
        id,
        order,
        grossAmount);
    return attemptById(id);
  }

  /**
   * The attempt that the payer is told about. Money that is there comes before money that went
   * back, then what can still be paid, then the newest end.
   */
  static JsonObject effectiveAttempt(String order) throws Exception {
    var query =
        """
        SELECT row FROM attempts WHERE order_id = ? AND rank >= 0
        ORDER BY CASE
                WHEN rank = 2 THEN 0
                WHEN rank >= 3 AND rank < 4 THEN 1
                WHEN rank >= 4 THEN 2
                WHEN rank = 0 THEN 3
                ELSE 4
            END, rowid DESC
        LIMIT 1
        """;
    return sql(query, order).stream()
        .findFirst()
        .orElseThrow(() -> apiError("404", "There is no transaction of this order"));
  }

  static double rankIn(JsonObject attempt) {
    return number(attempt, "rank");
  }

  // ---- What a status means

  static final double PENDING = 0;
  static final double ENDED = 1;
  static final double PAID = 2;
  static final double PARTLY_REFUNDED = 3;
  static final double REFUNDED = 4;

  /** How far a payment has come. It only goes forwards; what has no rank is not believed. */
  static final Map<String, Double> RANKS =
      Map.of(
          "pending", PENDING,
          "expire", ENDED,
          "cancel", ENDED,
          "deny", ENDED,
          "failure", ENDED,
          "capture", PAID,
          "settlement", PAID,
          "partial_refund", PARTLY_REFUNDED,
          "refund", REFUNDED);

  static String statusOf(JsonObject answer) {
    return text(answer, "transaction_status").toLowerCase();
  }

  /** An empty text, null and absence are the same. */
  static boolean isInDoubt(JsonObject answer) {
    var isAccepted = Set.of("", "accept").contains(text(answer, "fraud_status"));
    return RANKS.getOrDefault(statusOf(answer), Double.NaN) == PAID && !isAccepted;
  }

  /** NaN for what is not believed: it compares with nothing. */
  static double rankOf(JsonObject answer) {
    var rank = isInDoubt(answer) ? Double.NaN : RANKS.getOrDefault(statusOf(answer), Double.NaN);
    if (rank != PARTLY_REFUNDED) {
      return rank;
    }
    // The more was refunded, the further it has come.
    return rank + number(answer, "refund_amount") / number(answer, "gross_amount");
  }

  /** Money may still come for an attempt that ended or was never answered. */
  static boolean canStillBePaid(JsonObject attempt) {
    var isDenied = Set.of("deny", "failure").contains(text(attempt, "transaction_status"));
    return wasSent(attempt) && rankIn(attempt) < PAID && !isDenied;
  }

  static boolean wasSent(JsonObject attempt) {
    return number(attempt, "sent") == 1;
  }

  /** Midtrans' times are Jakarta's (UTC+7), without an offset. NaN for one that cannot be read. */
  static double secondsOf(String jakartaTime) {
    try {
      return LocalDateTime.parse(jakartaTime.replace(' ', 'T'))
          .toEpochSecond(ZoneOffset.ofHours(7));
    } catch (DateTimeParseException unreadable) {
      return Double.NaN;
    }
  }

  // ---- What is stored

  static JsonObject getStatus(String id, Set<String> allow) {
    return midtrans("GET", "/v2/" + id + "/status", null, "", allow);
  }

  /** 412: it is too late. 404: it was never made. */
  static void cancelAtMidtrans(String id) {
    midtrans("POST", "/v2/" + id + "/cancel", null, "", Set.of("412", "404"));
  }

  /** Stores what Midtrans answers about an attempt, if it is about this one. */
  static void applyStatus(JsonObject attempt, JsonObject answer, boolean isOwnCharge)
      throws Exception {
    var id = text(attempt, "id");
    var isKnown = in(attempt, "status").has("transaction_id");
    var known = isKnown ? in(attempt, "status") : answer;
    var isOurs =
        text(answer, "order_id").equals(id)
            && text(answer, "transaction_id").equals(text(known, "transaction_id"))
            && number(answer, "gross_amount") == number(attempt, "gross_amount")
            && Set.of("", "IDR").contains(text(answer, "currency"));
    if (!isOurs) {
      throw apiError("503", "Midtrans' answer contradicts " + id);
    }
    // The same order_id may have been used before: by an earlier shop, or by another system on the
    // account. Our own charge has the attempt's key with it. That needs no clock: to one that was
    // ahead when the order was made, its own charge would look older for ever. Only without the
    // key, which an attempt from a restored backup does not know, does the age decide: and what has
    // none may be anybody's.
    var hasKey = text(answer, "custom_field3").equals(text(attempt, "idempotency_key"));
    var isProven = isKnown || isOwnCharge || hasKey;
    var isYounger =
        secondsOf(text(answer, "transaction_time")) >= number(attempt, "made_at") - CLOCK_SKEW;
    if (!isProven && !isYounger) {
      throw apiError("503", "Midtrans' transaction of " + id + " is older, or undated");
    }

    sql("UPDATE attempts SET in_doubt = ? WHERE id = ?", isInDoubt(answer) ? 1 : 0, id);
    // In one statement, so that of two answers at once neither can take a payment backwards. A rank
    // of NaN is NULL there, and compares with nothing. Of the actions those for a browser:
    // get-status and cancel need the server key.
    var update =
        """
        UPDATE attempts
        SET status = json_patch(
                status, json_remove(?2, '$.actions', '$.signature_key', '$.custom_field3')),
            transaction_status = ?3,
            rank = ?4,
            actions = coalesce((
                SELECT nullif(json_group_array(json(value)), '[]')
                FROM json_each(?2, '$.actions')
                WHERE value ->> 'name' GLOB 'generate-qr-code*'
                    OR value ->> 'name' = 'deeplink-redirect'
            ), actions)
        WHERE id = ?1 AND (
            transaction_status = ?3 AND rank <= ?4
            OR transaction_status NOT IN ('deny', 'failure') AND rank < ?4
        )
        """;
    sql(update, id, answer.toString(), statusOf(answer), rankOf(answer));

    // An order that was paid is not to be paid twice: what can still be paid is cancelled.
    var attempts = attemptsOf(text(attempt, "order_id"));
    if (attempts.stream().noneMatch(one -> rankIn(one) >= PAID)) {
      return;
    }
    for (var one : attempts) {
      if (wasSent(one) && rankIn(one) <= PENDING) {
        cancelAtMidtrans(text(one, "id"));
      }
    }
  }

  /** Asks Midtrans. An attempt that was sent and not answered may not be there: false. */
  static boolean poll(JsonObject attempt) throws Exception {
    var answer =
        getStatus(text(attempt, "id"), rankIn(attempt) < PENDING ? Set.of("404") : Set.of());
    if (answer.size() > 0) {
      applyStatus(attempt, answer, false);
    }
    return answer.size() > 0;
  }

  // ---- Charging

  /**
   * Charges the order once: goes on with what was begun, and starts over only after the end that
   * the page has named.
   */
  static void charge(String order, String retryOf, JsonObject callback) throws Exception {
    var attempts = attemptsOf(order);
    if (attempts.isEmpty()) {
      throw apiError("404", "There is no such order");
    }
    var attempt = attempts.get(attempts.size() - 1);
    var isRetry =
        rankIn(attempt) == ENDED && text(in(attempt, "status"), "transaction_id").equals(retryOf);
    if (!isRetry && (attempt.get("actions").isJsonArray() || rankIn(attempt) >= ENDED)) {
      return;
    }

    // Every request to /v2/charge comes after these questions: was an earlier attempt paid after
    // all? Where Midtrans does not say, nothing is charged.
    for (var earlier : attempts) {
      if (canStillBePaid(earlier)) {
        poll(earlier);
      }
    }
    attempts = attemptsOf(order);
    if (attempts.stream().anyMatch(one -> rankIn(one) >= PAID)) {
      return;
    }
    if (attempts.stream().anyMatch(one -> number(one, "in_doubt") == 1)) {
      throw apiError("503", "Midtrans has not decided about an earlier payment yet");
    }

    attempt = attempts.get(attempts.size() - 1);
    if (isRetry) {
      attempt =
          addAttempt(
              order + "-" + System.currentTimeMillis(), order, number(attempt, "gross_amount"));
    } else if (attempt.get("actions").isJsonArray() || rankIn(attempt) >= ENDED) {
      return;
    }
    if (claimCharge(text(attempt, "id"))) {
      sendCharge(attempt, callback);
    } else { // a payment was stored since the questions: they are asked again
      charge(order, retryOf, callback);
    }
  }

  /**
   * Stores that the charge is sent, if no attempt at the order is paid or in doubt. In one
   * statement, because a notification may store a payment at any moment.
   */
  static boolean claimCharge(String id) throws Exception {
    var claim =
        """
        UPDATE attempts SET sent = 1, next_poll_at = ?2
        WHERE id = ?1 AND NOT EXISTS (
            SELECT 1 FROM attempts AS one
            WHERE one.order_id = attempts.order_id AND (one.rank >= 2 OR one.in_doubt = 1)
        )
        RETURNING row
        """;
    return !sql(claim, id, now() + FIRST_BACKOFF).isEmpty();
  }

  static void sendCharge(JsonObject attempt, JsonObject callback) throws Exception {
    var id = text(attempt, "id");
    var details = Map.of("order_id", id, "gross_amount", attempt.get("gross_amount"));
    var body = json(Map.of("payment_type", "gopay", "transaction_details", details));
    body.add("custom_field3", attempt.get("idempotency_key")); // get-status gives it back
    if (callback != null) {
      body.add("gopay", callback);
    }
    // After a crash the key is the same. 406: it was made before, and its answer was lost.
    var answer =
        midtrans("POST", "/v2/charge", body, text(attempt, "idempotency_key"), Set.of("406"));
    var isOwn = !text(answer, "transaction_status").isEmpty();
    if (!isOwn) {
      answer = getStatus(id, Set.of());
    }
    if (!(answer.get("actions") instanceof JsonArray)) {
      var url = MIDTRANS + "/v2/gopay/" + text(answer, "transaction_id") + "/qr-code";
      answer.add("actions", list(Map.of("name", "generate-qr-code", "method", "GET", "url", url)));
    }
    applyStatus(attempt, answer, isOwn);
  }

  // ---- Reconciliation: notifications get lost, and payers close the page

  static void reconcileForEver() {
    Runnable pass =
        () -> {
          try {
            reconcile();
          } catch (Exception error) { // one that escaped would end the job
            logError(error);
          }
        };
    Executors.newSingleThreadScheduledExecutor()
        .scheduleWithFixedDelay(pass, RECONCILE_INTERVAL, RECONCILE_INTERVAL, TimeUnit.SECONDS);
  }

  /**
   * Polls what is due. The first error ends the pass: a Midtrans in trouble is not asked twenty
   * times.
   */
  static void reconcile() throws Exception {
    for (int polled = 0; polled < RECONCILE_BATCH; polled++) {
      var attempt = nextToPoll();
      if (attempt == null) {
        return;
      }
      poll(attempt);
    }
  }

  /**
   * Takes the attempt that is due and schedules its next poll, in one statement: of two processes
   * one polls it, and one that fails or crashes comes again, later each time. A poll that is
   * scheduled further ahead than its wait can be was scheduled by a clock that was wrong: it is
   * due. Null if none is.
   */
  static JsonObject nextToPoll() throws Exception {
    var claim =
        """
        UPDATE attempts
        SET polls = polls + 1, next_poll_at = ?1 + min(?2 << polls, ?3)
        WHERE id = (
            SELECT id FROM attempts
            WHERE sent = 1 AND rank < 2 AND transaction_status NOT IN ('deny', 'failure')
                AND (next_poll_at <= ?1 OR next_poll_at > ?1 + min(?2 << polls, ?3))
                AND polls < ?4
            ORDER BY next_poll_at
            LIMIT 1
        )
        RETURNING row
        """;
    var found = sql(claim, now(), FIRST_BACKOFF, MAX_BACKOFF, MAX_POLLS);
    if (found.isEmpty()) {
      return null;
    }
    var attempt = found.get(0);
    if (number(attempt, "polls") == MAX_POLLS && rankIn(attempt) < ENDED) {
      log(text(attempt, "id") + " is still open, and polled for the last time");
    }
    return attempt;
  }

  // ---- Order tokens: `{expiry, seconds since 1970}.{HMAC of expiry and order}`

  static String tokenFor(String order, long expiry) throws Exception {
    return expiry + "." + hmac(TOKEN_SECRET, expiry + "." + order);
  }

  static String authorize(Request request, String order) throws Exception {
    var header = request.header("Authorization");
    var isReadable = header.matches("Bearer [1-9]\\d{0,11}\\.[0-9a-f]{64}");
    var token = isReadable ? header.substring("Bearer ".length()) : "0.";
    var expiry = Long.parseLong(token.split("\\.")[0]);
    if (expiry < now()) {
      throw apiError("401", "The order token is missing, unreadable or expired");
    }
    if (!isSame(token, tokenFor(order, expiry))) {
      throw apiError("403", "The order token is of another order");
    }
    return order;
  }

  // ---- Routes

  /** Your cart instead; the page needs what is answered here. No later request names an amount. */
  static JsonObject placeOrder(Request request) throws Exception {
    long grossAmount = 0;
    for (var item : request.list("items")) {
      var price = PRICES.get(text(item, "sku"));
      if (price == null || !text(item, "quantity").matches("[1-9]")) {
        throw apiError("400", "items: expected [{sku, quantity: 1 to 9}]");
      }
      grossAmount += price * Long.parseLong(text(item, "quantity"));
    }
    if (grossAmount == 0) {
      throw apiError("400", "items: expected [{sku, quantity: 1 to 9}]");
    }
    var order = "order-" + UUID.randomUUID().toString().substring(9);
    addAttempt(order, order, grossAmount);
    return json(
        Map.of(
            "order_id",
            order,
            "gross_amount",
            grossAmount,
            "order_token",
            tokenFor(order, now() + TOKEN_LIFETIME),
            "trusted_hosts",
            List.of(MIDTRANS.split("//")[1])));
  }

  static JsonObject chargeRoute(Request request) throws Exception {
    var body = request.body();
    var order = authorize(request, text(in(body, "transaction_details"), "order_id"));
    JsonObject callback = null;
    if (body.get("gopay") instanceof JsonObject gopay) {
      var url = text(gopay, "callback_url");
      if (!url.startsWith(ORIGIN + "/")) {
        throw apiError("400", "gopay.callback_url is no page of the shop");
      }
      callback = json(Map.of("enable_callback", true, "callback_url", url));
    }
    synchronized (order.intern()) { // one charge of an order at a time
      charge(order, text(body, "retry_of"), callback);
    }
    var attempt = effectiveAttempt(order);
    var answer = in(attempt, "status");
    if (rankIn(attempt) == PENDING) {
      answer.add("actions", attempt.get("actions"));
    }
    return answer;
  }

  static JsonObject statusRoute(Request request) throws Exception {
    var attempt = effectiveAttempt(authorize(request, request.order()));
    try {
      if (rankIn(attempt) < PAID && claimPoll(text(attempt, "id"))) {
        poll(attempt);
      }
    } catch (Exception error) {
      logError(error); // at Midtrans, or on a full disk: the status is as it was known
    }
    return in(effectiveAttempt(request.order()), "status");
  }

  /**
   * Of all requests of one interval the first asks Midtrans. A poll further ahead than an interval
   * was noted by a clock that was wrong, and holds up nobody.
   */
  static boolean claimPoll(String id) throws Exception {
    var claim =
        """
        UPDATE attempts SET polled_at = ?2
        WHERE id = ?1 AND (polled_at <= ?2 - ?3 OR polled_at > ?2 + ?3)
        RETURNING row
        """;
    return !sql(claim, id, now(), POLL_INTERVAL).isEmpty();
  }

  static final Semaphore STREAM_PERMITS = new Semaphore(MAX_STREAMS);

  /**
   * The push stream reads this shop's database: notifications and reconciliation bring what is new.
   * So it holds for several processes too, and costs Midtrans nothing.
   */
  static JsonObject eventsRoute(Request request) throws Exception {
    var order = authorize(request, request.order());
    effectiveAttempt(order); // or 404, as long as an error can be answered
    if (!STREAM_PERMITS.tryAcquire()) {
      throw apiError("503", "There are too many push streams"); // the page polls then
    }
    try (var stream = request.openStream()) {
      pushStatuses(order, stream);
    } catch (IOException gone) {
      // The page was closed.
    } catch (Exception error) {
      logError(error); // after the first byte an error can only end the stream
    } finally {
      STREAM_PERMITS.release();
    }
    return null;
  }

  static void pushStatuses(String order, OutputStream stream) throws Exception {
    var opened = uptime();
    var sentAt = opened;
    var sent = "";
    while (uptime() - opened < STREAM_LIFETIME) {
      var attempt = effectiveAttempt(order);
      var status = in(attempt, "status").toString();
      var event = "";
      if (!status.equals(sent)) {
        sent = status;
        var id = text(attempt, "id") + "." + text(attempt, "transaction_status");
        event = "event: status\nid: " + id + "\ndata: " + status + "\n\n";
      } else if (uptime() - sentAt >= STREAM_HEARTBEAT) {
        event = ":\n\n";
      }
      if (!event.isEmpty()) {
        sentAt = uptime();
        stream.write(event.getBytes());
        stream.flush();
      }
      if (rankIn(attempt) >= ENDED) {
        return;
      }
      TimeUnit.SECONDS.sleep(STREAM_INTERVAL);
    }
  }

  static JsonObject cancelRoute(Request request) throws Exception {
    var attempt = effectiveAttempt(authorize(request, request.order()));
    if (rankIn(attempt) == PENDING) {
      cancelAtMidtrans(text(attempt, "id"));
      poll(attempt);
    }
    attempt = effectiveAttempt(request.order());
    var answer = in(attempt, "status");
    if (!text(attempt, "transaction_status").equals("cancel")) {
      answer.addProperty("status_code", "412");
      answer.addProperty("status_message", "Transaction status cannot be updated.");
    }
    return answer;
  }

  static JsonObject notificationRoute(Request request) throws Exception {
    // Over the texts as they came, before anything else is read of them.
    var notification = request.body();
    var id = text(notification, "order_id");
    var signed =
        id + text(notification, "status_code") + text(notification, "gross_amount") + SERVER_KEY;
    if (!isSame(sha512(signed), text(notification, "signature_key"))) {
      throw apiError("403", "signature_key does not match");
    }
    var attempt = attemptById(id);
    if (attempt == null) {
      attempt = restoreAttempt(id);
    }
    if (attempt == null) { // of another system on the account, or the dashboard's test
      return errorBody("200", "OK, and no order of this shop");
    }

    // The signature does not cover the status: get-status decides, and is on disk before the 200.
    // Whatever fails is a 503: then Midtrans sends the notification again, four times.
    var isKnown = false;
    try {
      isKnown = poll(attempt);
    } catch (ApiError error) {
      logError(error);
    }
    if (!isKnown || rankOf(notification) > rankIn(attemptById(id))) {
      throw apiError("503", "Not confirmed by get-status yet");
    }
    return errorBody("200", "OK");
  }

  /**
   * An attempt at an order of ours that is not in the database: that was restored from a backup. Or
   * null.
   */
  static JsonObject restoreAttempt(String id) throws Exception {
    var order = id.matches(".+-\\d+") ? id.substring(0, id.lastIndexOf('-')) : "";
    var insert =
        """
        INSERT INTO attempts (id, order_id, gross_amount, made_at, sent)
        SELECT ?, order_id, gross_amount, made_at, 1 FROM attempts
        WHERE id = ? AND id = order_id
        """;
    sql(insert, id, order);
    return attemptById(id);
  }
}
