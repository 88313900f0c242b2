<?php
// A shop's backend for gopay-checkout: plain PHP, curl, SQLite. What it keeps, what to replace: ../README.md
foreach (['MIDTRANS_SERVER_KEY' => '', 'ORDER_TOKEN_SECRET' => '', 'MIDTRANS_BASE_URL' => 'http://127.0.0.1:7081',
    'DATABASE' => 'shop.sqlite3', 'SHOP_ORIGIN' => 'http://127.0.0.1:' . (getenv('PORT') ?: '7080')] as $name => $else)
    define($name, getenv($name) ?: $else);
const PRICES = ['kopi-gayo' => 44_000, 'teh-melati' => 18_500, 'gula-aren' => 32_000, 'cangkir-batik' => 75_000]; // rupiah

// Whatever goes wrong is answered in the shape of Midtrans' own errors. 503: trouble of ours, or no answer of Midtrans.
class Refusal extends Exception { function __construct(public array $body) {} }
function body(string $code, string $message) { return ['status_code' => $code, 'status_message' => $message]; }
function refuse(string $code, string $why): never { throw new Refusal(body($code, $why)); }
set_error_handler(fn ($level, $why, $file, $line) => throw new ErrorException("$why, line $line"));
set_exception_handler(function (Throwable $it) {
    $body = $it instanceof Refusal ? $it->body : body('503', 'Please retry later.');
    if ($body['status_code'] >= 500) error_log($it->getMessage() . $body['status_message']);
    http_response_code((int) $body['status_code']);
    echo json_encode($body);
});
foreach (['Content-Type: application/json', 'Cache-Control: no-store', 'X-Content-Type-Options: nosniff'] as $it) header($it);
if (!MIDTRANS_SERVER_KEY || strlen(ORDER_TOKEN_SECRET) < 32) refuse('503', 'Set MIDTRANS_SERVER_KEY, ORDER_TOKEN_SECRET');

// One row for each attempt to collect. The first is made with the order, where alone an amount is named.
$db = new PDO('sqlite:' . DATABASE, options: [PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC, PDO::ATTR_TIMEOUT => 10]);
$db->exec("PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS attempts (id TEXT PRIMARY KEY, order_id TEXT NOT NULL,
    gross_amount INTEGER NOT NULL, idempotency_key TEXT DEFAULT (hex(randomblob(16))), rank REAL DEFAULT -1,
    word TEXT DEFAULT '', status TEXT DEFAULT '{}', actions TEXT, asked_at INTEGER DEFAULT 0)");
function sql($query, ...$values) { return ($it = $GLOBALS['db']->prepare($query))->execute($values) ? $it->fetchAll() : []; }
function place(...$it) { return sql('INSERT INTO attempts (id, order_id, gross_amount) VALUES (?,?,?) RETURNING *', ...$it)[0]; }
function first($which, $id) { return sql("SELECT * FROM attempts WHERE $which", $id)[0] ?? refuse('404', 'Unknown'); }
// What a payer is told about: a paid attempt before any other, else the latest that Midtrans knows.
const DECIDING = 'order_id = ? AND rank >= 0 ORDER BY rank >= 2 DESC, rowid DESC';

// How far a payment has come. It never goes back; what has no rank is not believed.
const PENDING = 0, ENDED = 1, PAID = 2, PARTLY_REFUNDED = 3;
const RANKS = ['pending' => PENDING, 'expire' => ENDED, 'cancel' => ENDED, 'deny' => ENDED, 'failure' => ENDED,
    'capture' => PAID, 'settlement' => PAID, 'partial_refund' => PARTLY_REFUNDED, 'refund' => 4];
function rank(array $told) {
    $rank = RANKS[$told['transaction_status'] ?? ''] ?? null;
    if ($rank === PAID && ($told['fraud_status'] ?? 'accept') !== 'accept') return null;
    return $rank === PARTLY_REFUNDED ? $rank + $told['refund_amount'] / $told['gross_amount'] : $rank;
}

