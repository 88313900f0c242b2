use crate::sandbox::{Answer, Sandbox, charge_body};
use gopay_contract::ActionName;
use midtrans_sandbox::{DEFAULT_SERVER_KEY, Settings};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_charge_answers_as_the_documents_show() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("order-101").await;
    assert_eq!(charge.summary(), (200, "201", "pending"));
    let expected = json!({"order_id": "order-101", "gross_amount": "44000.00", "currency": "IDR",
        "payment_type": "gopay", "fraud_status": "accept", "merchant_id": "G000000000",
        "status_message": "GoPay transaction is created"});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&charge.body[field], value, "{field}");
    }
    let read: gopay_contract::Answer = serde_json::from_value(charge.body.clone()).unwrap();
    let life = read.expiry_time.unwrap().unix_seconds() - read.transaction_time.unwrap().unix_seconds();
    assert_eq!(life, 15 * 60);
    let id = read.transaction_id.clone().unwrap();
    let url = |name| read.action_url(&name).unwrap().to_owned();
    assert_eq!(url(ActionName::GenerateQrCode), format!("{}/v2/gopay/{id}/qr-code", sandbox.url));
    assert_eq!(url(ActionName::GetStatus), format!("{}/v2/{id}/status", sandbox.url));
    assert_eq!(url(ActionName::Cancel), format!("{}/v2/{id}/cancel", sandbox.url));
    let framed = url(ActionName::GenerateQrCodeV2);
    let deeplink = url(ActionName::DeeplinkRedirect);
    let reference = deeplink.split_once("?tref=").unwrap().1;
    assert_eq!(framed, format!("{}/v4/qris/gopay/{reference}/qr-code", sandbox.url));
    assert!(reference.starts_with("A1") && reference.ends_with("ID") && reference.len() == 28, "{reference}");
}

#[tokio::test]
async fn actions_point_to_the_public_url() {
    let public_url = Some("https://sandbox.example/midtrans/".parse().unwrap());
    let sandbox = Sandbox::start_with(Settings { public_url, ..Settings::default() }).await;
    let charge = sandbox.charge("order-101").await;
    assert!(
        charge.action("deeplink-redirect").starts_with("https://sandbox.example/midtrans/v2/deeplink/detail?tref=")
    );
}

#[tokio::test]
async fn without_the_server_key_nothing_is_answered_but_401() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("order-101").await;
    for (method, path) in [
        (Method::POST, "/v2/charge"),
        (Method::GET, "/v2/order-101/status"),
        (Method::POST, "/v2/order-101/cancel"),
        (Method::POST, "/v2/order-101/expire"),
        (Method::POST, "/v2/order-101/refund"),
        (Method::POST, "/v2/order-101/refund/online/direct"),
    ] {
        let request = |key: Option<(&str, &str)>| {
            let request = sandbox.client.request(method.clone(), format!("{}{path}", sandbox.url));
            match key {
                Some((user, password)) => request.basic_auth(user, Some(password)),
                None => request,
            }
        };
        for key in [None, Some(("SB-Mid-server-other", "")), Some((DEFAULT_SERVER_KEY, "password"))] {
            let answer = Answer::of(request(key).send().await.unwrap()).await;
            assert_eq!(answer.summary(), (401, "401", ""), "{method} {path} {key:?}");
            assert!(!answer.text("id").is_empty());
        }
    }
    assert_eq!(sandbox.status("order-101").await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn an_invalid_charge_is_http_400_and_names_every_field() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox
        .charge_with(&json!({"payment_type": "gopay", "transaction_details": {"order_id": "a b", "gross_amount": 0}}))
        .await;
    assert_eq!(answer.summary(), (400, "400", ""));
    let messages = answer.body["validation_messages"].as_array().unwrap();
    assert!(messages[0].as_str().unwrap().contains("order_id"), "{messages:?}");
    assert!(messages[1].as_str().unwrap().contains("gross_amount"), "{messages:?}");
    assert_eq!(sandbox.status("a").await.text("status_code"), "404");
}

