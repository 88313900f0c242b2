# A shop's backend for gopay-checkout: Flask, Midtrans' own library, SQLite.
# Its rules, and what you replace: ../README.md. Amounts are whole rupiah.
import functools
import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import sqlite3
import threading
import time
import types
from datetime import datetime, timedelta, timezone

try:
    import itsdangerous
    import midtransclient
    import requests
    import waitress
    from flask import Flask, Response, request
    from werkzeug.exceptions import HTTPException
except ImportError as missing:
    raise SystemExit(
        f"{missing.name} is missing: run `pip install -r requirements.txt`"
    )

# ---- Settings

SERVER_KEY = os.getenv("MIDTRANS_SERVER_KEY", "")
TOKEN_SECRET = os.getenv("ORDER_TOKEN_SECRET", "")
MIDTRANS = os.getenv("MIDTRANS_BASE_URL", "http://127.0.0.1:7081")
PORT = os.getenv("PORT", "7080")
ORIGIN = os.getenv("SHOP_ORIGIN", f"http://127.0.0.1:{PORT}")
DATABASE = os.getenv("DATABASE", "shop.sqlite3")

if not SERVER_KEY:
    raise SystemExit("MIDTRANS_SERVER_KEY is not set")
if len(TOKEN_SECRET) < 32:
    raise SystemExit("ORDER_TOKEN_SECRET must have at least 32 characters")

PRICES = {"kopi-gayo": 44_000, "teh-melati": 18_500, "gula-aren": 32_000}
MIDTRANS_TIMEOUT = 10  # seconds, as all below
POLL_INTERVAL = 10  # between two status requests of the page that reach Midtrans
TOKEN_LIFETIME = 86_400
CLOCK_SKEW = 600

# Push streams. Each keeps a thread, so that there are fewer of them than threads.
MAX_STREAMS = int(os.getenv("MAX_STREAMS", "32"))
THREADS = MAX_STREAMS + 16
STREAM_LIFETIME = 900  # then the page opens another one
STREAM_INTERVAL = 1  # between two looks into the database
STREAM_HEARTBEAT = 3  # the second to a page that has gone frees its thread

# Reconciliation
RECONCILE_INTERVAL = 5  # between two passes
RECONCILE_BATCH = 20  # requests to Midtrans in one pass
FIRST_BACKOFF = 15  # doubles with each poll
MAX_BACKOFF = 3600
MAX_POLLS = 40  # a day and a half

JAKARTA = timezone(timedelta(hours=7))

logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
log = logging.getLogger("shop")

# ---- Database: one row for each attempt to collect an order's money

TABLES = """
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS attempts (
    -- Midtrans' order_id: the shop's own, with a suffix from the second attempt on
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    gross_amount INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL DEFAULT (hex(randomblob(16))),
    made_at INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
    sent INTEGER NOT NULL DEFAULT 0, -- its charge was requested at Midtrans
    rank REAL NOT NULL DEFAULT -1, -- how far the payment has come: see RANKS
    in_doubt INTEGER NOT NULL DEFAULT 0, -- settled, but fraud_status is not accept
    transaction_status TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '{}', -- what Midtrans said, for the page
    actions TEXT, -- the QR code and the link: Midtrans gives them once
    polled_at INTEGER NOT NULL DEFAULT 0, -- when the page's question last reached Midtrans
    polls INTEGER NOT NULL DEFAULT 0, -- how often reconciliation has asked
    next_poll_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS attempts_of_order ON attempts (order_id);
CREATE INDEX IF NOT EXISTS attempts_to_poll ON attempts (next_poll_at)
    WHERE sent = 1 AND rank < 2;
-- The orders to ship. Not what was refunded, in part or whole.
CREATE VIEW IF NOT EXISTS paid_orders AS
    SELECT DISTINCT order_id FROM attempts WHERE rank = 2;
"""
db = sqlite3.connect(
    DATABASE, timeout=10, isolation_level=None, check_same_thread=False
)
db.row_factory = sqlite3.Row
db.executescript(TABLES)


def now():
    return int(time.time())


def sql(statement, *values):
    return db.execute(statement, values).fetchall()


def attempts_of(order_id):
    return sql("SELECT * FROM attempts WHERE order_id = ? ORDER BY rowid", order_id)


