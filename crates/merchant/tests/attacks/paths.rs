//! Somebody climbs around in addresses.

use crate::target::{Target, refused};
use serde_json::json;

/// As they go over the wire: a client library would tidy some of them up.
const ORDER_IDS: [&str; 22] = [
    "../order-101",
    "..%2forder-101",
    "%2e%2e%2forder-101",
    "%2e%2e/order-101",
    "..%5corder-101",
    "%252e%252e%252f",
    "order-101%00",
    "order-101%00.json",
    "order-101%0d%0aX-Injected:%201",
    "order-101%20",
    "order%2b101",
    "order-101;x=1",
    "order-101%3Fx=1",
    "%6frder-101%23",
    "%c0%ae%c0%ae%c0%af",
    "%ef%bc%8e%ef%bc%8e%ef%bc%8f",
    "%e2%80%aeorder-101",
    "ord%C3%A9r",
    "%ff%fe",
    "%",
    "%zz",
    "*",
];

#[tokio::test]
async fn no_spelling_of_an_order_id_leads_anywhere_else() {
    let target = Target::waits_with(&[("MERCHANT_HEADER_TIME_LIMIT_SECONDS", "1")]).await;
    let too_long = "x".repeat(51);
    let far_too_long = "x".repeat(8_000);
    for order_id in ORDER_IDS.iter().copied().chain([too_long.as_str(), far_too_long.as_str()]) {
        for (method, rest) in [("GET", ""), ("GET", "/events"), ("POST", "/cancel")] {
            let request = format!(
                "{method} /api/gopay/orders/{order_id}{rest} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {}\r\n\
                 Content-Length: 0\r\nConnection: close\r\n\r\n",
                target.order.token
            );
            let answer = target.receives(request.as_bytes()).await;
            let statuses = answer.statuses();
            assert!(matches!(statuses[..], [400 | 403 | 404 | 405]), "{order_id:?}: {answer:?}");
        }
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn an_order_id_in_a_body_is_held_to_the_same_letters() {
    let target = Target::waits().await;
    for order_id in [
        json!("../order-101"),
        json!("order-101\u{0}"),
        json!("order 101"),
        json!("order-101\n"),
        json!("ordér"),
        json!(""),
        json!("x".repeat(51)),
        json!("\u{202e}order"),
        json!(null),
        json!(["order-101"]),
        json!({"$ne": null}),
    ] {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id}});
        let request = target.stage.post("/api/gopay/charge").bearer_auth(&target.order.token).json(&body);
        refused(request, 400).await;
    }
    target.is_unharmed().await;
}