// Midtrans' answer; null where it refuses with a code that begins with `but`.
function midtrans(string $method, string $path, array $body = [], string $but = 'none', string $key = '') {
    $curl = curl_init(MIDTRANS_BASE_URL . $path);
    curl_setopt_array($curl, [CURLOPT_CUSTOMREQUEST => $method, CURLOPT_USERPWD => MIDTRANS_SERVER_KEY . ':',
        CURLOPT_POSTFIELDS => $body ? json_encode($body) : '', CURLOPT_TIMEOUT => 10, CURLOPT_RETURNTRANSFER => true, // 10 s
        CURLOPT_HTTPHEADER => ['Accept: application/json', 'Content-Type: application/json', "Idempotency-Key: $key"]]);
    $told = json_decode(curl_exec($curl) ?: '', true) ?? body('503', "$method $path was not answered");
    if ($told['status_code'] < 400 || $told['status_code'] === '407') return $told; // 407 is how it says `expire`
    return str_starts_with($told['status_code'], $but) ? null : throw new Refusal($told);
}
// Writes down what Midtrans answered, if it is about this attempt: in one statement, which only goes forwards. Of the
// actions those for browsers: get-status and cancel want the server key.
function learn(array $it, array $told) {
    $known = json_decode($it['status'], true)['transaction_id'] ?? $told['transaction_id'];
    $seen = [$told['order_id'], $told['transaction_id'], (float) $told['gross_amount'], $told['currency'] ?? 'IDR'];
    if ($seen !== [$it['id'], $known, (float) $it['gross_amount'], 'IDR']) refuse('503', "An answer contradicts $it[id]");
    $links = array_filter($told['actions'] ?? [], fn ($one) => preg_match('/^(generate-qr-code|deeplink-)/', $one['name']));
    $word = $told['transaction_status'] = strtolower($told['transaction_status'] ?? '');
    unset($told['signature_key'], $told['actions']);
    sql("UPDATE attempts SET status = json_patch(status, :told), word = :word, rank = :rank, actions = coalesce(:links, actions)
        WHERE id = :id AND (word = :word AND rank <= :rank OR word NOT IN ('deny', 'failure') AND rank < :rank)",
        id: $it['id'], told: json_encode($told), word: $word, rank: rank($told), links: $links ? json_encode([...$links]) : null);
    if (first(DECIDING, $it['order_id'])['rank'] < PAID) return; // late, with a later attempt open? Nobody is to pay twice.
    $open = sql('SELECT id FROM attempts WHERE order_id = ? AND rank = 0', $it['order_id']);
    foreach ($open as ['id' => $id]) midtrans('POST', "/v2/$id/cancel", but: '412');
}
function ask($it, $but = 'none') { if ($told = midtrans('GET', "/v2/$it[id]/status", but: $but)) learn($it, $told); }

