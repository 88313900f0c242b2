// What a framework and Midtrans' library bring along elsewhere: JSON, SQL and HTTP, on Java's own
// server and client.

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

abstract class Platform {
  static final String SERVER_KEY = env("MIDTRANS_SERVER_KEY", "");
  static final String MIDTRANS = env("MIDTRANS_BASE_URL", "http://127.0.0.1:7081");
  static final String PORT = env("PORT", "7080");
  static final String DATABASE = env("DATABASE", "shop.sqlite3");
  static final Duration MIDTRANS_TIMEOUT = Duration.ofSeconds(10);

  static String env(String name, String other) {
    return System.getenv().getOrDefault(name, other);
  }

  /** Seconds since 1970. */
  static long now() {
    return System.currentTimeMillis() / 1000;
  }

  /** Seconds that go on evenly when the clock is set. */
  static long uptime() {
    return System.nanoTime() / 1_000_000_000;
  }

  static void stop(String why) {
    System.err.println(why);
    System.exit(1);
  }

  /** One line, whatever stands in the text. */
  static void log(String text) {
    System.err.println(new Gson().toJson(text));
  }

  static void logError(Exception error) {
    if (!(error instanceof MidtransError)) { // midtrans() has logged its own
      log(error.toString());
    }
  }

  // ---- Errors, in the shape of Midtrans' own

  static class ApiError extends RuntimeException {
    final JsonObject body;

    ApiError(JsonObject body) {
      super(text(body, "status_message"));
      this.body = body;
    }
  }

  /** What Midtrans answered instead, or 503 where it did not answer. */
  static class MidtransError extends ApiError {
    MidtransError(JsonObject body) {
      super(body);
    }
  }

  static JsonObject errorBody(String code, String message) {
    return json(Map.of("status_code", code, "status_message", message));
  }

  static ApiError apiError(String code, String why) {
    return new ApiError(errorBody(code, why));
  }

  static final Set<String> CODES_FOR_PAGE =
      Set.of("400", "402", "406", "410", "411", "412", "413", "414", "429");

  /**
   * Midtrans' 401, 403 and 404 are about our key and our rows: the page would take them for the
   * payer's session.
   */
  static JsonObject errorForPage(JsonObject body) {
    if (CODES_FOR_PAGE.contains(text(body, "status_code"))) {
      return body;
    }
    return errorBody("503", "Midtrans: " + text(body, "status_message"));
  }

  // ---- JSON. What is not there, is null or is something else: an empty object, an empty text

  static JsonObject json(Map<?, ?> map) {
    return new Gson().toJsonTree(map).getAsJsonObject();
  }

  static JsonElement list(Object... elements) {
    return new Gson().toJsonTree(elements);
  }

  static JsonObject in(JsonObject object, String name) {
    return object.get(name) instanceof JsonObject found ? found : new JsonObject();
  }

  static String text(JsonObject object, String name) {
    return object.get(name) instanceof JsonPrimitive found ? found.getAsString() : "";
  }

  static double number(JsonObject object, String name) {
    var text = text(object, name);
    return text.isEmpty() ? 0 : Double.parseDouble(text);
  }

  // ---- Signatures

