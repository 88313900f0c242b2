// A shop's backend for gopay-checkout: Express, Midtrans' own library, SQLite.
// Its rules, and what you replace: ../README.md. Amounts are whole rupiah.

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';

const [express, sqlite, midtransClient] = await Promise.all(
  ['express', 'node-sqlite3-wasm', 'midtrans-client'].map(load),
);

async function load(name) {
  const loaded = await import(name).catch((error) =>
    stop(`${name} cannot be loaded (${error.code}): run \`npm ci\``),
  );
  return loaded.default;
}

function stop(why) {
  console.error(why);
  process.exit(1);
}

// ---- Settings

const SERVER_KEY = process.env.MIDTRANS_SERVER_KEY;
const TOKEN_SECRET = process.env.ORDER_TOKEN_SECRET ?? '';
const MIDTRANS = process.env.MIDTRANS_BASE_URL ?? 'http://127.0.0.1:7081';
const PORT = process.env.PORT ?? '7080';
const ORIGIN = process.env.SHOP_ORIGIN ?? `http://127.0.0.1:${PORT}`;
const DATABASE = process.env.DATABASE ?? 'shop.sqlite3';

if (!SERVER_KEY) stop('MIDTRANS_SERVER_KEY is not set');
if (TOKEN_SECRET.length < 32) stop('ORDER_TOKEN_SECRET must have at least 32 characters');

const PRICES = {
  'kopi-gayo': 44_000,
  'teh-melati': 18_500,
  'gula-aren': 32_000,
  'cangkir-batik': 75_000,
};
const MIDTRANS_TIMEOUT = 10; // seconds, as all below
const POLL_INTERVAL = 10; // between two status requests of the page that reach Midtrans
const TOKEN_LIFETIME = 86_400;
const CLOCK_SKEW = 600;

// Push streams
const MAX_STREAMS = Number(process.env.MAX_STREAMS ?? 100);
const STREAM_LIFETIME = 900; // then the page opens another one
const STREAM_INTERVAL = 1; // between two looks into the database
const STREAM_HEARTBEAT = 10; // the contract allows 15

// Reconciliation
const RECONCILE_INTERVAL = 5; // between two passes
const RECONCILE_BATCH = 20; // requests to Midtrans in one pass
const FIRST_BACKOFF = 15; // doubles with each poll
const MAX_BACKOFF = 3600;
const MAX_POLLS = 40; // a day and a half

const now = () => Math.floor(Date.now() / 1000);
const uptime = () => performance.now() / 1000; // goes on evenly when the clock is set
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// ---- Database: one row for each attempt to collect an order's money

rmSync(`${DATABASE}.lock`, { recursive: true, force: true }); // of a process that was killed
const db = new sqlite.Database(DATABASE);
db.exec(`
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS attempts (
    -- Midtrans' order_id: the shop's own, with a suffix from the second attempt on
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    gross_amount INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL DEFAULT (hex(randomblob(16))),
    made_at INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
    sent INTEGER NOT NULL DEFAULT 0,       -- its charge was requested at Midtrans
    rank REAL NOT NULL DEFAULT -1,         -- how far the payment has come: see RANKS
    in_doubt INTEGER NOT NULL DEFAULT 0,   -- settled, but fraud_status is not accept
    transaction_status TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '{}',     -- what Midtrans said, for the page
    actions TEXT,                          -- the QR code and the link: Midtrans gives them once
    polled_at INTEGER NOT NULL DEFAULT 0,  -- when the page's question last reached Midtrans
    polls INTEGER NOT NULL DEFAULT 0,      -- how often reconciliation has asked
    next_poll_at INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX IF NOT EXISTS attempts_of_order ON attempts (order_id);
  CREATE INDEX IF NOT EXISTS attempts_to_poll ON attempts (next_poll_at)
    WHERE sent = 1 AND rank < 2;
  -- The orders to ship. Not what was refunded, in part or whole.
  CREATE VIEW IF NOT EXISTS paid_orders AS SELECT DISTINCT order_id FROM attempts WHERE rank = 2;
`);

function attemptsOf(orderId) {
  return db.all('SELECT * FROM attempts WHERE order_id = ? ORDER BY rowid', [orderId]);
}