function token(string $order, string $expiry) { return "$expiry." . hash_hmac('sha256', "$order|$expiry", ORDER_TOKEN_SECRET); }
function opened($order) {
    $isReadable = preg_match('/^Bearer ((\d{1,12})\.[0-9a-f]{64})$/D', $_SERVER['HTTP_AUTHORIZATION'] ?? '', $found);
    if (!is_string($order) || !$isReadable || $found[2] < time()) refuse('401', 'The order token is missing or has expired');
    return hash_equals(token($order, $found[2]), $found[1]) ? $order : refuse('403', 'The order token is of another order');
}
$routes = [
    'POST /api/shop/orders' => function ($order, $in) { // your cart instead; the page needs what is answered here
        $price = fn ($it) => is_int($n = $it['quantity'] ?? 0) && $n > 0 ? $n * (PRICES[$it['sku'] ?? ''] ?? NAN) : NAN;
        $amount = array_sum(array_map($price, (array) ($in['items'] ?? [])));
        if (!($amount > 0 && $amount <= 20_000_000)) refuse('400', 'items: expected [{sku, quantity}], up to Rp20 million');
        place($order = 'order-' . bin2hex(random_bytes(10)), $order, $amount);
        http_response_code(201);
        return ['order_id' => $order, 'gross_amount' => $amount, 'order_token' => token($order, time() + 86_400),
            'trusted_hosts' => [explode('//', MIDTRANS_BASE_URL)[1]]];
    },
    // Charges the order once: goes on with what was begun, and starts over only after the end that the page has named.
    'POST /api/gopay/charge' => function ($order, $in) {
        $gopay = ['enable_callback' => true, 'callback_url' => $in['gopay']['callback_url'] ?? SHOP_ORIGIN . '/'];
        if (!str_starts_with($gopay['callback_url'], SHOP_ORIGIN . '/')) refuse('400', 'gopay.callback_url is no page of ours');
        flock($turn = fopen(DATABASE . '.' . crc32(opened($order)) % 64 . '.turn', 'c'), LOCK_EX); // one after another
        $it = first('order_id = ? ORDER BY rowid DESC', $order);
        if ($it['rank'] == ENDED && json_decode($it['status'])->transaction_id === ($in['retry_of'] ?? '')) {
            // Was any of them paid after all? What was denied cannot be. Where Midtrans does not say, nothing is charged.
            array_map('ask', sql("SELECT * FROM attempts WHERE order_id = ? AND word IN ('expire', 'cancel')", $order));
            if (first(DECIDING, $order)['rank'] == ENDED) $it = place("$order-" . hrtime(true), $order, $it['gross_amount']);
        }
        if (!$it['actions'] && $it['rank'] < ENDED) {
            $sum = ['order_id' => $it['id'], 'gross_amount' => $it['gross_amount']];
            $body = ['payment_type' => 'gopay', 'transaction_details' => $sum] + (isset($in['gopay']) ? ['gopay' => $gopay] : []);
            // The key is the same after a crash. 406 or no status: it was made before, and its answer was lost.
            $told = midtrans('POST', '/v2/charge', $body, '406', $it['idempotency_key']);
            if (!isset($told['transaction_status'])) $told = midtrans('GET', "/v2/$it[id]/status");
            $url = MIDTRANS_BASE_URL . "/v2/gopay/$told[transaction_id]/qr-code";
            learn($it, $told + ['actions' => [['name' => 'generate-qr-code', 'method' => 'GET', 'url' => $url]]]);
        }
        ['rank' => $rank, 'status' => $status, 'actions' => $actions] = first(DECIDING, $order);
        return json_decode($status, true) + ($rank == PENDING ? ['actions' => json_decode($actions)] : []);
    },
    'GET /api/gopay/orders/*' => function ($order) {
        $it = first(DECIDING, opened($order));
        $gate = 'UPDATE attempts SET asked_at = :now WHERE id = :id AND asked_at <= :now - 10 RETURNING id'; // one asks for all
        if ($it['rank'] < PAID && sql($gate, id: $it['id'], now: time())) ask($it, but: '5'); // 5xx: then as it was known
        return json_decode(first(DECIDING, $order)['status']);
    },
    'POST /api/gopay/orders/*/cancel' => function ($order) {
        $it = first(DECIDING, opened($order));
        if ($it['rank'] == PENDING) midtrans('POST', "/v2/$it[id]/cancel", but: '412'); // 412: too late
        if ($it['rank'] == PENDING) ask($it);
        ['word' => $word, 'status' => $status] = first(DECIDING, $order);
        return ($word === 'cancel' ? [] : body('412', 'Transaction status cannot be updated.')) + json_decode($status, true);
    },
    'POST /api/gopay/notifications' => function ($order, $in) {
        $in = array_filter($in, 'is_string') + array_fill_keys(['order_id', 'status_code', 'gross_amount', 'signature_key'], '');
        $signature = hash('sha512', $in['order_id'] . $in['status_code'] . $in['gross_amount'] . MIDTRANS_SERVER_KEY);
        if (!hash_equals($signature, $in['signature_key'])) refuse('403', 'signature_key does not match');
        // The signature does not cover the status: get-status decides, and is on disk before 200. After 503 it comes again.
        ask(first('id = ?', $in['order_id']));
        return rank($in) > first('id = ?', $in['order_id'])['rank'] ? refuse('503', 'Not confirmed yet') : body('200', 'OK');
    },
];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$isJson = str_starts_with($_SERVER['CONTENT_TYPE'] ?? '', 'application/json');
$in = $isJson ? json_decode(file_get_contents('php://input', length: 16_384), true) : null; // bytes
$of = preg_match('#^/api/gopay/orders/([^/]+)(/cancel)?$#D', $path, $at) ? rawurldecode($at[1]) : null;
$route = "$_SERVER[REQUEST_METHOD] " . ($of === null ? $path : '/api/gopay/orders/*' . ($at[2] ?? ''));
if (isset($routes[$route]) && $of === null && !is_array($in)) refuse('400', 'Expected JSON of at most 16 kB');
echo json_encode(($routes[$route] ?? refuse('404', 'Not found'))($of ?? $in['transaction_details']['order_id'] ?? '', $in));