def attempt_by_id(attempt_id):
    found = sql("SELECT * FROM attempts WHERE id = ?", attempt_id)
    return found[0] if found else None


def add_attempt(attempt_id, order_id, gross_amount):
    sql(
        "INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)",
        attempt_id,
        order_id,
        gross_amount,
    )


def effective_attempt(order_id):
    """The attempt that the payer is told about.

    Money that is there comes before money that went back, then what can still be
    paid, then the newest end.
    """
    found = sql(
        """
        SELECT * FROM attempts WHERE order_id = ? AND rank >= 0
        ORDER BY CASE
                WHEN rank = 2 THEN 0
                WHEN rank >= 3 AND rank < 4 THEN 1
                WHEN rank >= 4 THEN 2
                WHEN rank = 0 THEN 3
                ELSE 4
            END, rowid DESC
        LIMIT 1
        """,
        order_id,
    )
    if not found:
        raise ApiError("404", "There is no transaction of this order")
    return found[0]


# ---- Errors, in the shape of Midtrans' own


class ApiError(Exception):
    def __init__(self, code, why):
        super().__init__(why)
        self.body = {"status_code": code, "status_message": why}


class MidtransError(ApiError):
    """What Midtrans answered instead, or 503 where it did not answer."""

    def __init__(self, body):
        super().__init__(body["status_code"], str(body.get("status_message")))
        self.body = body


# ---- Midtrans


def midtrans(what, call, *arguments, allow=(), idempotency_key=None):
    """Midtrans' answer; None for the codes of `allow`, which are answers too.

    Any other error is logged and raised, with Midtrans' own words.
    """
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    core = midtransclient.CoreApi(server_key=SERVER_KEY, custom_headers=headers)
    core.api_config.get_core_api_base_url = lambda: MIDTRANS
    # With a time limit: the library's own is none.
    limited = functools.partial(requests.request, timeout=MIDTRANS_TIMEOUT)
    core.http_client.http_client = types.SimpleNamespace(request=limited)
    try:
        return call(core)(*arguments)
    except Exception as error:
        answer = getattr(error, "api_response_dict", None) or {}
        if "status_code" not in answer:
            answer = {"status_code": "503", "status_message": "Midtrans did not answer"}
        log.warning(
            "Midtrans, %s: %s %r",
            what,
            answer["status_code"],
            answer.get("status_message"),
        )
        if answer["status_code"] in allow:
            return None
        raise MidtransError(answer) from error


def get_status(attempt_id, allow=()):
    return midtrans(
        f"get-status of {attempt_id}",
        lambda core: core.transactions.status,
        attempt_id,
        allow=allow,
    )


def cancel_at_midtrans(attempt_id):
    """412: it is too late. 404: it was never made."""
    midtrans(
        f"cancel of {attempt_id}",
        lambda core: core.transactions.cancel,
        attempt_id,
        allow=("412", "404"),
    )


CODES_FOR_PAGE = ("400", "402", "406", "410", "411", "412", "413", "414", "429")


def error_for_page(body):
    """Midtrans' 401, 403 and 404 are about our key and our rows: the page would take
    them for the payer's session."""
    if body["status_code"] in CODES_FOR_PAGE:
        return body
    why = f"Midtrans: {body.get('status_message')}"
    return {"status_code": "503", "status_message": why}


# ---- What a status means

# How far a payment has come. It only goes forwards; what has no rank is not believed.
PENDING, ENDED, PAID, PARTLY_REFUNDED, REFUNDED = range(5)
RANKS = {
    "pending": PENDING,
    "expire": ENDED,
    "cancel": ENDED,
    "deny": ENDED,
    "failure": ENDED,
    "capture": PAID,
    "settlement": PAID,
    "partial_refund": PARTLY_REFUNDED,
    "refund": REFUNDED,
}


def status_of(answer):
    return str(answer.get("transaction_status")).lower()


def is_in_doubt(answer):
    # An empty text, null and absence are the same.
    is_accepted = (answer.get("fraud_status") or "accept") == "accept"
    return RANKS.get(status_of(answer)) == PAID and not is_accepted


