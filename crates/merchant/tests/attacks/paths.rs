//! Somebody climbs around in addresses.

use crate::target::{Target, refused};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

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

#[tokio::test]
async fn no_address_leaves_the_sites_folder() {
    let outside = TempDir::new().expect("a folder");
    std::fs::write(outside.path().join("secret.env"), "MIDTRANS_SERVER_KEY=outside").expect("a file");
    let site = outside.path().join("site");
    std::fs::create_dir(&site).expect("a folder");
    std::fs::write(site.join("index.html"), "<title>Toko</title>").expect("a file");
    let variables =
        [("MERCHANT_SITE_DIR", site.to_str().expect("a path")), ("MERCHANT_HEADER_TIME_LIMIT_SECONDS", "1")];
    let target = Target::waits_with(&variables).await;
    for path in [
        "/../secret.env",
        "/%2e%2e/secret.env",
        "/..%2fsecret.env",
        "/%2e%2e%2fsecret.env",
        "/..%5csecret.env",
        "/.%00./secret.env",
        "/selesai/../../secret.env",
        "//secret.env",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/....//secret.env",
        "/%c0%ae%c0%ae/secret.env",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        let answer = target.receives(request.as_bytes()).await;
        assert!(matches!(answer.statuses()[..], [400 | 404 | 307]), "{path}: {answer:?}");
        let shown = format!("{answer:?}");
        assert!(!shown.contains("outside") && !shown.contains("root:"), "{path}: {shown}");
    }
    let page = target.request(Method::GET, "/").send().await.expect("an answer");
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
    let sandbox = target.stage.sandbox.url.trim_start_matches("http://");
    assert!(policy.contains(sandbox), "QR pictures of the sandbox may be shown: {policy}");
    target.is_unharmed().await;
}
