//! Odd requests of Midtrans' own libraries and of other people's shops, which Midtrans takes or refuses in a way of its
//! own.

use crate::sandbox::{Answer, Sandbox, charge_body};
use reqwest::Method;
use serde_json::{Value, json};

/// A charge of `order_id` with these fields changed, each by its JSON pointer.
fn charge_with(order_id: &str, changes: &[(&str, Value)]) -> Value {
    let mut body = charge_body(order_id);
    body["gopay"] = json!({"enable_callback": true});
    body["customer_details"] = json!({"billing_address": {}});
    body["item_details"] = json!([{"id": "a", "name": "Kopi", "price": 44_000, "quantity": 1}]);
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    body
}

async fn raw(sandbox: &Sandbox, path: &str, body: &'static str) -> Answer {
    Answer::of(sandbox.request(Method::POST, path).body(body).send().await.unwrap()).await
}

#[tokio::test]
async fn an_empty_refund_key_counts_as_absent() {
    let sandbox = Sandbox::start().await;
    let refund = json!({"refund_key": "", "amount": 4000, "reason": ""});
    for path in ["refund", "refund/online/direct"] {
        let unknown = sandbox.post_json(&format!("/v2/nothing/{path}"), &refund).await;
        assert_eq!(unknown.summary(), (200, "404", ""), "{path}");
    }
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    let refunded = sandbox.post_json("/v2/o-1/refund", &refund).await;
    assert_eq!(refunded.summary(), (200, "200", "partial_refund"));
    assert!(!refunded.text("refund_key").is_empty(), "{}", refunded.body);
    let second = sandbox.post_json("/v2/o-1/refund", &refund).await;
    assert_eq!(second.summary(), (200, "200", "partial_refund"), "and it is another key than the first one's");
}

#[tokio::test]
async fn what_midtrans_takes_of_other_clients_is_taken() {
    let sandbox = Sandbox::start().await;
    for (order_id, pointer, value) in [
        ("o-1", "/item_details/0/price", json!("44000.00")),
        ("o-2", "/gopay/callback_url", json!("")),
        ("o-3", "/customer_details/billing_address/country_code", json!("")),
        ("o-4", "/item_details", json!({"id": "a", "name": "Kopi", "price": "44000", "quantity": "1"})),
        ("o-5", "/gopay/account_id", json!("")),
        ("o-6", "/custom_expiry", json!({"order_time": "", "expiry_duration": 10, "unit": ""})),
        ("o-7", "/metadata", json!("")),
    ] {
        let taken = sandbox.charge_with(&charge_with(order_id, &[(pointer, value)])).await;
        assert_eq!(taken.summary(), (200, "201", "pending"), "{pointer}: {}", taken.body);
    }
}

#[tokio::test]
async fn a_price_with_cents_is_refused() {
    let sandbox = Sandbox::start().await;
    for price in ["44000.50", "44000.", ".00", "44000.00.00", "4e4"] {
        let refused = sandbox.charge_with(&charge_with("o-1", &[("/item_details/0/price", json!(price))])).await;
        assert_eq!(refused.summary(), (400, "400", ""), "{price}");
    }
}

#[tokio::test]
async fn a_charge_without_anything_in_it_is_the_500_that_the_libraries_expect() {
    let sandbox = Sandbox::start().await;
    for body in ["null", "{}", "", " {} "] {
        let refused = raw(&sandbox, "/v2/charge", body).await;
        assert_eq!(refused.summary(), (200, "500", ""), "{body:?}");
        assert!(refused.text("status_message").contains("recovering from unexpected issues"), "{}", refused.body);
    }
}

#[tokio::test]
async fn json_that_is_no_object_is_malformed() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    for path in ["/v2/charge", "/v2/capture", "/v2/o-1/refund", "/v2/o-1/refund/online/direct"] {
        for body in ["[]", "42", "true", r#""text""#] {
            assert_eq!(raw(&sandbox, path, body).await.summary(), (200, "413", ""), "{path} {body}");
        }
    }
}

#[tokio::test]
async fn a_capture_of_what_is_no_text_is_malformed() {
    let sandbox = Sandbox::start().await;
    for id in ["{}", "[]"] {
        let body = json!({"transaction_id": serde_json::from_str::<Value>(id).unwrap()});
        assert_eq!(sandbox.post_json("/v2/capture", &body).await.summary(), (200, "413", ""), "{id}");
    }
    assert_eq!(sandbox.post_json("/v2/capture", &json!({"transaction_id": 7})).await.summary(), (200, "404", ""));
    assert_eq!(sandbox.post_json("/v2/capture", &json!({})).await.summary(), (400, "400", ""));
}

#[tokio::test]
async fn fields_come_before_the_channel() {
    let sandbox = Sandbox::start().await;
    let other = |channel: &str, amount: u64| json!({"payment_type": channel, channel: {}, "transaction_details": {"order_id": "o-1", "gross_amount": amount}});
    assert_eq!(sandbox.charge_with(&other("bank_transfer", 0)).await.summary(), (400, "400", ""));
    assert_eq!(sandbox.charge_with(&other("bank_transfer", 44_000)).await.summary(), (200, "402", ""));
}