def rank_of(answer):
    """None for what is not believed."""
    rank = RANKS.get(status_of(answer))
    if rank is None or is_in_doubt(answer):
        return None
    if rank != PARTLY_REFUNDED:
        return rank
    # The more was refunded, the further it has come.
    refunded = float(answer.get("refund_amount") or 0)
    return rank + refunded / float(answer["gross_amount"])


def can_still_be_paid(attempt):
    """Money may still come for an attempt that ended or was never answered."""
    is_denied = attempt["transaction_status"] in ("deny", "failure")
    return attempt["sent"] and attempt["rank"] < PAID and not is_denied


def seconds_of(jakarta_time):
    """Midtrans' times are Jakarta's, without an offset; None for an unreadable one."""
    try:
        return datetime.fromisoformat(jakarta_time).replace(tzinfo=JAKARTA).timestamp()
    except (TypeError, ValueError):
        return None


# ---- What is stored


def apply_status(attempt, answer, is_own_charge=False):
    """Stores what Midtrans answers about an attempt, if it is about this one."""
    private = ("signature_key", "actions", "custom_field3")
    status = {name: value for name, value in answer.items() if name not in private}
    known = json.loads(attempt["status"]).get("transaction_id")
    is_ours = (
        status.get("order_id") == attempt["id"]
        and status.get("transaction_id") == (known or status.get("transaction_id"))
        and float(status.get("gross_amount") or 0) == attempt["gross_amount"]
        and (status.get("currency") or "IDR") == "IDR"
    )
    if not is_ours:
        raise ApiError("503", f"Midtrans' answer contradicts {attempt['id']}")

    # The same order_id may have been used before: by an earlier shop, or by another
    # system on the account. Our own charge has the attempt's key with it. That needs no
    # clock: to one that was ahead when the order was made, its own charge would look
    # older for ever. Only without the key, which an attempt from a restored backup does
    # not know, does the age decide: and what has none may be anybody's.
    has_key = answer.get("custom_field3") == attempt["idempotency_key"]
    is_proven = known or is_own_charge or has_key
    made_at = seconds_of(status.get("transaction_time"))
    is_younger = made_at is not None and made_at >= attempt["made_at"] - CLOCK_SKEW
    if not is_proven and not is_younger:
        why = f"Midtrans' transaction of {attempt['id']} is older, or undated"
        raise ApiError("503", why)

    status["transaction_status"] = status_of(status)
    # get-status and cancel need the server key, and are not for a browser.
    wanted = re.compile("generate-qr-code|deeplink-redirect")
    links = [one for one in answer.get("actions") or [] if wanted.match(one["name"])]
    sql(
        "UPDATE attempts SET in_doubt = ? WHERE id = ?",
        int(is_in_doubt(status)),
        attempt["id"],
    )
    # In one statement, so that of two answers at once neither can take a payment
    # backwards. A rank of NULL compares with nothing.
    sql(
        """
        UPDATE attempts
        SET status = json_patch(status, ?2), transaction_status = ?3, rank = ?4,
            actions = coalesce(?5, actions)
        WHERE id = ?1 AND (
            transaction_status = ?3 AND rank <= ?4
            OR transaction_status NOT IN ('deny', 'failure') AND rank < ?4
        )
        """,
        attempt["id"],
        json.dumps(status),
        status["transaction_status"],
        rank_of(status),
        json.dumps(links) if links else None,
    )

    # An order that was paid is not to be paid twice: what can still be paid is
    # cancelled.
    attempts = attempts_of(attempt["order_id"])
    if any(one["rank"] >= PAID for one in attempts):
        for one in attempts:
            if one["sent"] and one["rank"] <= PENDING:
                cancel_at_midtrans(one["id"])


def poll(attempt):
    """Asks Midtrans. An attempt that was sent and not answered may not be there: None."""
    missing = ("404",) if attempt["rank"] < PENDING else ()
    answer = get_status(attempt["id"], allow=missing)
    if answer:
        apply_status(attempt, answer)
    return answer


# ---- Charging


