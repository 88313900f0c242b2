//! Headers of every answer.

use crate::stage::Stage;
#[tokio::test]
async fn no_answer_of_the_api_is_kept_by_anybody() {
    let stage = Stage::set().await;
    for path in ["/api/openapi.json", "/api/gopay/orders/order-101", "/api/no/such/thing"] {
        let answered = stage.get(path).send().await.expect("an answer");
        assert_eq!(answered.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(answered.headers()["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answered.headers()["content-type"], "application/json", "{path}");
        assert!(answered.headers().contains_key("date"), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_path_or_method_is_answered_in_midtrans_words() {
    let stage = Stage::set().await;
    let nothing = stage.get("/api/gopay/nothing").send().await.expect("an answer");
    assert_eq!(nothing.status(), 404);
    assert!(nothing.text().await.expect("text").contains("\"status_code\":\"404\""));
    let method = stage.get("/api/gopay/charge").send().await.expect("an answer");
    assert_eq!(method.status(), 405);
    assert!(method.text().await.expect("text").contains("\"status_code\":\"405\""));
}

#[tokio::test]
async fn only_pages_of_allowed_origins_may_ask() {
    let stage = Stage::set_with(&[("MERCHANT_ALLOWED_ORIGINS", "https://toko.example")]).await;
    let preflight = |origin: &'static str| {
        stage
            .http
            .request(reqwest::Method::OPTIONS, format!("{}/api/gopay/charge", stage.merchant.url))
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
            .send()
    };
    let allowed = preflight("https://toko.example").await.expect("an answer");
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://toko.example");
    let headers = allowed.headers()["access-control-allow-headers"].to_str().expect("text").to_owned();
    assert!(headers.contains("authorization") && headers.contains("idempotency-key"), "{headers}");
    let refused = preflight("https://evil.example").await.expect("an answer");
    assert!(!refused.headers().contains_key("access-control-allow-origin"));

    let request = stage.get("/api/openapi.json").header("Origin", "https://toko.example");
    let exposed = request.send().await.expect("an answer").headers()["access-control-expose-headers"].clone();
    let exposed = exposed.to_str().expect("text").to_ascii_lowercase();
    assert!(exposed.contains("date") && exposed.contains("retry-after"), "{exposed}");
}
