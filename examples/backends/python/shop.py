# A shop's backend for gopay-checkout: Flask, Midtrans' own library, SQLite. What it keeps, what to replace: ../README.md
import functools, hashlib, hmac, json, os, re, secrets, sqlite3, threading, time, types
import itsdangerous, midtransclient, requests, waitress
from flask import Flask, abort, request

KEY, SECRET, PORT = os.environ["MIDTRANS_SERVER_KEY"], os.environ["ORDER_TOKEN_SECRET"], os.environ.get("PORT", "7080")
BASE, DATABASE = os.getenv("MIDTRANS_BASE_URL", "http://127.0.0.1:7081"), os.getenv("DATABASE", "shop.sqlite3")
ORIGIN = os.getenv("SHOP_ORIGIN", f"http://127.0.0.1:{PORT}")
if not KEY or len(SECRET) < 32: raise SystemExit("set MIDTRANS_SERVER_KEY, and ORDER_TOKEN_SECRET (32 characters)")
PRICES = {"kopi-gayo": 44_000, "teh-melati": 18_500, "gula-aren": 32_000, "cangkir-batik": 75_000}  # rupiah

# One row for each attempt to collect. The first is made with the order, where alone an amount is named.
db = sqlite3.connect(DATABASE, timeout=10, isolation_level=None, check_same_thread=False)
db.row_factory = sqlite3.Row
db.executescript("""PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS attempts (id TEXT PRIMARY KEY, order_id TEXT,
    gross_amount INTEGER NOT NULL, idempotency_key TEXT DEFAULT (hex(randomblob(16))), rank REAL DEFAULT -1,
    word TEXT DEFAULT '', status TEXT DEFAULT '{}', actions TEXT, asked_at INTEGER DEFAULT 0)""")

def sql(statement, *values): return db.execute(statement, values).fetchall()

place = functools.partial(sql, "INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)")
attempts_at = functools.partial(sql, "SELECT * FROM attempts WHERE order_id = ? ORDER BY rowid")

# What a payer is told about: a paid attempt before any other, else the latest that Midtrans knows.
def deciding(order_id):
    known = [it for it in attempts_at(order_id) if it["rank"] >= PENDING] or abort(404, "No such transaction")
    return next((it for it in known if it["rank"] >= PAID), known[-1])

# How far a payment has come. It never goes back; what has no rank is not believed.
PENDING, ENDED, PAID, PARTLY_REFUNDED = 0, 1, 2, 3
RANKS = dict(pending=0, expire=1, cancel=1, deny=1, failure=1, capture=2, settlement=2, partial_refund=3, refund=4)

def rank_of(told):
    rank = RANKS.get(told.get("transaction_status"))
    if rank == PAID and told.get("fraud_status", "accept") != "accept": return None
    return rank + float(told["refund_amount"]) / float(told["gross_amount"]) if rank == PARTLY_REFUNDED else rank

# None where Midtrans refuses with a code that begins so. 503 is no answer of Midtrans at all.
def unless(code, call, *arguments):
    try: return call(*arguments)
    except Exception as error:
        if not getattr(error, "api_response_dict", {}).get("status_code", "503").startswith(code): raise

# With a time limit, in seconds: its own is none.
def midtrans(headers={}):
    core = midtransclient.CoreApi(server_key=KEY, custom_headers=headers)
    core.api_config.get_core_api_base_url = lambda: BASE
    core.http_client.http_client = types.SimpleNamespace(request=functools.partial(requests.request, timeout=10))
    return core

# Writes down what Midtrans answered, if it is about this attempt: in one statement, which only goes forwards. Of the
# actions those for browsers: get-status and cancel want the server key.
def learn(it, answer):
    told = {name: value for name, value in answer.items() if name not in ("signature_key", "actions")}
    seen = told.get("order_id"), told.get("transaction_id"), float(told["gross_amount"]), told.get("currency", "IDR")
    known = json.loads(it["status"]).get("transaction_id", seen[1])
    if seen != (it["id"], known, it["gross_amount"], "IDR"): abort(503, f"an answer contradicts {it['id']}")
    word = told["transaction_status"] = str(told.get("transaction_status")).lower()
    links = [one for one in answer.get("actions", []) if re.match("generate-qr-code|deeplink-redirect", one["name"])]
    sql("""UPDATE attempts SET status = json_patch(status, ?2), word = ?3, rank = ?4, actions = coalesce(?5, actions)
        WHERE id = ?1 AND (word = ?3 AND rank <= ?4 OR word NOT IN ('deny', 'failure') AND rank < ?4)""",
        it["id"], json.dumps(told), word, rank_of(told), json.dumps(links) if links else None)
    # An earlier attempt may be paid late, while a later one is open: nobody is to pay twice.
    for other in attempts_at(it["order_id"]) if deciding(it["order_id"])["rank"] >= PAID else []:
        if other["rank"] == PENDING: unless("412", midtrans().transactions.cancel, other["id"])

def ask(it): learn(it, midtrans().transactions.status(it["id"]))

