//! The attacks of `tests/attacks` that lead to the storage, on PostgreSQL.

#[path = "../attacks/bodies.rs"]
mod bodies;
#[path = "../attacks/notifications.rs"]
mod notifications;
#[path = "../attacks/paths.rs"]
mod paths;
#[path = "../attacks/sql.rs"]
mod sql;
#[path = "../api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; attacks need only some of its verbs")]
mod stage;
#[path = "../attacks/target.rs"]
#[expect(dead_code, reason = "some verbs are for the attacks that are not run here")]
mod target;
#[path = "../attacks/tokens.rs"]
mod tokens;
#[path = "../api/wire.rs"]
#[expect(dead_code, reason = "the wire is built for all tests; attacks need only some of its verbs")]
mod wire;

/// Checks the database of the targets above.
#[tokio::test]
async fn the_orders_are_in_postgresql() {
    let target = target::Target::waits().await;
    let found = target.stage.ask_the_database("SELECT order_id FROM orders WHERE version() LIKE 'PostgreSQL%'").await;
    assert_eq!(found, std::slice::from_ref(&target.order.order_id));
}
