//! Notification URLs are account-wide: what is rightly signed and about no order of ours is acknowledged, and nothing else
//! comes of it.

use crate::stage::{Answered, Placed, Stage, signed};
use gopay_contract::midtrans::Signature;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};

const TEST: &str = "payment_notif_test_G100000000_231c79c5-e39e-4993-86da-cadcaee56c1d";

fn about(order_id: &str, gross_amount: &str, key: &str) -> Value {
    json!({
        "order_id": order_id, "status_code": "200", "gross_amount": gross_amount, "transaction_status": "settlement",
        "transaction_id": "00000000-0000-4000-8000-000000000000", "payment_type": "gopay", "fraud_status": "accept",
        "transaction_time": "2026-01-31 10:00:00", "currency": "IDR",
        "signature_key": Signature::over(order_id, "200", gross_amount, key).to_hex(),
    })
}

async fn is_acknowledged(stage: &Stage, notification: &Value) {
    let answered = stage.notify_by_hand(notification).await;
    assert_eq!((answered.http, answered.text("status_code")), (200, "200"), "{notification}: {}", answered.body);
}

#[tokio::test]
async fn the_dashboards_test_notification_is_acknowledged_with_the_right_key_alone() {
    let stage = Stage::set().await;
    is_acknowledged(&stage, &about(TEST, "105000.00", DEFAULT_SERVER_KEY)).await;
    let wrong = stage.notify_by_hand(&about(TEST, "105000.00", "SB-Mid-server-of-somebody-else")).await;
    assert_eq!((wrong.http, wrong.text("status_code")), (403, "403"));
    stage.until_metrics_say(r#"gopay_notifications_total{outcome="foreign"} 1"#).await;
    stage.until_metrics_say(r#"gopay_notifications_total{outcome="forged"} 1"#).await;
}

#[tokio::test]
async fn what_another_application_on_the_account_is_told_is_acknowledged_and_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    for (order_id, gross_amount) in [
        ("INV/2026/01/7", "150000.50"),
        ("INV/2026/01/7", "150000.00"),
        ("pesanan 7: ulang", "44000.00"),
        ("order-of-somebody-else", "44000.00"),
        ("order-of-somebody-else-2", "44000.50"),
        ("", "44000.00"),
        // Beginning as one of ours does is not being one.
        (&format!("{}0", order.order_id), "44000.00"),
        (&format!("{}-02", order.order_id), "44000.00"),
        (&format!("{}h-1570513296", order.order_id), "44000.00"),
    ] {
        let notification = about(order_id, gross_amount, DEFAULT_SERVER_KEY);
        is_acknowledged(&stage, &notification).await;
        is_acknowledged(&stage, &notification).await;
        let forged = about(order_id, gross_amount, "SB-Mid-server-of-somebody-else");
        assert_eq!(stage.notify_by_hand(&forged).await.http, 403, "{order_id}");
    }
    stage.until_metrics_say(r#"gopay_notifications_total{outcome="foreign"} 18"#).await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    let attempts = stage.ask_the_database("SELECT order_id FROM attempts").await;
    assert_eq!(attempts, [order.order_id], "none was made up");
}

#[tokio::test]
async fn a_rightly_signed_notification_of_ours_that_cannot_be_read_is_not_acknowledged() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let answered = stage.notify_by_hand(&about(&order.order_id, "44000.50", DEFAULT_SERVER_KEY)).await;
    assert_eq!(answered.http, 400, "{}", answered.body);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

/// As Midtrans' notifications are, and `signed` need not be.
fn with_its_time(mut notification: Value, charged: &Answered) -> Value {
    notification["transaction_time"] = charged.body["transaction_time"].clone();
    notification
}

#[tokio::test]
async fn the_same_order_paid_by_another_way_than_gopay_is_somebody_elses() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let mut card = about(&order.order_id, "44000.00", DEFAULT_SERVER_KEY);
    card["payment_type"] = json!("credit_card");
    is_acknowledged(&stage, &card).await;
    assert_eq!(stage.ask_the_database("SELECT order_id FROM attempts").await, [""; 0]);
}

/// The merchant's database is put back to what it was before this attempt.
async fn forgets(stage: &Stage, midtrans_order_id: &str) {
    stage.database(&format!("DELETE FROM attempts WHERE midtrans_order_id = '{midtrans_order_id}'")).await;
}

async fn is_known_to_be(stage: &Stage, order: &Placed, transaction_status: &str) {
    let known = format!(
        "SELECT COALESCE(transaction_status, '') FROM attempts WHERE order_id = '{}' ORDER BY number DESC LIMIT 1",
        order.order_id
    );
    crate::stage::eventually("it is found out", async || stage.ask_the_database(&known).await == [transaction_status])
        .await;
}

#[tokio::test]
async fn a_payment_whose_attempt_a_restored_backup_does_not_know_is_found_by_its_notification() {
    let mut stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.paid_unheard(&order).await;
    forgets(&stage, &order.order_id).await;
    stage.restart_the_merchant().await;
    let notification = with_its_time(signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY), &charged);
    is_acknowledged(&stage, &notification).await;
    let status = stage.status(&order).await;
    assert_eq!(status.text("transaction_status"), "settlement");
    assert_eq!(status.text("transaction_id"), charged.text("transaction_id"));
    let again = stage.charge(&order).await;
    assert_eq!(again.text("transaction_id"), charged.text("transaction_id"), "and is not charged again");
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn while_get_status_fails_it_is_not_acknowledged_and_it_is_found_without_it() {
    let mut stage = Stage::set_with(&[("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1")]).await;
    let order = stage.order().await;
    let charged = stage.paid_unheard(&order).await;
    forgets(&stage, &order.order_id).await;
    stage.restart_the_merchant().await;
    stage.notify_nobody().await;
    stage.fault(json!({"fault": "error", "status_code": 500, "on": ["status"], "times": 0})).await;
    let notification = with_its_time(signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY), &charged);
    assert_eq!(stage.notify_by_hand(&notification).await.http, 503);
    stage.no_more_faults().await;
    is_known_to_be(&stage, &order, "settlement").await;
}

