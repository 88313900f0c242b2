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
    assert_eq!(part.text("status_message"), "Success, refund request is approved");
    assert_eq!(rest.text("status_message"), "Success, refund request is approved by the bank");
    sandbox.advance(5).await;
    let status = sandbox.status("o-1").await;
    assert_eq!((status.summary(), status.text("refund_amount")), ((200, "200", "refund"), "44000.00"));
    let refunds = status.body["refunds"].as_array().unwrap();
    assert_eq!(
        (refunds.len(), &refunds[0]["reason"], &refunds[1]["refund_amount"]),
        (2, &json!("rusak"), &json!("40000.00"))
    );
    assert!(refunds.iter().all(|refund| refund["bank_confirmed_at"].is_string()), "{refunds:?}");
    assert!(refunds.iter().all(|refund| refund["refund_method"] == "online"), "{refunds:?}");
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
async fn an_empty_body_refunds_all() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    assert_eq!(sandbox.post("/v2/o-1/refund").await.summary(), (200, "200", "refund"));
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