#[tokio::test]
async fn malformed_json_is_413_and_another_channel_402_in_the_body() {
    let sandbox = Sandbox::start().await;
    let cut = sandbox.request(Method::POST, "/v2/charge").body(r#"{"payment_type":"#).send().await.unwrap();
    let cut = Answer::of(cut).await;
    assert_eq!((cut.summary(), &cut.body["id"]), ((200, "413", ""), &Value::Null));
    let mut body = charge_body("order-101");
    body["payment_type"] = json!("bank_transfer");
    assert_eq!(sandbox.charge_with(&body).await.summary(), (200, "402", ""));
    sandbox.behave(json!({"http_status_follows_body": true})).await;
    assert_eq!(sandbox.charge_with(&body).await.summary(), (402, "402", ""));
}

#[tokio::test]
async fn an_order_is_charged_again_only_after_it_ended_unpaid() {
    let sandbox = Sandbox::start().await;
    let first = sandbox.charge("order-101").await;
    assert_eq!(sandbox.charge("order-101").await.summary(), (200, "406", ""));
    sandbox.post("/v2/order-101/cancel").await;
    let second = sandbox.charge("order-101").await;
    assert_eq!(second.summary(), (200, "201", "pending"));
    assert_ne!(first.text("transaction_id"), second.text("transaction_id"));
    sandbox.pay("order-101").await;
    assert_eq!(sandbox.charge("order-101").await.summary(), (200, "406", ""));
    assert_eq!(sandbox.status(first.text("transaction_id")).await.text("transaction_status"), "cancel");
}

#[tokio::test]
async fn what_a_shop_sends_along_comes_back_in_get_status() {
    let sandbox = Sandbox::start().await;
    let mut body = charge_body("order-101");
    body["custom_field2"] = json!("rak 7");
    body["metadata"] = json!({"kasir": {"id": 3}});
    let charge = sandbox.charge_with(&body).await;
    assert_eq!(charge.body["custom_field2"], Value::Null);
    let status = sandbox.status("order-101").await;
    assert_eq!((status.text("custom_field2"), &status.body["metadata"]["kasir"]["id"]), ("rak 7", &json!(3)));
    assert_eq!((&status.body["custom_field1"], &status.body["actions"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_charge_looks_as_the_switches_say() {
    let sandbox = Sandbox::start().await;
    let switches = json!({"merchant_id": false, "qr_string_in_charge": true, "order_id_characters": "any"});
    sandbox.behave(switches).await;
    let charge = sandbox.charge("pesanan 1+2").await;
    assert_eq!(charge.summary(), (200, "201", "pending"));
    assert_eq!(charge.body["merchant_id"], Value::Null);
    assert!(charge.text("qr_string").starts_with("000201") && charge.text("acquirer") == "gopay");
    assert_eq!(sandbox.status("pesanan%201+2").await.text("order_id"), "pesanan 1+2");
}

#[tokio::test]
async fn an_order_id_sent_as_a_number_comes_back_as_a_text() {
    let sandbox = Sandbox::start().await;
    let body =
        json!({"payment_type": "gopay", "transaction_details": {"order_id": 1570513296, "gross_amount": "265000"}});
    let charge = sandbox.charge_with(&body).await;
    assert_eq!((charge.text("order_id"), charge.text("gross_amount")), ("1570513296", "265000.00"));
    assert_eq!(sandbox.status("1570513296").await.text("status_code"), "201");
}

#[tokio::test]
async fn nothing_that_is_not_known_is_written_as_null_and_numbers_are_texts() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let pending = sandbox.status("o-1").await;
    sandbox.pay("o-1").await;
    for answer in [charge, pending, sandbox.status("o-1").await, sandbox.status("nothing").await] {
        for (name, value) in answer.body.as_object().unwrap() {
            assert!(value.is_string() || name == "actions", "{name}: {value}");
        }
    }
}

#[tokio::test]
async fn a_charge_refused_by_fraud_detection_says_so() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"denial": "fraud"})).await;
    sandbox.fault(json!({"fault": "deny_next_charge"})).await;
    let denied = sandbox.charge("o-1").await;
    assert_eq!(denied.summary(), (200, "202", "deny"));
    assert_eq!((denied.text("fraud_status"), denied.text("channel_response_code")), ("deny", "4060"));
    assert_eq!(denied.text("status_message"), "GoPay transaction is rejected by FDS");
    assert_eq!(sandbox.status("o-1").await.text("fraud_status"), "deny");
}

#[tokio::test]
async fn after_a_denial_the_order_is_free_again_only_where_the_switch_says_so() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.post("/sandbox/transactions/o-1/deny").await;
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "406");
    sandbox.behave(json!({"order_id_after_deny": "free"})).await;
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "201");
}

#[tokio::test]
async fn a_life_of_more_than_seven_days_is_refused_or_trimmed() {
    let sandbox = Sandbox::start().await;
    let mut body = charge_body("o-1");
    body["custom_expiry"] = json!({"expiry_duration": 8, "unit": "day"});
    assert_eq!(sandbox.charge_with(&body).await.summary(), (400, "400", ""));
    sandbox.behave(json!({"over_seven_days": "trim"})).await;
    let charge: gopay_contract::Answer = serde_json::from_value(sandbox.charge_with(&body).await.body).unwrap();
    let life = charge.expiry_time.unwrap().unix_seconds() - charge.transaction_time.unwrap().unix_seconds();
    assert_eq!(life, 7 * 86_400);
}
