<?php

// A shop's backend for gopay-checkout: plain PHP, curl, SQLite.
// Its rules, and what you replace: ../README.md. Amounts are whole rupiah.
//
// `php shop.php` checks the settings. `php shop.php reconcile` polls what is due: run it by cron, every minute.

// ---- Settings

$settings = [
    'MIDTRANS_SERVER_KEY' => '',
    'ORDER_TOKEN_SECRET' => '',
    'MIDTRANS_BASE_URL' => 'http://127.0.0.1:7081',
    'DATABASE' => 'shop.sqlite3',
    'MAX_STREAMS' => '0',
    'SHOP_ORIGIN' => 'http://127.0.0.1:' . (getenv('PORT') ?: '7080'),
];
foreach ($settings as $name => $default) {
    define($name, getenv($name) ?: $default);
}

const PRICES = ['kopi-gayo' => 44_000, 'teh-melati' => 18_500, 'gula-aren' => 32_000];
const MIDTRANS_TIMEOUT = 10; // seconds, as all below
const POLL_INTERVAL = 10; // between two status requests of the page that reach Midtrans
const TOKEN_LIFETIME = 86_400;
const CLOCK_SKEW = 600;

// Push streams. Each keeps a PHP worker for as long as the page is open: so there are none unless MAX_STREAMS says how
// many, and that must be fewer than there are workers. Without them the page polls.
const STREAM_LIFETIME = 60; // then the page opens another one
const STREAM_INTERVAL = 1; // between two looks into the database
const STREAM_HEARTBEAT = 3; // the second to a page that has gone frees its worker

// Reconciliation
const RECONCILE_BATCH = 20; // requests to Midtrans in one run
const FIRST_BACKOFF = 15; // doubles with each poll
const MAX_BACKOFF = 3600;
const MAX_POLLS = 40; // a day and a half

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

if (PHP_SAPI === 'cli') {
    if (startupError() !== null) {
        fwrite(STDERR, startupError() . "\n");
        exit(1);
    }
    if (($argv[1] ?? '') !== 'reconcile') {
        exit(0);
    }
}

// ---- Errors, in the shape of Midtrans' own

class ApiError extends Exception
{
    public function __construct(public readonly array $body)
    {
        parent::__construct($body['status_message'] ?? '');
    }
}

// What Midtrans answered instead, or 503 where it did not answer.
class MidtransError extends ApiError
{
}

function errorBody(string $code, string $message): array
{
    return ['status_code' => $code, 'status_message' => $message];
}

function refuse(string $code, string $why): never
{
    throw new ApiError(errorBody($code, $why));
}

// One line, whatever stands in the text.
function logLine(string $text): void
{
    $line = json_encode($text, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES);
    file_put_contents('php://stderr', "$line\n");
}

function logError(Throwable $error): void
{
    // midtrans() has logged its own.
    if (!$error instanceof MidtransError) {
        logLine($error->getMessage());
    }
}

// Midtrans' 401, 403 and 404 are about our key and our rows: the page would take them for the payer's session.
const CODES_FOR_PAGE = ['400', '402', '406', '410', '411', '412', '413', '414', '429'];

function errorForPage(array $body): array
{
    if (in_array($body['status_code'], CODES_FOR_PAGE, true)) {
        return $body;
    }
    return errorBody('503', 'Midtrans: ' . ($body['status_message'] ?? ''));
}

function respond(array $body, int $http = 200): never
{
    http_response_code($http);
    exit(json_encode($body));
}

