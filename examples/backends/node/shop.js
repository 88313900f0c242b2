// A shop's backend for gopay-checkout: Express, Midtrans' own library, SQLite. What it keeps, what to replace:
// ../README.md. Rupiah are whole numbers; times are seconds since 1970 where nothing else is said.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import express from 'express';
import sqlite from 'node-sqlite3-wasm';
import midtransClient from 'midtrans-client';

const { MIDTRANS_SERVER_KEY: KEY, ORDER_TOKEN_SECRET: SECRET, PORT = '7080', DATABASE = 'shop.sqlite3' } = process.env;
const { MIDTRANS_BASE_URL: BASE = 'http://127.0.0.1:7081', SHOP_ORIGIN = `http://127.0.0.1:${PORT}` } = process.env;
if (!KEY || !(SECRET?.length >= 32)) throw new Error('set MIDTRANS_SERVER_KEY, and ORDER_TOKEN_SECRET (32 characters)');
const PRICES = { 'kopi-gayo': 44_000, 'teh-melati': 18_500, 'gula-aren': 32_000, 'cangkir-batik': 75_000 }; // rupiah

// One row for each attempt to collect. The first is made with the order, where alone an amount is named.
rmSync(`${DATABASE}.lock`, { recursive: true, force: true }); // of a process that was killed: one at a time may run
const db = new sqlite.Database(DATABASE);
db.exec(`PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS attempts (id TEXT PRIMARY KEY, order_id TEXT NOT NULL, gross_amount INTEGER NOT NULL,
    idempotency_key TEXT DEFAULT (hex(randomblob(16))), rank REAL DEFAULT -1, word TEXT DEFAULT '',
    status TEXT DEFAULT '{}', actions TEXT, asked_at INTEGER DEFAULT 0)`);
const attemptsAt = (orderId) => db.all('SELECT * FROM attempts WHERE order_id = ? ORDER BY rowid', [orderId]);
const attempt = (id) => db.get('SELECT * FROM attempts WHERE id = ?', [id]) ?? refuse('404', 'No such transaction');
// What a payer is told about: a paid attempt before any other, else the latest that Midtrans knows.
const deciding = (orderId) => attempt(db.get(`SELECT id FROM attempts WHERE order_id = ? AND rank >= 0
  ORDER BY rank >= 2 DESC, rowid DESC`, [orderId])?.id ?? '');
const place = (...row) => db.run('INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)', row);

// How far a payment has come. It never goes back; what has no rank is not believed.
const [PENDING, ENDED, PAID] = [0, 1, 2];
const RANKS = { pending: PENDING, expire: ENDED, cancel: ENDED, deny: ENDED, failure: ENDED, capture: PAID,
  settlement: PAID, partial_refund: 3, refund: 4 };
const rankOf = ({ transaction_status: word, fraud_status = 'accept', refund_amount = 0, gross_amount }) => (
  RANKS[word] === PAID && fraud_status !== 'accept' ? NaN
    : RANKS[word] + (word === 'partial_refund' ? refund_amount / gross_amount : 0));

const body = (status_code, status_message) => ({ status_code, status_message });
const refuse = (code, why) => { throw Object.assign(new Error(why), { ApiResponse: body(code, why) }); };
const codeOf = (error) => Number(error.ApiResponse?.status_code ?? 503); // 503: not answered, or not by Midtrans
const unless = (code) => (error) => { if (codeOf(error) !== code) throw error; };
function midtrans(headers = {}) {
  const core = new midtransClient.CoreApi({ isProduction: false, serverKey: KEY, clientKey: '' });
  core.apiConfig.getCoreApiBaseUrl = () => BASE;
  Object.assign(core.httpClient.http_client.defaults, { timeout: 10_000, headers }); // ms; its own time limit is none
  return core;
}
// Writes down what Midtrans answered, if it is about this attempt: in one statement, which only goes forwards. Of the
// actions those for browsers: get-status and cancel want the server key.
async function learn(it, { signature_key, actions, ...told }) {
  const { transaction_id: known = told.transaction_id } = JSON.parse(it.status);
  const isOurs = told.order_id === it.id && told.transaction_id === known && (told.currency ?? 'IDR') === 'IDR';
  if (!isOurs || Number(told.gross_amount) !== it.gross_amount) refuse('503', `an answer contradicts ${it.id}`);
  const word = told.transaction_status = String(told.transaction_status).toLowerCase();
  const links = actions?.filter(({ name }) => /^(generate-qr-code|deeplink-redirect)/.test(name));
  db.run(`UPDATE attempts SET status = json_patch(status, ?2), word = ?3, rank = ?4, actions = coalesce(?5, actions)
    WHERE id = ?1 AND (word = ?3 AND rank <= ?4 OR word NOT IN ('deny', 'failure') AND rank < ?4)`,
  [it.id, JSON.stringify(told), word, rankOf(told), links ? JSON.stringify(links) : null]);
  const all = attemptsAt(it.order_id); // an earlier one may be paid late, with a later one open: nobody is to pay twice
  const open = all.some(({ rank }) => rank >= PAID) ? all.filter(({ rank }) => rank === PENDING) : [];
  for (const { id } of open) await midtrans().transaction.cancel(id).catch(unless(412));
}
const ask = async (it) => learn(it, await midtrans().transaction.status(it.id));

