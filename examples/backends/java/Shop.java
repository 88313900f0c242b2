// A shop's backend for gopay-checkout, on Java's own HTTP (Platform.java) and SQLite.
// What it keeps and what you replace: ../README.md. Rupiah are whole numbers.

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

public class Shop extends Platform {
    static final String TOKEN_SECRET = env("ORDER_TOKEN_SECRET", "");
    static final String ORIGIN = env("SHOP_ORIGIN", "http://127.0.0.1:" + PORT);
    static final Map<String, Integer> PRICES = Map.of("kopi-gayo", 44_000, "teh-melati", 18_500, "gula-aren", 32_000);
    static final long POLL_INTERVAL = 10_000; // milliseconds, for one attempt
    static final long TOKEN_LIFETIME = 86_400; // seconds
    static final long CLOCKS_DIFFER = 600; // seconds

    public static void main(String[] none) throws Exception {
        if (SERVER_KEY.isEmpty()) {
            stop("MIDTRANS_SERVER_KEY is not set");
        }
        if (TOKEN_SECRET.length() < 32) {
            stop("ORDER_TOKEN_SECRET must have at least 32 characters");
        }
        open(TABLE, INDEX, VIEW);
        serve(Integer.parseInt(PORT), Map.of(
                "POST /api/shop/orders", Shop::placeOrder,
                "POST /api/gopay/charge", Shop::chargeRoute,
                "GET /api/gopay/orders/*", Shop::statusRoute,
                "POST /api/gopay/orders/*/cancel", Shop::cancelRoute,
                "POST /api/gopay/notifications", Shop::notificationRoute));
    }

    // ---- Database: one row for each attempt to collect an order's money. Each is read as JSON, from its column `row`

    static final String TABLE = """
            CREATE TABLE IF NOT EXISTS attempts (
                id TEXT PRIMARY KEY, -- Midtrans' order_id: the shop's own, with a suffix from the second attempt on
                order_id TEXT NOT NULL,
                gross_amount INTEGER NOT NULL,
                idempotency_key TEXT NOT NULL DEFAULT (hex(randomblob(16))),
                made_at INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
                sent INTEGER NOT NULL DEFAULT 0, -- its charge was requested at Midtrans
                rank REAL NOT NULL DEFAULT -1, -- how far the payment has come: see RANKS
                in_doubt INTEGER NOT NULL DEFAULT 0, -- settled, but fraud_status is not accept
                transaction_status TEXT NOT NULL DEFAULT '',
                status TEXT NOT NULL DEFAULT '{}', -- what Midtrans said, for the page
                actions TEXT NOT NULL DEFAULT 'null', -- the QR code and the link: Midtrans gives them once
                polled_at INTEGER NOT NULL DEFAULT 0,
                row TEXT AS (json_object('id', id, 'order_id', order_id, 'gross_amount', gross_amount,
                    'idempotency_key', idempotency_key, 'made_at', made_at, 'sent', sent, 'rank', rank,
                    'in_doubt', in_doubt, 'transaction_status', transaction_status,
                    'status', json(status), 'actions', json(actions)))
            )""";
    static final String INDEX = "CREATE INDEX IF NOT EXISTS attempts_of_order ON attempts (order_id)";
    // The orders to ship. Not what was refunded, in part or whole.
    static final String VIEW = """
            CREATE VIEW IF NOT EXISTS paid_orders AS SELECT DISTINCT order_id FROM attempts WHERE rank = 2""";

    static List<JsonObject> attemptsOf(String order) throws Exception {
        return sql("SELECT row FROM attempts WHERE order_id = ? ORDER BY rowid", order);
    }

    /** An attempt, or null. */
    static JsonObject attemptById(String id) throws Exception {
        return sql("SELECT row FROM attempts WHERE id = ?", id).stream().findFirst().orElse(null);
    }

    static JsonObject addAttempt(String id, String order, double grossAmount) throws Exception {
        sql("INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)", id, order, grossAmount);
        return attemptById(id);
    }

