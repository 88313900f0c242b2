//! Midtrans' notifications: verified, confirmed, and harmless in any number and order.

use crate::stage::{Stage, signed};
use crate::wire::on_a_wire;
use gopay_contract::midtrans::Signature;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};

#[tokio::test]
async fn a_settlement_arrives_by_notification() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    let delivered = stage.deliveries(&order.order_id, "settlement", 1).await;
    assert!(delivered[0].to_string().contains("200"), "{delivered:?}");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_forged_notification_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let forged = signed(&charged, "200", "refund", "SB-Mid-server-of-somebody-else");
    let answered = stage.notify_by_hand(&forged).await;
    assert_eq!((answered.http, answered.text("status_code")), (403, "403"));
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_captured_signature_with_another_status_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    // The signature of `pending` does not cover the status that is written beside it.
    let altered = signed(&charged, "201", "settlement", DEFAULT_SERVER_KEY);
    let answered = stage.notify_by_hand(&altered).await;
    assert_eq!(answered.http, 503, "Midtrans, when asked, says something else");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_word_that_no_column_can_hold_is_no_trouble_of_ours() {
    let stage = Stage::set().await;
    stage.notify_nobody().await;
    // Neither is covered by the signature, and PostgreSQL keeps no NUL in a text.
    for (field, word) in [("transaction_status", "paid\u{0}"), ("fraud_status", "\u{0}")] {
        let order = stage.order().await;
        let mut altered = signed(&stage.charge(&order).await, "201", "settlement", DEFAULT_SERVER_KEY);
        altered[field] = json!(word);
        let answered = stage.notify_by_hand(&altered).await;
        assert!(matches!(answered.http, 200 | 503), "{field} {word:?}: {} {}", answered.http, answered.body);
        assert_eq!(stage.status(&order).await.text("transaction_status"), "pending", "{field} {word:?}");
    }
}

#[tokio::test]
async fn a_duplicate_notification_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    let before = stage.until_status(&order, "settlement").await;
    let again = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    for _ in 0..3 {
        assert_eq!(stage.notify_by_hand(&again).await.http, 200);
    }
    assert_eq!(stage.status(&order).await.body, before.body);
}

#[tokio::test]
async fn a_notification_that_tells_what_is_known_needs_no_confirmation() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.deliveries(&order.order_id, "settlement", 1).await;
    stage.fault(json!({"fault": "error", "status_code": 500, "on": ["status"], "times": 0})).await;
    let again = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    assert_eq!(stage.notify_by_hand(&again).await.http, 200);
}

#[tokio::test]
async fn a_pending_that_comes_after_the_settlement_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let late = signed(&charged, "201", "pending", DEFAULT_SERVER_KEY);
    assert_eq!(stage.notify_by_hand(&late).await.http, 200, "it is old, and need not come again");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn every_end_that_midtrans_tells_of_is_recorded() {
    for (verb, status) in [("expire", "expire"), ("cancel", "cancel"), ("deny", "deny"), ("pay", "settlement")] {
        let stage = Stage::set().await;
        let order = stage.order().await;
        stage.charge(&order).await;
        stage.at_midtrans(&order.order_id, verb).await;
        assert_eq!(stage.until_status(&order, status).await.text("order_id"), order.order_id);
    }
}

#[tokio::test]
async fn money_that_comes_after_the_end_is_believed() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "expire").await;
    stage.until_status(&order, "expire").await;
    stage.pay_late(&order.order_id).await;
    stage.until_status(&order, "settlement").await;
}

#[tokio::test]
async fn a_notification_that_overtakes_the_charges_answer_is_not_lost() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.fault(json!({"fault": "latency", "milliseconds": 1500, "on": ["charge"]})).await;
    let overtaking = async {
        let heard = stage.deliveries(&order.order_id, "pending", 1).await;
        // Told before the charge is answered, and kept.
        let status = stage.status(&order).await;
        stage.at_midtrans(&order.order_id, "pay").await;
        stage.deliveries(&order.order_id, "settlement", 1).await;
        (heard, status)
    };
    let (charged, (heard, status)) = tokio::join!(stage.charge(&order), overtaking);
    assert_eq!(status.text("transaction_status"), "pending", "{heard:?}");
    assert_eq!(charged.text("transaction_id"), status.text("transaction_id"));
    assert_eq!(charged.text("transaction_status"), "settlement", "the charge's own pending is older news");
    assert_eq!(charged.body["actions"], json!(null));
}