  static String hmac(String secret, String text) throws GeneralSecurityException {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(), "HmacSHA256"));
    return HexFormat.of().formatHex(mac.doFinal(text.getBytes()));
  }

  static String sha512(String text) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(text.getBytes()));
  }

  /** In constant time. */
  static boolean isSame(String one, String other) {
    return MessageDigest.isEqual(one.getBytes(), other.getBytes());
  }

  // ---- SQL

  private static Connection db;

  static void open(String... statements) throws SQLException {
    try {
      db =
          DriverManager.getConnection(
              "jdbc:sqlite:" + DATABASE + "?synchronous=FULL&busy_timeout=10000");
    } catch (SQLException error) {
      stop(
          "The database cannot be opened ("
              + error.getMessage()
              + "): is sqlite-jdbc on the class path?");
    }
    for (var statement : statements) {
      sql(statement);
    }
  }

  /** The rows' first column, which is JSON. */
  static synchronized List<JsonObject> sql(String query, Object... values) throws SQLException {
    try (var statement = db.prepareStatement(query)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      var rows = new ArrayList<JsonObject>();
      if (!statement.execute()) {
        return rows;
      }
      for (var found = statement.getResultSet(); found.next(); ) {
        rows.add(new Gson().fromJson(found.getString(1), JsonObject.class));
      }
      return rows;
    }
  }

  // ---- Midtrans

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /**
   * Midtrans' answer; an empty one for the codes of `allow`, which are answers too. Any other error
   * is logged and thrown, with Midtrans' own words.
   */
  static JsonObject midtrans(
      String method, String path, JsonObject body, String key, Set<String> allow) {
    var basic = "Basic " + Base64.getEncoder().encodeToString((SERVER_KEY + ":").getBytes());
    var content = HttpRequest.BodyPublishers.ofString(body == null ? "" : body.toString());
    var request =
        HttpRequest.newBuilder(URI.create(MIDTRANS + path))
            .timeout(MIDTRANS_TIMEOUT)
            .headers(
                "Authorization",
                basic,
                "Accept",
                "application/json",
                "Content-Type",
                "application/json")
            .method(method, content);
    if (!key.isEmpty()) {
      request.header("Idempotency-Key", key);
    }
    var answer = errorBody("503", "Midtrans did not answer");
    try {
      var received = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
      if (JsonParser.parseString(received) instanceof JsonObject read && read.has("status_code")) {
        answer = read;
      }
    } catch (IOException | InterruptedException | JsonParseException unanswered) {
      log("Midtrans, " + method + " " + path + ": " + unanswered.getClass().getSimpleName());
    }
    var code = text(answer, "status_code");
    if (code.compareTo("400") < 0 || code.equals("407")) { // 407 is how it says `expire`
      return answer;
    }
    log("Midtrans, " + method + " " + path + ": " + code + " " + text(answer, "status_message"));
    if (allow.contains(code)) {
      return new JsonObject();
    }
    throw new MidtransError(answer);
  }

  // ---- HTTP

  /** `order` is the one in the path. */
  record Request(HttpExchange http, String order, JsonObject body) {
    String header(String name) {
      return Objects.requireNonNullElse(http.getRequestHeaders().getFirst(name), "");
    }

    List<JsonObject> list(String name) {
      var found =
          body.get(name) instanceof JsonArray array ? array.asList() : List.<JsonElement>of();
      return found.stream()
          .map(one -> one instanceof JsonObject object ? object : new JsonObject())
          .toList();
    }

    /** Answers with a push stream, to be written to and flushed. */
    OutputStream openStream() throws IOException {
      http.getResponseHeaders().set("Content-Type", "text/event-stream");
      http.getResponseHeaders().set("X-Accel-Buffering", "no"); // nginx is not to hold it back
      http.sendResponseHeaders(200, 0);
      return http.getResponseBody();
    }
  }

  /** Its answer is null where it has written one itself: a push stream. */
  interface Route {
    JsonObject answer(Request request) throws Exception;
  }

  static void serve(int port, int threads, Map<String, Route> routes) throws IOException {
    System.setProperty("sun.net.httpserver.maxReqTime", "20"); // seconds
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newFixedThreadPool(threads));
    server.createContext(
        "/",
        http -> {
          try (http) {
            handle(http, routes);
          }
        });
    server.start();
  }

  private static void handle(HttpExchange http, Map<String, Route> routes) throws IOException {
    var headers = http.getResponseHeaders();
    headers.set("Content-Type", "application/json");
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    JsonObject body;
    int code = 200;
    try {
      body = answer(http, routes);
    } catch (Exception error) {
      body = errorAnswer(error);
      code = Integer.parseInt(text(body, "status_code"));
    }
    if (body != null) {
      var bytes = body.toString().getBytes();
      http.sendResponseHeaders(code, bytes.length);
      http.getResponseBody().write(bytes);
    }
  }

  private static JsonObject errorAnswer(Exception error) {
    if (error instanceof MidtransError answered) {
      return errorForPage(answered.body); // midtrans() has logged it
    }
    var body =
        error instanceof ApiError refused ? refused.body : errorBody("503", "Please retry later.");
    if (text(body, "status_code").compareTo("500") >= 0) {
      logError(error);
    }
    return body;
  }

  private static JsonObject answer(HttpExchange http, Map<String, Route> routes) throws Exception {
    var path = http.getRequestURI().getPath();
    var found = Pattern.compile("/api/gopay/orders/([^/]+)(/cancel|/events)?").matcher(path);
    var order = found.matches() ? found.group(1) : "";
    if (!order.isEmpty()) {
      path = "/api/gopay/orders/*" + Objects.requireNonNullElse(found.group(2), "");
    }
    var route = routes.get(http.getRequestMethod() + " " + path);
    if (route == null) {
      throw apiError("404", "The requested resource is not found");
    }
    var request = new Request(http, order, new JsonObject());
    if (!order.isEmpty()) {
      return route.answer(request);
    }
    if (!request.header("Content-Type").startsWith("application/json")) {
      throw apiError("415", "Expected application/json");
    }
    return route.answer(new Request(http, order, posted(http)));
  }

  private static JsonObject posted(HttpExchange http) throws IOException {
    try {
      var text = new String(http.getRequestBody().readNBytes(16 * 1024));
      if (JsonParser.parseString(text) instanceof JsonObject body) {
        return body;
      }
    } catch (JsonParseException unreadable) {
      // Said below.
    }
    throw apiError("400", "Expected a JSON object of at most 16 kB");
  }
}