    /**
     * The attempt that the payer is told about. Money that is there comes before money that went back, then what can still
     * be paid, then the newest end.
     */
    static JsonObject deciding(String order) throws Exception {
        var query = """
                SELECT row FROM attempts WHERE order_id = ? AND rank >= 0 ORDER BY CASE
                    WHEN rank = 2 THEN 0 WHEN rank >= 3 AND rank < 4 THEN 1 WHEN rank >= 4 THEN 2
                    WHEN rank = 0 THEN 3 ELSE 4 END, rowid DESC LIMIT 1""";
        return sql(query, order).stream().findFirst()
                .orElseThrow(() -> refusal("404", "There is no transaction of this order"));
    }

    static double rankOfRow(JsonObject it) {
        return number(it, "rank");
    }

    // ---- What a status means

    static final double PENDING = 0, ENDED = 1, PAID = 2, PARTLY_REFUNDED = 3, REFUNDED = 4;

    /** How far a payment has come. It only goes forwards; what has no rank is not believed. */
    static final Map<String, Double> RANKS = Map.of(
            "pending", PENDING,
            "expire", ENDED,
            "cancel", ENDED,
            "deny", ENDED,
            "failure", ENDED,
            "capture", PAID,
            "settlement", PAID,
            "partial_refund", PARTLY_REFUNDED,
            "refund", REFUNDED);

    static String statusOf(JsonObject told) {
        return text(told, "transaction_status").toLowerCase();
    }

    /** An empty text, null and absence are the same. */
    static boolean isInDoubt(JsonObject told) {
        var isAccepted = Set.of("", "accept").contains(text(told, "fraud_status"));
        return RANKS.getOrDefault(statusOf(told), Double.NaN) == PAID && !isAccepted;
    }

    static double rankOf(JsonObject told) {
        var rank = isInDoubt(told) ? Double.NaN : RANKS.getOrDefault(statusOf(told), Double.NaN);
        return rank == PARTLY_REFUNDED ? rank + number(told, "refund_amount") / number(told, "gross_amount") : rank;
    }

    /** Money may still come for it, although it ended or was never answered. */
    static boolean mayBePaid(JsonObject it) {
        var isDenied = Set.of("deny", "failure").contains(text(it, "transaction_status"));
        return wasSent(it) && rankOfRow(it) < PAID && !isDenied;
    }

    static boolean wasSent(JsonObject it) {
        return number(it, "sent") == 1;
    }

