-- The ids of orders that retention has deleted, and of their attempts where those had others: they are never charged again.
CREATE TABLE deleted_orders (
    order_id   TEXT   NOT NULL PRIMARY KEY,
    deleted_at BIGINT NOT NULL
);
CREATE TABLE deleted_attempts (
    midtrans_order_id TEXT NOT NULL PRIMARY KEY,
    order_id          TEXT NOT NULL
);
CREATE INDEX attempts_ended ON attempts (moved_at, order_id) WHERE look_at IS NULL;
CREATE INDEX notifications_of_attempt ON notifications (midtrans_order_id);
