// A shop's backend for gopay-checkout: Express, Midtrans' own library, SQLite.
// What it keeps and what you replace: ../README.md. Rupiah are whole numbers.

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

const PRICES = { 'kopi-gayo': 44_000, 'teh-melati': 18_500, 'gula-aren': 32_000, 'cangkir-batik': 75_000 };
const MIDTRANS_TIME_LIMIT = 10_000; // ms
const POLL_INTERVAL = 10_000; // ms, for one attempt
const TOKEN_LIFETIME = 86_400; // seconds
const CLOCKS_DIFFER = 600; // seconds

// ---- Database: one row for each attempt to collect an order's money

rmSync(`${DATABASE}.lock`, { recursive: true, force: true }); // of a process that was killed
const db = new sqlite.Database(DATABASE);
db.exec(`
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS attempts (
    id TEXT PRIMARY KEY,                   -- Midtrans' order_id: the shop's own, with a suffix from the second attempt on
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
    polled_at INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX IF NOT EXISTS attempts_of_order ON attempts (order_id);
  -- The orders to ship. Not what was refunded, in part or whole.
  CREATE VIEW IF NOT EXISTS paid_orders AS SELECT DISTINCT order_id FROM attempts WHERE rank = 2;
`);

const attemptsOf = (orderId) => db.all('SELECT * FROM attempts WHERE order_id = ? ORDER BY rowid', [orderId]);
const attemptById = (id) => db.get('SELECT * FROM attempts WHERE id = ?', [id]);

function addAttempt(id, orderId, grossAmount) {
  db.run('INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)', [id, orderId, grossAmount]);
}

// The attempt that the payer is told about. Money that is there comes before money that went back, then what can still
// be paid, then the newest end.
function deciding(orderId) {
  const found = db.get(
    `SELECT * FROM attempts WHERE order_id = ? AND rank >= 0 ORDER BY CASE
       WHEN rank = 2 THEN 0 WHEN rank >= 3 AND rank < 4 THEN 1 WHEN rank >= 4 THEN 2 WHEN rank = 0 THEN 3 ELSE 4
     END, rowid DESC`,
    [orderId],
  );
  return found ?? refuse('404', 'There is no transaction of this order');
}

// ---- Errors, in the shape of Midtrans' own

class Refusal extends Error {
  constructor(body) {
    super(body.status_message);
    this.body = body;
  }
}

class MidtransError extends Refusal {}

const errorBody = (status_code, status_message) => ({ status_code, status_message });

function refuse(code, why) {
  throw new Refusal(errorBody(code, why));
}

// ---- Midtrans

// Its answer. A refusal is logged and thrown, with Midtrans' own words.
async function midtrans(what, request, idempotencyKey) {
  const core = new midtransClient.CoreApi({ isProduction: false, serverKey: SERVER_KEY, clientKey: '' });
  core.apiConfig.getCoreApiBaseUrl = () => MIDTRANS;
  core.httpClient.http_client.defaults.timeout = MIDTRANS_TIME_LIMIT; // the library's own is none
  if (idempotencyKey) core.httpClient.http_client.defaults.headers = { 'Idempotency-Key': idempotencyKey };
  try {
    return await request(core);
  } catch (error) {
    const told = error.ApiResponse;
    const body = told?.status_code ? told : errorBody('503', 'Midtrans did not answer');
    console.error(`Midtrans ${what}: ${body.status_code} ${JSON.stringify(body.status_message)}`);
    throw new MidtransError(body);
  }
}

const getStatus = (id) => midtrans(`get-status of ${id}`, (core) => core.transaction.status(id));

// Lets these codes of Midtrans' pass, which are answers too.
function allow(...codes) {
  return (error) => {
    if (!codes.includes(error.body?.status_code)) throw error;
  };
}

