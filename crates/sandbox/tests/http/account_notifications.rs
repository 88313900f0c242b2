//! Notifications about none of the sandbox's transactions: the dashboard's test, and another application's.

use crate::{
    sandbox::{Answer, Sandbox},
    shop::Shop,
};
use axum::{http::StatusCode, response::IntoResponse};
use gopay_contract::midtrans::Signature;
use midtrans_sandbox::{DEFAULT_SERVER_KEY, Settings};
use serde_json::{Value, json};

async fn sandbox_and_shop() -> (Sandbox, Shop) {
    let shop = Shop::open().await;
    let notification_url = Some(shop.url.parse().unwrap());
    (Sandbox::start_with(Settings { notification_url, ..Settings::default() }).await, shop)
}

fn is_rightly_signed(notification: &Value) -> bool {
    let text = |name: &str| notification[name].as_str().unwrap();
    let signature = Signature::over(text("order_id"), text("status_code"), text("gross_amount"), DEFAULT_SERVER_KEY);
    signature.matches(text("signature_key"))
}

#[tokio::test]
async fn the_test_notification_is_the_dashboards_own() {
    let (sandbox, shop) = sandbox_and_shop().await;
    let sent = sandbox.post("/sandbox/notifications/test").await;
    assert_eq!((sent.http_status, sent.text("result"), &sent.body["answer_code"]), (200, "Success", &json!(200)));
    let heard = shop.received().pop().unwrap();
    assert_eq!(heard.headers["user-agent"], "Veritrans");
    let mut told = heard.json();
    assert!(is_rightly_signed(&told));
    let fields = told.as_object_mut().unwrap();
    let order_id = fields.remove("order_id").unwrap();
    let order_id = order_id.as_str().unwrap();
    assert!(order_id.starts_with("payment_notif_test_G000000000_") && order_id.len() == 66, "{order_id}");
    assert_eq!(fields.remove("signature_key").unwrap().as_str().unwrap().len(), 128);
    let rest = json!({"transaction_time": "2023-11-15 18:45:13", "transaction_status": "settlement",
        "transaction_id": "513f1f01-c9da-474c-9fc9-d5c64364b709", "status_message": "midtrans payment notification",
        "status_code": "200", "settlement_time": "2023-11-15 22:45:13", "payment_type": "gopay",
        "merchant_id": "G000000000", "gross_amount": "105000.00", "fraud_status": "accept", "currency": "IDR"});
    assert_eq!(told, rest);
    assert_eq!(sandbox.status(order_id).await.text("status_code"), "404", "it is no transaction");
}

#[tokio::test]
async fn a_test_notification_is_failed_unless_the_answer_is_200_and_is_not_sent_again() {
    let (sandbox, shop) = sandbox_and_shop().await;
    for code in [StatusCode::CREATED, StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN, StatusCode::SERVICE_UNAVAILABLE] {
        shop.will_answer([code.into_response()]);
        let sent = sandbox.post("/sandbox/notifications/test").await;
        assert_eq!((sent.http_status, sent.text("result")), (200, "Failed"), "{code}");
        assert_eq!((&sent.body["answer_code"], &sent.body["will_retry"]), (&json!(code.as_u16()), &json!(false)));
    }
    assert_eq!((sandbox.attempts(4).await.len(), shop.received().len()), (4, 4));
    sandbox.post_json("/sandbox/notification-url", &json!({"url": "http://127.0.0.1:9/"})).await;
    let unheard = sandbox.post("/sandbox/notifications/test").await;
    assert_eq!((unheard.text("result"), &unheard.body["answer_code"]), ("Failed", &Value::Null));
    assert!(!unheard.text("problem").is_empty(), "{}", unheard.body);
    sandbox.post_json("/sandbox/notification-url", &json!({"url": null})).await;
    let nowhere = sandbox.post("/sandbox/notifications/test").await;
    assert_eq!(nowhere.http_status, 409);
    assert!(nowhere.text("status_message").contains("no URL"), "{}", nowhere.body);
}

#[tokio::test]
async fn a_notification_of_another_application_is_sent_rightly_signed_as_it_was_written() {
    let (sandbox, shop) = sandbox_and_shop().await;
    let fields = json!({"order_id": "INV/2026/01/7", "gross_amount": "150000.50", "payment_type": "bank_transfer",
        "fraud_status": null, "va_numbers": [{"bank": "bca"}], "signature_key": "of somebody else"});
    let sent = sandbox.post_json("/sandbox/notifications", &fields).await;
    assert_eq!((sent.http_status, sent.text("result"), sent.text("order_id")), (200, "Success", "INV/2026/01/7"));
    let told = shop.received().pop().unwrap().json();
    assert!(is_rightly_signed(&told));
    for field in ["order_id", "gross_amount", "payment_type", "va_numbers"] {
        assert_eq!(told[field], fields[field], "{field}");
    }
    assert_eq!((&told["transaction_status"], &told["status_code"]), (&json!("settlement"), &json!("200")));
    assert!(told.get("fraud_status").is_none() && told["transaction_id"].is_string(), "{told}");
}

#[tokio::test]
async fn what_cannot_be_signed_is_refused_by_name() {
    let (sandbox, shop) = sandbox_and_shop().await;
    for (fields, names) in [
        (json!({"gross_amount": "1.00"}), "order_id"),
        (json!({"order_id": "o-1"}), "gross_amount"),
        (json!({"order_id": "o-1", "gross_amount": 1}), "gross_amount"),
        (json!({"order_id": "o-1", "gross_amount": "1.00", "status_code": null}), "status_code"),
        (json!([]), "expected"),
    ] {
        let refused: Answer = sandbox.post_json("/sandbox/notifications", &fields).await;
        assert_eq!(refused.http_status, 400, "{fields}");
        assert!(refused.text("status_message").contains(names), "{}", refused.body);
    }
    assert!(shop.received().is_empty());
}