# Charges the order once: goes on with what was begun, and starts over only after the end that the page has named.
def charge(order_id, retry_of, more):
    last = attempts_at(order_id)[-1]
    if last["rank"] == ENDED and json.loads(last["status"])["transaction_id"] == retry_of:
        # Was any of them paid after all? What was denied cannot be. Where Midtrans does not say, nothing is charged.
        for it in [it for it in attempts_at(order_id) if it["word"] in ("expire", "cancel")]: ask(it)
        if deciding(order_id)["rank"] == ENDED: place(f"{order_id}-{time.time_ns()}", order_id, last["gross_amount"])
    it = attempts_at(order_id)[-1]
    if it["actions"] or it["rank"] >= ENDED: return
    req = dict(more, payment_type="gopay", transaction_details=dict(order_id=it["id"], gross_amount=it["gross_amount"]))
    # The key is the same after a crash. 406 or no status: it was made before, and its answer was lost.
    answer = unless("406", midtrans({"Idempotency-Key": it["idempotency_key"]}).charge, req) or {}
    answer = answer if "transaction_status" in answer else midtrans().transactions.status(it["id"])
    qr = {"name": "generate-qr-code", "method": "GET", "url": f"{BASE}/v2/gopay/{answer['transaction_id']}/qr-code"}
    learn(it, {"actions": [qr], **answer})

turns = [threading.Lock() for _ in range(256)]  # one after another about one order
tokens = itsdangerous.TimestampSigner(SECRET, digest_method=hashlib.sha256)

def opened(order_id):
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try: order = tokens.unsign(token, max_age=86_400).decode()  # seconds
    except itsdangerous.BadSignature: abort(401, "The order token is missing, unreadable or expired")
    return order_id if order == order_id else abort(403, "The order token is of another order")

def posted():
    it = request.get_json()
    return it if isinstance(it, dict) else abort(400, "Expected a JSON object")

app = Flask(__name__, static_folder=None)
app.config["MAX_CONTENT_LENGTH"] = 16 * 1024
app.after_request(lambda r: r.headers.update({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}) or r)

@app.errorhandler(Exception)
def trouble(error):  # ours, Midtrans', or Flask's
    code, why = str(getattr(error, "code", 503)), getattr(error, "description", "Please retry later.")
    told = dict(status_code=code, status_message=why) | (getattr(error, "api_response_dict", None) or {})
    if told["status_code"] >= "500": app.logger.error("%s %s: %r", request.method, request.path, type(error))
    return told, int(told["status_code"])

@app.post("/api/shop/orders")  # your cart instead; the page needs what is answered here
def order():
    lines = [(PRICES.get(it.get("sku")), it.get("quantity")) for it in posted().get("items", [])]
    if not lines or not all(price and quantity in range(1, 21) for price, quantity in lines):
        abort(400, "items: expected [{sku, quantity: 1 to 20}]")
    order_id, amount = f"order-{secrets.token_hex(10)}", int(sum(price * quantity for price, quantity in lines))
    place(order_id, order_id, amount)
    token, hosts = tokens.sign(order_id).decode(), [BASE.split("//")[-1]]
    return dict(order_id=order_id, gross_amount=amount, order_token=token, trusted_hosts=hosts), 201

@app.post("/api/gopay/charge")
def charge_route():
    asked = posted()
    order_id = opened(str(dict(asked.get("transaction_details") or {}).get("order_id")))
    gopay = asked.get("gopay") and dict(enable_callback=True, callback_url=str(asked["gopay"]["callback_url"]))
    if gopay and not gopay["callback_url"].startswith(f"{ORIGIN}/"): abort(400, "gopay.callback_url is not the shop's")
    with turns[hash(order_id) % 256]: charge(order_id, asked.get("retry_of"), {"gopay": gopay} if gopay else {})
    it = deciding(order_id)
    return json.loads(it["status"]) | ({"actions": json.loads(it["actions"])} if it["rank"] == PENDING else {})

@app.get("/api/gopay/orders/<order_id>")
def status(order_id):
    it = deciding(opened(order_id))
    gate = "UPDATE attempts SET asked_at = ?2 WHERE id = ?1 AND asked_at <= ?2 - 10 RETURNING id"  # one asks for all
    if it["rank"] < PAID and sql(gate, it["id"], int(time.time())): unless("5", ask, it)  # then as it was known
    return json.loads(deciding(order_id)["status"])

@app.post("/api/gopay/orders/<order_id>/cancel")
def cancel(order_id):
    it = deciding(opened(order_id))
    if it["rank"] == PENDING:
        unless("412", midtrans().transactions.cancel, it["id"])  # 412: too late
        ask(it)
    it, too_late = deciding(order_id), dict(status_code="412", status_message="Transaction status cannot be updated.")
    return json.loads(it["status"]) | ({} if it["word"] == "cancel" else too_late)

@app.post("/api/gopay/notifications")
def notification():
    told = posted()
    signed = f"{told.get('order_id')}{told.get('status_code')}{told.get('gross_amount')}{KEY}"
    signature = hashlib.sha512(signed.encode()).hexdigest()
    if not hmac.compare_digest(str(told.get("signature_key")).encode(), signature.encode()): abort(403, "signature_key")
    # The signature does not cover the status: get-status decides, and is on disk before 200. After 503 it comes again.
    find = functools.partial(sql, "SELECT * FROM attempts WHERE id = ?", told["order_id"])
    ask((find() or abort(404, "No such transaction"))[0])
    return abort(503, "Not confirmed yet") if (rank_of(told) or 0) > find()[0]["rank"] else dict(status_code="200")

waitress.serve(app, host="127.0.0.1", port=PORT, threads=16)
