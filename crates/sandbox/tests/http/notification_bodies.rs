//! Bodies of notifications.

use crate::{notifications::sandbox_and_shop, sandbox::charge_body, shop::Shop};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_notification_looks_as_the_documents_show() {
    let (sandbox, shop) = sandbox_and_shop().await;
    let mut body = charge_body("o-1");
    body["custom_field1"] = json!("rak 7");
    sandbox.charge_with(&body).await;
    sandbox.attempts(1).await;
    let heard = &shop.received()[0];
    assert_eq!(heard.headers["user-agent"], "Veritrans");
    assert_eq!(heard.headers["content-type"], "application/json");
    assert_eq!(heard.headers["accept"], "application/json");
    let others = heard
        .headers
        .keys()
        .map(|name| name.as_str())
        .filter(|name| !["user-agent", "content-type", "accept", "host", "content-length"].contains(name));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&str>::new(), "no header of a shop's own, no authorization");
    let json = heard.json();
    assert_eq!((&json["gross_amount"], &json["custom_field1"]), (&json!("44000.00"), &json!("rak 7")));
    assert_eq!(json["status_message"], "midtrans payment notification");
    assert!(json["expiry_time"].is_string() && json["actions"].is_null(), "{json}");
}

#[tokio::test]
async fn a_notification_may_have_what_was_recorded_in_2025() {
    let (sandbox, shop) = sandbox_and_shop().await;
    let mut body = charge_body("o-1");
    body["customer_details"] = json!({"first_name": "Budi", "last_name": "U", "phone": "+628123456789"});
    body["metadata"] = json!({"rak": "7"});
    let request = sandbox.request(Method::POST, "/v2/charge").header("X-POP-ID", "pop-1");
    request.json(&body).send().await.unwrap();
    sandbox.attempts(1).await;
    let json = shop.received()[0].json();
    assert_eq!((&json["pop_id"], &json["metadata"]), (&json!("pop-1"), &json!({"rak": "7"})));
    assert_eq!(json["customer_details"], json!({"full_name": "Budi U", "phone": "+628123456789"}));
}

#[tokio::test]
async fn a_scanned_payments_notification_says_qris_and_whose_wallet() {
    let (sandbox, shop) = sandbox_and_shop().await;
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    sandbox.post_json("/sandbox/transactions/o-1/pay", &json!({"via": "qris", "issuer": "dana"})).await;
    sandbox.attempts(2).await;
    let json = shop.received()[1].json();
    for (field, value) in
        [("payment_type", "qris"), ("transaction_type", "off-us"), ("issuer", "dana"), ("acquirer", "gopay")]
    {
        assert_eq!(json[field], value, "{json}");
    }
    assert!(json["merchant_cross_reference_id"].is_string() && json["settlement_time"].is_string(), "{json}");
    assert!(json["payment_option_type"].is_null(), "{json}");
}

async fn told_of_a_payment_and_its_refund() -> Shop {
    let (sandbox, shop) = sandbox_and_shop().await;
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    sandbox.pay("o-1").await;
    sandbox.attempts(2).await;
    sandbox.post("/v2/o-1/refund").await;
    sandbox.attempts(3).await;
    shop
}

#[tokio::test]
async fn every_value_of_a_notification_is_a_text_but_for_lists_and_objects() {
    let shop = told_of_a_payment_and_its_refund().await;
    for heard in shop.received() {
        for (name, value) in heard.json().as_object().unwrap() {
            let fine = value.is_string() || value.is_object() || value.is_array();
            assert!(fine, "{name}: {value}");
        }
    }
}

#[tokio::test]
async fn a_signature_does_not_cover_the_transaction_status() {
    let shop = told_of_a_payment_and_its_refund().await;
    let [settled, refunded] = [1, 2].map(|place| shop.received()[place].json());
    assert_ne!(settled["transaction_status"], refunded["transaction_status"]);
    assert_eq!(settled["signature_key"], refunded["signature_key"], "both are 200");
}

#[tokio::test]
async fn an_expiry_is_signed_with_202_in_the_notification_and_with_407_in_get_status() {
    let (sandbox, shop) = sandbox_and_shop().await;
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    sandbox.post("/v2/o-1/expire").await;
    sandbox.attempts(2).await;
    let told = shop.received()[1].json();
    let status = sandbox.status("o-1").await;
    assert_eq!((&told["status_code"], status.text("status_code")), (&json!("202"), "407"));
    assert_ne!(told["signature_key"], status.text("signature_key"));
}

#[tokio::test]
async fn a_refund_is_told_twice_and_only_the_second_has_the_banks_word() {
    let (sandbox, shop) = sandbox_and_shop().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    sandbox.attempts(2).await;
    sandbox.post("/v2/o-1/refund").await;
    sandbox.attempts(3).await;
    sandbox.advance(2).await;
    sandbox.attempts(4).await;
    let heard: Vec<Value> = shop.received()[2..].iter().map(crate::shop::Received::json).collect();
    assert!(heard.iter().all(|json| json["transaction_status"] == "refund" && json["refund_amount"] == "44000.00"));
    assert!(heard[0]["refunds"][0]["bank_confirmed_at"].is_null());
    assert!(heard[1]["refunds"][0]["bank_confirmed_at"].is_string());
}
