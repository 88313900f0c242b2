//! Charging while something is broken: answers that are lost, a Midtrans that is away, a merchant that restarts.

use crate::stage::{Answered, Stage};
use serde_json::json;

#[tokio::test]
async fn a_lost_answer_is_had_again_with_its_deeplink() {
    for fault in [
        json!({"fault": "cut_connection", "when": "after", "on": ["charge"]}),
        json!({"fault": "error", "status_code": 500, "when": "after", "on": ["charge"]}),
        json!({"fault": "html_403", "when": "after", "on": ["charge"]}),
    ] {
        let stage = Stage::set().await;
        let order = stage.order().await;
        stage.fault(fault).await;
        let charged = stage.charge(&order).await;
        assert_eq!(charged.text("transaction_status"), "pending");
        assert!(charged.action("deeplink-redirect").is_some(), "the same Idempotency-Key brings the same answer");
        assert_eq!(stage.transactions_of(&order).await.len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_for_good_leaves_the_qr_code() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.fault(json!({"fault": "cut_connection", "when": "after", "on": ["charge"], "times": 0})).await;
    let charged = stage.charge(&order).await;
    assert_eq!(charged.text("transaction_status"), "pending");
    let transactions = stage.transactions_of(&order).await;
    assert_eq!(transactions.len(), 1);
    assert_eq!(transactions[0]["transaction_id"], charged.text("transaction_id"));
    let image = stage.http.get(charged.action("generate-qr-code").expect("a QR code")).send().await.expect("an image");
    assert_eq!(image.headers()["content-type"], "image/png");
    stage.no_more_faults().await;
    assert_eq!(stage.charge(&order).await.body["actions"], charged.body["actions"]);
}

#[tokio::test]
async fn an_order_id_that_is_taken_is_found_and_not_charged_twice() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    // As if an earlier life of this merchant had charged it and remembered nothing.
    let charge = json!({
        "payment_type": "gopay",
        "transaction_details": {"order_id": order.order_id, "gross_amount": 44_000},
    });
    let request = stage.http.post(format!("{}/v2/charge", stage.sandbox.url)).json(&charge);
    let request =
        request.basic_auth(midtrans_sandbox::DEFAULT_SERVER_KEY, Some("")).header("Accept", "application/json");
    let before = Answered::from(request.send().await.expect("an answer")).await;
    let charged = stage.charge(&order).await;
    assert_eq!(charged.text("transaction_id"), before.text("transaction_id"));
    assert!(charged.action("generate-qr-code").is_some());
}

#[tokio::test]
async fn an_order_id_that_is_taken_is_no_refusal_before_midtrans_says_by_what() {
    let stage = Stage::set().await;
    for status_code in [402, 429, 500] {
        let order = stage.order().await;
        stage.fault(json!({"fault": "error", "status_code": 406, "when": "after", "on": ["charge"]})).await;
        stage.fault(json!({"fault": "error", "status_code": status_code, "on": ["status"], "times": 0})).await;
        let answered = stage.charge(&order).await;
        assert_eq!(answered.http, 503, "{status_code}: the payer is to come again: {}", answered.body);
        stage.no_more_faults().await;
        assert_eq!(stage.charge(&order).await.text("transaction_status"), "pending", "{status_code}");
        assert_eq!(stage.transactions_of(&order).await.len(), 1, "{status_code}");
    }
}

#[tokio::test]
async fn a_charge_of_another_amount_is_never_shown() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charge = json!({
        "payment_type": "gopay",
        "transaction_details": {"order_id": order.order_id, "gross_amount": 1},
    });
    let request = stage.http.post(format!("{}/v2/charge", stage.sandbox.url)).json(&charge);
    let request =
        request.basic_auth(midtrans_sandbox::DEFAULT_SERVER_KEY, Some("")).header("Accept", "application/json");
    Answered::from(request.send().await.expect("an answer")).await;
    let charged = stage.charge(&order).await;
    assert_eq!((charged.http, charged.text("status_code")), (500, "500"));
    assert_eq!(charged.body["actions"], json!(null));
}

#[tokio::test]
async fn what_midtrans_refuses_is_passed_on_and_can_be_tried_again() {
    let stage = Stage::set().await;
    for status_code in [402, 410, 413] {
        let order = stage.order().await;
        stage.fault(json!({"fault": "error", "status_code": status_code, "on": ["charge"]})).await;
        let refused = stage.charge(&order).await;
        assert_eq!(refused.http, 200, "as Midtrans does: the body decides");
        assert_eq!(refused.text("status_code"), status_code.to_string());
        assert!(!refused.text("status_message").is_empty());
        assert_eq!(stage.charge(&order).await.text("status_code"), "201");
        assert_eq!(stage.transactions_of(&order).await.len(), 1);
    }
}

#[tokio::test]
async fn a_server_key_that_midtrans_does_not_know_is_our_own_trouble() {
    let stage = Stage::set_with(&[("MIDTRANS_SERVER_KEY", "SB-Mid-server-of-nobody")]).await;
    let order = stage.order().await;
    let answered = stage.charge(&order).await;
    assert_eq!((answered.http, answered.text("status_code")), (500, "500"));
    assert!(!answered.body.to_string().contains("key"), "{}", answered.body);
}

#[tokio::test]
async fn while_midtrans_is_away_the_payer_is_told_and_afterwards_it_goes_on() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let abandoned = stage.midtrans_goes_away().await;
    let answered = abandoned.charge(&order).await;
    assert_eq!((answered.http, answered.text("status_code")), (503, "503"));
    let stage = abandoned.midtrans_comes_back().await;
    assert_eq!(stage.charge(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_merchant_that_restarts_finds_its_charge_again() {
    let mut stage = Stage::set().await;
    let order = stage.order().await;
    let before = stage.charge(&order).await;
    stage.restart_the_merchant().await;
    let after = stage.charge(&order).await;
    assert_eq!(after.text("transaction_id"), before.text("transaction_id"));
    assert_eq!(after.body["actions"], before.body["actions"]);
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn a_payer_who_leaves_before_the_answer_finds_the_charge_later() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.fault(json!({"fault": "latency", "milliseconds": 1000, "on": ["charge"]})).await;
    let impatient = tokio::time::timeout(std::time::Duration::from_millis(200), stage.charge(&order)).await;
    assert!(impatient.is_err(), "the page is closed first");
    let charged = stage.charge(&order).await;
    assert!(charged.action("deeplink-redirect").is_some());
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn a_charge_that_nobody_heard_of_is_looked_for_before_another_is_made() {
    let stage = Stage::set().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let cut = json!({"fault": "cut_connection", "when": "after", "on": ["charge", "status"], "times": 0});
    stage.fault(cut).await;
    assert_eq!(stage.charge(&order).await.http, 503);
    stage.no_more_faults().await;
    // It ends unseen, and Midtrans forgets the Idempotency-Key: now it would take the same order_id again.
    stage.at_midtrans(&order.order_id, "expire").await;
    stage.steer(reqwest::Method::POST, "clock/advance", json!({"seconds": 3600})).await;
    stage.an_hour_passes_in_the_database().await;
    let found = stage.charge(&order).await;
    assert_eq!(found.text("transaction_status"), "expire");
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
    let next = stage.charge_instead_of(&order, found.text("transaction_id")).await;
    assert_eq!(next.text("order_id"), format!("{}-2", order.order_id));
}
