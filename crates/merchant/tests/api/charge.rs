//! Charging once.

use crate::stage::{Answered, Stage};
use serde_json::json;

#[tokio::test]
async fn a_charge_can_be_paid_by_qr_code_and_by_deeplink() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    assert_eq!((charged.http, charged.text("status_code")), (200, "201"), "{}", charged.body);
    assert_eq!(charged.text("order_id"), order.order_id);
    assert_eq!(charged.text("gross_amount"), "44000.00");
    assert_eq!(charged.text("transaction_status"), "pending");
    assert!(charged.body["expiry_time"].is_string());
    assert!(charged.action("deeplink-redirect").is_some());
    let qr_code = charged.action("generate-qr-code").expect("a QR code");
    let image = stage.http.get(qr_code).send().await.expect("an image");
    assert_eq!(image.headers()["content-type"], "image/png");
}

#[tokio::test]
async fn what_needs_the_server_key_is_not_told_to_a_browser() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    for charged in [stage.charge(&order).await, stage.charge(&order).await] {
        assert_eq!(charged.action("get-status"), None);
        assert_eq!(charged.action("cancel"), None);
    }
}

#[tokio::test]
async fn a_reload_finds_the_same_charge_with_its_actions() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let (first, second) = (stage.charge(&order).await, stage.charge(&order).await);
    assert_eq!(first.text("transaction_id"), second.text("transaction_id"));
    assert_eq!(first.body["actions"], second.body["actions"]);
    assert_eq!(first.body["expiry_time"], second.body["expiry_time"]);
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn ten_tabs_at_once_make_one_charge() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    // Slow enough that all of them wait for the same answer.
    stage.fault(json!({"fault": "latency", "milliseconds": 300, "on": ["charge"]})).await;
    let charge = || stage.charge(&order);
    let (a, b, c, d, e, f, g, h, i, j) = tokio::join!(
        charge(),
        charge(),
        charge(),
        charge(),
        charge(),
        charge(),
        charge(),
        charge(),
        charge(),
        charge()
    );
    for answered in [&b, &c, &d, &e, &f, &g, &h, &i, &j] {
        assert_eq!(answered.text("transaction_id"), a.text("transaction_id"));
        assert_eq!(answered.body["actions"], a.body["actions"]);
    }
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn the_amount_is_the_shops_whatever_the_browser_says() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let details = json!({"order_id": order.order_id, "gross_amount": 1});
    let charged = stage.charge_with(&order, json!({"transaction_details": details})).await;
    assert_eq!(charged.text("gross_amount"), "44000.00");
    assert_eq!(stage.transactions_of(&order).await[0]["gross_amount"], "44000.00");
}

#[tokio::test]
async fn a_paid_order_is_not_charged_again() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    for again in [stage.charge(&order).await, stage.charge_instead_of(&order, charged.text("transaction_id")).await] {
        assert_eq!(again.text("transaction_id"), charged.text("transaction_id"));
        assert_eq!(again.text("transaction_status"), "settlement");
        assert_eq!(again.body["actions"], json!(null), "nothing is left to pay");
    }
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn a_payer_is_returned_only_to_the_shop() {
    let stage =
        Stage::set_with(&[("MERCHANT_ALLOWED_ORIGINS", "https://toko.example"), ("MERCHANT_APP_SCHEMES", "tokokopi")])
            .await;
    for (callback_url, origin, is_allowed) in [
        ("https://toko.example/selesai/", "http://127.0.0.1:8080", true),
        ("http://127.0.0.1:8080/selesai/", "http://127.0.0.1:8080", true),
        ("tokokopi://selesai", "http://127.0.0.1:8080", true),
        ("https://evil.example/", "http://127.0.0.1:8080", false),
        ("javascript:alert(1)", "http://127.0.0.1:8080", false),
        ("data:text/html,hello", "http://127.0.0.1:8080", false),
    ] {
        let order = stage.order().await;
        let body = json!({
            "payment_type": "gopay",
            "transaction_details": {"order_id": order.order_id},
            "gopay": {"enable_callback": true, "callback_url": callback_url},
        });
        // The page that asks is the merchant's own, by the name that its proxy passes on.
        let name = origin.trim_start_matches("http://");
        let request = stage.post("/api/gopay/charge").bearer_auth(&order.token).header("X-Forwarded-Host", name);
        let answered =
            Answered::from(request.header("Origin", origin).json(&body).send().await.expect("an answer")).await;
        let expected = if is_allowed { "201" } else { "400" };
        assert_eq!(answered.text("status_code"), expected, "{callback_url}");
        assert_eq!(stage.transactions_of(&order).await.len(), usize::from(is_allowed), "{callback_url}");
        if !is_allowed {
            assert!(answered.body["validation_messages"].to_string().contains("gopay.callback_url"));
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_charge_is_refused_in_midtrans_words() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let json = "application/json";
    let long = format!("{{\"padding\": \"{}\"}}", "x".repeat(17 * 1024));
    for (content_type, body, http) in [
        (json, "{", 400),
        (json, "{}", 400),
        (json, r#"{"payment_type":"bank_transfer","transaction_details":{"order_id":"order-101"}}"#, 400),
        (json, r#"{"payment_type":"gopay","transaction_details":{"order_id":"order 101"}}"#, 400),
        ("text/plain", "{}", 415),
        (json, long.as_str(), 413),
    ] {
        let request = stage.post("/api/gopay/charge").bearer_auth(&order.token).header("Content-Type", content_type);
        let answered = Answered::from(request.body(body.to_owned()).send().await.expect("an answer")).await;
        assert_eq!(
            (answered.http, answered.text("status_code")),
            (http, http.to_string().as_str()),
            "{}",
            answered.body
        );
    }
}
