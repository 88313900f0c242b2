<?php

// A shop's backend for gopay-checkout: plain PHP, curl, SQLite.
// What it keeps and what you replace: ../README.md. Rupiah are whole numbers.

// ---- Settings

$settings = [
    'MIDTRANS_SERVER_KEY' => '',
    'ORDER_TOKEN_SECRET' => '',
    'MIDTRANS_BASE_URL' => 'http://127.0.0.1:7081',
    'DATABASE' => 'shop.sqlite3',
    'SHOP_ORIGIN' => 'http://127.0.0.1:' . (getenv('PORT') ?: '7080'),
];
foreach ($settings as $name => $default) {
    define($name, getenv($name) ?: $default);
}

const PRICES = ['kopi-gayo' => 44_000, 'teh-melati' => 18_500, 'gula-aren' => 32_000];
const MIDTRANS_TIME_LIMIT = 10; // seconds, as all below
const POLL_INTERVAL = 10; // for one attempt
const TOKEN_LIFETIME = 86_400;
const CLOCKS_DIFFER = 600;

// What keeps this shop from working, in a sentence.
function startupError(): ?string
{
    foreach (['curl' => 'php-curl', 'pdo_sqlite' => 'php-sqlite3'] as $extension => $package) {
        if (!extension_loaded($extension)) {
            return "PHP's extension $extension is missing: install $package";
        }
    }
    if (MIDTRANS_SERVER_KEY === '') {
        return 'MIDTRANS_SERVER_KEY is not set';
    }
    return strlen(ORDER_TOKEN_SECRET) < 32 ? 'ORDER_TOKEN_SECRET must have at least 32 characters' : null;
}

// `php shop.php` checks before the server is started.
if (PHP_SAPI === 'cli') {
    fwrite(STDERR, startupError() === null ? '' : startupError() . "\n");
    exit(startupError() === null ? 0 : 1);
}

// ---- Errors, in the shape of Midtrans' own

class Refusal extends Exception
{
    public function __construct(public readonly array $body)
    {
        parent::__construct($body['status_message'] ?? '');
    }
}

// What Midtrans answered instead, or 503 where it did not answer.
class MidtransError extends Refusal
{
}

function errorBody(string $code, string $message): array
{
    return ['status_code' => $code, 'status_message' => $message];
}

function refuse(string $code, string $why): never
{
    throw new Refusal(errorBody($code, $why));
}

// One line, whatever stands in the text.
function logLine(string $text): void
{
    file_put_contents('php://stderr', json_encode($text, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES) . "\n");
}

// Midtrans' 401, 403 and 404 are about our key and our rows, not about the payer.
function forThePage(array $body): array
{
    $payers = ['400', '402', '406', '410', '411', '412', '413', '414', '429'];
    $message = $body['status_message'] ?? '';
    return in_array($body['status_code'], $payers, true) ? $body : errorBody('503', "Midtrans: $message");
}

function answer(array $body, int $http = 200): never
{
    http_response_code($http);
    exit(json_encode($body));
}

set_error_handler(fn ($level, $why, $file, $line) => throw new ErrorException("$why, line $line"));
set_exception_handler(function (Throwable $error) {
    $body = match (true) {
        $error instanceof MidtransError => forThePage($error->body),
        $error instanceof Refusal => $error->body,
        default => errorBody('503', 'Please retry later.'),
    };
    // Midtrans' are logged already.
    if ($body['status_code'] >= 500 && !$error instanceof MidtransError) {
        logLine($error->getMessage());
    }
    answer($body, (int) $body['status_code']);
});

header('Content-Type: application/json');
header('Cache-Control: no-store');
header('X-Content-Type-Options: nosniff');
if (startupError() !== null) {
    refuse('503', startupError());
}

// ---- Database: one row for each attempt to collect an order's money

