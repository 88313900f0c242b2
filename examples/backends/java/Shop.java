// A shop's backend for gopay-checkout, on Java's own HTTP (Platform.java) and SQLite. What it keeps: ../README.md
import com.google.gson.*;
import java.util.*;

public class Shop extends Platform {
    static final String SECRET = env("ORDER_TOKEN_SECRET", ""), ORIGIN = env("SHOP_ORIGIN", "http://127.0.0.1:" + PORT);
    static final Map<String, Integer> PRICES = Map.of("kopi-gayo", 44_000, "teh-melati", 18_500, "gula-aren", 32_000); // Rp

    // One row for each attempt to collect, read as JSON. The first is made with the order, where alone an amount is named.
    static final String TABLE = """
        CREATE TABLE IF NOT EXISTS attempts (id TEXT PRIMARY KEY, order_id TEXT NOT NULL, gross_amount INTEGER NOT NULL,
        idempotency_key TEXT DEFAULT (hex(randomblob(16))), rank REAL DEFAULT -1, word TEXT DEFAULT '', status TEXT DEFAULT '{}',
        actions TEXT DEFAULT 'null', asked_at INTEGER DEFAULT 0, row TEXT AS (json_object('id', id, 'order_id', order_id, 'rank',
        rank, 'gross_amount', gross_amount, 'key', idempotency_key, 'status', json(status), 'actions', json(actions))))""";
    static JsonObject first(String which, String id) throws Exception {
        return sql("SELECT row FROM attempts WHERE " + which, id).stream().findFirst().orElseThrow(() -> refusal("404", "None"));
    }
    static JsonObject place(String id, String order, double amount) throws Exception {
        return sql("INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?) RETURNING row", id, order, amount).get(0);
    }
    // What a payer is told about: a paid attempt before any other, else the latest that Midtrans knows.
    static final String SHOWN = "order_id = ? AND rank >= 0 ORDER BY rank >= 2 DESC, rowid DESC";

    // How far a payment has come. It never goes back; what has no rank is not believed.
    static final Map<String, Double> RANKS = Map.of("pending", 0.0, "expire", 1.0, "cancel", 1.0, "deny", 1.0, "failure", 1.0,
        "capture", 2.0, "settlement", 2.0, "partial_refund", 3.0, "refund", 4.0);
    static final double PENDING = 0, ENDED = 1, PAID = 2, PARTLY_REFUNDED = 3;
    static double rank(JsonObject told) {
        var rank = RANKS.getOrDefault(text(told, "transaction_status").toLowerCase(), Double.NaN);
        if (rank == PAID && !Set.of("", "accept").contains(text(told, "fraud_status"))) return Double.NaN;
        return rank != PARTLY_REFUNDED ? rank : rank + number(told, "refund_amount") / number(told, "gross_amount");
    }

    static JsonObject get(String id, String but) { return midtrans("GET", "/v2/" + id + "/status", null, "", but); }
    // Writes down what Midtrans answered, if it is about this attempt: in one statement, which only goes forwards. Of the
    // actions those for browsers: get-status and cancel want the server key.
    static void learn(JsonObject it, JsonObject told) throws Exception {
        if (told.size() == 0) return;
        var known = in(it, "status").has("transaction_id") ? in(it, "status") : told;
        var isOurs = text(told, "order_id").equals(text(it, "id")) && Set.of("", "IDR").contains(text(told, "currency"))
            && text(told, "transaction_id").equals(text(known, "transaction_id"))
            && number(told, "gross_amount") == number(it, "gross_amount");
        if (!isOurs) throw refusal("503", "An answer contradicts " + text(it, "id"));
        sql("""
            UPDATE attempts SET status = json_patch(status, json_remove(?2, '$.actions', '$.signature_key')), word = ?3,
            rank = ?4, actions = coalesce((SELECT nullif(json_group_array(json(value)), '[]') FROM json_each(?2, '$.actions')
              WHERE value ->> 'name' GLOB 'generate-qr-code*' OR value ->> 'name' = 'deeplink-redirect'), actions)
            WHERE id = ?1 AND (word = ?3 AND rank <= ?4 OR word NOT IN ('deny', 'failure') AND rank < ?4)""",
            text(it, "id"), told.toString(), text(told, "transaction_status").toLowerCase(), rank(told));
        if (number(first(SHOWN, text(it, "order_id")), "rank") < PAID) return; // late, another open? Nobody is to pay twice.
        for (var open : sql("SELECT row FROM attempts WHERE order_id = ? AND rank = 0", text(it, "order_id"))) cancel(open);
    }
    static void cancel(JsonObject it) { midtrans("POST", "/v2/" + text(it, "id") + "/cancel", null, "", "412"); } // too late

