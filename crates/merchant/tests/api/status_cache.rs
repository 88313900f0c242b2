//! Status cache: it never hides what was recorded since.

use crate::stage::{Stage, signed};
use midtrans_sandbox::DEFAULT_SERVER_KEY;

#[tokio::test]
async fn a_pending_that_was_told_a_moment_ago_never_hides_a_settlement() {
    let stage = Stage::set().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    stage.at_midtrans(&order.order_id, "pay").await;
    let settlement = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    assert_eq!(stage.notify_by_hand(&settlement).await.http, 200);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn what_is_told_follows_a_cancel_and_a_new_attempt_at_once() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.charge(&order).await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    stage.cancel(&order).await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "cancel");
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    assert_eq!(stage.status(&order).await.text("transaction_id"), second.text("transaction_id"));
}

#[tokio::test]
async fn what_another_process_recorded_is_told_before_long() {
    let stage = Stage::set().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    stage.somebody_else_records_a_settlement(&order).await;
    stage.until_status(&order, "settlement").await;
}

#[tokio::test]
async fn everyone_who_asks_at_once_is_told_the_same() {
    let stage = Stage::set_with_a_curious_merchant().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    // The first who asks replaces the charge's own words by get-status'; after that nothing changes any more.
    stage.status(&order).await;
    let (one, two, three) = tokio::join!(stage.status(&order), stage.status(&order), stage.status(&order));
    assert_eq!(one.body, two.body);
    assert_eq!(two.body, three.body);
}

#[tokio::test]
async fn a_stream_tells_what_the_status_tells() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    let (_, told) = stage.watch(&order).await.next().await.expect("the current status");
    assert_eq!(told, stage.status(&order).await.body);
}

#[tokio::test]
async fn whoever_leaves_a_stream_is_no_longer_counted() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let mut watch = stage.watch(&order).await;
    watch.next().await.expect("pending");
    stage.until_metrics_say("gopay_push_streams 1").await;
    drop(watch);
    stage.until_metrics_say("gopay_push_streams 0").await;
}

#[tokio::test]
async fn a_status_has_the_type_of_json_and_a_stream_that_of_events() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let path = format!("/api/gopay/orders/{}", order.order_id);
    for (path, kind) in [(path.clone(), "application/json"), (format!("{path}/events"), "text/event-stream")] {
        let answered = stage.get(&path).bearer_auth(&order.token).send().await.expect("an answer");
        assert_eq!(answered.headers()["content-type"], kind, "{path}");
    }
}