// Charges the order once: goes on with what was begun, and starts over only after the end that the page has named.
async function charge(orderId, retryOf, gopay) {
  const last = attemptsAt(orderId).at(-1);
  const isOver = last.rank === ENDED && JSON.parse(last.status).transaction_id === retryOf;
  // Was any of them paid after all? What was denied cannot be. Where Midtrans does not say, nothing is charged.
  for (const it of isOver ? attemptsAt(orderId) : []) if (/^(expire|cancel)$/.test(it.word)) await ask(it);
  if (isOver && deciding(orderId).rank === ENDED) place(`${orderId}-${Date.now()}`, orderId, last.gross_amount);
  const it = attemptsAt(orderId).at(-1);
  if (it.actions || it.rank >= ENDED) return;
  // The key is the same after a crash. 406 or no status: it was made before, and its answer was lost.
  const answer = await midtrans({ 'Idempotency-Key': it.idempotency_key })
    .charge({ payment_type: 'gopay', transaction_details: { order_id: it.id, gross_amount: it.gross_amount }, gopay })
    .catch(unless(406)).then((sent) => (sent?.transaction_status ? sent : midtrans().transaction.status(it.id)));
  const qr = { name: 'generate-qr-code', method: 'GET', url: `${BASE}/v2/gopay/${answer.transaction_id}/qr-code` };
  await learn(it, { actions: [qr], ...answer });
}
const flights = new Map(); // one charge of an order at a time: whoever comes meanwhile waits for that one
const inFlight = (id, work) => flights.get(id) ?? flights.set(id, work().finally(() => flights.delete(id))).get(id);

const sha512 = (text) => createHash('sha512').update(text);
const isSame = (one, other) => timingSafeEqual(sha512(one).digest(), sha512(other).digest());
const macOf = (orderId, expiry) => createHmac('sha256', SECRET).update(`${orderId}|${expiry}`).digest('base64url');
function opened(req, orderId) { // by `v1.{seconds since 1970}.{HMAC of order and expiry}`
  const [, expiry, mac] = /^Bearer v1\.(\d{1,12})\.([\w-]{43})$/.exec(req.get('Authorization')) ?? [];
  if (!mac || expiry * 1000 < Date.now()) refuse('401', 'The order token is missing, unreadable or expired');
  return isSame(mac, macOf(orderId, expiry)) ? orderId : refuse('403', 'The order token is of another order');
}

const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
const app = express().use((req, res, next) => { res.set(HEADERS); next(); }, express.json({ limit: '16kb' }));
app.post('/api/shop/orders', (req, res) => { // your cart instead; the page needs what is answered here
  const priceOf = (it) => (Number.isInteger(it?.quantity) && it.quantity > 0 ? PRICES[it.sku] * it.quantity : NaN);
  const gross_amount = [req.body?.items].flat().map(priceOf).reduce((sum, price) => sum + price, 0);
  if (!(gross_amount > 0 && gross_amount <= 2e7)) refuse('400', 'items: expected [{sku, quantity}], up to 20 million');
  const [order_id, expiry] = [`order-${randomBytes(10).toString('hex')}`, Math.floor(Date.now() / 1000) + 86_400];
  place(order_id, order_id, gross_amount);
  const order_token = `v1.${expiry}.${macOf(order_id, expiry)}`;
  res.status(201).json({ order_id, gross_amount, order_token, trusted_hosts: [new URL(BASE).host] });
});
app.post('/api/gopay/charge', async (req, res) => {
  const { transaction_details, retry_of, gopay } = req.body ?? refuse('415', 'Expected application/json');
  const orderId = opened(req, String(transaction_details?.order_id));
  const callback_url = String(gopay?.callback_url);
  if (gopay && !callback_url.startsWith(`${SHOP_ORIGIN}/`)) refuse('400', 'gopay.callback_url is no page of the shop');
  await inFlight(orderId, () => charge(orderId, retry_of, gopay && { enable_callback: true, callback_url }));
  const { status, rank, actions } = deciding(orderId);
  res.json({ ...JSON.parse(status), actions: rank === PENDING ? JSON.parse(actions) : undefined });
});
app.get('/api/gopay/orders/:orderId', async (req, res) => {
  const it = deciding(opened(req, req.params.orderId));
  const gate = 'UPDATE attempts SET asked_at = ?2 WHERE id = ?1 AND asked_at <= ?2 - 10000'; // ms; one asks for all
  const isMine = it.rank < PAID && db.run(gate, [it.id, Date.now()]).changes;
  if (isMine) await ask(it).catch((error) => console.error('get-status', it.id, codeOf(error))); // then as it was known
  res.type('json').send(deciding(it.order_id).status);
});
app.post('/api/gopay/orders/:orderId/cancel', async (req, res) => {
  const it = deciding(opened(req, req.params.orderId));
  if (it.rank === PENDING) await midtrans().transaction.cancel(it.id).catch(unless(412)).then(() => ask(it));
  const { word, status } = deciding(it.order_id);
  res.json({ ...JSON.parse(status), ...(word !== 'cancel' && body('412', 'Transaction status cannot be updated.')) });
});
app.post('/api/gopay/notifications', async ({ body: told }, res) => {
  const signature = sha512(`${told?.order_id}${told?.status_code}${told?.gross_amount}${KEY}`).digest('hex');
  if (!isSame(String(told?.signature_key), signature)) refuse('403', 'signature_key does not match');
  // The signature does not cover the status: get-status decides, and is on disk before 200. After 503 it comes again.
  await ask(attempt(told.order_id)).catch(() => refuse('503', 'Not confirmed by get-status'));
  if (rankOf(told) > attempt(told.order_id).rank) refuse('503', 'Not confirmed by get-status yet');
  res.json(body('200', 'OK'));
});
app.use(() => refuse('404', 'The requested resource is not found'));
app.use((error, req, res, next) => { // ours, Midtrans', or express.json's
  const code = error.status ?? codeOf(error);
  if (code >= 500) console.error(req.method, req.path, code, error.message);
  res.status(code).json(error.ApiResponse?.status_code ? error.ApiResponse : body(`${code}`, error.type ?? 'Retry.'));
});
app.listen(PORT, '127.0.0.1');