function attemptById(id) {
  return db.get('SELECT * FROM attempts WHERE id = ?', [id]);
}

function addAttempt(id, orderId, grossAmount) {
  db.run('INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)', [
    id,
    orderId,
    grossAmount,
  ]);
}

// The attempt that the payer is told about. Money that is there comes before money that went back,
// then what can still be paid, then the newest end.
function effectiveAttempt(orderId) {
  const found = db.get(
    `SELECT * FROM attempts WHERE order_id = ? AND rank >= 0
     ORDER BY CASE
         WHEN rank = 2 THEN 0
         WHEN rank >= 3 AND rank < 4 THEN 1
         WHEN rank >= 4 THEN 2
         WHEN rank = 0 THEN 3
         ELSE 4
       END, rowid DESC`,
    [orderId],
  );
  return found ?? refuse('404', 'There is no transaction of this order');
}

// ---- Errors, in the shape of Midtrans' own

class ApiError extends Error {
  constructor(body) {
    super(body.status_message);
    this.body = body;
  }
}

// What Midtrans answered instead, or 503 where it did not answer.
class MidtransError extends ApiError {}

const errorBody = (status_code, status_message) => ({ status_code, status_message });

function refuse(code, why) {
  throw new ApiError(errorBody(code, why));
}

// ---- Midtrans

// Sends a request to Midtrans. An error is logged and thrown with Midtrans' own words.
async function midtrans(what, request, idempotencyKey) {
  const core = new midtransClient.CoreApi({
    isProduction: false,
    serverKey: SERVER_KEY,
    clientKey: '',
  });
  core.apiConfig.getCoreApiBaseUrl = () => MIDTRANS;
  const { defaults } = core.httpClient.http_client;
  defaults.timeout = MIDTRANS_TIMEOUT * 1000; // the library's own is none
  if (idempotencyKey) defaults.headers = { 'Idempotency-Key': idempotencyKey };
  try {
    return await request(core);
  } catch (error) {
    const answer = error.ApiResponse;
    const body = answer?.status_code ? answer : errorBody('503', 'Midtrans did not answer');
    console.error(`Midtrans ${what}: ${body.status_code} ${JSON.stringify(body.status_message)}`);
    throw new MidtransError(body);
  }
}

const getStatus = (id) => midtrans(`get-status of ${id}`, (core) => core.transaction.status(id));

// For errors with these codes of Midtrans', which are answers too.
function allow(...codes) {
  return (error) => {
    if (!codes.includes(error.body?.status_code)) throw error;
  };
}

// Midtrans' 401, 403 and 404 are about our key and our rows: the page would take them for the
// payer's session.
const CODES_FOR_PAGE = ['400', '402', '406', '410', '411', '412', '413', '414', '429'];

function errorForPage(body) {
  if (CODES_FOR_PAGE.includes(body.status_code)) return body;
  return errorBody('503', `Midtrans: ${body.status_message}`);
}

// ---- What a status means

// How far a payment has come. It only goes forwards; what has no rank is not believed.
const [PENDING, ENDED, PAID, PARTLY_REFUNDED, REFUNDED] = [0, 1, 2, 3, 4];
const RANKS = {
  pending: PENDING,
  expire: ENDED,
  cancel: ENDED,
  deny: ENDED,
  failure: ENDED,
  capture: PAID,
  settlement: PAID,
  partial_refund: PARTLY_REFUNDED,
  refund: REFUNDED,
};

const statusOf = (answer) => String(answer.transaction_status).toLowerCase();

// An empty text, null and absence are the same.
function isInDoubt(answer) {
  return RANKS[statusOf(answer)] === PAID && (answer.fraud_status || 'accept') !== 'accept';
}

// NaN for what is not believed: it compares with nothing.
function rankOf(answer) {
  const rank = RANKS[statusOf(answer)];
  if (rank === undefined || isInDoubt(answer)) return NaN;
  if (rank !== PARTLY_REFUNDED) return rank;
  // The more was refunded, the further it has come.
  return rank + Number(answer.refund_amount || 0) / Number(answer.gross_amount);
}