    // Charges the order once: goes on with what was begun, and starts over only after the end that the page has named.
    static void charge(String order, String retryOf, String url) throws Exception {
        var it = first("order_id = ? ORDER BY rowid DESC", order);
        if (number(it, "rank") == ENDED && text(in(it, "status"), "transaction_id").equals(retryOf)) {
            // Was any of them paid after all? What was denied cannot be. Where Midtrans does not say, nothing is charged.
            for (var late : sql("SELECT row FROM attempts WHERE order_id = ? AND word IN ('expire', 'cancel')", order))
                learn(late, get(text(late, "id"), "none"));
            if (number(first(SHOWN, order), "rank") == ENDED) it = place(order + "-" + now(), order, number(it, "gross_amount"));
        }
        if (it.get("actions").isJsonArray() || number(it, "rank") >= ENDED) return;
        var details = Map.of("order_id", it.get("id"), "gross_amount", it.get("gross_amount"));
        var body = json(Map.of("payment_type", "gopay", "transaction_details", details));
        if (!url.isEmpty()) body.add("gopay", json(Map.of("enable_callback", true, "callback_url", url)));
        // The key is the same after a crash. 406 or no status: it was made before, and its answer was lost.
        var told = midtrans("POST", "/v2/charge", body, text(it, "key"), "406");
        if (text(told, "transaction_status").isEmpty()) told = get(text(it, "id"), "none");
        var qr = BASE + "/v2/gopay/" + text(told, "transaction_id") + "/qr-code";
        if (!told.has("actions")) told.add("actions", list(Map.of("name", "generate-qr-code", "method", "GET", "url", qr)));
        learn(it, told);
    }

    // An order token is `{seconds since 1970}.{HMAC of order and expiry}`.
    static String token(String order, long expiry) throws Exception { return expiry + "." + hmac(SECRET, order + "|" + expiry); }
    static String opened(Request it, String order) throws Exception {
        var token = it.header("Authorization").replace("Bearer ", "");
        var expiry = token.matches("\\d{1,12}\\.[0-9a-f]{64}") ? Long.parseLong(token.split("\\.")[0]) : 0;
        if (expiry * 1000 < now()) throw refusal("401", "The order token is missing or has expired");
        if (!isSame(token, token(order, expiry))) throw refusal("403", "The order token is of another order");
        return order;
    }

    public static void main(String[] none) throws Exception {
        if (KEY.isEmpty() || SECRET.length() < 32) throw new Error("set MIDTRANS_SERVER_KEY, ORDER_TOKEN_SECRET (32 characters)");
        open(DATABASE, TABLE);
        serve(Integer.parseInt(PORT), Map.of(
            "POST /api/shop/orders", Shop::ordered, // your cart instead; the page needs what is answered there
            "POST /api/gopay/charge", Shop::charged,
            "GET /api/gopay/orders/*", Shop::status,
            "POST /api/gopay/orders/*/cancel", Shop::cancelled,
            "POST /api/gopay/notifications", Shop::notified));
    }
    static JsonObject ordered(Request it) throws Exception {
        var cart = it.list("items");
        var isSold = cart.stream().allMatch(of -> PRICES.containsKey(text(of, "sku")) && text(of, "quantity").matches("[1-9]"));
        if (cart.isEmpty() || !isSold) throw refusal("400", "items: expected [{sku, quantity: 1 to 9}]");
        var amount = cart.stream().mapToLong(one -> PRICES.get(text(one, "sku")) * (long) number(one, "quantity")).sum();
        var order = "order-" + UUID.randomUUID().toString().substring(9);
        place(order, order, amount);
        return json(Map.of("order_id", order, "gross_amount", amount, "order_token", token(order, now() / 1000 + 86_400),
            "trusted_hosts", List.of(BASE.split("//")[1])));
    }
    static JsonObject charged(Request it) throws Exception {
        var order = opened(it, text(in(it.body(), "transaction_details"), "order_id"));
        var url = text(in(it.body(), "gopay"), "callback_url");
        if (!url.isEmpty() && !url.startsWith(ORIGIN + "/")) throw refusal("400", "gopay.callback_url is no page of the shop");
        synchronized (order.intern()) { charge(order, text(it.body(), "retry_of"), url); } // one after another about one order
        var known = first(SHOWN, order);
        if (number(known, "rank") == PENDING) in(known, "status").add("actions", known.get("actions"));
        return in(known, "status");
    }
    static JsonObject status(Request it) throws Exception {
        var known = first(SHOWN, opened(it, it.order()));
        var gate = "UPDATE attempts SET asked_at = ?2 WHERE id = ?1 AND asked_at <= ?2 - 10000 RETURNING row"; // one asks for all
        var isMine = number(known, "rank") < PAID && !sql(gate, text(known, "id"), now()).isEmpty();
        if (isMine) learn(known, get(text(known, "id"), "5")); // 5xx: then as it was known
        return in(first(SHOWN, it.order()), "status");
    }
    static JsonObject cancelled(Request it) throws Exception {
        var known = first(SHOWN, opened(it, it.order()));
        if (number(known, "rank") == PENDING) { cancel(known); learn(known, get(text(known, "id"), "none")); }
        var status = in(first(SHOWN, it.order()), "status");
        if (!text(status, "transaction_status").equals("cancel")) status.addProperty("status_code", "412");
        return status;
    }
    static JsonObject notified(Request it) throws Exception {
        var id = text(it.body(), "order_id");
        var signed = id + text(it.body(), "status_code") + text(it.body(), "gross_amount") + KEY;
        if (!isSame(sha512(signed), text(it.body(), "signature_key"))) throw refusal("403", "signature_key does not match");
        // The signature does not cover the status: get-status decides, and is on disk before 200. After 503 it comes again.
        learn(first("id = ?", id), get(id, "none"));
        if (rank(it.body()) > number(first("id = ?", id), "rank")) throw refusal("503", "Not confirmed by get-status yet");
        return json(Map.of("status_code", "200", "status_message", "OK"));
    }
}
