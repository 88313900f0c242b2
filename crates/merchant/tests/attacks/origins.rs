//! A page of somebody else asks in the payer's browser.

use crate::victim::Victim;
use reqwest::Method;
use serde_json::json;

const OURS: &str = "https://toko.example";
const STRANGERS: [&str; 8] = [
    "https://evil.example",
    "null",
    "http://toko.example",
    "https://toko.example.evil.example",
    "https://toko.example:8443",
    "https://evil.example#https://toko.example",
    "https://xtoko.example",
    "*",
];

fn about_access(answered: &reqwest::Response) -> Vec<String> {
    let headers = answered.headers().iter();
    headers
        .filter(|(name, _)| {
            name.as_str().starts_with("access-control-allow-origin") || name.as_str().ends_with("credentials")
        })
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect()
}

#[tokio::test]
async fn a_page_of_another_origin_reads_no_answer() {
    let victim = Victim::waits_with(&[("MERCHANT_ALLOWED_ORIGINS", OURS)]).await;
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": victim.order.order_id}});
    for origin in STRANGERS {
        for request in [
            victim.stage.get(&victim.path("")),
            victim.stage.get(&victim.path("/events")),
            victim.stage.post(&victim.path("/cancel")),
            victim.stage.post("/api/gopay/charge").json(&body),
            victim.stage.get("/api/shop/products"),
            victim.stage.get("/api/no/such/thing"),
            victim.stage.get("/healthz"),
            victim.stage.get("/metrics"),
        ] {
            let answered = request.header("Origin", origin).send().await.expect("an answer");
            assert_eq!(about_access(&answered), [""; 0], "{origin}: {}", answered.url());
        }
    }
    let ours = victim.stage.get(&victim.path("")).header("Origin", OURS).send().await.expect("an answer");
    assert_eq!(about_access(&ours), [format!("access-control-allow-origin: {OURS:?}")], "and no cookies");
    victim.is_unharmed().await;
}

#[tokio::test]
async fn a_page_of_another_origin_may_not_even_ask() {
    let victim = Victim::waits_with(&[("MERCHANT_ALLOWED_ORIGINS", OURS)]).await;
    for origin in STRANGERS {
        for path in ["/api/gopay/charge".to_owned(), victim.path("/cancel"), "/api/gopay/notifications".to_owned()] {
            let preflight = victim.request(Method::OPTIONS, &path);
            let preflight = preflight.header("Origin", origin).header("Access-Control-Request-Method", "POST");
            let preflight = preflight.header("Access-Control-Request-Headers", "authorization,content-type");
            let answered = preflight.send().await.expect("an answer");
            assert_eq!(about_access(&answered), [""; 0], "{origin}: {path}");
        }
    }
    victim.is_unharmed().await;
}

#[tokio::test]
async fn a_form_of_another_origin_charges_and_cancels_nothing() {
    let victim = Victim::waits().await;
    // What a page can send without being allowed to: a form, with whatever the browser adds by itself.
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": victim.order.order_id}});
        for path in ["/api/gopay/charge".to_owned(), victim.path("/cancel")] {
            let request = victim.stage.post(&path).header("Content-Type", content_type).header("Origin", "null");
            let request =
                request.header("Cookie", format!("order_token={}", victim.order.token)).body(body.to_string());
            assert!(matches!(request.send().await.expect("an answer").status().as_u16(), 401 | 415), "{path}");
        }
    }
    victim.is_unharmed().await;
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    let victim = Victim::waits().await;
    for path in ["/api/shop/products", "/api/no/such/thing", "/healthz", "/metrics", "/selesai/", "/no/such/page"] {
        let answered = victim.stage.get(path).send().await.expect("an answer");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "SAMEORIGIN"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answered.headers().get(name).map(|it| it.as_bytes()), Some(value.as_bytes()), "{path}: {name}");
        }
    }
    for (path, begins) in [
        ("/api/shop/products", "default-src 'none'; frame-ancestors 'none'"),
        ("/selesai/", "default-src 'none'; script-src"),
    ] {
        let answered = victim.stage.get(path).send().await.expect("an answer");
        let policy = answered.headers()["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with(begins), "{path}: {policy}");
    }
}
