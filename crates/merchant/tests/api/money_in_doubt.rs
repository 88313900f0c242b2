//! `settlement` with a `fraud_status` that is not `accept`: not paid, not at its end, and no reason to collect again.

use crate::stage::{Stage, eventually};
use crate::wire::{Wire, on_a_wire};
use serde_json::json;

/// Midtrans says `settlement`, and `challenge` beside it.
async fn is_paid_in_doubt(stage: &Stage, wire: &Wire, transaction_id: &str) {
    stage.notify_nobody().await;
    wire.lies("accept", "challenge");
    stage.steer(reqwest::Method::POST, &format!("transactions/{transaction_id}/pay"), json!({"late": true})).await;
    stage.time_passes_for_the_merchant(150).await;
    let known = format!("SELECT transaction_status FROM attempts WHERE transaction_id = '{transaction_id}'");
    eventually("the doubt is known", async || stage.ask_the_database(&known).await == ["settlement"]).await;
}

#[tokio::test]
async fn it_cannot_be_started_over_and_whoever_watches_goes_on_watching() {
    let (stage, wire) = on_a_wire(&[]).await;
    let order = stage.order().await;
    let first = stage.charge(&order).await;
    let mut watch = stage.watch(&order).await;
    assert_eq!(watch.next().await.expect("the status of now").1["transaction_status"], "pending");
    is_paid_in_doubt(&stage, &wire, first.text("transaction_id")).await;
    assert_eq!(watch.next().await.expect("it is told").1["fraud_status"], "challenge");
    let again = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    assert_eq!(again.text("transaction_id"), first.text("transaction_id"));
    assert_eq!(again.body["actions"], json!(null), "nor can it be paid once more");
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
    wire.lies_no_more();
    stage.time_passes_for_the_merchant(60).await;
    let cleared = watch.next().await.expect("the stream was not at its end").1;
    assert_eq!((&cleared["transaction_status"], &cleared["fraud_status"]), (&json!("settlement"), &json!("accept")));
    assert_eq!(watch.next().await, None, "now it is");
}

#[tokio::test]
async fn a_late_payment_in_doubt_cancels_no_other_attempt_before_the_doubt_is_gone() {
    let (stage, wire) = on_a_wire(&[]).await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    stage.charge_instead_of(&order, first.text("transaction_id")).await;
    is_paid_in_doubt(&stage, &wire, first.text("transaction_id")).await;
    let doubted = stage.status(&order).await;
    assert_eq!(doubted.text("transaction_id"), first.text("transaction_id"), "the payer must not pay beside it");
    assert_eq!(stage.charge(&order).await.body["actions"], json!(null), "nor with a QR code that is asked for now");
    // Whatever was begun when it became known has been done by the time of the next look.
    let asks = wire.asks();
    stage.time_passes_for_the_merchant(60).await;
    eventually("it is looked at", async || wire.asks() > asks).await;
    assert_eq!(wire.sent("/cancel").len(), 0);
    wire.lies_no_more();
    stage.time_passes_for_the_merchant(150).await;
    eventually("the second one is cancelled", async || wire.sent("/cancel").len() == 1).await;
    assert_eq!(stage.until_status(&order, "settlement").await.text("transaction_id"), first.text("transaction_id"));
}

#[tokio::test]
async fn a_doubt_that_ends_in_deny_or_cancel_is_an_end_and_the_payer_can_start_over() {
    for end in ["deny", "cancel"] {
        let (stage, wire) = on_a_wire(&[]).await;
        let order = stage.order().await;
        let first = stage.charge(&order).await;
        is_paid_in_doubt(&stage, &wire, first.text("transaction_id")).await;
        let mut watch = stage.watch(&order).await;
        assert_eq!(watch.next().await.expect("it is told").1["fraud_status"], "challenge");
        wire.lies("settlement", end);
        stage.time_passes_for_the_merchant(60).await;
        assert_eq!(watch.next().await.expect("the end").1["transaction_status"], end);
        assert_eq!(watch.next().await, None, "{end}: nothing follows it");
        let next = stage.charge_instead_of(&order, first.text("transaction_id")).await;
        assert_eq!(next.text("order_id"), format!("{}-2", order.order_id), "{end}");
        assert_eq!(next.text("transaction_status"), "pending", "{end}");
    }
}

#[tokio::test]
async fn a_doubt_that_ends_leaves_the_later_attempt_to_be_paid() {
    let (stage, wire) = on_a_wire(&[]).await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    is_paid_in_doubt(&stage, &wire, first.text("transaction_id")).await;
    wire.lies("settlement", "deny");
    stage.time_passes_for_the_merchant(150).await;
    let status = stage.until_status(&order, "pending").await;
    assert_eq!(status.text("transaction_id"), second.text("transaction_id"));
    let again = stage.charge(&order).await;
    assert!(again.action("generate-qr-code").is_some(), "{}", again.body);
}