// Money may still come for an attempt that ended or was never answered.
function canStillBePaid(attempt) {
  const isDenied = ['deny', 'failure'].includes(attempt.transaction_status);
  return attempt.sent && attempt.rank < PAID && !isDenied;
}

// Midtrans' times are Jakarta's (UTC+7), without an offset. NaN for one that cannot be read.
function secondsOf(jakartaTime) {
  return Date.parse(`${String(jakartaTime).replace(' ', 'T')}+07:00`) / 1000;
}

// ---- What is stored

// Stores what Midtrans answers about an attempt, if it is about this one.
async function applyStatus(attempt, answer, isOwnCharge = false) {
  const { signature_key, actions, custom_field3, ...status } = answer;
  const known = JSON.parse(attempt.status).transaction_id;
  const isOurs =
    status.order_id === attempt.id &&
    status.transaction_id === (known ?? status.transaction_id) &&
    Number(status.gross_amount) === attempt.gross_amount &&
    (status.currency || 'IDR') === 'IDR';
  if (!isOurs) refuse('503', `Midtrans' answer contradicts ${attempt.id}`);

  // The same order_id may have been used before: by an earlier shop, or by another system on the
  // account. Our own charge has the attempt's key with it. That needs no clock: to one that was
  // ahead when the order was made, its own charge would look older for ever. Only without the key,
  // which an attempt from a restored backup does not know, does the age decide: and what has none
  // may be anybody's.
  const isProven = known || isOwnCharge || custom_field3 === attempt.idempotency_key;
  const isYounger = secondsOf(status.transaction_time) >= attempt.made_at - CLOCK_SKEW;
  if (!isProven && !isYounger) {
    refuse('503', `Midtrans' transaction of ${attempt.id} is older than the order, or undated`);
  }

  status.transaction_status = statusOf(status);
  // get-status and cancel need the server key, and are not for a browser.
  const isForBrowsers = ({ name }) => /^(generate-qr-code|deeplink-redirect)/.test(name);
  const links = (actions || []).filter(isForBrowsers);
  db.run('UPDATE attempts SET in_doubt = ? WHERE id = ?', [isInDoubt(status) ? 1 : 0, attempt.id]);
  // In one statement, so that of two answers at once neither can take a payment backwards.
  db.run(
    `UPDATE attempts
     SET status = json_patch(status, ?2), transaction_status = ?3, rank = ?4,
       actions = coalesce(?5, actions)
     WHERE id = ?1 AND (
       transaction_status = ?3 AND rank <= ?4
       OR transaction_status NOT IN ('deny', 'failure') AND rank < ?4
     )`,
    [
      attempt.id,
      JSON.stringify(status),
      status.transaction_status,
      rankOf(status),
      links.length ? JSON.stringify(links) : null,
    ],
  );

  // An order that was paid is not to be paid twice: what can still be paid is cancelled.
  const attempts = attemptsOf(attempt.order_id);
  if (!attempts.some(({ rank }) => rank >= PAID)) return;
  for (const open of attempts.filter(({ sent, rank }) => sent && rank <= PENDING)) {
    await cancelAtMidtrans(open.id);
  }
}

// Asks Midtrans. An attempt that was sent and not answered may not be there: false.
async function poll(attempt) {
  const missing = attempt.rank < PENDING ? ['404'] : [];
  const answer = await getStatus(attempt.id).catch(allow(...missing));
  if (answer) await applyStatus(attempt, answer);
  return Boolean(answer);
}

// 412: it is too late. 404: it was never made.
async function cancelAtMidtrans(id) {
  const cancelled = midtrans(`cancel of ${id}`, (core) => core.transaction.cancel(id));
  await cancelled.catch(allow('412', '404'));
}

// ---- Charging

