//! Starting over after an end: only when asked for, only once, and never next to a payment.

use crate::stage::Stage;
use serde_json::json;

#[tokio::test]
async fn an_ended_charge_is_replaced_once_however_often_it_is_asked_for() {
    for (verb, status) in [("expire", "expire"), ("cancel", "cancel"), ("deny", "deny")] {
        let stage = Stage::set().await;
        let order = stage.order().await;
        let first = stage.charge(&order).await;
        stage.at_midtrans(&order.order_id, verb).await;
        stage.until_status(&order, status).await;

        let ended = stage.charge(&order).await;
        assert_eq!(ended.text("transaction_id"), first.text("transaction_id"), "a reload does not start over");
        assert_eq!(ended.text("transaction_status"), status);
        assert_eq!(ended.body["actions"], json!(null));

        let ended = ended.text("transaction_id");
        let (one, other) = tokio::join!(stage.charge_instead_of(&order, ended), stage.charge_instead_of(&order, ended));
        let later = stage.charge_instead_of(&order, ended).await;
        assert_eq!(one.text("order_id"), format!("{}-2", order.order_id));
        assert_eq!(one.text("transaction_status"), "pending");
        assert!(one.action("generate-qr-code").is_some());
        for again in [&other, &later] {
            assert_eq!(again.text("transaction_id"), one.text("transaction_id"));
        }
        assert_eq!(stage.status(&order).await.text("transaction_id"), one.text("transaction_id"));
        assert_eq!(stage.transactions_of(&order).await.len(), 2);
    }
}

#[tokio::test]
async fn naming_another_transaction_does_not_start_over() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.charge(&order).await;
    let (first, unknown) = (first.text("transaction_id"), "00000000-0000-4000-8000-000000000000");
    for retry_of in [first, unknown] {
        let answered = stage.charge_instead_of(&order, retry_of).await;
        assert_eq!(answered.text("transaction_id"), first, "it is pending");
    }
    stage.at_midtrans(&order.order_id, "expire").await;
    stage.until_status(&order, "expire").await;
    assert_eq!(stage.charge_instead_of(&order, unknown).await.text("transaction_id"), first);
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn a_third_attempt_follows_the_second() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let mut latest = stage.charge(&order).await;
    for number in [2, 3] {
        stage.at_midtrans(latest.text("transaction_id"), "expire").await;
        stage.until_status(&order, "expire").await;
        latest = stage.charge_instead_of(&order, latest.text("transaction_id")).await;
        assert_eq!(latest.text("order_id"), format!("{}-{number}", order.order_id));
    }
}

#[tokio::test]
async fn a_refusal_by_gopay_is_told_and_can_be_started_over() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.fault(json!({"fault": "deny_next_charge"})).await;
    let denied = stage.charge(&order).await;
    assert_eq!((denied.http, denied.text("status_code")), (200, "202"));
    assert_eq!(denied.text("transaction_status"), "deny");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "deny");
    let next = stage.charge_instead_of(&order, denied.text("transaction_id")).await;
    assert_eq!(next.text("transaction_status"), "pending");
}

#[tokio::test]
async fn an_order_that_was_paid_late_is_not_charged_again() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    // The merchant does not hear of it, and so has to ask before it charges a second time.
    stage.notify_nobody().await;
    stage.pay_late(&order.order_id).await;
    let answered = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    assert_eq!(answered.text("transaction_id"), first.text("transaction_id"));
    assert_eq!(answered.text("transaction_status"), "settlement");
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn a_late_payment_ends_the_attempt_that_replaced_it() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    stage.pay_late(first.text("transaction_id")).await;
    let status = stage.until_status(&order, "settlement").await;
    assert_eq!(status.text("transaction_id"), first.text("transaction_id"), "the paid one counts");
    // Nobody can pay the second one any more.
    stage.deliveries(second.text("order_id"), "cancel", 1).await;
    assert_eq!(stage.charge(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn while_midtrans_does_not_say_whether_it_was_paid_nothing_is_charged() {
    let stage = Stage::set().await;
    for status_code in [402, 403, 404, 410, 429, 500] {
        let order = stage.order().await;
        let first = stage.expired(&order).await;
        stage.notify_nobody().await;
        stage.pay_late(&order.order_id).await;
        stage.fault(json!({"fault": "error", "status_code": status_code, "on": ["status"], "times": 0})).await;
        let answered = stage.charge_instead_of(&order, first.text("transaction_id")).await;
        assert_eq!(answered.http, 503, "{status_code}: {}", answered.body);
        assert_eq!(stage.transactions_of(&order).await.len(), 1, "{status_code}");
        stage.no_more_faults().await;
        let answered = stage.charge_instead_of(&order, first.text("transaction_id")).await;
        assert_eq!(answered.text("transaction_status"), "settlement", "{status_code}");
        assert_eq!(stage.transactions_of(&order).await.len(), 1, "{status_code}");
    }
}

#[tokio::test]
async fn an_earlier_attempt_that_was_paid_late_is_found_before_another_is_made() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    stage.at_midtrans(second.text("transaction_id"), "expire").await;
    stage.until_status(&order, "expire").await;
    stage.notify_nobody().await;
    stage.pay_late(first.text("transaction_id")).await;
    let answered = stage.charge_instead_of(&order, second.text("transaction_id")).await;
    assert_eq!(answered.text("transaction_id"), first.text("transaction_id"));
    assert_eq!(answered.text("transaction_status"), "settlement");
    assert_eq!(stage.transactions_of(&order).await.len(), 2, "no third");
}

#[tokio::test]
async fn an_order_that_was_paid_twice_raises_the_alarm() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    stage.at_midtrans(second.text("transaction_id"), "pay").await;
    stage.until_status(&order, "settlement").await;
    stage.pay_late(first.text("transaction_id")).await;
    stage.until_metrics_say("gopay_alarms_total{what=\"paid_twice\"} 1").await;
}
