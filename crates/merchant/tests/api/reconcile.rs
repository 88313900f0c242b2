//! Reconciliation: changes that nobody reports and nobody polls for.

use crate::stage::{Stage, eventually};
use crate::wire::on_a_wire;
use serde_json::json;

#[tokio::test]
async fn a_payment_whose_notification_is_lost_reaches_whoever_watches() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let mut watch = stage.watch(&order).await;
    watch.next().await.expect("pending");
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.time_passes_for_the_merchant(60).await;
    assert_eq!(watch.next().await.expect("the payment").1["transaction_status"], "settlement");
    assert_eq!(watch.next().await, None, "nothing follows an end");
    assert_eq!(wire.asks(), 1, "one look was enough");
}

#[tokio::test]
async fn a_charge_whose_answer_was_lost_is_found_although_nobody_comes_back() {
    let stage = Stage::set().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let cut = json!({"fault": "cut_connection", "when": "after", "on": ["charge", "status"], "times": 0});
    stage.fault(cut).await;
    assert_eq!(stage.charge(&order).await.http, 503);
    stage.no_more_faults().await;
    assert_eq!(stage.status(&order).await.http, 404, "nothing is known of it");
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.time_passes_for_the_merchant(300).await;
    stage.until_status(&order, "settlement").await;
    assert_eq!(stage.charge(&order).await.text("transaction_status"), "settlement");
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn a_charge_that_was_found_can_still_be_paid_by_deeplink() {
    let stage = Stage::set().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let cut = json!({"fault": "cut_connection", "when": "after", "on": ["charge", "status"], "times": 0});
    stage.fault(cut).await;
    assert_eq!(stage.charge(&order).await.http, 503);
    stage.no_more_faults().await;
    stage.time_passes_for_the_merchant(100).await;
    stage.until_status(&order, "pending").await;
    let charged = stage.charge(&order).await;
    assert!(charged.action("deeplink-redirect").is_some(), "the same Idempotency-Key brings the charge's own answer");
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn money_that_comes_after_the_end_is_found_without_a_notification() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "expire").await;
    stage.until_status(&order, "expire").await;
    stage.notify_nobody().await;
    stage.pay_late(&order.order_id).await;
    stage.time_passes_for_the_merchant(150).await;
    stage.until_status(&order, "settlement").await;
}

#[tokio::test]
async fn an_order_past_its_time_is_ended_at_midtrans_only_where_the_shop_wants_a_hard_stop() {
    for (expire_overdue, at_midtrans) in [("on", "expire"), ("off", "pending")] {
        let (stage, wire) = on_a_wire(&[("MIDTRANS_EXPIRE_OVERDUE", expire_overdue)]).await;
        stage.notify_nobody().await;
        let order = stage.order().await;
        stage.charge(&order).await;
        stage.its_time_is_over(&order).await;
        stage.time_passes_for_the_merchant(60).await;
        eventually("it is looked at", async || wire.asks() + wire.sent("/expire").len() == 1).await;
        assert_eq!(wire.sent("/expire").len(), usize::from(expire_overdue == "on"), "{expire_overdue}");
        let transactions = stage.transactions_of(&order).await;
        assert_eq!(transactions[0]["transaction_status"], at_midtrans, "{expire_overdue}");
        stage.until_status(&order, at_midtrans).await;
    }
}

#[tokio::test]
async fn a_payment_in_the_last_second_wins_over_the_hard_stop() {
    let (stage, wire) = on_a_wire(&[("MIDTRANS_EXPIRE_OVERDUE", "on")]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.its_time_is_over(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.time_passes_for_the_merchant(60).await;
    eventually("412, so it was asked", async || wire.asks() == 1).await;
    assert_eq!(wire.sent("/expire").len(), 1);
    stage.until_status(&order, "settlement").await;
}

#[tokio::test]
async fn many_orders_are_looked_at_a_few_at_a_time() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let mut orders = Vec::new();
    for _ in 0..40 {
        let order = stage.order().await;
        stage.charge(&order).await;
        orders.push(order);
    }
    stage.fault(json!({"fault": "latency", "milliseconds": 200, "on": ["status"], "times": 0})).await;
    stage.time_passes_for_the_merchant(60).await;
    eventually("all are looked at", async || wire.asks() >= orders.len()).await;
    assert!(wire.most_at_once() <= 16, "{} at once", wire.most_at_once());
    let mut asked: Vec<String> = wire.sent_to("/status");
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), orders.len(), "each once");
    assert_eq!(wire.asks(), orders.len(), "and none twice");
}

