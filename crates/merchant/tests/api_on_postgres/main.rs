//! The merchant from outside, with its orders in PostgreSQL: those files of `tests/api` that lead through the storage. Its
//! stage sees by this program's name which database is wanted.

#[path = "../api/attempt_ids.rs"]
mod attempt_ids;
#[path = "../api/attempts_played.rs"]
mod attempts_played;
#[path = "../api/cancel.rs"]
mod cancel;
#[path = "../api/charge.rs"]
mod charge;
#[path = "../api/charge_again.rs"]
mod charge_again;
#[path = "../api/charge_data.rs"]
mod charge_data;
#[path = "../api/charge_failures.rs"]
mod charge_failures;
#[path = "../api/clocks.rs"]
mod clocks;
#[path = "../api/foreign_notifications.rs"]
mod foreign_notifications;
#[path = "../api/foreign_transactions.rs"]
mod foreign_transactions;
#[path = "../api/money_in_doubt.rs"]
mod money_in_doubt;
#[path = "../api/notification.rs"]
mod notification;
#[path = "../api/notification_failures.rs"]
mod notification_failures;
#[path = "../api/operator.rs"]
mod operator;
#[path = "../api/order_token.rs"]
mod order_token;
#[path = "../api/push_stream.rs"]
mod push_stream;
#[path = "../api/reconcile.rs"]
mod reconcile;
#[path = "../api/stage.rs"]
#[expect(dead_code, reason = "some verbs are for the files that are not run here")]
mod stage;
#[path = "../api/status.rs"]
mod status;
#[path = "../api/status_cache.rs"]
mod status_cache;
#[path = "../api/wire.rs"]
mod wire;

/// Checks the database of the stages above.
#[tokio::test]
async fn the_orders_are_in_postgresql() {
    let stage = stage::Stage::set().await;
    let order = stage.order().await;
    let found = stage.ask_the_database("SELECT order_id FROM orders WHERE version() LIKE 'PostgreSQL%'").await;
    assert_eq!(found, [order.order_id]);
}
