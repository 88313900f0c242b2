-- What the shop sold, every attempt to collect for it, and what Midtrans said. Times are Unix milliseconds (UTC).

CREATE TABLE orders (
    order_id     TEXT   NOT NULL PRIMARY KEY,
    gross_amount BIGINT NOT NULL CHECK (gross_amount > 0), -- whole rupiah
    description  TEXT   NOT NULL,
    items        TEXT   NOT NULL,                          -- JSON, as Midtrans' item_details
    created_at   BIGINT NOT NULL
);

-- The primary key is what makes two charges of one order impossible: an attempt is claimed here before Midtrans hears
-- of it, together with the Idempotency-Key that every repeat of it will carry.
CREATE TABLE attempts (
    order_id           TEXT   NOT NULL REFERENCES orders (order_id),
    number             BIGINT NOT NULL CHECK (number >= 1),
    midtrans_order_id  TEXT   NOT NULL UNIQUE,
    idempotency_key    TEXT   NOT NULL,
    retry_of           TEXT,                               -- the ended transaction_id that this one replaces
    claimed_at         BIGINT NOT NULL,
    claimed_until      BIGINT NOT NULL,                    -- 0: nobody is charging it now
    transaction_id     TEXT   UNIQUE,
    transaction_status TEXT,
    status_answer      TEXT,                               -- JSON: the newest answer about it
    charge_answer      TEXT,                               -- JSON: the charge's own answer, with its actions
    version            BIGINT NOT NULL DEFAULT 0,          -- counts the changes a watcher must hear of
    asked_at           BIGINT NOT NULL DEFAULT 0,          -- when Midtrans last told or was last asked
    PRIMARY KEY (order_id, number)
);

-- For audit. A repeat of the same notification is counted, not stored again; signatures are never stored.
CREATE TABLE notifications (
    transaction_id     TEXT   NOT NULL,
    transaction_status TEXT   NOT NULL,
    fraud_status       TEXT   NOT NULL DEFAULT '',
    refund_amount      BIGINT NOT NULL DEFAULT 0,
    outcome            TEXT   NOT NULL,
    midtrans_order_id  TEXT   NOT NULL,
    gross_amount       BIGINT NOT NULL,
    deliveries         BIGINT NOT NULL DEFAULT 1,
    first_at           BIGINT NOT NULL,
    last_at            BIGINT NOT NULL,
    PRIMARY KEY (transaction_id, transaction_status, fraud_status, refund_amount, outcome)
);
