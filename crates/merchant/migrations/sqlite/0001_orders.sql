-- What the shop sold, every attempt to collect for it, and what Midtrans said. Times are Unix milliseconds (UTC).

CREATE TABLE orders (
    order_id     TEXT    NOT NULL PRIMARY KEY,
    gross_amount INTEGER NOT NULL CHECK (gross_amount > 0), -- whole rupiah
    description  TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    charge_data  TEXT    NOT NULL DEFAULT '{}'              -- JSON: what goes to Midtrans with a charge beside order and amount
) STRICT;

-- The primary key is what makes two charges of one order impossible: an attempt is claimed here before Midtrans hears
-- of it, together with the Idempotency-Key that every repeat of it will carry.
CREATE TABLE attempts (
    order_id           TEXT    NOT NULL REFERENCES orders (order_id),
    number             INTEGER NOT NULL CHECK (number >= 1),
    midtrans_order_id  TEXT    NOT NULL UNIQUE,
    idempotency_key    TEXT    NOT NULL,
    retry_of           TEXT,                     -- the ended transaction_id that this one replaces
    claimed_at         INTEGER NOT NULL,
    claimed_until      INTEGER NOT NULL,          -- 0: nobody is charging it now
    transaction_id     TEXT UNIQUE,
    transaction_status TEXT,
    status_answer      TEXT,                     -- JSON: the newest answer about it
    charge_answer      TEXT,                     -- JSON: the charge's own answer, with its actions
    version            INTEGER NOT NULL DEFAULT 0, -- counts the changes of its status
    polled_at           INTEGER NOT NULL DEFAULT 0, -- when it was last polled, or a notification of it was confirmed
    next_poll_at            INTEGER,                   -- when reconciliation polls it next; NULL: never
    moved_at           INTEGER NOT NULL DEFAULT 0, -- when its status last changed
    delivered_version       INTEGER NOT NULL DEFAULT 0, -- which version the shop's listener has received
    claims             INTEGER NOT NULL DEFAULT 0, -- how often it was claimed
    refusals           INTEGER NOT NULL DEFAULT 0, -- claims that ended with Midtrans' refusal; of all claims: there is no transaction
    PRIMARY KEY (order_id, number)
) STRICT;
CREATE INDEX attempts_due ON attempts (next_poll_at) WHERE next_poll_at IS NOT NULL;
CREATE INDEX attempts_undelivered ON attempts (order_id) WHERE version > delivered_version;
CREATE INDEX attempts_ended ON attempts (moved_at, order_id) WHERE next_poll_at IS NULL;

-- For audit. A repeat of the same notification is counted, not stored again; signatures are never stored.
CREATE TABLE notifications (
    transaction_id     TEXT    NOT NULL,
    transaction_status TEXT    NOT NULL,
    fraud_status       TEXT    NOT NULL DEFAULT '',
    refund_amount      INTEGER NOT NULL DEFAULT 0,
    outcome            TEXT    NOT NULL,
    midtrans_order_id  TEXT    NOT NULL,
    gross_amount       INTEGER NOT NULL,
    deliveries         INTEGER NOT NULL DEFAULT 1,
    first_at           INTEGER NOT NULL,
    last_at            INTEGER NOT NULL,
    PRIMARY KEY (transaction_id, transaction_status, fraud_status, refund_amount, outcome)
) STRICT;
CREATE INDEX notifications_of_attempt ON notifications (midtrans_order_id);

-- The ids of orders that retention has deleted, and of their attempts where those had others: they are never charged again.
CREATE TABLE deleted_orders (
    order_id   TEXT    NOT NULL PRIMARY KEY,
    deleted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE deleted_attempts (
    midtrans_order_id TEXT NOT NULL PRIMARY KEY,
    order_id          TEXT NOT NULL
) STRICT, WITHOUT ROWID;