// What the page is told of Midtrans' trouble. Its 401, 403 and 404 are about our key and our rows, not about the payer.
function forThePage(body) {
  const isThePayers = ['400', '402', '406', '410', '411', '412', '413', '414', '429'].includes(
    body.status_code,
  );
  return isThePayers ? body : errorBody('503', `Midtrans: ${body.status_message}`);
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

const statusOf = (told) => String(told.transaction_status).toLowerCase();
// An empty text, null and absence are the same.
const isInDoubt = (told) => RANKS[statusOf(told)] === PAID && (told.fraud_status || 'accept') !== 'accept';

function rankOf(told) {
  const rank = RANKS[statusOf(told)];
  if (rank === undefined || isInDoubt(told)) return NaN;
  return rank === PARTLY_REFUNDED ? rank + Number(told.refund_amount || 0) / Number(told.gross_amount) : rank;
}

// Money may still come for it, although it ended or was never answered.
const mayBePaid = (it) => it.sent && it.rank < PAID && !['deny', 'failure'].includes(it.transaction_status);

// Jakarta's time has no offset in Midtrans' answers; it is UTC+7.
const secondsOf = (jakartaTime) => Date.parse(`${String(jakartaTime).replace(' ', 'T')}+07:00`) / 1000;

// ---- What is stored

// Stores what Midtrans says about an attempt, if it is about this one.
async function learn(it, answer, isOwnCharge = false) {
  const { signature_key, actions, ...told } = answer;
  const known = JSON.parse(it.status).transaction_id;
  const isOurs =
    told.order_id === it.id &&
    told.transaction_id === (known ?? told.transaction_id) &&
    Number(told.gross_amount) === it.gross_amount &&
    (told.currency || 'IDR') === 'IDR';
  if (!isOurs) refuse('503', `Midtrans' answer contradicts ${it.id}`);
  // The same order_id may have been used before: by an earlier shop, or by another system on the account.
  const isOlder = secondsOf(told.transaction_time) < it.made_at - CLOCKS_DIFFER;
  if (!known && !isOwnCharge && isOlder)
    refuse('503', `Midtrans' transaction of ${it.id} is older than the order`);

  told.transaction_status = statusOf(told);
  // get-status and cancel need the server key, and are not for a browser.
  const links = (actions || []).filter(({ name }) => /^(generate-qr-code|deeplink-redirect)/.test(name));
  db.run('UPDATE attempts SET in_doubt = ? WHERE id = ?', [isInDoubt(told) ? 1 : 0, it.id]);
  // In one statement, and only forwards. NaN compares with nothing.
  db.run(
    `UPDATE attempts SET status = json_patch(status, ?2), transaction_status = ?3, rank = ?4,
       actions = coalesce(?5, actions)
     WHERE id = ?1 AND (transaction_status = ?3 AND rank <= ?4
       OR transaction_status NOT IN ('deny', 'failure') AND rank < ?4)`,
    [
      it.id,
      JSON.stringify(told),
      told.transaction_status,
      rankOf(told),
      links.length ? JSON.stringify(links) : null,
    ],
  );

  // An order that was paid is not to be paid twice: what can still be paid is cancelled.
  const all = attemptsOf(it.order_id);
  if (!all.some(({ rank }) => rank >= PAID)) return;
  for (const open of all.filter(({ sent, rank }) => sent && rank <= PENDING)) await cancelAtMidtrans(open.id);
}

const poll = async (it) => learn(it, await getStatus(it.id));

// 412: it is too late. 404: it was never made.
async function cancelAtMidtrans(id) {
  await midtrans(`cancel of ${id}`, (core) => core.transaction.cancel(id)).catch(allow('412', '404'));
}

// ---- Charging

// Charges the order once: goes on with what was begun, and starts over only after the end that the page has named.
async function charge(orderId, retryOf, gopay) {
  const attempts = attemptsOf(orderId);
  let it = attempts.at(-1) ?? refuse('404', 'There is no such order');
  const isRetry = it.rank === ENDED && JSON.parse(it.status).transaction_id === retryOf;
  if (!isRetry && (it.actions || it.rank >= ENDED)) return;

  // Every request to /v2/charge comes after these questions: was an earlier attempt paid after all? Where Midtrans does
  // not say, nothing is charged. An attempt that was sent and not answered may not be there (404).
  for (const earlier of attempts.filter(mayBePaid)) {
    await poll(earlier).catch(earlier.rank < PENDING ? allow('404') : allow());
  }
  const now = attemptsOf(orderId);
  if (now.some(({ rank }) => rank >= PAID)) return;
  if (now.some(({ in_doubt }) => in_doubt))
    refuse('503', 'Midtrans has not decided about an earlier payment yet');

  it = attemptById(it.id);
  if (isRetry) {
    const id = `${orderId}-${Date.now()}`;
    addAttempt(id, orderId, it.gross_amount);
    it = attemptById(id);
  } else if (it.actions || it.rank >= ENDED) {
    return;
  }
  await sendCharge(it, gopay);
}

async function sendCharge(it, gopay) {
  db.run('UPDATE attempts SET sent = 1 WHERE id = ?', [it.id]);
  const transaction_details = { order_id: it.id, gross_amount: it.gross_amount };
  const body = { payment_type: 'gopay', transaction_details, gopay };
  // After a crash the key is the same. 406: it was made before, and its answer was lost.
  const sent = await midtrans(`charge of ${it.id}`, (core) => core.charge(body), it.idempotency_key).catch(
    allow('406'),
  );
  const answer = sent?.transaction_status ? sent : await getStatus(it.id);
  const url = `${MIDTRANS}/v2/gopay/${answer.transaction_id}/qr-code`;
  const actions = [{ name: 'generate-qr-code', method: 'GET', url }];
  await learn(it, { actions, ...answer }, answer === sent);
}

// One request about an order at a time: whoever comes meanwhile waits for that one.
const inFlight = new Map();

function oneAtATime(orderId, work) {
  if (!inFlight.has(orderId)) {
    inFlight.set(
      orderId,
      work().finally(() => inFlight.delete(orderId)),
    );
  }
  return inFlight.get(orderId);
}

// ---- Order tokens: `v1.{expiry, seconds since 1970}.{HMAC of version, expiry and order}`

const sha512 = (text) => createHash('sha512').update(text).digest();
const isSame = (one, other) => timingSafeEqual(sha512(one), sha512(other));
const macOf = (orderId, expiry) =>
  createHmac('sha256', TOKEN_SECRET).update(`v1.${expiry}.${orderId}`).digest('base64url');

function tokenFor(orderId) {
  const expiry = Math.floor(Date.now() / 1000) + TOKEN_LIFETIME;
  return `v1.${expiry}.${macOf(orderId, expiry)}`;
}

function authorize(req, orderId) {
  const header = req.get('Authorization') ?? '';
  const [, expiry, mac] = /^Bearer v1\.([1-9]\d{0,11})\.([\w-]{43})$/.exec(header) ?? [];
  if (!mac || expiry * 1000 < Date.now()) refuse('401', 'The order token is missing, unreadable or expired');
  if (!isSame(mac, macOf(orderId, expiry))) refuse('403', 'The order token is of another order');
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
  const { transaction_details, retry_of, gopay } = req.body ?? refuse('415', 'Expected application/json');
  const orderId = authorize(req, String(transaction_details?.order_id));
  const callback_url = String(gopay?.callback_url);
  if (gopay && !callback_url.startsWith(`${ORIGIN}/`))
    refuse('400', 'gopay.callback_url is no page of the shop');

  const callback = gopay && { enable_callback: true, callback_url };
  await oneAtATime(orderId, () => charge(orderId, retry_of, callback));
  const { status, rank, actions } = deciding(orderId);
  res.json({ ...JSON.parse(status), actions: rank === PENDING ? JSON.parse(actions) : undefined });
});

