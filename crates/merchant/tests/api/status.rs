//! The status route.

use crate::stage::Stage;
use crate::wire::on_a_wire;
use serde_json::json;

#[tokio::test]
async fn an_order_without_a_charge_has_no_status_yet() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let answered = stage.status(&order).await;
    assert_eq!((answered.http, answered.text("status_code")), (404, "404"));
    assert_eq!(answered.text("status_message"), "Transaction doesn't exist.");
}

#[tokio::test]
async fn a_status_is_midtrans_own_answer() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    let status = stage.until_status(&order, "settlement").await;
    assert_eq!(status.http, 200);
    assert_eq!(status.text("order_id"), order.order_id);
    assert_eq!(status.text("transaction_id"), charged.text("transaction_id"));
    assert_eq!(status.text("gross_amount"), "44000.00");
    assert_eq!(status.text("fraud_status"), "accept");
    assert!(status.body["settlement_time"].is_string() && status.body["expiry_time"].is_string());
    assert!(status.body.get("signature_key").is_none());
}

#[tokio::test]
async fn a_payment_whose_notification_is_lost_is_found_by_asking() {
    let stage = Stage::set_with_a_curious_merchant().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    stage.at_midtrans(&order.order_id, "pay").await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn midtrans_is_left_alone_for_ten_seconds() {
    let stage = Stage::set().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    // Midtrans has just been heard, so it is not asked again yet, however often a browser asks.
    for _ in 0..5 {
        assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    }
}

#[tokio::test]
async fn a_midtrans_that_cannot_be_asked_is_no_reason_not_to_answer() {
    let stage = Stage::set_with_a_curious_merchant().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    for fault in [
        json!({"fault": "cut_connection", "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 500, "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 429, "on": ["status"], "times": 0}),
        json!({"fault": "html_403", "on": ["status"], "times": 0}),
    ] {
        stage.fault(fault).await;
        assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
        stage.no_more_faults().await;
    }
}

#[tokio::test]
async fn an_order_that_is_not_paid_in_time_expires() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.steer(reqwest::Method::POST, "clock/advance", json!({"seconds": 1000})).await;
    let status = stage.until_status(&order, "expire").await;
    assert_eq!(status.http, 200);
}

#[tokio::test]
async fn a_scanned_code_turns_the_payment_type_and_nothing_else() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let path = format!("transactions/{}/pay", order.order_id);
    stage.steer(reqwest::Method::POST, &path, json!({"via": "qris"})).await;
    let status = stage.until_status(&order, "settlement").await;
    assert_eq!(status.text("payment_type"), "qris");
}

#[tokio::test]
async fn many_who_ask_at_once_are_one_request_to_midtrans() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.fault(json!({"fault": "latency", "milliseconds": 300, "on": ["status"], "times": 0})).await;
    stage.time_passes_for_the_merchant(20).await;
    let ask = || stage.status(&order);
    let (a, b, c, d, e, f, g, h) = tokio::join!(ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask());
    for answered in [a, b, c, d, e, f, g, h] {
        assert_eq!(answered.text("transaction_status"), "pending");
    }
    assert_eq!(wire.asks(), 1);
}