#[tokio::test]
async fn a_payment_type_that_midtrans_does_not_have_is_400() {
    let sandbox = Sandbox::start().await;
    for payment_type in ["go-pay", "GOPAY", "paypal", "gopay "] {
        let mut body = charge_body("o-1");
        body["payment_type"] = json!(payment_type);
        let refused = sandbox.charge_with(&body).await;
        assert_eq!(refused.summary(), (400, "400", ""), "{payment_type}");
        let messages = refused.body["validation_messages"].to_string();
        assert!(messages.contains("payment_type") && !messages.contains(payment_type), "{messages}");
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_an_error_in_midtrans_shape() {
    let sandbox = Sandbox::start().await;
    for (method, path) in [
        (Method::GET, "/v2/token?card_number=4811"),
        (Method::POST, "/v1/subscriptions"),
        (Method::GET, "/v2/pay/account/dummy"),
        (Method::POST, "/v2/pay/account"),
        (Method::GET, "/nothing"),
        (Method::DELETE, "/sandbox/nothing"),
    ] {
        let answer = Answer::of(sandbox.request(method.clone(), path).send().await.unwrap()).await;
        assert_eq!(answer.summary(), (404, "404", ""), "{method} {path}");
        assert!(answer.text("status_message").contains("sandbox has no such path"), "{}", answer.body);
        assert!(!answer.text("id").is_empty() && !answer.body.to_string().contains("4811"), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_no_handler_can_read_is_an_error_in_midtrans_shape() {
    let sandbox = Sandbox::start().await;
    let no_text = sandbox.get("/v2/%FF/status").await;
    assert_eq!(no_text.summary(), (200, "404", ""), "a path that is no UTF-8 names no order");
    let long = format!(r#"{{"metadata":"{}"}}"#, "x".repeat(3 * 1024 * 1024));
    let long = Answer::of(sandbox.request(Method::POST, "/v2/charge").body(long).send().await.unwrap()).await;
    assert_eq!(long.summary(), (200, "413", ""));
    for (method, path) in [(Method::PUT, "/sandbox/faults"), (Method::POST, "/v2/gopay/x/qr-code")] {
        let answer = Answer::of(sandbox.request(method.clone(), path).send().await.unwrap()).await;
        assert_eq!(answer.text("status_code"), "405", "{method} {path}: {}", answer.body);
    }
}

#[tokio::test]
async fn expire_says_what_it_says_of_gopay() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    let expired = sandbox.post("/v2/o-1/expire").await;
    let words = "Success, transaction is expired";
    assert_eq!((expired.summary(), expired.text("status_message")), ((200, "407", "expire"), words));
}

#[tokio::test]
async fn an_error_about_a_known_transaction_has_its_transaction_id() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let id = charge.text("transaction_id");
    sandbox.pay("o-1").await;
    let over = json!({"refund_key": "r", "amount": 44_001});
    for refused in [
        sandbox.post("/v2/o-1/deny").await,
        sandbox.post(&format!("/v2/{id}/approve")).await,
        sandbox.post_json("/v2/capture", &json!({"transaction_id": id})).await,
        sandbox.charge("o-1").await,
        sandbox.post_json("/v2/o-1/refund", &over).await,
        sandbox.post_json("/v2/o-1/refund/online/direct", &over).await,
    ] {
        assert_eq!(refused.text("id"), id, "{}", refused.body);
    }
    for recorded_without in [sandbox.post("/v2/o-1/cancel").await, sandbox.post("/v2/o-1/expire").await] {
        assert!(recorded_without.body["id"].is_null(), "{}", recorded_without.body);
    }
    let unknown = sandbox.status("nothing").await;
    assert!(!unknown.text("id").is_empty() && unknown.text("id") != id, "{}", unknown.body);
}

#[tokio::test]
async fn a_charge_that_may_or_may_not_be_accepted_is_as_the_switch_says() {
    let sandbox = Sandbox::start().await;
    let charges = [
        ("/transaction_details/gross_amount", json!(44_000.0)),
        ("/transaction_details/gross_amount", json!("44000.00")),
        ("/item_details/0/price", json!(44_000.0)),
        ("/item_details", json!([])),
        ("/gopay", json!([])),
        ("/customer_details", json!([])),
    ];
    for (switch, summary) in [("refused", (400, "400", "")), ("accepted", (200, "201", "pending"))] {
        sandbox.behave(json!({"uncertain_charges": switch})).await;
        for (number, (pointer, value)) in charges.iter().enumerate() {
            let body = charge_with(&format!("o-{number}"), &[(pointer, value.clone())]);
            let answer = sandbox.charge_with(&body).await;
            assert_eq!(answer.summary(), summary, "{switch}: {pointer} {value}: {}", answer.body);
        }
    }
    for (pointer, value) in [("/transaction_details/gross_amount", json!(44_000.5)), ("/metadata", json!([1]))] {
        let refused = sandbox.charge_with(&charge_with("o-9", &[(pointer, value)])).await;
        assert_eq!(refused.summary(), (400, "400", ""), "{pointer}");
    }
}

#[tokio::test]
async fn a_field_of_another_type_may_be_malformed() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"wrong_data_type": "malformed"})).await;
    let body = charge_with("o-1", &[("/transaction_details/order_id", json!({}))]);
    assert_eq!(sandbox.charge_with(&body).await.summary(), (200, "413", ""));
}