#[tokio::test]
async fn a_midtrans_that_cannot_be_asked_is_asked_again_later() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.fault(json!({"fault": "error", "status_code": 500, "on": ["status"], "times": 0})).await;
    stage.time_passes_for_the_merchant(60).await;
    eventually("it is looked at", async || wire.asks() == 1).await;
    stage.no_more_faults().await;
    // Until the look is planned, what passes now is not counted: let it pass again.
    eventually("it is looked at again", async || {
        stage.time_passes_for_the_merchant(60).await;
        wire.asks() >= 2
    })
    .await;
    stage.until_status(&order, "settlement").await;
}

/// The last look behind an end was due while the merchant was down, and then Midtrans could not be asked, or did not find what
/// it has.
#[tokio::test]
async fn a_look_that_failed_is_made_again_also_when_it_was_to_be_the_last() {
    for status_code in [500, 404] {
        let (stage, wire) = on_a_wire(&[]).await;
        let order = stage.order().await;
        stage.charge(&order).await;
        stage.at_midtrans(&order.order_id, "expire").await;
        stage.until_status(&order, "expire").await;
        stage.notify_nobody().await;
        stage.pay_late(&order.order_id).await;
        let before = wire.asks();
        stage.fault(json!({"fault": "error", "status_code": status_code, "on": ["status"]})).await;
        stage.time_passes_for_the_merchant(4 * 3600).await;
        eventually("it is looked at", async || wire.asks() == before + 1).await;
        eventually("the money is found", async || {
            stage.time_passes_for_the_merchant(3600).await;
            stage.status(&order).await.body["transaction_status"] == "settlement"
        })
        .await;
    }
}

#[tokio::test]
async fn a_lost_charge_is_looked_for_again_when_the_last_look_for_it_failed() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let cut = json!({"fault": "cut_connection", "when": "after", "on": ["charge", "status"], "times": 0});
    stage.fault(cut).await;
    assert_eq!(stage.charge(&order).await.http, 503);
    let before = wire.asks();
    stage.time_passes_for_the_merchant(2 * 3600).await;
    eventually("it is looked for", async || wire.asks() > before).await;
    stage.no_more_faults().await;
    stage.at_midtrans(&order.order_id, "pay").await;
    eventually("the charge is found, and paid", async || {
        stage.time_passes_for_the_merchant(3600).await;
        stage.status(&order).await.body["transaction_status"] == "settlement"
    })
    .await;
}

#[tokio::test]
async fn a_payment_in_doubt_is_told_as_such_and_again_when_the_doubt_is_gone() {
    let (stage, wire) = on_a_wire(&[]).await;
    let order = stage.order().await;
    stage.charge(&order).await;
    wire.lies("accept", "challenge");
    stage.at_midtrans(&order.order_id, "pay").await;
    let doubted = stage.until_status(&order, "settlement").await;
    assert_eq!(
        doubted.text("fraud_status"),
        "challenge",
        "the notification says accept; Midtrans, when asked, does not"
    );
    let mut watch = stage.watch(&order).await;
    assert_eq!(watch.next().await.expect("settlement, in doubt").1["fraud_status"], "challenge");
    wire.lies_no_more();
    stage.time_passes_for_the_merchant(60).await;
    let is_cleared = async || stage.status(&order).await.body["fraud_status"] == "accept";
    eventually("the doubt is gone", is_cleared).await;
}

#[tokio::test]
async fn a_charge_that_has_no_expiry_time_is_left_for_midtrans_to_end() {
    let (stage, wire) = on_a_wire(&[("MIDTRANS_EXPIRE_OVERDUE", "on")]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.fault(json!({"fault": "missing_expiry_time", "times": 0})).await;
    let charged = stage.charge(&order).await;
    assert_eq!(charged.body["expiry_time"], json!(null), "{}", charged.body);
    stage.time_passes_for_the_merchant(20 * 60).await;
    eventually("it is looked at", async || wire.asks() + wire.sent("/expire").len() >= 1).await;
    assert_eq!(wire.sent("/expire").len(), 0, "how long it can be paid is not ours to guess");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn whether_its_time_is_over_is_told_by_midtrans_clock() {
    let (stage, wire) = on_a_wire(&[("MIDTRANS_EXPIRE_OVERDUE", "on")]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    // This machine is ten years ahead.
    wire.dates("Sat, 31 Jan 2015 02:00:00 GMT");
    stage.charge(&order).await;
    stage.its_time_is_over(&order).await;
    stage.time_passes_for_the_merchant(60).await;
    eventually("it is looked at", async || wire.asks() + wire.sent("/expire").len() >= 1).await;
    assert_eq!(wire.sent("/expire").len(), 0, "it can still be paid");
    wire.dates("Fri, 31 Jan 2025 04:00:00 GMT");
    eventually("one look hears what time it is, the next one ends it", async || {
        stage.its_time_is_over(&order).await;
        stage.time_passes_for_the_merchant(60).await;
        wire.sent("/expire").len() == 1
    })
    .await;
    stage.until_status(&order, "expire").await;
}