// Charges the order once: goes on with what was begun, and starts over only after the end that the
// page has named.
async function charge(orderId, retryOf, gopay) {
  const attempts = attemptsOf(orderId);
  let attempt = attempts.at(-1) ?? refuse('404', 'There is no such order');
  const isRetry = attempt.rank === ENDED && JSON.parse(attempt.status).transaction_id === retryOf;
  if (!isRetry && (attempt.actions || attempt.rank >= ENDED)) return;

  // Every request to /v2/charge comes after these questions: was an earlier attempt paid after all?
  // Where Midtrans does not say, nothing is charged.
  for (const earlier of attempts.filter(canStillBePaid)) {
    await poll(earlier);
  }
  const polled = attemptsOf(orderId);
  if (polled.some(({ rank }) => rank >= PAID)) return;
  if (polled.some(({ in_doubt }) => in_doubt)) {
    refuse('503', 'Midtrans has not decided about an earlier payment yet');
  }

  attempt = attemptById(attempt.id);
  if (isRetry) {
    const id = `${orderId}-${Date.now()}`;
    addAttempt(id, orderId, attempt.gross_amount);
    attempt = attemptById(id);
  } else if (attempt.actions || attempt.rank >= ENDED) {
    return;
  }
  // Not claimed: a payment was stored since the questions. They are asked again.
  if (!claimCharge(attempt)) return charge(orderId, retryOf, gopay);
  await sendCharge(attempt, gopay);
}

// Stores that the charge is sent, if no attempt at the order is paid or in doubt. In one statement,
// because another process may store a payment at any moment.
function claimCharge({ id }) {
  const [claimed] = db.all(
    `UPDATE attempts SET sent = 1, next_poll_at = ?2
     WHERE id = ?1 AND NOT EXISTS (
       SELECT 1 FROM attempts AS one
       WHERE one.order_id = attempts.order_id AND (one.rank >= 2 OR one.in_doubt = 1)
     )
     RETURNING id`,
    [id, now() + FIRST_BACKOFF],
  );
  return Boolean(claimed);
}

async function sendCharge(attempt, gopay) {
  const transaction_details = { order_id: attempt.id, gross_amount: attempt.gross_amount };
  // get-status gives custom_field3 back: see applyStatus.
  const custom_field3 = attempt.idempotency_key;
  const body = { payment_type: 'gopay', transaction_details, gopay, custom_field3 };
  // After a crash the key is the same. 406: it was made before, and its answer was lost.
  const sent = await midtrans(
    `charge of ${attempt.id}`,
    (core) => core.charge(body),
    attempt.idempotency_key,
  ).catch(allow('406'));
  const answer = sent?.transaction_status ? sent : await getStatus(attempt.id);
  const url = `${MIDTRANS}/v2/gopay/${answer.transaction_id}/qr-code`;
  const actions = [{ name: 'generate-qr-code', method: 'GET', url }];
  await applyStatus(attempt, { actions, ...answer }, answer === sent);
}

// One charge of an order at a time: a request that comes meanwhile waits for that one.
const inFlight = new Map();

function oneAtATime(orderId, work) {
  if (!inFlight.has(orderId)) {
    const done = work().finally(() => inFlight.delete(orderId));
    inFlight.set(orderId, done);
  }
  return inFlight.get(orderId);
}

// ---- Reconciliation: notifications get lost, and payers close the page

async function reconcileForEver() {
  for (;;) {
    await reconcile().catch(logError);
    await sleep(RECONCILE_INTERVAL);
  }
}

// Polls what is due. The first error ends the pass: a Midtrans in trouble is not asked twenty
// times.
async function reconcile() {
  for (let polled = 0; polled < RECONCILE_BATCH; polled++) {
    const attempt = nextToPoll();
    if (!attempt) return;
    await poll(attempt);
  }
}

// Takes the attempt that is due and schedules its next poll, in one statement: of two processes one
// polls it, and one that fails or crashes comes again, later each time. A poll that is scheduled
// further ahead than its wait can be was scheduled by a clock that was wrong: it is due.
function nextToPoll() {
  const [attempt] = db.all(
    `UPDATE attempts SET polls = polls + 1, next_poll_at = ?1 + min(?2 << polls, ?3)
     WHERE id = (
       SELECT id FROM attempts
       WHERE sent = 1 AND rank < 2 AND transaction_status NOT IN ('deny', 'failure')
         AND (next_poll_at <= ?1 OR next_poll_at > ?1 + min(?2 << polls, ?3)) AND polls < ?4
       ORDER BY next_poll_at LIMIT 1
     )
     RETURNING *`,
    [now(), FIRST_BACKOFF, MAX_BACKOFF, MAX_POLLS],
  );
  const isLast = attempt?.polls === MAX_POLLS && attempt.rank < ENDED;
  if (isLast) logError(new Error(`${attempt.id} is still open, and polled for the last time`));
  return attempt;
}