#[tokio::test]
async fn a_later_attempt_that_a_restored_backup_does_not_know_is_found_too() {
    let mut stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    let second_id = second.text("order_id").to_owned();
    stage.deliveries(&second_id, "pending", 1).await;
    stage.notify_nobody().await;
    stage.at_midtrans(&second_id, "pay").await;
    forgets(&stage, &second_id).await;
    stage.restart_the_merchant().await;
    let notification = with_its_time(signed(&second, "200", "settlement", DEFAULT_SERVER_KEY), &second);
    is_acknowledged(&stage, &notification).await;
    let status = stage.status(&order).await;
    assert_eq!(status.text("transaction_status"), "settlement");
    assert_eq!(status.text("transaction_id"), second.text("transaction_id"));
}

#[tokio::test]
async fn a_transaction_that_is_older_than_the_order_is_not_adopted_and_raises_the_alarm() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.paid_unheard(&order).await;
    forgets(&stage, &order.order_id).await;
    // The order numbers were begun anew: that payment was made long before this order. Or nothing says when it was made.
    let plain = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    let mut older = plain.clone();
    older["transaction_time"] = json!("2020-01-31 10:00:00");
    for notification in [older, plain] {
        assert_eq!(stage.notify_by_hand(&notification).await.http, 503, "somebody has to look");
    }
    assert_eq!(stage.ask_the_database("SELECT order_id FROM attempts").await, [""; 0]);
    stage.until_metrics_say(r#"gopay_alerts_total{what="contradiction"} 2"#).await;
}

#[tokio::test]
async fn an_unknown_attempt_of_another_amount_is_refused() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let answered = stage.notify_by_hand(&about(&order.order_id, "1.00", DEFAULT_SERVER_KEY)).await;
    assert_eq!(answered.http, 400, "{}", answered.body);
    assert_eq!(stage.ask_the_database("SELECT order_id FROM attempts").await, [""; 0]);
}

#[tokio::test]
async fn another_transaction_under_the_id_of_a_known_attempt_raises_the_alarm() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let other = about(&order.order_id, "44000.00", DEFAULT_SERVER_KEY);
    assert_eq!(stage.notify_by_hand(&other).await.http, 503);
    stage.until_metrics_say(r#"gopay_alerts_total{what="contradiction"} 1"#).await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}