    /** Jakarta's time has no offset in Midtrans' answers. One that cannot be read is no reason to refuse. */
    static double secondsOf(String jakartaTime) {
        try {
            return LocalDateTime.parse(jakartaTime.replace(' ', 'T')).toEpochSecond(ZoneOffset.ofHours(7));
        } catch (DateTimeParseException unreadable) {
            return Double.POSITIVE_INFINITY;
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

    /** Stores what Midtrans says about an attempt, if it is about this one. */
    static void learn(JsonObject it, JsonObject told, boolean isOwnCharge) throws Exception {
        var id = text(it, "id");
        var isKnown = in(it, "status").has("transaction_id");
        var known = isKnown ? in(it, "status") : told;
        var isOurs = text(told, "order_id").equals(id)
                && text(told, "transaction_id").equals(text(known, "transaction_id"))
                && number(told, "gross_amount") == number(it, "gross_amount")
                && Set.of("", "IDR").contains(text(told, "currency"));
        if (!isOurs) {
            throw refusal("503", "Midtrans' answer contradicts " + id);
        }
        // The same order_id may have been used before: by an earlier shop, or by another system on the account.
        var isOlder = secondsOf(text(told, "transaction_time")) < number(it, "made_at") - CLOCKS_DIFFER;
        if (!isKnown && !isOwnCharge && isOlder) {
            throw refusal("503", "Midtrans' transaction of " + id + " is older than the order");
        }

        sql("UPDATE attempts SET in_doubt = ? WHERE id = ?", isInDoubt(told) ? 1 : 0, id);
        // In one statement, and only forwards; NaN is NULL there, and compares with nothing. Of the actions those for a
        // browser: get-status and cancel need the server key.
        sql("""
                UPDATE attempts SET
                    status = json_patch(status, json_remove(?2, '$.actions', '$.signature_key')),
                    transaction_status = ?3,
                    rank = ?4,
                    actions = coalesce((SELECT nullif(json_group_array(json(value)), '[]') FROM json_each(?2, '$.actions')
                        WHERE value ->> 'name' GLOB 'generate-qr-code*' OR value ->> 'name' = 'deeplink-redirect'), actions)
                WHERE id = ?1 AND (transaction_status = ?3 AND rank <= ?4
                    OR transaction_status NOT IN ('deny', 'failure') AND rank < ?4)""",
                id, told.toString(), statusOf(told), rankOf(told));

        // An order that was paid is not to be paid twice: what can still be paid is cancelled.
        var attempts = attemptsOf(text(it, "order_id"));
        if (attempts.stream().noneMatch(one -> rankOfRow(one) >= PAID)) {
            return;
        }
        for (var one : attempts) {
            if (wasSent(one) && rankOfRow(one) <= PENDING) {
                cancelAtMidtrans(text(one, "id"));
            }
        }
    }

    /** Whether Midtrans knows it. An attempt that was sent and not answered may not be there. */
    static boolean poll(JsonObject it) throws Exception {
        var told = getStatus(text(it, "id"), rankOfRow(it) < PENDING ? Set.of("404") : Set.of());
        if (told.size() > 0) {
            learn(it, told, false);
        }
        return told.size() > 0;
    }

    // ---- Charging

    /** Charges the order once: goes on with what was begun, and starts over only after the end that the page has named. */
    static void charge(String order, String retryOf, JsonObject callback) throws Exception {
        var attempts = attemptsOf(order);
        if (attempts.isEmpty()) {
            throw refusal("404", "There is no such order");
        }
        var it = attempts.get(attempts.size() - 1);
        var isRetry = rankOfRow(it) == ENDED && text(in(it, "status"), "transaction_id").equals(retryOf);
        if (!isRetry && (it.get("actions").isJsonArray() || rankOfRow(it) >= ENDED)) {
            return;
        }

        // Every request to /v2/charge comes after these questions: was an earlier attempt paid after all? Where Midtrans
        // does not say, nothing is charged.
        for (var earlier : attempts) {
            if (mayBePaid(earlier)) {
                poll(earlier);
            }
        }
        attempts = attemptsOf(order);
        if (attempts.stream().anyMatch(one -> rankOfRow(one) >= PAID)) {
            return;
        }
        if (attempts.stream().anyMatch(one -> number(one, "in_doubt") == 1)) {
            throw refusal("503", "Midtrans has not decided about an earlier payment yet");
        }

        it = attempts.get(attempts.size() - 1);
        if (isRetry) {
            it = addAttempt(order + "-" + now(), order, number(it, "gross_amount"));
        } else if (it.get("actions").isJsonArray() || rankOfRow(it) >= ENDED) {
            return;
        }
        sendCharge(it, callback);
    }

    static void sendCharge(JsonObject it, JsonObject callback) throws Exception {
        var id = text(it, "id");
        sql("UPDATE attempts SET sent = 1 WHERE id = ?", id);
        var details = Map.of("order_id", id, "gross_amount", it.get("gross_amount"));
        var body = json(Map.of("payment_type", "gopay", "transaction_details", details));
        if (callback != null) {
            body.add("gopay", callback);
        }
        // After a crash the key is the same. 406: it was made before, and its answer was lost.
        var told = midtrans("POST", "/v2/charge", body, text(it, "idempotency_key"), Set.of("406"));
        var isOwn = !text(told, "transaction_status").isEmpty();
        if (!isOwn) {
            told = getStatus(id, Set.of());
        }
        if (!(told.get("actions") instanceof JsonArray)) {
            var url = MIDTRANS + "/v2/gopay/" + text(told, "transaction_id") + "/qr-code";
            told.add("actions", list(Map.of("name", "generate-qr-code", "method", "GET", "url", url)));
        }
        learn(it, told, isOwn);
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
        if (expiry * 1000 < now()) {
            throw refusal("401", "The order token is missing, unreadable or expired");
        }
        if (!isSame(token, tokenFor(order, expiry))) {
            throw refusal("403", "The order token is of another order");
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
                throw refusal("400", "items: expected [{sku, quantity: 1 to 9}]");
            }
            grossAmount += price * Long.parseLong(text(item, "quantity"));
        }
        if (grossAmount == 0) {
            throw refusal("400", "items: expected [{sku, quantity: 1 to 9}]");
        }
        var order = "order-" + UUID.randomUUID().toString().substring(9);
        addAttempt(order, order, grossAmount);
        return json(Map.of(
                "order_id", order,
                "gross_amount", grossAmount,
                "order_token", tokenFor(order, now() / 1000 + TOKEN_LIFETIME),
                "trusted_hosts", List.of(MIDTRANS.split("//")[1])));
    }

    static JsonObject chargeRoute(Request request) throws Exception {
        var body = request.body();
        var order = authorize(request, text(in(body, "transaction_details"), "order_id"));
        JsonObject callback = null;
        if (body.get("gopay") instanceof JsonObject gopay) {
            var url = text(gopay, "callback_url");
            if (!url.startsWith(ORIGIN + "/")) {
                throw refusal("400", "gopay.callback_url is no page of the shop");
            }
            callback = json(Map.of("enable_callback", true, "callback_url", url));
        }
        synchronized (order.intern()) { // one request about an order at a time
            charge(order, text(body, "retry_of"), callback);
        }
        var it = deciding(order);
        var answer = in(it, "status");
        if (rankOfRow(it) == PENDING) {
            answer.add("actions", it.get("actions"));
        }
        return answer;
    }

    static JsonObject statusRoute(Request request) throws Exception {
        var it = deciding(authorize(request, request.order()));
        // Of all requests of one interval the first asks Midtrans; where that fails, the status is as it was known.
        var due = "UPDATE attempts SET polled_at = ?2 WHERE id = ?1 AND polled_at <= ?2 - ?3 RETURNING row";
        if (rankOfRow(it) < PAID && !sql(due, text(it, "id"), now(), POLL_INTERVAL).isEmpty()) {
            try {
                poll(it);
            } catch (Refusal error) {
                log(error.getMessage());
            }
        }
        return in(deciding(request.order()), "status");
    }

    static JsonObject cancelRoute(Request request) throws Exception {
        var it = deciding(authorize(request, request.order()));
        if (rankOfRow(it) == PENDING) {
            cancelAtMidtrans(text(it, "id"));
            poll(it);
        }
        it = deciding(request.order());
        var answer = in(it, "status");
        if (!text(it, "transaction_status").equals("cancel")) {
            answer.addProperty("status_code", "412");
            answer.addProperty("status_message", "Transaction status cannot be updated.");
        }
        return answer;
    }

    static JsonObject notificationRoute(Request request) throws Exception {
        // Over the texts as they came, before anything else is read of them.
        var told = request.body();
        var id = text(told, "order_id");
        var signed = id + text(told, "status_code") + text(told, "gross_amount") + SERVER_KEY;
        if (!isSame(sha512(signed), text(told, "signature_key"))) {
            throw refusal("403", "signature_key does not match");
        }
        var it = attemptById(id);
        if (it == null) {
            it = restored(id);
        }
        if (it == null) { // of another system on the account, or the dashboard's test
            return errorBody("200", "OK, and no order of this shop");
        }

        // The signature does not cover the status: get-status decides, and is on disk before the 200. Whatever fails is a
        // 503: then Midtrans sends the notification again, four times.
        var isKnown = false;
        try {
            isKnown = poll(it);
        } catch (Refusal error) {
            log(error.getMessage());
        }
        if (!isKnown || rankOf(told) > rankOfRow(attemptById(id))) {
            throw refusal("503", "Not confirmed by get-status yet");
        }
        return errorBody("200", "OK");
    }

    /** An attempt at an order of ours that is not in the database: that was restored from a backup. Or null. */
    static JsonObject restored(String id) throws Exception {
        var order = id.matches(".+-\\d+") ? id.substring(0, id.lastIndexOf('-')) : "";
        sql("""
                INSERT INTO attempts (id, order_id, gross_amount, made_at, sent)
                SELECT ?, order_id, gross_amount, made_at, 1 FROM attempts WHERE id = ? AND id = order_id""", id, order);
        return attemptById(id);
    }
}