// ---- Order tokens: `v1.{expiry, seconds since 1970}.{HMAC of version, expiry and order}`

const sha512 = (text) => createHash('sha512').update(text).digest();

// In constant time, which needs texts of one length: hence the hashes.
const isSame = (one, other) => timingSafeEqual(sha512(one), sha512(other));

function macOf(orderId, expiry) {
  return createHmac('sha256', TOKEN_SECRET).update(`v1.${expiry}.${orderId}`).digest('base64url');
}

function tokenFor(orderId) {
  const expiry = now() + TOKEN_LIFETIME;
  return `v1.${expiry}.${macOf(orderId, expiry)}`;
}

function authorize(req, orderId) {
  const header = req.get('Authorization') ?? '';
  const [, expiry, mac] = /^Bearer v1\.([1-9]\d{0,11})\.([\w-]{43})$/.exec(header) ?? [];
  if (!mac || expiry < now()) {
    refuse('401', 'The order token is missing, unreadable or expired');
  }
  if (!isSame(mac, macOf(orderId, expiry))) {
    refuse('403', 'The order token is of another order');
  }
  return orderId;
}

// ---- Routes

const app = express();
app.use((req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  next();
});
app.use(express.json({ limit: '16kb' }));

// Your cart instead; the page needs what is answered here. No later request names an amount.
app.post('/api/shop/orders', (req, res) => {
  const items = Array.isArray(req.body?.items) ? req.body.items : [];
  const priceOf = (item) => {
    const isCount = Number.isInteger(item?.quantity) && item.quantity > 0;
    return isCount && Object.hasOwn(PRICES, item.sku) ? PRICES[item.sku] * item.quantity : NaN;
  };
  const gross_amount = items.map(priceOf).reduce((sum, price) => sum + price, 0);
  if (!(gross_amount > 0 && gross_amount <= 20_000_000)) {
    refuse('400', 'items: expected [{sku, quantity}], up to Rp20,000,000');
  }
  const order_id = `order-${randomBytes(10).toString('hex')}`;
  addAttempt(order_id, order_id, gross_amount);
  const trusted_hosts = [new URL(MIDTRANS).host];
  res.status(201).json({ order_id, gross_amount, order_token: tokenFor(order_id), trusted_hosts });
});

app.post('/api/gopay/charge', async (req, res) => {
  const { transaction_details, retry_of, gopay } =
    req.body ?? refuse('415', 'Expected application/json');
  const orderId = authorize(req, String(transaction_details?.order_id));
  const callback_url = String(gopay?.callback_url);
  if (gopay && !callback_url.startsWith(`${ORIGIN}/`)) {
    refuse('400', 'gopay.callback_url is no page of the shop');
  }
  const callback = gopay && { enable_callback: true, callback_url };
  await oneAtATime(orderId, () => charge(orderId, retry_of, callback));
  const { status, rank, actions } = effectiveAttempt(orderId);
  res.json({ ...JSON.parse(status), actions: rank === PENDING ? JSON.parse(actions) : undefined });
});

app.get('/api/gopay/orders/:orderId', async (req, res) => {
  const attempt = effectiveAttempt(authorize(req, req.params.orderId));
  try {
    if (attempt.rank < PAID && claimPoll(attempt.id)) await poll(attempt);
  } catch (error) {
    logError(error); // at Midtrans, or on a full disk: the status is as it was known
  }
  res.type('json').send(effectiveAttempt(attempt.order_id).status);
});

// Of all requests of one interval the first asks Midtrans. A poll further ahead than an interval
// was noted by a clock that was wrong, and holds up none.
function claimPoll(id) {
  const claim = `UPDATE attempts SET polled_at = ?2
    WHERE id = ?1 AND (polled_at <= ?2 - ?3 OR polled_at > ?2 + ?3)`;
  return db.run(claim, [id, now(), POLL_INTERVAL]).changes > 0;
}

// The push stream reads this shop's database: notifications and reconciliation bring what is new.
// So it holds for several processes too, and costs Midtrans nothing.
let openStreams = 0;