$db = new PDO('sqlite:' . DATABASE, options: [
    PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
    PDO::ATTR_TIMEOUT => 10,
]);
$db->exec("
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS attempts (
        id TEXT PRIMARY KEY,                  -- Midtrans' order_id: the shop's own, with a suffix from the second attempt on
        order_id TEXT NOT NULL,
        gross_amount INTEGER NOT NULL,
        idempotency_key TEXT NOT NULL DEFAULT (hex(randomblob(16))),
        made_at INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
        sent INTEGER NOT NULL DEFAULT 0,      -- its charge was requested at Midtrans
        rank REAL NOT NULL DEFAULT -1,        -- how far the payment has come: see RANKS
        in_doubt INTEGER NOT NULL DEFAULT 0,  -- settled, but fraud_status is not accept
        transaction_status TEXT NOT NULL DEFAULT '',
        status TEXT NOT NULL DEFAULT '{}',    -- what Midtrans said, for the page
        actions TEXT,                         -- the QR code and the link: Midtrans gives them once
        polled_at INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS attempts_of_order ON attempts (order_id);
    -- The orders to ship. Not what was refunded, in part or whole.
    CREATE VIEW IF NOT EXISTS paid_orders AS SELECT DISTINCT order_id FROM attempts WHERE rank = 2;
");

function sql(string $query, mixed ...$values): array
{
    $statement = $GLOBALS['db']->prepare($query);
    $statement->execute($values);
    return $statement->fetchAll();
}

function attemptsOf(string $order): array
{
    return sql('SELECT * FROM attempts WHERE order_id = ? ORDER BY rowid', $order);
}

function attemptById(string $id): ?array
{
    return sql('SELECT * FROM attempts WHERE id = ?', $id)[0] ?? null;
}

function addAttempt(string $id, string $order, int $amount): void
{
    sql('INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)', $id, $order, $amount);
}

// The attempt that the payer is told about. Money that is there comes before money that went back, then what can still be
// paid, then the newest end.
function deciding(string $order): array
{
    $found = sql('SELECT * FROM attempts WHERE order_id = ? AND rank >= 0 ORDER BY CASE
            WHEN rank = 2 THEN 0 WHEN rank >= 3 AND rank < 4 THEN 1 WHEN rank >= 4 THEN 2 WHEN rank = 0 THEN 3 ELSE 4
        END, rowid DESC LIMIT 1', $order);
    return $found[0] ?? refuse('404', 'There is no transaction of this order');
}

// ---- Midtrans

// Its answer; null for the codes of `allow`, which are answers too. Any other refusal is logged and thrown, with Midtrans'
// own words.
function midtrans(string $method, string $path, array $body = [], array $allow = [], string $key = ''): ?array
{
    $curl = curl_init(MIDTRANS_BASE_URL . $path);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_USERPWD => MIDTRANS_SERVER_KEY . ':',
        CURLOPT_POSTFIELDS => $body ? json_encode($body) : '',
        CURLOPT_TIMEOUT => MIDTRANS_TIME_LIMIT,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => ['Accept: application/json', 'Content-Type: application/json', "Idempotency-Key: $key"],
    ]);
    $told = json_decode(curl_exec($curl) ?: '', true);
    if (!is_array($told) || !isset($told['status_code'])) {
        $told = errorBody('503', 'Midtrans did not answer');
    }
    $code = $told['status_code'] = (string) $told['status_code'];
    if ($code < 400 || $code === '407') { // 407 is how it says `expire`
        return $told;
    }
    logLine("Midtrans, $method $path: $code " . ($told['status_message'] ?? ''));
    return in_array($code, $allow, true) ? null : throw new MidtransError($told);
}

function getStatus(string $id, array $allow = []): ?array
{
    return midtrans('GET', "/v2/$id/status", allow: $allow);
}

// 412: it is too late. 404: it was never made.
function cancelAtMidtrans(string $id): void
{
    midtrans('POST', "/v2/$id/cancel", allow: ['412', '404']);
}

// ---- What a status means

// How far a payment has come. It only goes forwards; what has no rank is not believed.
const PENDING = 0;
const ENDED = 1;
const PAID = 2;
const PARTLY_REFUNDED = 3;
const REFUNDED = 4;
const RANKS = [
    'pending' => PENDING,
    'expire' => ENDED,
    'cancel' => ENDED,
    'deny' => ENDED,
    'failure' => ENDED,
    'capture' => PAID,
    'settlement' => PAID,
    'partial_refund' => PARTLY_REFUNDED,
    'refund' => REFUNDED,
];

function statusOf(array $told): string
{
    return strtolower((string) ($told['transaction_status'] ?? ''));
}

// An empty text, null and absence are the same.
function isInDoubt(array $told): bool
{
    return (RANKS[statusOf($told)] ?? null) === PAID && (($told['fraud_status'] ?? '') ?: 'accept') !== 'accept';
}

function rankOf(array $told): int|float|null
{
    $rank = isInDoubt($told) ? null : RANKS[statusOf($told)] ?? null;
    if ($rank !== PARTLY_REFUNDED) {
        return $rank;
    }
    return $rank + (float) ($told['refund_amount'] ?? 0) / (float) $told['gross_amount'];
}

// Money may still come for it, although it ended or was never answered.
function mayBePaid(array $it): bool
{
    return $it['sent'] && $it['rank'] < PAID && !in_array($it['transaction_status'], ['deny', 'failure'], true);
}

// Jakarta's time has no offset in Midtrans' answers. Null for one that cannot be read.
function secondsOf(mixed $jakartaTime): ?int
{
    $read = DateTime::createFromFormat('Y-m-d H:i:s', (string) $jakartaTime, new DateTimeZone('Asia/Jakarta'));
    return $read ? $read->getTimestamp() : null;
}

// ---- What is stored

// Stores what Midtrans says about an attempt, if it is about this one.
function learn(array $it, array $told, bool $isOwnCharge = false): void
{
    $known = json_decode($it['status'], true)['transaction_id'] ?? null;
    $isOurs = ($told['order_id'] ?? '') === $it['id']
        && ($told['transaction_id'] ?? '') === ($known ?? $told['transaction_id'] ?? '')
        && (float) ($told['gross_amount'] ?? 0) === (float) $it['gross_amount']
        && (($told['currency'] ?? '') ?: 'IDR') === 'IDR';
    if (!$isOurs) {
        refuse('503', "Midtrans' answer contradicts $it[id]");
    }
    // The same order_id may have been used before: by an earlier shop, or by another system on the account.
    $madeAt = secondsOf($told['transaction_time'] ?? '');
    $isOlder = $madeAt !== null && $madeAt < $it['made_at'] - CLOCKS_DIFFER;
    if ($known === null && !$isOwnCharge && $isOlder) {
        refuse('503', "Midtrans' transaction of $it[id] is older than the order");
    }

    // get-status and cancel need the server key, and are not for a browser.
    $isForBrowsers = fn ($one) => preg_match('/^(generate-qr-code|deeplink-redirect)/', $one['name']);
    $links = array_values(array_filter($told['actions'] ?? [], $isForBrowsers));
    $told['transaction_status'] = statusOf($told);
    unset($told['signature_key'], $told['actions']);
    sql('UPDATE attempts SET in_doubt = ? WHERE id = ?', (int) isInDoubt($told), $it['id']);
    // In one statement, and only forwards. NULL compares with nothing.
    sql(
        "UPDATE attempts SET status = json_patch(status, :told), transaction_status = :word, rank = :rank,
            actions = coalesce(:links, actions)
        WHERE id = :id AND (transaction_status = :word AND rank <= :rank
            OR transaction_status NOT IN ('deny', 'failure') AND rank < :rank)",
        id: $it['id'],
        told: json_encode($told),
        word: $told['transaction_status'],
        rank: rankOf($told),
        links: $links ? json_encode($links) : null,
    );

    // An order that was paid is not to be paid twice: what can still be paid is cancelled.
    $attempts = attemptsOf($it['order_id']);
    if (!array_filter($attempts, fn ($one) => $one['rank'] >= PAID)) {
        return;
    }
    foreach ($attempts as $one) {
        if ($one['sent'] && $one['rank'] <= PENDING) {
            cancelAtMidtrans($one['id']);
        }
    }
}

// Whether Midtrans knows it. An attempt that was sent and not answered may not be there.
function poll(array $it): bool
{
    $told = getStatus($it['id'], $it['rank'] < PENDING ? ['404'] : []);
    if ($told !== null) {
        learn($it, $told);
    }
    return $told !== null;
}

// ---- Charging

// Charges the order once: goes on with what was begun, and starts over only after the end that the page has named.
function charge(string $order, mixed $retryOf, array $more): void
{
    $attempts = attemptsOf($order) ?: refuse('404', 'There is no such order');
    $it = end($attempts);
    $isRetry = $it['rank'] == ENDED && json_decode($it['status'], true)['transaction_id'] === $retryOf;
    if (!$isRetry && ($it['actions'] || $it['rank'] >= ENDED)) {
        return;
    }

    // Every request to /v2/charge comes after these questions: was an earlier attempt paid after all? Where Midtrans does
    // not say, nothing is charged.
    array_map('poll', array_filter($attempts, 'mayBePaid'));
    $attempts = attemptsOf($order);
    if (array_filter($attempts, fn ($one) => $one['rank'] >= PAID)) {
        return;
    }
    if (array_filter($attempts, fn ($one) => $one['in_doubt'])) {
        refuse('503', 'Midtrans has not decided about an earlier payment yet');
    }

    $it = end($attempts);
    if ($isRetry) {
        $id = $order . '-' . (int) (microtime(true) * 1000);
        addAttempt($id, $order, $it['gross_amount']);
        $it = attemptById($id);
    } elseif ($it['actions'] || $it['rank'] >= ENDED) {
        return;
    }
    sendCharge($it, $more);
}

function sendCharge(array $it, array $more): void
{
    sql('UPDATE attempts SET sent = 1 WHERE id = ?', $it['id']);
    $details = ['order_id' => $it['id'], 'gross_amount' => $it['gross_amount']];
    $body = ['payment_type' => 'gopay', 'transaction_details' => $details] + $more;
    // After a crash the key is the same. 406: it was made before, and its answer was lost.
    $told = midtrans('POST', '/v2/charge', $body, ['406'], $it['idempotency_key']);
    $isOwn = isset($told['transaction_status']);
    if (!$isOwn) {
        $told = getStatus($it['id']);
    }
    $url = MIDTRANS_BASE_URL . "/v2/gopay/$told[transaction_id]/qr-code";
    learn($it, $told + ['actions' => [['name' => 'generate-qr-code', 'method' => 'GET', 'url' => $url]]], $isOwn);
}

// Holds a lock until the request ends: one request about an order at a time, in all processes of this machine.
function lockOrder(string $order): void
{
    static $held = [];
    $held[] = $file = fopen(DATABASE . '.' . crc32($order) % 64 . '.lock', 'c');
    flock($file, LOCK_EX);
}

// ---- Order tokens: `{expiry, seconds since 1970}.{HMAC of expiry and order}`

function tokenFor(string $order, int|string $expiry): string
{
    return "$expiry." . hash_hmac('sha256', "$expiry.$order", ORDER_TOKEN_SECRET);
}

function authorize(mixed $order): string
{
    $header = $_SERVER['HTTP_AUTHORIZATION'] ?? '';
    $isReadable = preg_match('/^Bearer (([1-9]\d{0,11})\.[0-9a-f]{64})$/D', $header, $found);
    if (!is_string($order) || !$isReadable || $found[2] < time()) {
        refuse('401', 'The order token is missing, unreadable or expired');
    }
    return hash_equals(tokenFor($order, $found[2]), $found[1])
        ? $order
        : refuse('403', 'The order token is of another order');
}

// ---- Routes

// Your cart instead; the page needs what is answered here. No later request names an amount.
function placeOrder(array $in): never
{
    $amount = 0;
    foreach ((array) ($in['items'] ?? []) as $item) {
        $quantity = $item['quantity'] ?? 0;
        $isCount = is_int($quantity) && $quantity > 0;
        $amount += $isCount ? $quantity * (PRICES[$item['sku'] ?? ''] ?? NAN) : NAN;
    }
    if (!($amount > 0 && $amount <= 20_000_000)) {
        refuse('400', 'items: expected [{sku, quantity}], up to Rp20,000,000');
    }
    $order = 'order-' . bin2hex(random_bytes(10));
    addAttempt($order, $order, $amount);
    answer([
        'order_id' => $order,
        'gross_amount' => $amount,
        'order_token' => tokenFor($order, time() + TOKEN_LIFETIME),
        'trusted_hosts' => [explode('//', MIDTRANS_BASE_URL)[1]],
    ], 201);
}

function chargeRoute(array $in): never
{
    $order = authorize($in['transaction_details']['order_id'] ?? null);
    $more = [];
    if (!empty($in['gopay'])) {
        $url = (string) ($in['gopay']['callback_url'] ?? '');
        if (!str_starts_with($url, SHOP_ORIGIN . '/')) {
            refuse('400', 'gopay.callback_url is no page of the shop');
        }
        $more['gopay'] = ['enable_callback' => true, 'callback_url' => $url];
    }
    lockOrder($order);
    charge($order, $in['retry_of'] ?? null, $more);
    $it = deciding($order);
    $actions = $it['rank'] == PENDING ? ['actions' => json_decode($it['actions'] ?? '[]')] : [];
    answer(json_decode($it['status'], true) + $actions);
}

function statusRoute(string $order): never
{
    $it = deciding(authorize($order));
    // Of all requests of one interval the first asks Midtrans; where that fails, the status is as it was known.
    $due = 'UPDATE attempts SET polled_at = :now WHERE id = :id AND polled_at <= :now - :interval RETURNING id';
    if ($it['rank'] < PAID && sql($due, id: $it['id'], now: time(), interval: POLL_INTERVAL)) {
        try {
            poll($it);
        } catch (Refusal $error) {
            logLine($error->getMessage());
        }
    }
    answer(json_decode(deciding($order)['status'], true));
}

function cancelRoute(string $order): never
{
    $it = deciding(authorize($order));
    if ($it['rank'] == PENDING) {
        cancelAtMidtrans($it['id']);
        poll($it);
    }
    $it = deciding($order);
    $tooLate = $it['transaction_status'] === 'cancel' ? [] : errorBody('412', 'Transaction status cannot be updated.');
    answer($tooLate + json_decode($it['status'], true));
}

function notificationRoute(array $told): never
{
    // Over the texts as they came, before anything else is read of them.
    $text = fn (string $name) => is_string($told[$name] ?? null) ? $told[$name] : '';
    $signed = $text('order_id') . $text('status_code') . $text('gross_amount') . MIDTRANS_SERVER_KEY;
    if (!hash_equals(hash('sha512', $signed), $text('signature_key'))) {
        refuse('403', 'signature_key does not match');
    }
    $it = attemptById($text('order_id')) ?? restored($text('order_id'));
    if ($it === null) {
        // Of another system on the account, or the dashboard's test.
        answer(errorBody('200', 'OK, and no order of this shop'));
    }

    // The signature does not cover the status: get-status decides, and is on disk before the 200. Whatever fails is a 503:
    // then Midtrans sends the notification again, four times.
    try {
        $isKnown = poll($it);
    } catch (Refusal $error) {
        logLine($error->getMessage());
        $isKnown = false;
    }
    if (!$isKnown || rankOf($told) > attemptById($it['id'])['rank']) {
        refuse('503', 'Not confirmed by get-status yet');
    }
    answer(errorBody('200', 'OK'));
}

// An attempt at an order of ours that is not in the database: that was restored from a backup.
function restored(string $id): ?array
{
    $order = preg_match('/^(.+)-\d+$/D', $id, $found) ? $found[1] : '';
    sql('INSERT INTO attempts (id, order_id, gross_amount, made_at, sent)
        SELECT ?, order_id, gross_amount, made_at, 1 FROM attempts WHERE id = ? AND id = order_id', $id, $order);
    return attemptById($id);
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$order = null;
if (preg_match('#^/api/gopay/orders/([^/]+)(/cancel)?$#D', $path, $found)) {
    $order = rawurldecode($found[1]);
    $path = '/api/gopay/orders/*' . ($found[2] ?? '');
}
$posted = function (): array {
    $isJson = str_starts_with($_SERVER['CONTENT_TYPE'] ?? '', 'application/json');
    $body = $isJson ? json_decode(file_get_contents('php://input', length: 16_384), true) : null;
    return is_array($body) ? $body : refuse('400', 'Expected JSON of at most 16 kB');
};
match ("$_SERVER[REQUEST_METHOD] $path") {
    'POST /api/shop/orders' => placeOrder($posted()),
    'POST /api/gopay/charge' => chargeRoute($posted()),
    'GET /api/gopay/orders/*' => statusRoute($order),
    'POST /api/gopay/orders/*/cancel' => cancelRoute($order),
    'POST /api/gopay/notifications' => notificationRoute($posted()),
    default => refuse('404', 'The requested resource is not found'),
};