def charge(order_id, retry_of, more):
    """Charges the order once: goes on with what was begun, and starts over only after
    the end that the page has named."""
    attempts = attempts_of(order_id)
    if not attempts:
        raise ApiError("404", "There is no such order")
    attempt = attempts[-1]
    transaction_id = json.loads(attempt["status"]).get("transaction_id")
    is_retry = attempt["rank"] == ENDED and transaction_id == retry_of
    if not is_retry and (attempt["actions"] or attempt["rank"] >= ENDED):
        return

    # Every request to /v2/charge comes after these questions: was an earlier attempt
    # paid after all? Where Midtrans does not say, nothing is charged.
    for earlier in attempts:
        if can_still_be_paid(earlier):
            poll(earlier)
    attempts = attempts_of(order_id)
    if any(one["rank"] >= PAID for one in attempts):
        return
    if any(one["in_doubt"] for one in attempts):
        raise ApiError("503", "Midtrans has not decided about an earlier payment yet")

    attempt = attempts[-1]
    if is_retry:
        attempt_id = f"{order_id}-{time.time_ns() // 1_000_000}"
        add_attempt(attempt_id, order_id, attempt["gross_amount"])
        attempt = attempt_by_id(attempt_id)
    elif attempt["actions"] or attempt["rank"] >= ENDED:
        return
    if claim_charge(attempt["id"]):
        send_charge(attempt, more)
    else:
        # A payment was stored since the questions. They are asked again.
        charge(order_id, retry_of, more)


def claim_charge(attempt_id):
    """Stores that the charge is sent, if no attempt at the order is paid or in doubt.

    In one statement, because a notification may store a payment at any moment.
    """
    claim = """
        UPDATE attempts SET sent = 1, next_poll_at = ?2
        WHERE id = ?1 AND NOT EXISTS (
            SELECT 1 FROM attempts AS one
            WHERE one.order_id = attempts.order_id
                AND (one.rank >= 2 OR one.in_doubt = 1)
        )
        RETURNING id
        """
    return sql(claim, attempt_id, now() + FIRST_BACKOFF)


def send_charge(attempt, more):
    body = {
        "payment_type": "gopay",
        "transaction_details": {
            "order_id": attempt["id"],
            "gross_amount": attempt["gross_amount"],
        },
        # get-status gives it back: see apply_status.
        "custom_field3": attempt["idempotency_key"],
        **more,
    }
    # After a crash the key is the same. 406: it was made before, and its answer was lost.
    sent = midtrans(
        f"charge of {attempt['id']}",
        lambda core: core.charge,
        body,
        allow=("406",),
        idempotency_key=attempt["idempotency_key"],
    )
    is_own = bool(sent and sent.get("transaction_status"))
    answer = sent if is_own else get_status(attempt["id"])
    url = f"{MIDTRANS}/v2/gopay/{answer['transaction_id']}/qr-code"
    actions = [{"name": "generate-qr-code", "method": "GET", "url": url}]
    apply_status(attempt, {"actions": actions, **answer}, is_own)


# One charge of an order at a time.
locks = [threading.Lock() for _ in range(256)]

# ---- Reconciliation: notifications get lost, and payers close the page


def reconcile_for_ever():
    while True:
        try:
            reconcile()
        except MidtransError:
            pass  # midtrans() has logged it
        except Exception as error:
            log.error("reconciliation: %r", error)
        time.sleep(RECONCILE_INTERVAL)


def reconcile():
    """Polls what is due.

    The first error ends the pass: a Midtrans in trouble is not asked twenty times.
    """
    for _ in range(RECONCILE_BATCH):
        attempt = next_to_poll()
        if not attempt:
            return
        poll(attempt)


def next_to_poll():
    """Takes the attempt that is due and schedules its next poll, in one statement.

    So of two processes one polls it, and one that fails or crashes comes again, later
    each time. A poll that is scheduled further ahead than its wait can be was scheduled
    by a clock that was wrong: it is due.
    """
    found = sql(
        """
        UPDATE attempts
        SET polls = polls + 1, next_poll_at = ?1 + min(?2 << polls, ?3)
        WHERE id = (
            SELECT id FROM attempts
            WHERE sent = 1 AND rank < 2
                AND transaction_status NOT IN ('deny', 'failure')
                AND (next_poll_at <= ?1 OR next_poll_at > ?1 + min(?2 << polls, ?3))
                AND polls < ?4
            ORDER BY next_poll_at
            LIMIT 1
        )
        RETURNING *
        """,
        now(),
        FIRST_BACKOFF,
        MAX_BACKOFF,
        MAX_POLLS,
    )
    if not found:
        return None
    attempt = found[0]
    if attempt["polls"] == MAX_POLLS and attempt["rank"] < ENDED:
        log.error("%s is still open, and polled for the last time", attempt["id"])
    return attempt