app.get('/api/gopay/orders/:orderId/events', (req, res) => {
  const orderId = authorize(req, req.params.orderId);
  effectiveAttempt(orderId); // or 404, as long as an error can be answered
  // The page polls then.
  if (openStreams >= MAX_STREAMS) refuse('503', 'There are too many push streams');

  // The second is for nginx, which is not to hold events back.
  res.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
  const opened = uptime();
  let sent = { status: '', at: opened };

  function push() {
    const { id, rank, transaction_status, status } = effectiveAttempt(orderId);
    if (status !== sent.status) {
      res.write(`event: status\nid: ${id}.${transaction_status}\ndata: ${status}\n\n`);
      sent = { status, at: uptime() };
    } else if (uptime() - sent.at >= STREAM_HEARTBEAT) {
      res.write(':\n\n');
      sent.at = uptime();
    }
    if (rank >= ENDED || uptime() - opened >= STREAM_LIFETIME) res.end();
  }

  // After the first byte an error can only end the stream.
  function pushOrEnd() {
    try {
      push();
    } catch (error) {
      logError(error);
      res.end();
    }
  }

  openStreams += 1;
  const timer = setInterval(pushOrEnd, STREAM_INTERVAL * 1000);
  res.on('close', () => {
    clearInterval(timer);
    openStreams -= 1;
  });
  pushOrEnd();
});

app.post('/api/gopay/orders/:orderId/cancel', async (req, res) => {
  const attempt = effectiveAttempt(authorize(req, req.params.orderId));
  if (attempt.rank === PENDING) {
    await cancelAtMidtrans(attempt.id);
    await poll(attempt);
  }
  const { transaction_status, status } = effectiveAttempt(attempt.order_id);
  const isCancelled = transaction_status === 'cancel';
  const tooLate = isCancelled ? {} : errorBody('412', 'Transaction status cannot be updated.');
  res.json({ ...JSON.parse(status), ...tooLate });
});

app.post('/api/gopay/notifications', async ({ body: notification }, res) => {
  // Over the texts as they came, before anything else is read of them.
  const { order_id, status_code, gross_amount, signature_key } = notification ?? {};
  const signature = sha512(`${order_id}${status_code}${gross_amount}${SERVER_KEY}`).toString('hex');
  if (!isSame(String(signature_key), signature)) refuse('403', 'signature_key does not match');

  const attempt = attemptById(order_id) ?? restoreAttempt(order_id);
  // Of another system on the account, or the dashboard's test: there is nothing to do.
  if (!attempt) return res.json(errorBody('200', 'OK, and no order of this shop'));

  // The signature does not cover the status: get-status decides, and is on disk before the 200.
  // Whatever fails is a 503: then Midtrans sends the notification again, four times.
  const isKnown = await poll(attempt).catch(logError);
  if (!isKnown || rankOf(notification) > attemptById(attempt.id).rank) {
    refuse('503', 'Not confirmed by get-status yet');
  }
  return res.json(errorBody('200', 'OK'));
});

// An attempt at an order of ours that is not in the database: that was restored from a backup.
function restoreAttempt(id) {
  const orderId = /^(.+)-\d+$/.exec(id)?.[1];
  db.run(
    `INSERT INTO attempts (id, order_id, gross_amount, made_at, sent)
     SELECT ?, order_id, gross_amount, made_at, 1 FROM attempts WHERE id = ? AND id = order_id`,
    [id, orderId ?? ''],
  );
  return attemptById(id);
}

app.use(() => refuse('404', 'The requested resource is not found'));

app.use((error, req, res, next) => {
  // express.json's errors have a type; a crash has none.
  let body = errorBody(`${error.status ?? 503}`, error.type ?? 'Please retry.');
  if (error instanceof MidtransError) body = errorForPage(error.body);
  else if (error instanceof ApiError) body = error.body;
  if (body.status_code >= 500) logError(error);
  res.status(Number(body.status_code)).json(body);
});

function logError(error) {
  if (error instanceof MidtransError) return; // midtrans() has logged it
  console.error(JSON.stringify(error.message));
}

app.listen(PORT, '127.0.0.1');
reconcileForEver();