set_error_handler(fn ($level, $why, $file, $line) => throw new ErrorException("$why, line $line"));
set_exception_handler(function (Throwable $error) {
    $body = match (true) {
        $error instanceof MidtransError => errorForPage($error->body),
        $error instanceof ApiError => $error->body,
        default => errorBody('503', 'Please retry later.'),
    };
    if ($body['status_code'] >= 500) {
        logError($error);
    }
    if (PHP_SAPI === 'cli') {
        exit(1);
    }
    respond($body, (int) $body['status_code']);
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
        -- Midtrans' order_id: the shop's own, with a suffix from the second attempt on
        id TEXT PRIMARY KEY,
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
        polled_at INTEGER NOT NULL DEFAULT 0, -- when the page's question last reached Midtrans
        polls INTEGER NOT NULL DEFAULT 0,     -- how often reconciliation has asked
        next_poll_at INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS attempts_of_order ON attempts (order_id);
    CREATE INDEX IF NOT EXISTS attempts_to_poll ON attempts (next_poll_at) WHERE sent = 1 AND rank < 2;
    -- The orders to ship. Not what was refunded, in part or whole.
    CREATE VIEW IF NOT EXISTS paid_orders AS SELECT DISTINCT order_id FROM attempts WHERE rank = 2;
");

function sql(string $query, mixed ...$values): array
{
    $statement = $GLOBALS['db']->prepare($query);
    foreach ($values as $name => $value) {
        // Whole numbers as such: to SQLite a text is more than any number.
        $type = is_int($value) ? PDO::PARAM_INT : PDO::PARAM_STR;
        $statement->bindValue(is_int($name) ? $name + 1 : ":$name", $value, $type);
    }
    $statement->execute();
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

// The attempt that the payer is told about. Money that is there comes before money that went back, then what can still
// be paid, then the newest end.
function effectiveAttempt(string $order): array
{
    $found = sql('
        SELECT * FROM attempts WHERE order_id = ? AND rank >= 0
        ORDER BY CASE
                WHEN rank = 2 THEN 0
                WHEN rank >= 3 AND rank < 4 THEN 1
                WHEN rank >= 4 THEN 2
                WHEN rank = 0 THEN 3
                ELSE 4
            END, rowid DESC
        LIMIT 1
    ', $order);
    return $found[0] ?? refuse('404', 'There is no transaction of this order');
}

// ---- Midtrans

// Midtrans' answer; null for the codes of `allow`, which are answers too. Any other error is logged and thrown, with
// Midtrans' own words.
function midtrans(string $method, string $path, array $body = [], array $allow = [], string $key = ''): ?array
{
    $curl = curl_init(MIDTRANS_BASE_URL . $path);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_USERPWD => MIDTRANS_SERVER_KEY . ':',
        CURLOPT_POSTFIELDS => $body ? json_encode($body) : '',
        CURLOPT_TIMEOUT => MIDTRANS_TIMEOUT,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => [
            'Accept: application/json',
            'Content-Type: application/json',
            "Idempotency-Key: $key", // without a key curl leaves it out
        ],
    ]);
    $answer = json_decode(curl_exec($curl) ?: '', true);
    if (!is_array($answer) || !isset($answer['status_code'])) {
        $answer = errorBody('503', 'Midtrans did not answer');
    }
    $code = $answer['status_code'] = (string) $answer['status_code'];
    if ($code < 400 || $code === '407') { // 407 is how it says `expire`
        return $answer;
    }
    logLine("Midtrans, $method $path: $code " . ($answer['status_message'] ?? ''));
    return in_array($code, $allow, true) ? null : throw new MidtransError($answer);
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

function statusOf(array $answer): string
{
    return strtolower((string) ($answer['transaction_status'] ?? ''));
}

// An empty text, null and absence are the same.
function isInDoubt(array $answer): bool
{
    $fraudStatus = ($answer['fraud_status'] ?? '') ?: 'accept';
    return (RANKS[statusOf($answer)] ?? null) === PAID && $fraudStatus !== 'accept';
}

// Null for what is not believed.
function rankOf(array $answer): int|float|null
{
    $rank = isInDoubt($answer) ? null : RANKS[statusOf($answer)] ?? null;
    if ($rank !== PARTLY_REFUNDED) {
        return $rank;
    }
    // The more was refunded, the further it has come.
    return $rank + (float) ($answer['refund_amount'] ?? 0) / (float) $answer['gross_amount'];
}

// Money may still come for an attempt that ended or was never answered.
function canStillBePaid(array $attempt): bool
{
    $isDenied = in_array($attempt['transaction_status'], ['deny', 'failure'], true);
    return $attempt['sent'] && $attempt['rank'] < PAID && !$isDenied;
}

// Midtrans' times are Jakarta's (UTC+7), without an offset. Null for one that cannot be read.
function secondsOf(mixed $jakartaTime): ?int
{
    $read = DateTime::createFromFormat('Y-m-d H:i:s', (string) $jakartaTime, new DateTimeZone('Asia/Jakarta'));
    return $read ? $read->getTimestamp() : null;
}

// ---- What is stored

// Stores what Midtrans answers about an attempt, if it is about this one.
function applyStatus(array $attempt, array $answer, bool $isOwnCharge = false): void
{
    $known = json_decode($attempt['status'], true)['transaction_id'] ?? null;
    $isOurs = ($answer['order_id'] ?? '') === $attempt['id']
        && ($answer['transaction_id'] ?? '') === ($known ?? $answer['transaction_id'] ?? '')
        && (float) ($answer['gross_amount'] ?? 0) === (float) $attempt['gross_amount']
        && (($answer['currency'] ?? '') ?: 'IDR') === 'IDR';
    if (!$isOurs) {
        refuse('503', "Midtrans' answer contradicts $attempt[id]");
    }
    // The same order_id may have been used before: by an earlier shop, or by another system on the account. Our own
    // charge has the attempt's key with it. That needs no clock: to one that was ahead when the order was made, its own
    // charge would look older for ever. Only without the key, which an attempt from a restored backup does not know,
    // does the age decide: and what has none may be anybody's.
    $hasKey = ($answer['custom_field3'] ?? '') === $attempt['idempotency_key'];
    $isProven = $known !== null || $isOwnCharge || $hasKey;
    $madeAt = secondsOf($answer['transaction_time'] ?? '');
    $isYounger = $madeAt !== null && $madeAt >= $attempt['made_at'] - CLOCK_SKEW;
    if (!$isProven && !$isYounger) {
        refuse('503', "Midtrans' transaction of $attempt[id] is older than the order, or undated");
    }

    // get-status and cancel need the server key, and are not for a browser.
    $isForBrowsers = fn ($one) => preg_match('/^(generate-qr-code|deeplink-redirect)/', $one['name']);
    $links = array_values(array_filter($answer['actions'] ?? [], $isForBrowsers));
    $status = ['transaction_status' => statusOf($answer)] + $answer;
    unset($status['signature_key'], $status['actions'], $status['custom_field3']);
    sql('UPDATE attempts SET in_doubt = ? WHERE id = ?', (int) isInDoubt($status), $attempt['id']);
    // In one statement, so that of two answers at once neither can take a payment backwards. A rank of NULL compares
    // with nothing.
    sql(
        "UPDATE attempts
        SET status = json_patch(status, :status), transaction_status = :word, rank = :rank,
            actions = coalesce(:links, actions)
        WHERE id = :id AND (
            transaction_status = :word AND rank <= :rank
            OR transaction_status NOT IN ('deny', 'failure') AND rank < :rank
        )",
        id: $attempt['id'],
        status: json_encode($status),
        word: $status['transaction_status'],
        rank: rankOf($status),
        links: $links ? json_encode($links) : null,
    );

    // An order that was paid is not to be paid twice: what can still be paid is cancelled.
    $attempts = attemptsOf($attempt['order_id']);
    if (!array_filter($attempts, fn ($one) => $one['rank'] >= PAID)) {
        return;
    }
    foreach ($attempts as $one) {
        if ($one['sent'] && $one['rank'] <= PENDING) {
            cancelAtMidtrans($one['id']);
        }
    }
}

// Asks Midtrans. An attempt that was sent and not answered may not be there: false.
function poll(array $attempt): bool
{
    $answer = getStatus($attempt['id'], $attempt['rank'] < PENDING ? ['404'] : []);
    if ($answer !== null) {
        applyStatus($attempt, $answer);
    }
    return $answer !== null;
}

// ---- Charging

// Charges the order once: goes on with what was begun, and starts over only after the end that the page has named.
function charge(string $order, mixed $retryOf, array $more): void
{
    $attempts = attemptsOf($order) ?: refuse('404', 'There is no such order');
    $attempt = end($attempts);
    $transactionId = json_decode($attempt['status'], true)['transaction_id'] ?? '';
    $isRetry = $attempt['rank'] == ENDED && $transactionId === $retryOf;
    if (!$isRetry && ($attempt['actions'] || $attempt['rank'] >= ENDED)) {
        return;
    }

    // Every request to /v2/charge comes after these questions: was an earlier attempt paid after all? Where Midtrans
    // does not say, nothing is charged.
    array_map('poll', array_filter($attempts, 'canStillBePaid'));
    $attempts = attemptsOf($order);
    if (array_filter($attempts, fn ($one) => $one['rank'] >= PAID)) {
        return;
    }
    if (array_filter($attempts, fn ($one) => $one['in_doubt'])) {
        refuse('503', 'Midtrans has not decided about an earlier payment yet');
    }

    $attempt = end($attempts);
    if ($isRetry) {
        $id = $order . '-' . (int) (microtime(true) * 1000);
        addAttempt($id, $order, $attempt['gross_amount']);
        $attempt = attemptById($id);
    } elseif ($attempt['actions'] || $attempt['rank'] >= ENDED) {
        return;
    }
    if (!claimCharge($attempt['id'])) {
        charge($order, $retryOf, $more); // a payment was stored since the questions: they are asked again
        return;
    }
    sendCharge($attempt, $more);
}

// Stores that the charge is sent, if no attempt at the order is paid or in doubt. In one statement, because a
// notification may store a payment at any moment.
function claimCharge(string $id): bool
{
    $claimed = sql('
        UPDATE attempts SET sent = 1, next_poll_at = :next
        WHERE id = :id AND NOT EXISTS (
            SELECT 1 FROM attempts AS one
            WHERE one.order_id = attempts.order_id AND (one.rank >= 2 OR one.in_doubt = 1)
        )
        RETURNING id
    ', id: $id, next: time() + FIRST_BACKOFF);
    return $claimed !== [];
}

function sendCharge(array $attempt, array $more): void
{
    $details = ['order_id' => $attempt['id'], 'gross_amount' => $attempt['gross_amount']];
    // get-status gives custom_field3 back: see applyStatus.
    $key = ['custom_field3' => $attempt['idempotency_key']];
    $body = ['payment_type' => 'gopay', 'transaction_details' => $details] + $key + $more;
    // After a crash the key is the same. 406: it was made before, and its answer was lost.
    $answer = midtrans('POST', '/v2/charge', $body, ['406'], $attempt['idempotency_key']);
    $isOwn = isset($answer['transaction_status']);
    if (!$isOwn) {
        $answer = getStatus($attempt['id']);
    }
    $url = MIDTRANS_BASE_URL . "/v2/gopay/$answer[transaction_id]/qr-code";
    $qrCode = ['name' => 'generate-qr-code', 'method' => 'GET', 'url' => $url];
    applyStatus($attempt, $answer + ['actions' => [$qrCode]], $isOwn);
}

// Holds a lock until the request ends: one charge of an order at a time, in all processes of this machine.
function lockOrder(string $order): void
{
    static $held = [];
    $held[] = $file = fopen(DATABASE . '.' . crc32($order) % 64 . '.lock', 'c');
    flock($file, LOCK_EX);
}

// ---- Reconciliation: notifications get lost, and payers close the page

// Polls what is due. The first error ends the run: a Midtrans in trouble is not asked twenty times.
function reconcile(): void
{
    for ($polled = 0; $polled < RECONCILE_BATCH; $polled++) {
        $attempt = nextToPoll();
        if ($attempt === null) {
            return;
        }
        poll($attempt);
    }
}

// Takes the attempt that is due and schedules its next poll, in one statement: of two processes one polls it, and one
// that fails or crashes comes again, later each time. A poll that is scheduled further ahead than its wait can be was
// scheduled by a clock that was wrong: it is due.
function nextToPoll(): ?array
{
    $found = sql(
        "UPDATE attempts SET polls = polls + 1, next_poll_at = :now + min(:first << polls, :most)
        WHERE id = (
            SELECT id FROM attempts
            WHERE sent = 1 AND rank < 2 AND transaction_status NOT IN ('deny', 'failure')
                AND (next_poll_at <= :now OR next_poll_at > :now + min(:first << polls, :most))
                AND polls < :polls
            ORDER BY next_poll_at
            LIMIT 1
        )
        RETURNING *",
        now: time(),
        first: FIRST_BACKOFF,
        most: MAX_BACKOFF,
        polls: MAX_POLLS,
    );
    $attempt = $found[0] ?? null;
    if ($attempt !== null && $attempt['polls'] == MAX_POLLS && $attempt['rank'] < ENDED) {
        logLine("$attempt[id] is still open, and polled for the last time");
    }
    return $attempt;
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
    if (!hash_equals(tokenFor($order, $found[2]), $found[1])) {
        refuse('403', 'The order token is of another order');
    }
    return $order;
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
    respond([
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
    $attempt = effectiveAttempt($order);
    $actions = $attempt['rank'] == PENDING ? ['actions' => json_decode($attempt['actions'] ?? '[]')] : [];
    respond(json_decode($attempt['status'], true) + $actions);
}

function statusRoute(string $order): never
{
    $attempt = effectiveAttempt(authorize($order));
    try {
        if ($attempt['rank'] < PAID && claimPoll($attempt['id'])) {
            poll($attempt);
        }
    } catch (Throwable $error) {
        logError($error); // at Midtrans, or on a full disk: the status is as it was known
    }
    respond(json_decode(effectiveAttempt($order)['status'], true));
}

// Of all requests of one interval the first asks Midtrans. A poll further ahead than an interval was noted by a clock
// that was wrong, and holds up nobody.
function claimPoll(string $id): bool
{
    $claim = 'UPDATE attempts SET polled_at = :now
        WHERE id = :id AND (polled_at <= :now - :interval OR polled_at > :now + :interval)
        RETURNING id';
    return sql($claim, id: $id, now: time(), interval: POLL_INTERVAL) !== [];
}

// The push stream reads this shop's database: notifications and reconciliation bring what is new. So it holds for
// several processes too, and costs Midtrans nothing.
function eventsRoute(string $order): never
{
    effectiveAttempt(authorize($order)); // or 404, as long as an error can be answered
    if (MAX_STREAMS === '0') {
        refuse('404', 'There are no push streams');
    }
    $permit = streamPermit() ?? refuse('503', 'There are too many push streams');

    set_time_limit(STREAM_LIFETIME + 10);
    header('Content-Type: text/event-stream');
    header('X-Accel-Buffering: no'); // nginx is not to hold it back
    while (ob_get_level() > 0) {
        ob_end_clean(); // nor PHP
    }
    try {
        pushStatuses($order);
    } catch (Throwable $error) {
        logError($error); // after the first byte an error can only end the stream
    }
    flock($permit, LOCK_UN);
    exit;
}

function pushStatuses(string $order): void
{
    $uptime = fn (): int => hrtime()[0]; // in seconds, and goes on evenly when the clock is set
    $opened = $sentAt = $uptime();
    $sent = null;
    while ($uptime() - $opened < STREAM_LIFETIME) {
        $attempt = effectiveAttempt($order);
        if ($attempt['status'] !== $sent) {
            [$sent, $sentAt] = [$attempt['status'], $uptime()];
            echo "event: status\nid: $attempt[id].$attempt[transaction_status]\ndata: $sent\n\n";
        } elseif ($uptime() - $sentAt >= STREAM_HEARTBEAT) {
            $sentAt = $uptime();
            echo ":\n\n"; // where the page has gone, PHP ends the script here
        }
        flush();
        if ($attempt['rank'] >= ENDED) {
            return;
        }
        sleep(STREAM_INTERVAL);
    }
}

// One of MAX_STREAMS locks, in all processes of this machine; the end of the request gives it back.
function streamPermit(): mixed
{
    for ($number = 0; $number < (int) MAX_STREAMS; $number++) {
        $file = fopen(DATABASE . ".stream-$number.lock", 'c');
        if (flock($file, LOCK_EX | LOCK_NB)) {
            return $file;
        }
    }
    return null;
}

function cancelRoute(string $order): never
{
    $attempt = effectiveAttempt(authorize($order));
    if ($attempt['rank'] == PENDING) {
        cancelAtMidtrans($attempt['id']);
        poll($attempt);
    }
    $attempt = effectiveAttempt($order);
    $isCancelled = $attempt['transaction_status'] === 'cancel';
    $tooLate = $isCancelled ? [] : errorBody('412', 'Transaction status cannot be updated.');
    respond($tooLate + json_decode($attempt['status'], true));
}

function notificationRoute(array $notification): never
{
    // Over the texts as they came, before anything else is read of them.
    $text = fn (string $name) => is_string($notification[$name] ?? null) ? $notification[$name] : '';
    $signed = $text('order_id') . $text('status_code') . $text('gross_amount') . MIDTRANS_SERVER_KEY;
    if (!hash_equals(hash('sha512', $signed), $text('signature_key'))) {
        refuse('403', 'signature_key does not match');
    }
    $attempt = attemptById($text('order_id')) ?? restoreAttempt($text('order_id'));
    if ($attempt === null) {
        // Of another system on the account, or the dashboard's test.
        respond(errorBody('200', 'OK, and no order of this shop'));
    }

    // The signature does not cover the status: get-status decides, and is on disk before the 200. Whatever fails is a
    // 503: then Midtrans sends the notification again, four times.
    try {
        $isKnown = poll($attempt);
    } catch (ApiError $error) {
        logError($error);
        $isKnown = false;
    }
    if (!$isKnown || rankOf($notification) > attemptById($attempt['id'])['rank']) {
        refuse('503', 'Not confirmed by get-status yet');
    }
    respond(errorBody('200', 'OK'));
}

// An attempt at an order of ours that is not in the database: that was restored from a backup.
function restoreAttempt(string $id): ?array
{
    $order = preg_match('/^(.+)-\d+$/D', $id, $found) ? $found[1] : '';
    sql('
        INSERT INTO attempts (id, order_id, gross_amount, made_at, sent)
        SELECT ?, order_id, gross_amount, made_at, 1 FROM attempts WHERE id = ? AND id = order_id
    ', $id, $order);
    return attemptById($id);
}

if (PHP_SAPI === 'cli') {
    reconcile();
    exit;
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$order = null;
if (preg_match('#^/api/gopay/orders/([^/]+)(/cancel|/events)?$#D', $path, $found)) {
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
    'GET /api/gopay/orders/*/events' => eventsRoute($order),
    'POST /api/gopay/orders/*/cancel' => cancelRoute($order),
    'POST /api/gopay/notifications' => notificationRoute($posted()),
    default => refuse('404', 'The requested resource is not found'),
};