# ---- Order tokens: itsdangerous' `{order}.{when it was signed}.{HMAC of both}`

tokens = itsdangerous.TimestampSigner(TOKEN_SECRET, digest_method=hashlib.sha256)


def token_for(order_id):
    return tokens.sign(order_id).decode()


def authorize(order_id):
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        its_order, signed_at = tokens.unsign(token, return_timestamp=True)
        # Not `max_age`: that also refuses what a clock has signed that was ahead.
        is_valid = now() - signed_at.timestamp() <= TOKEN_LIFETIME
    except itsdangerous.BadSignature:
        is_valid = False
    if not is_valid:
        raise ApiError("401", "The order token is missing, unreadable or expired")
    if its_order.decode() != order_id:
        raise ApiError("403", "The order token is of another order")
    return order_id


# ---- Routes

app = Flask(__name__, static_folder=None)
app.config["MAX_CONTENT_LENGTH"] = 16 * 1024


@app.after_request
def with_headers(response):
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@app.errorhandler(Exception)
def answer_error(error):
    if isinstance(error, MidtransError):
        body = error_for_page(error.body)
    elif isinstance(error, ApiError):
        body = error.body
        if body["status_code"] >= "500":
            log.error("%r", str(error))
    elif isinstance(error, HTTPException):
        body = {"status_code": str(error.code), "status_message": error.description}
    else:
        # Without the path: whatever a stranger writes there is not for the log.
        log.error("%s failed: %r", request.url_rule, error)
        body = {"status_code": "503", "status_message": "Please retry later."}
    return body, int(body["status_code"])


def posted():
    body = request.get_json()
    if not isinstance(body, dict):
        raise ApiError("400", "Expected a JSON object")
    return body


# Your cart instead; the page needs what is answered here. No later request names an
# amount.
@app.post("/api/shop/orders")
def place_order():
    items = posted().get("items") or []
    lines = [(PRICES.get(item.get("sku")), item.get("quantity")) for item in items]
    if not lines or not all(price and n in range(1, 21) for price, n in lines):
        raise ApiError("400", "items: expected [{sku, quantity: 1 to 20}]")
    order_id = f"order-{secrets.token_hex(10)}"
    gross_amount = int(sum(price * quantity for price, quantity in lines))
    add_attempt(order_id, order_id, gross_amount)
    answer = {
        "order_id": order_id,
        "gross_amount": gross_amount,
        "order_token": token_for(order_id),
        "trusted_hosts": [MIDTRANS.split("//")[-1]],
    }
    return answer, 201


@app.post("/api/gopay/charge")
def charge_route():
    asked = posted()
    details = asked.get("transaction_details")
    order_id = authorize(
        str(details.get("order_id")) if isinstance(details, dict) else ""
    )
    more = {}
    if asked.get("gopay"):
        callback_url = str(asked["gopay"].get("callback_url"))
        if not callback_url.startswith(f"{ORIGIN}/"):
            raise ApiError("400", "gopay.callback_url is no page of the shop")
        more["gopay"] = {"enable_callback": True, "callback_url": callback_url}
    with locks[hash(order_id) % len(locks)]:
        charge(order_id, asked.get("retry_of"), more)
    attempt = effective_attempt(order_id)
    answer = json.loads(attempt["status"])
    if attempt["rank"] == PENDING:
        answer["actions"] = json.loads(attempt["actions"] or "[]")
    return answer


@app.get("/api/gopay/orders/<order_id>")
def status_route(order_id):
    attempt = effective_attempt(authorize(order_id))
    try:
        if attempt["rank"] < PAID and claim_poll(attempt["id"]):
            poll(attempt)
    except Exception as error:
        # At Midtrans, or on a full disk: the status is as it was known.
        log.warning("%r", str(error))
    return json.loads(effective_attempt(order_id)["status"])


def claim_poll(attempt_id):
    """Of all requests of one interval the first asks Midtrans.

    A poll further ahead than an interval was noted by a clock that was wrong, and holds
    up none.
    """
    claim = """
        UPDATE attempts SET polled_at = ?2
        WHERE id = ?1 AND (polled_at <= ?2 - ?3 OR polled_at > ?2 + ?3)
        RETURNING id
        """
    return sql(claim, attempt_id, now(), POLL_INTERVAL)


