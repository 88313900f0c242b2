// What Express, Flask and Midtrans' own libraries bring along elsewhere: JSON, SQL and HTTP, without a framework.
import com.google.gson.*;
import com.sun.net.httpserver.*;
import java.io.IOException;
import java.net.*;
import java.net.http.*;
import java.security.*;
import java.sql.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;

abstract class Platform {
    static final String KEY = env("MIDTRANS_SERVER_KEY", ""), BASE = env("MIDTRANS_BASE_URL", "http://127.0.0.1:7081"),
        PORT = env("PORT", "7080"), DATABASE = env("DATABASE", "shop.sqlite3");
    static String env(String name, String other) { return System.getenv().getOrDefault(name, other); }
    static long now() { return System.currentTimeMillis(); }

    // An answer that is no success, in the shape of Midtrans' own errors.
    static class Refusal extends RuntimeException { JsonObject body; Refusal(JsonObject it) { body = it; } }
    static Refusal refusal(String code, String why) {
        return new Refusal(json(Map.of("status_code", code, "status_message", why)));
    }

    // Of what is not there, or is something else: an empty object, an empty text.
    static JsonObject json(Map<?, ?> it) { return new Gson().toJsonTree(it).getAsJsonObject(); }
    static JsonElement list(Object... of) { return new Gson().toJsonTree(of); }
    static JsonObject in(JsonObject it, String name) { return it.get(name) instanceof JsonObject one ? one : new JsonObject(); }
    static String text(JsonObject it, String name) { return it.get(name) instanceof JsonPrimitive one ? one.getAsString() : ""; }
    static double number(JsonObject it, String name) { return Double.parseDouble(text(it, name)); }

    static String hmac(String secret, String text) throws GeneralSecurityException {
        var mac = javax.crypto.Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes()));
    }
    static String sha512(String text) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(text.getBytes()));
    }
    // In a time that tells nothing of where they differ.
    static boolean isSame(String one, String other) { return MessageDigest.isEqual(one.getBytes(), other.getBytes()); }

    private static Connection db;
    static void open(String database, String table) throws SQLException {
        db = DriverManager.getConnection("jdbc:sqlite:" + database + "?synchronous=FULL&busy_timeout=10000");
        sql(table);
    }
    // The rows' first column, which is JSON.
    static synchronized List<JsonObject> sql(String query, Object... values) throws SQLException {
        try (var it = db.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) it.setObject(i + 1, values[i]);
            var rows = new ArrayList<JsonObject>();
            if (!it.execute()) return rows;
            for (var all = it.getResultSet(); all.next(); ) rows.add(new Gson().fromJson(all.getString(1), JsonObject.class));
            return rows;
        }
    }

    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    // Midtrans' answer; an empty one where it refuses with a code that begins with `but`. 503 is no answer.
    static JsonObject midtrans(String method, String path, JsonObject body, String idempotencyKey, String but) {
        var basic = "Basic " + Base64.getEncoder().encodeToString((KEY + ":").getBytes());
        var request = HttpRequest.newBuilder(URI.create(BASE + path)).timeout(Duration.ofSeconds(10))
            .headers("Authorization", basic, "Accept", "application/json", "Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body == null ? "" : body.toString()));
        if (!idempotencyKey.isEmpty()) request.header("Idempotency-Key", idempotencyKey);
        var told = json(Map.of("status_code", "503", "status_message", path + " was not answered"));
        try {
            var answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
            if (JsonParser.parseString(answer) instanceof JsonObject it && it.has("status_code")) told = it;
        } catch (IOException | InterruptedException | JsonParseException unanswered) {
            System.err.println(path + ": " + unanswered.getClass().getSimpleName());
        }
        var code = text(told, "status_code");
        if (code.compareTo("400") < 0 || code.equals("407")) return told; // 407 is how it says `expire`
        if (code.startsWith(but)) return new JsonObject();
        throw new Refusal(told);
    }

    // `order` is the one in the path.
    record Request(HttpExchange http, String order, JsonObject body) {
        String header(String name) { return Objects.requireNonNullElse(http.getRequestHeaders().getFirst(name), ""); }
        List<JsonObject> list(String name) {
            var all = body.get(name) instanceof JsonArray them ? them.asList() : List.<JsonElement>of();
            return all.stream().map(one -> one instanceof JsonObject it ? it : new JsonObject()).toList();
        }
    }
    interface Route { JsonObject answer(Request request) throws Exception; }

    static void serve(int port, Map<String, Route> routes) throws IOException {
        System.setProperty("sun.net.httpserver.maxReqTime", "20"); // seconds
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newFixedThreadPool(32));
        server.createContext("/", http -> {
            JsonObject told;
            int code = 200;
            try (http) {
                try {
                    told = answer(http, routes);
                } catch (Refusal refused) {
                    told = refused.body;
                    code = Integer.parseInt(text(told, "status_code"));
                } catch (Exception trouble) {
                    told = refusal("503", "Please retry later.").body;
                    code = 503;
                    trouble.printStackTrace();
                }
                http.getResponseHeaders().putAll(Map.of("Content-Type", List.of("application/json"),
                    "Cache-Control", List.of("no-store"), "X-Content-Type-Options", List.of("nosniff")));
                var bytes = told.toString().getBytes();
                http.sendResponseHeaders(code, bytes.length);
                http.getResponseBody().write(bytes);
            }
        });
        server.start();
    }
    private static JsonObject answer(HttpExchange http, Map<String, Route> routes) throws Exception {
        var path = http.getRequestURI().getPath();
        var at = Pattern.compile("/api/gopay/orders/([^/]+)(/cancel)?").matcher(path);
        var order = at.matches() ? at.group(1) : "";
        var name = order.isEmpty() ? path : "/api/gopay/orders/*" + Objects.requireNonNullElse(at.group(2), "");
        var route = routes.get(http.getRequestMethod() + " " + name);
        if (route == null) throw refusal("404", "The requested resource is not found");
        var request = new Request(http, order, new JsonObject());
        if (!order.isEmpty()) return route.answer(request);
        if (!request.header("Content-Type").startsWith("application/json")) throw refusal("415", "Expected application/json");
        try {
            var body = new String(http.getRequestBody().readNBytes(16 * 1024));
            if (JsonParser.parseString(body) instanceof JsonObject it) return route.answer(new Request(http, order, it));
        } catch (JsonParseException unreadable) { /* said below */ }
        throw refusal("400", "Expected a JSON object of at most 16 kB");
    }
}
