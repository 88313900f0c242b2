use crate::sandbox::Sandbox;
use serde_json::{Value, json};

#[tokio::test]
async fn refunds_add_up_in_get_status() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    let part =
        sandbox.post_json("/v2/o-1/refund", &json!({"refund_key": "r-1", "amount": 4000, "reason": "rusak"})).await;
    assert_eq!(part.summary(), (200, "200", "partial_refund"));
    assert_eq!((part.text("refund_amount"), part.text("refund_key")), ("4000.00", "r-1"));
    assert_eq!(part.body["refund_chargeback_id"], 1);
    let rest = sandbox.post_json("/v2/o-1/refund/online/direct", &json!({"refund_key": "r-2"})).await;
    assert_eq!((rest.summary(), rest.text("refund_amount")), ((200, "200", "refund"), "40000.00"));
    sandbox.advance(5).await;
    let status = sandbox.status("o-1").await;
    assert_eq!((status.summary(), status.text("refund_amount")), ((200, "200", "refund"), "44000.00"));
    let refunds = status.body["refunds"].as_array().unwrap();
    assert_eq!(
        (refunds.len(), &refunds[0]["reason"], &refunds[1]["refund_amount"]),
        (2, &json!("rusak"), &json!("40000.00"))
    );
    assert!(refunds.iter().all(|refund| refund["bank_confirmed_at"].is_string()), "{refunds:?}");
}

#[tokio::test]
async fn a_refund_is_refused_as_documented() {
    let sandbox = Sandbox::start().await;
    let refund = async |body: Value| sandbox.post_json("/v2/o-1/refund", &body).await;
    assert_eq!(refund(Value::Null).await.text("status_code"), "404");
    sandbox.charge("o-1").await;
    assert_eq!(refund(Value::Null).await.text("status_code"), "412");
    sandbox.pay("o-1").await;
    assert_eq!(refund(json!({"amount": 44_001})).await.text("status_code"), "414");
    assert_eq!(refund(json!({"refund_key": "r 1"})).await.summary(), (400, "400", ""));
    assert_eq!(refund(json!({"refund_key": "r-1", "amount": 1})).await.text("status_code"), "200");
    assert_eq!(refund(json!({"refund_key": "r-1", "amount": 1})).await.text("status_code"), "406");
    assert_eq!(sandbox.status("o-1").await.text("refund_amount"), "1.00");
}

#[tokio::test]
async fn a_refunds_method_is_online_or_offline_as_the_switch_says() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    let refund = sandbox.post("/v2/o-1/refund").await;
    assert_eq!(refund.text("status_message"), "Success, refund request is approved");
    for method in ["online", "offline"] {
        sandbox.behave(json!({"refund_method": method})).await;
        assert_eq!(sandbox.status("o-1").await.body["refunds"][0]["refund_method"], method);
    }
}

#[tokio::test]
async fn an_empty_body_refunds_all() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    assert_eq!(sandbox.post("/v2/o-1/refund").await.summary(), (200, "200", "refund"));
}

#[tokio::test]
async fn a_direct_refund_that_the_bank_denies_changes_nothing_and_tells_nobody() {
    let sandbox = Sandbox::start().await;
    let shop = crate::shop::Shop::open().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    sandbox.post_json("/sandbox/notification-url", &json!({"url": shop.url})).await;
    sandbox.behave(json!({"direct_refund": "denied"})).await;
    let key = json!({"refund_key": "r-1", "amount": 4000});
    let denied = sandbox.post_json("/v2/o-1/refund/online/direct", &key).await;
    assert_eq!(denied.summary(), (200, "202", "settlement"));
    assert_eq!((denied.text("status_message"), denied.text("refund_amount")), ("Refund denied by the bank", "0.00"));
    let status = sandbox.status("o-1").await;
    assert_eq!((status.summary(), &status.body["refunds"]), ((200, "200", "settlement"), &Value::Null));
    assert_eq!(status.body["refund_amount"], Value::Null);
    // The same key again, now with success: the first thing that the shop hears.
    sandbox.behave(json!({"direct_refund": "approved"})).await;
    let approved = sandbox.post_json("/v2/o-1/refund/online/direct", &key).await;
    assert_eq!(approved.summary(), (200, "200", "partial_refund"));
    assert_eq!(approved.text("status_message"), "Success, refund request is approved by the bank");
    assert_eq!(sandbox.attempts(1).await[0]["transaction_status"], "partial_refund");
}

#[tokio::test]
async fn a_denied_refund_may_be_zero_rupiah_in_get_status_too() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    sandbox.behave(json!({"direct_refund": "denied", "denied_refund_amount": true})).await;
    assert_eq!(sandbox.status("o-1").await.body["refund_amount"], Value::Null, "nothing was denied yet");
    sandbox.post_json("/v2/o-1/refund/online/direct", &json!({"refund_key": "r-1"})).await;
    let status = sandbox.status("o-1").await;
    assert_eq!((status.summary(), status.text("refund_amount")), ((200, "200", "settlement"), "0.00"));
    sandbox.behave(json!({"direct_refund": "approved"})).await;
    sandbox.post_json("/v2/o-1/refund/online/direct", &json!({"refund_key": "r-1", "amount": 4000})).await;
    assert_eq!(sandbox.status("o-1").await.text("refund_amount"), "4000.00");
}

#[tokio::test]
async fn a_merchant_without_funds_gives_nothing_back() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    sandbox.behave(json!({"payable_balance": 10_000})).await;
    let refund = async |amount: u64| sandbox.post_json("/v2/o-1/refund", &json!({"amount": amount})).await;
    assert_eq!(refund(10_001).await.summary(), (200, "414", ""));
    assert_eq!(refund(6000).await.summary(), (200, "200", "partial_refund"));
    assert_eq!(refund(6000).await.summary(), (200, "414", ""));
    sandbox.behave(json!({"payable_balance": null})).await;
    assert_eq!(refund(6000).await.summary(), (200, "200", "partial_refund"));
}

#[tokio::test]
async fn a_payment_is_refunded_for_45_days_and_a_foreign_wallets_scan_for_7() {
    for (via, days) in [
        (json!({"via": "gopay"}), 45),
        (json!({"via": "qris", "issuer": "gopay"}), 45),
        (json!({"via": "qris", "issuer": "dana"}), 7),
    ] {
        let sandbox = Sandbox::start().await;
        sandbox.charge("o-1").await;
        sandbox.post_json("/sandbox/transactions/o-1/pay", &via).await;
        sandbox.advance(days * 86_400 - 60).await;
        let refund = async || sandbox.post_json("/v2/o-1/refund", &json!({"amount": 1})).await;
        assert_eq!(refund().await.text("status_code"), "200", "{via}");
        sandbox.advance(120).await;
        assert_eq!(refund().await.summary(), (200, "412", ""), "{via}");
    }
}