# The push stream reads this shop's database: notifications and reconciliation bring what
# is new. So it holds for several processes too, and costs Midtrans nothing.
stream_permits = threading.BoundedSemaphore(MAX_STREAMS) if MAX_STREAMS else None


@app.get("/api/gopay/orders/<order_id>/events")
def events_route(order_id):
    effective_attempt(
        authorize(order_id)
    )  # or 404, as long as an error can be answered
    if not stream_permits or not stream_permits.acquire(blocking=False):
        # The page polls then.
        raise ApiError("503", "There are too many push streams")
    response = Response(pushed_statuses(order_id), mimetype="text/event-stream")
    response.call_on_close(stream_permits.release)
    response.headers["X-Accel-Buffering"] = "no"  # nginx is not to hold it back
    return response


def pushed_statuses(order_id):
    # A monotonic clock: the other one may be set meanwhile.
    opened = sent_at = time.monotonic()
    sent = None
    while time.monotonic() - opened < STREAM_LIFETIME:
        attempt = effective_attempt(order_id)
        if attempt["status"] != sent:
            sent, sent_at = attempt["status"], time.monotonic()
            event_id = f"{attempt['id']}.{attempt['transaction_status']}"
            yield f"event: status\nid: {event_id}\ndata: {sent}\n\n"
        elif time.monotonic() - sent_at >= STREAM_HEARTBEAT:
            sent_at = time.monotonic()
            yield ":\n\n"
        if attempt["rank"] >= ENDED:
            return
        time.sleep(STREAM_INTERVAL)


@app.post("/api/gopay/orders/<order_id>/cancel")
def cancel_route(order_id):
    attempt = effective_attempt(authorize(order_id))
    if attempt["rank"] == PENDING:
        cancel_at_midtrans(attempt["id"])
        poll(attempt)
    attempt = effective_attempt(order_id)
    answer = json.loads(attempt["status"])
    if attempt["transaction_status"] != "cancel":
        answer["status_code"] = "412"
        answer["status_message"] = "Transaction status cannot be updated."
    return answer


@app.post("/api/gopay/notifications")
def notification_route():
    notification = posted()
    # Over the texts as they came, before anything else is read of them.
    names = ("order_id", "status_code", "gross_amount")
    signed = "".join(str(notification.get(name)) for name in names) + SERVER_KEY
    signature = hashlib.sha512(signed.encode()).hexdigest()
    given = str(notification.get("signature_key"))
    if not hmac.compare_digest(given.encode(), signature.encode()):
        raise ApiError("403", "signature_key does not match")

    attempt_id = notification["order_id"]
    attempt = attempt_by_id(attempt_id) or restore_attempt(attempt_id)
    if not attempt:
        # Of another system on the account, or the dashboard's test.
        return {"status_code": "200", "status_message": "OK, and no order of this shop"}

    # The signature does not cover the status: get-status decides, and is on disk before
    # the 200. Whatever fails is a 503: then Midtrans sends the notification again, four
    # times.
    try:
        is_known = poll(attempt)
    except ApiError as error:
        log.warning("%r", str(error))
        is_known = False
    after = attempt_by_id(attempt["id"])
    if not is_known or (rank_of(notification) or 0) > after["rank"]:
        raise ApiError("503", "Not confirmed by get-status yet")
    return {"status_code": "200", "status_message": "OK"}


def restore_attempt(attempt_id):
    """An attempt at an order of ours that is not in the database: that was restored
    from a backup."""
    order_id = re.sub(r"-\d+$", "", str(attempt_id))
    sql(
        """INSERT INTO attempts (id, order_id, gross_amount, made_at, sent)
        SELECT ?, order_id, gross_amount, made_at, 1 FROM attempts
        WHERE id = ? AND id = order_id""",
        attempt_id,
        order_id if order_id != attempt_id else "",
    )
    return attempt_by_id(attempt_id)


threading.Thread(target=reconcile_for_ever, daemon=True).start()
waitress.serve(app, host="127.0.0.1", port=PORT, threads=THREADS)
