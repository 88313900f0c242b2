//! A page of somebody else asks in the payer's browser.

use crate::stage::signed;
use crate::target::{Target, rest_of};
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

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
    let target = Target::waits_with(&[("MERCHANT_ALLOWED_ORIGINS", OURS)]).await;
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": target.order.order_id}});
    for origin in STRANGERS {
        for request in [
            target.stage.get(&target.path("")),
            target.stage.get(&target.path("/events")),
            target.stage.post(&target.path("/cancel")),
            target.stage.post("/api/gopay/charge").json(&body),
            target.stage.get("/api/openapi.json"),
            target.stage.get("/api/no/such/thing"),
            target.stage.get("/healthz"),
            target.stage.get("/metrics"),
        ] {
            let answered = request.header("Origin", origin).send().await.expect("an answer");
            assert_eq!(about_access(&answered), [""; 0], "{origin}: {}", answered.url());
        }
    }
    let ours = target.stage.get(&target.path("")).header("Origin", OURS).send().await.expect("an answer");
    assert_eq!(about_access(&ours), [format!("access-control-allow-origin: {OURS:?}")], "and no cookies");
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_page_of_another_origin_may_not_even_ask() {
    let target = Target::waits_with(&[("MERCHANT_ALLOWED_ORIGINS", OURS)]).await;
    for origin in STRANGERS {
        for path in ["/api/gopay/charge".to_owned(), target.path("/cancel"), "/api/gopay/notifications".to_owned()] {
            let preflight = target.request(Method::OPTIONS, &path);
            let preflight = preflight.header("Origin", origin).header("Access-Control-Request-Method", "POST");
            let preflight = preflight.header("Access-Control-Request-Headers", "authorization,content-type");
            let answered = preflight.send().await.expect("an answer");
            assert_eq!(about_access(&answered), [""; 0], "{origin}: {path}");
        }
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_form_of_another_origin_charges_and_cancels_nothing() {
    let target = Target::waits().await;
    // What a page can send without being allowed to: a form, with whatever the browser adds by itself.
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": target.order.order_id}});
        for path in ["/api/gopay/charge".to_owned(), target.path("/cancel")] {
            let request = target.stage.post(&path).header("Content-Type", content_type);
            let request =
                request.header("Cookie", format!("order_token={}", target.order.token)).body(body.to_string());
            assert!(matches!(request.send().await.expect("an answer").status().as_u16(), 401 | 415), "{path}");
        }
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing_even_with_what_opens_the_order() {
    let target = Target::waits_with(&[("MERCHANT_ALLOWED_ORIGINS", OURS)]).await;
    let stage = &target.stage;
    let charge = json!({"payment_type": "gopay", "transaction_details": {"order_id": target.order.order_id}});
    let shop_order = json!({"order_id": "order-of-a-stranger", "gross_amount": 1});
    let signed = signed(&target.charged, "201", "pending", midtrans_sandbox::DEFAULT_SERVER_KEY);
    let requests = || {
        [
            stage.post(&target.path("/cancel")).bearer_auth(&target.order.token),
            stage.post("/api/gopay/charge").bearer_auth(&target.order.token).json(&charge),
            stage.post("/api/gopay/notifications").json(&signed),
            stage.post("/orders").json(&shop_order),
        ]
    };
    for origin in STRANGERS {
        for request in requests() {
            let answered = request.header("Origin", origin).send().await.expect("an answer");
            assert_eq!(answered.status(), 403, "{origin}: {}", answered.url());
        }
    }
    for site in ["cross-site", "same-site"] {
        for request in requests() {
            let answered = request.header("Sec-Fetch-Site", site).send().await.expect("an answer");
            assert_eq!(answered.status(), 403, "{site}: {}", answered.url());
        }
    }
    target.is_unharmed().await;
    // The shop's own pages, and those that are allowed.
    let own = stage.merchant.url.clone();
    for (origin, site) in [(own.as_str(), "same-origin"), (OURS, "cross-site")] {
        let request = stage.post("/api/gopay/charge").bearer_auth(&target.order.token).json(&charge);
        let answered = request.header("Origin", origin).header("Sec-Fetch-Site", site).send().await;
        assert_eq!(answered.expect("an answer").status(), 200, "{origin}");
    }
}

#[tokio::test]
async fn a_form_cancels_nothing_whoever_sends_it() {
    let target = Target::waits().await;
    for content_type in
        ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        let request = target.stage.post(&target.path("/cancel")).bearer_auth(&target.order.token);
        let answered = request.header("Content-Type", content_type).body("x=1").send().await.expect("an answer");
        assert_eq!(answered.status(), 415, "{content_type}");
    }
    target.is_unharmed().await;
}

/// Headers of every answer.
#[track_caller]
pub(crate) fn is_careful(header: &dyn Fn(&str) -> Option<String>, of: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ] {
        assert_eq!(header(name).as_deref(), Some(value), "{of}: {name}");
    }
}

/// Headers of every answer of the API.
#[track_caller]
fn is_no_page(header: &dyn Fn(&str) -> Option<String>, of: &str) {
    // A stream is never over, so there is nothing to store; proxies know it by `no-cache`.
    let is_stream = header("content-type").is_some_and(|it| it == "text/event-stream");
    let fresh = if is_stream { "no-cache" } else { "no-store" };
    assert_eq!(header("cache-control").as_deref(), Some(fresh), "{of}");
    let policy = header("content-security-policy");
    assert_eq!(policy.as_deref(), Some("default-src 'none'; frame-ancestors 'none'"), "{of}");
}

fn header_of(answered: &reqwest::Response) -> impl Fn(&str) -> Option<String> {
    let headers = answered.headers().clone();
    move |name| Some(headers.get(name)?.to_str().expect("text").to_owned())
}

#[tokio::test]
async fn every_kind_of_answer_tells_browsers_to_be_careful() {
    let target =
        Target::waits_with(&[("MERCHANT_CHARGES_PER_ORDER_PER_MINUTE", "6"), ("MERCHANT_ALLOWED_ORIGINS", OURS)]).await;
    let (stage, token) = (&target.stage, &target.order.token);
    let charge = || {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": target.order.order_id}});
        stage.post("/api/gopay/charge").bearer_auth(token).json(&body)
    };
    let preflight = target.request(Method::OPTIONS, "/api/gopay/charge").header("Origin", OURS);
    let notify = || stage.post("/api/gopay/notifications");
    let signed = signed(&target.charged, "201", "pending", midtrans_sandbox::DEFAULT_SERVER_KEY);
    let ask = |request: reqwest::RequestBuilder| async { request.send().await.expect("an answer") };
    // The target is the first order; the second is charged while Midtrans is in trouble.
    let second = stage.order().await;
    let second_charge = {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": second.order_id}});
        stage.post("/api/gopay/charge").bearer_auth(&second.token).json(&body)
    };
    stage.fault(json!({"fault": "error", "times": 0, "status_code": 500, "on": ["charge"]})).await;
    for (request, http) in [
        (charge(), 200),
        (charge().header("Origin", OURS), 200),
        (stage.get(&target.path("")), 401),
        (stage.post("/api/gopay/charge").bearer_auth(token).body("{"), 415),
        (stage.post("/api/gopay/charge").bearer_auth(token).json(&json!([])), 400),
        (charge().body("x".repeat(17 * 1024)), 413),
        (second_charge, 503),
        (preflight.header("Access-Control-Request-Method", "POST"), 200),
        (stage.get(&target.path("")).bearer_auth(token), 200),
        (stage.get(&target.path("/events")).bearer_auth(token), 200),
        (stage.get(&target.path("")).bearer_auth(&second.token), 403),
        (stage.get("/api/gopay/charge"), 405),
        (stage.get("/api/no/such/thing"), 404),
        (stage.get("/api/openapi.json"), 200),
        (notify().json(&signed), 200),
        (notify().json(&json!({})), 400),
        (stage.post(&target.path("/cancel")).bearer_auth(token), 200),
    ] {
        let shown = format!("{request:?}");
        let answered = ask(request).await;
        assert_eq!(answered.status(), http, "{shown}");
        is_careful(&header_of(&answered), &shown);
        is_no_page(&header_of(&answered), &shown);
    }
    let mut too_often = ask(charge()).await;
    for _ in 0..12 {
        too_often = ask(charge()).await;
    }
    assert_eq!(too_often.status(), 429);
    is_careful(&header_of(&too_often), "429");
    is_no_page(&header_of(&too_often), "429");
    for path in ["/healthz", "/metrics", "/orders", "/no/such/page"] {
        let answered = ask(stage.get(path)).await;
        is_careful(&header_of(&answered), path);
    }
}

#[tokio::test]
async fn the_answer_to_whoever_is_too_slow_tells_browsers_to_be_careful_too() {
    // Between two pieces of a body, and from its head to the answer: the one is noticed where the body is read, the other
    // around all of it.
    for limit in ["MERCHANT_BODY_TIME_LIMIT_SECONDS", "MERCHANT_REQUEST_TIME_LIMIT_SECONDS"] {
        let target = Target::waits_with(&[(limit, "1"), ("MERCHANT_ALLOWED_ORIGINS", OURS)]).await;
        let mut slow = target.connection().await;
        let head = "POST /api/gopay/charge HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\nConnection: close\r\n";
        let head = format!("{head}Content-Type: application/json\r\nOrigin: {OURS}\r\n\r\n");
        slow.write_all(head.as_bytes()).await.expect("the head");
        let late = rest_of(slow).await;
        assert_eq!(late.statuses(), [408], "{limit}");
        is_careful(&|name| late.header(name), limit);
        is_no_page(&|name| late.header(name), limit);
        assert_eq!(
            late.header("access-control-allow-origin").as_deref(),
            Some(OURS),
            "{limit}: or no page could read it"
        );
    }
}