app.get('/api/gopay/orders/:orderId', async (req, res) => {
  const it = deciding(authorize(req, req.params.orderId));
  // Of all requests of one interval the first asks Midtrans; where that fails, the status is as it was known.
  const due = 'UPDATE attempts SET polled_at = ?2 WHERE id = ?1 AND polled_at <= ?2 - ?3';
  const isDue = it.rank < PAID && db.run(due, [it.id, Date.now(), POLL_INTERVAL]).changes;
  if (isDue) await poll(it).catch(logError);
  res.type('json').send(deciding(it.order_id).status);
});

app.post('/api/gopay/orders/:orderId/cancel', async (req, res) => {
  const it = deciding(authorize(req, req.params.orderId));
  if (it.rank === PENDING) {
    await cancelAtMidtrans(it.id);
    await poll(it);
  }
  const { transaction_status, status } = deciding(it.order_id);
  const tooLate =
    transaction_status !== 'cancel' && errorBody('412', 'Transaction status cannot be updated.');
  res.json({ ...JSON.parse(status), ...tooLate });
});

app.post('/api/gopay/notifications', async ({ body: told }, res) => {
  // Over the texts as they came, before anything else is read of them.
  const signed = `${told?.order_id}${told?.status_code}${told?.gross_amount}${SERVER_KEY}`;
  if (!isSame(String(told?.signature_key), sha512(signed).toString('hex'))) {
    refuse('403', 'signature_key does not match');
  }
  const it = attemptById(told.order_id) ?? restored(told.order_id);
  // Of another system on the account, or the dashboard's test: there is nothing to do.
  if (!it) return res.json(errorBody('200', 'OK, and no order of this shop'));

  // The signature does not cover the status: get-status decides, and is on disk before the 200. Whatever fails is a 503:
  // then Midtrans sends the notification again, four times.
  await poll(it).catch((error) => {
    logError(error);
    refuse('503', 'Not confirmed by get-status');
  });
  if (rankOf(told) > attemptById(it.id).rank) refuse('503', 'Not confirmed by get-status yet');
  return res.json(errorBody('200', 'OK'));
});

// An attempt at an order of ours that is not in the database: that was restored from a backup.
function restored(id) {
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
  let body = errorBody(`${error.status ?? 503}`, error.type ?? 'Please retry.'); // express.json's, or a crash
  if (error instanceof MidtransError) body = forThePage(error.body);
  else if (error instanceof Refusal) body = error.body;
  if (body.status_code >= 500) logError(error);
  res.status(Number(body.status_code)).json(body);
});

function logError(error) {
  if (!(error instanceof MidtransError)) console.error(JSON.stringify(error.message)); // else it is logged already
}

app.listen(PORT, '127.0.0.1');
