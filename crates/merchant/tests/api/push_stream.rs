//! The push stream.

use crate::stage::Stage;
use serde_json::json;

#[tokio::test]
async fn a_payment_reaches_whoever_watches() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    let (mut one, mut other) = (stage.watch(&order).await, stage.watch(&order).await);
    for watch in [&mut one, &mut other] {
        let (_, status) = watch.next().await.expect("the current status first");
        assert_eq!(status["transaction_status"], "pending");
        assert_eq!(status["transaction_id"], charged.text("transaction_id"));
    }
    stage.at_midtrans(&order.order_id, "pay").await;
    for watch in [&mut one, &mut other] {
        let (_, status) = watch.next().await.expect("the payment");
        assert_eq!(status["transaction_status"], "settlement");
        assert_eq!(status["gross_amount"], "44000.00");
        assert_eq!(watch.next().await, None, "nothing follows an end");
    }
}

#[tokio::test]
async fn whoever_comes_after_the_end_is_told_once() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let mut watch = stage.watch(&order).await;
    let (_, status) = watch.next().await.expect("the end");
    assert_eq!(status["transaction_status"], "settlement");
    assert_eq!(watch.next().await, None);
}

#[tokio::test]
async fn a_watcher_that_comes_back_hears_how_it_stands_now() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let mut before = stage.watch(&order).await;
    let (id, _) = before.next().await.expect("pending");
    drop(before);
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let path = format!("/api/gopay/orders/{}/events", order.order_id);
    let request = stage.get(&path).bearer_auth(&order.token).header("Last-Event-ID", &id);
    let text = request.send().await.expect("an answer").text().await.expect("all of it: the stream ends");
    assert!(text.contains("event: status") && text.contains("settlement"), "{text}");
    assert!(!text.contains(&format!("id: {id}\n")), "another status has another id");
}

#[tokio::test]
async fn a_duplicate_notification_is_told_once() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    let mut watch = stage.watch(&order).await;
    watch.next().await.expect("pending");
    let path = format!("notifications/{}/resend", order.order_id);
    stage.steer(reqwest::Method::POST, &path, json!({})).await;
    stage.deliveries(&order.order_id, "pending", 2).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    let (_, status) = watch.next().await.expect("the next thing that happens");
    assert_eq!(status["transaction_status"], "settlement");
}

#[tokio::test]
async fn a_watcher_is_told_of_a_new_attempt() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "expire").await;
    stage.until_status(&order, "expire").await;
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    let mut watch = stage.watch(&order).await;
    let (_, status) = watch.next().await.expect("the current one");
    assert_eq!(status["transaction_id"], second.text("transaction_id"));
}

#[tokio::test]
async fn a_merchant_that_stops_ends_its_streams_cleanly() {
    let mut stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let mut watch = stage.watch(&order).await;
    watch.next().await.expect("pending");
    stage.merchant.stop().await;
    assert_eq!(watch.next().await, None);
}

#[tokio::test]
async fn nobody_watches_an_order_without_a_charge() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let path = format!("/api/gopay/orders/{}/events", order.order_id);
    let answered = stage.get(&path).bearer_auth(&order.token).send().await.expect("an answer");
    assert_eq!(answered.status(), 404);
}

/// Changes by another process whose NOTIFY was lost, or without LISTEN.
#[tokio::test]
async fn what_nobody_has_told_this_process_a_watcher_hears_when_it_looks_again() {
    let stage = Stage::set_with(&[("MERCHANT_STREAM_REFRESH_SECONDS", "1")]).await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    let mut watch = stage.watch(&order).await;
    let (_, status) = watch.next().await.expect("the current status first");
    assert_eq!(status["transaction_status"], "pending");
    stage.somebody_else_records_a_settlement(&order).await;
    let (_, status) = watch.next().await.expect("the payment");
    assert_eq!(status["transaction_status"], "settlement");
    assert_eq!(watch.next().await, None, "nothing follows an end");
}