#[tokio::test]
async fn a_notification_that_cannot_be_confirmed_now_is_asked_for_again() {
    let stage = Stage::set_with_a_curious_merchant().await;
    let order = stage.order().await;
    let charged = stage.paid_unheard(&order).await;
    let notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    stage.fault(json!({"fault": "error", "status_code": 500, "on": ["status"]})).await;
    assert_eq!(stage.notify_by_hand(&notification).await.http, 503);
    assert_eq!(stage.notify_by_hand(&notification).await.http, 200);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_notification_of_another_amount_is_refused() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let mut charged = stage.charge(&order).await;
    charged.body["gross_amount"] = json!("1.00");
    let answered = stage.notify_by_hand(&signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY)).await;
    assert_eq!(answered.http, 400);
    assert!(answered.body.to_string().contains("gross_amount"));
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn what_is_no_notification_is_refused_before_anything_is_done() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    let mut without_status = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    without_status.as_object_mut().expect("an object").remove("transaction_status");
    for body in [json!({}), json!([]), json!("settlement"), Value::Null, without_status] {
        let answered = stage.notify_by_hand(&body).await;
        assert_eq!((answered.http, answered.text("status_code")), (400, "400"), "{body}");
    }
    let long = format!("{{\"order_id\": \"{}\"}}", "x".repeat(17 * 1024));
    let answered = stage.post("/api/gopay/notifications").body(long).send().await.expect("an answer");
    assert_eq!(answered.status(), 413);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn many_copies_at_once_are_one_request_to_midtrans_and_all_are_acknowledged() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.fault(json!({"fault": "latency", "milliseconds": 300, "on": ["status"]})).await;
    let notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    let send = || stage.notify_by_hand(&notification);
    let (a, b, c, d, e, f) = tokio::join!(send(), send(), send(), send(), send(), send());
    assert_eq!([a, b, c, d, e, f].map(|answered| answered.http), [200; 6]);
    assert_eq!(wire.asks(), 1);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_claim_that_midtrans_does_not_confirm_is_not_asked_about_at_every_copy() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    let altered = signed(&charged, "201", "settlement", DEFAULT_SERVER_KEY);
    for _ in 0..10 {
        assert_eq!(stage.notify_by_hand(&altered).await.http, 503);
    }
    assert_eq!(wire.asks(), 1, "whoever has captured a signature does not steer us");
    // It comes again when it is true, and is believed then.
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.time_passes_for_the_merchant(15).await;
    assert_eq!(stage.notify_by_hand(&altered).await.http, 200);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_notification_in_another_currency_is_refused() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    let mut notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    notification["currency"] = json!("USD");
    let answered = stage.notify_by_hand(&notification).await;
    assert_eq!(answered.http, 400);
    assert!(answered.body.to_string().contains("currency"), "{}", answered.body);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn an_answer_of_another_amount_or_currency_or_of_none_is_nobodys_truth() {
    // The last two are left out, in effect.
    let lies = [("44000.00", "1.00"), ("IDR", "USD"), ("gross_amount", "-"), ("order_id", "-")];
    for (true_text, lie) in lies {
        let (stage, wire) = on_a_wire(&[]).await;
        stage.notify_nobody().await;
        let order = stage.order().await;
        let charged = stage.charge(&order).await;
        stage.at_midtrans(&order.order_id, "pay").await;
        wire.lies(true_text, lie);
        let notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
        assert_eq!(
            stage.notify_by_hand(&notification).await.http,
            503,
            "a person has to look; meanwhile it comes again"
        );
        assert_eq!(stage.status(&order).await.text("transaction_status"), "pending", "{lie}");
    }
}

#[tokio::test]
async fn a_settlement_whose_fraud_status_is_not_accept_does_not_count_as_paid() {
    for fraud_status in ["challenge", "deny"] {
        let (stage, wire) = on_a_wire(&[]).await;
        let order = stage.order().await;
        let charged = stage.charge(&order).await;
        stage.deliveries(&order.order_id, "pending", 1).await;
        stage.notify_nobody().await;
        stage.at_midtrans(&order.order_id, "pay").await;
        wire.lies("accept", fraud_status);
        let mut notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
        assert_eq!(stage.notify_by_hand(&notification).await.http, 503, "it says accept, Midtrans does not");
        let status = stage.status(&order).await;
        assert_eq!(status.text("fraud_status"), fraud_status, "Midtrans' own word, and not the notification's");
        notification["fraud_status"] = json!(fraud_status);
        assert_eq!(stage.notify_by_hand(&notification).await.http, 200, "that much is known");
        let fraud: gopay_contract::FraudStatus =
            serde_json::from_value(status.body["fraud_status"].clone()).expect("one");
        assert!(!gopay_contract::FraudStatus::is_accepted(Some(&fraud)));
    }
}

#[tokio::test]
async fn refunds_are_told_twice_and_recorded_once() {
    let (stage, wire) = on_a_wire(&[]).await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let settled = wire.asks();
    for (amount, status, altogether) in [(4000, "partial_refund", "4000.00"), (40_000, "refund", "44000.00")] {
        stage.gives_back(&order.order_id, amount).await;
        stage.deliveries(&order.order_id, status, 1).await;
        let before = wire.asks();
        assert_eq!(stage.until_status(&order, status).await.text("refund_amount"), altogether);
        // Once more, when the bank has confirmed it.
        stage.steer(reqwest::Method::POST, "clock/advance", json!({"seconds": 10})).await;
        let deliveries = stage.deliveries(&order.order_id, status, 2).await;
        assert!(deliveries.iter().all(|delivery| delivery["answer_code"] == 200), "{deliveries:?}");
        assert_eq!(wire.asks(), before, "the second tells what is known");
        assert_eq!(stage.status(&order).await.text("refund_amount"), altogether);
    }
    assert_eq!(wire.asks(), settled + 2, "each was confirmed once");
}

#[tokio::test]
async fn a_signature_that_is_cut_or_longer_or_in_capitals_is_forged() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    let signature = Signature::over(&order.order_id, "200", "44000.00", DEFAULT_SERVER_KEY).to_hex();
    let cut = signature[..127].to_owned();
    for wrong in [cut, signature.to_uppercase(), String::new(), format!("{signature}0")] {
        let mut notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
        notification["signature_key"] = json!(wrong);
        assert_eq!(stage.notify_by_hand(&notification).await.http, 403);
    }
}
