//! Starting over after an end: only when asked for, only once, and never next to a payment.

use crate::stage::{Answered, Placed, Stage, eventually};
use reqwest::Method;
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
async fn a_payment_that_a_notification_tells_of_while_midtrans_is_asked_is_the_answer() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let ended = stage.expired(&order).await;
    stage.fault(json!({"fault": "latency", "milliseconds": 1500, "on": ["status"], "times": 1})).await;
    let told = async {
        let is_asked = async || stage.steer(Method::GET, "faults", json!(null)).await == json!([]);
        eventually("get-status is asked before the retry", is_asked).await;
        stage.pay_late(&order.order_id).await;
        stage.deliveries(&order.order_id, "settlement", 1).await
    };
    let (answered, told) = tokio::join!(stage.charge_instead_of(&order, ended.text("transaction_id")), told);
    assert_eq!((answered.http, answered.text("transaction_status")), (200, "settlement"), "{told:?}");
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
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
    stage.until_metrics_say("gopay_alerts_total{what=\"paid_twice\"} 1").await;
}

/// How a second attempt comes to have no answer.
#[derive(Clone, Copy, Debug)]
enum Failing {
    /// Midtrans refuses it.
    Refused,
    /// Midtrans fails twice, and makes nothing.
    Unanswered,
    /// The process that was to charge it is gone.
    Interrupted,
}

/// An order whose first attempt has expired, and whose second one has no answer.
async fn second_has_failed(stage: &Stage, failing: Failing) -> (Placed, Answered) {
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    stage.notify_nobody().await;
    let failed = match failing {
        Failing::Refused => json!({"fault": "error", "status_code": 402, "on": ["charge"]}),
        Failing::Unanswered => json!({"fault": "error", "status_code": 500, "on": ["charge"], "times": 2}),
        Failing::Interrupted => {
            let id = &order.order_id;
            let now = gopay_merchant::UnixMillis::now().0;
            let claimed = format!(
                "INSERT INTO attempts (order_id, number, midtrans_order_id, idempotency_key, retry_of, claimed_at,
                     claimed_until, next_poll_at)
                 VALUES ('{id}', 2, '{id}-2', 'key-of-{id}', '{}', {now}, 0, {})",
                first.text("transaction_id"),
                now + 60_000
            );
            stage.database(&claimed).await;
            return (order, first);
        }
    };
    stage.fault(failed).await;
    let refused = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    assert_ne!(refused.body["transaction_status"], "pending", "{}", refused.body);
    stage.no_more_faults().await;
    assert_eq!(stage.transactions_of(&order).await.len(), 1, "nothing was made");
    (order, first)
}

async fn it_is_asked_first_whether_an_earlier_attempt_was_paid(failing: Failing) {
    for (is_named, is_much_later) in [(true, false), (false, false), (true, true), (false, true)] {
        let stage = Stage::set().await;
        let (order, first) = second_has_failed(&stage, failing).await;
        stage.pay_late(first.text("transaction_id")).await;
        if is_much_later {
            // Midtrans has forgotten the Idempotency-Key.
            stage.an_hour_passes_in_the_database().await;
        }
        let again = if is_named {
            stage.charge_instead_of(&order, first.text("transaction_id")).await
        } else {
            stage.charge(&order).await
        };
        let how = format!("{failing:?}, retry_of: {is_named}, later: {is_much_later}");
        assert_eq!(again.text("transaction_id"), first.text("transaction_id"), "{how}");
        assert_eq!(again.text("transaction_status"), "settlement", "{how}");
        assert_eq!(again.body["actions"], json!(null), "{how}");
        assert_eq!(stage.transactions_of(&order).await.len(), 1, "{how}: no second one can be paid");
    }
}

#[tokio::test]
async fn a_charge_that_was_refused_is_sent_again_only_where_no_earlier_attempt_was_paid() {
    it_is_asked_first_whether_an_earlier_attempt_was_paid(Failing::Refused).await;
}

#[tokio::test]
async fn a_charge_that_was_not_answered_is_sent_again_only_where_no_earlier_attempt_was_paid() {
    it_is_asked_first_whether_an_earlier_attempt_was_paid(Failing::Unanswered).await;
}

#[tokio::test]
async fn a_charge_that_was_interrupted_is_sent_again_only_where_no_earlier_attempt_was_paid() {
    it_is_asked_first_whether_an_earlier_attempt_was_paid(Failing::Interrupted).await;
}

#[tokio::test]
async fn a_merchant_that_restarts_asks_first_whether_an_earlier_attempt_was_paid() {
    let mut stage = Stage::set().await;
    let (order, first) = second_has_failed(&stage, Failing::Unanswered).await;
    stage.pay_late(first.text("transaction_id")).await;
    stage.restart_the_merchant().await;
    let again = stage.charge(&order).await;
    assert_eq!(again.text("transaction_id"), first.text("transaction_id"));
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn while_midtrans_does_not_say_whether_it_was_paid_no_charge_is_sent_again() {
    for failing in [Failing::Refused, Failing::Unanswered, Failing::Interrupted] {
        let stage = Stage::set().await;
        let (order, first) = second_has_failed(&stage, failing).await;
        for status_code in [404, 429, 500] {
            stage.fault(json!({"fault": "error", "status_code": status_code, "on": ["status"], "times": 0})).await;
            let answered = stage.charge(&order).await;
            assert_eq!(answered.http, 503, "{failing:?} {status_code}: {}", answered.body);
            assert_eq!(stage.transactions_of(&order).await.len(), 1, "{failing:?} {status_code}");
            stage.no_more_faults().await;
        }
        let again = stage.charge(&order).await;
        assert_eq!(again.text("order_id"), format!("{}-2", order.order_id), "{failing:?}: it was not paid");
        assert_eq!(again.text("transaction_status"), "pending");
        assert_ne!(again.text("transaction_id"), first.text("transaction_id"));
    }
}

#[tokio::test]
async fn money_that_is_there_is_told_although_another_payment_went_back() {
    let stage = Stage::set().await;
    for is_first_given_back in [true, false] {
        let order = stage.order().await;
        let first = stage.expired(&order).await;
        let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
        stage.at_midtrans(second.text("transaction_id"), "pay").await;
        stage.until_status(&order, "settlement").await;
        stage.pay_late(first.text("transaction_id")).await;
        stage.deliveries(first.text("order_id"), "settlement", 1).await;
        let (back, kept) = if is_first_given_back { (&first, &second) } else { (&second, &first) };
        stage.gives_back(back.text("transaction_id"), 44_000).await;
        stage.deliveries(back.text("order_id"), "refund", 1).await;
        let status = stage.status(&order).await;
        assert_eq!(status.text("transaction_status"), "settlement", "first given back: {is_first_given_back}");
        assert_eq!(status.text("transaction_id"), kept.text("transaction_id"));
        let charged = stage.charge(&order).await;
        assert_eq!(charged.text("transaction_id"), kept.text("transaction_id"), "nothing is charged, either");
    }
}
