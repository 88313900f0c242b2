//! Somebody writes SQL where a name belongs.

use crate::stage::{Answered, signed};
use crate::victim::Victim;
use gopay_contract::midtrans::Signature;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use reqwest::Method;
use serde_json::{Value, json};

const SQL: [&str; 7] = [
    "'; DROP TABLE attempts; --",
    "' OR '1'='1",
    "x'); DELETE FROM orders; --",
    "\"; UPDATE attempts SET transaction_status = 'settlement'; --",
    "' UNION SELECT idempotency_key FROM attempts --",
    "%27%3B%20DROP%20TABLE%20orders%3B--",
    "\\'; PRAGMA writable_schema = ON; --",
];

fn in_a_path(sql: &str) -> String {
    sql.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn sql_in_a_path_a_query_or_a_header_is_only_text() {
    let victim = Victim::waits().await;
    let token = &victim.order.token;
    for sql in SQL {
        for (method, path) in [
            (Method::GET, format!("/api/gopay/orders/{}", in_a_path(sql))),
            (Method::GET, format!("/api/gopay/orders/{}/events", in_a_path(sql))),
            (Method::POST, format!("/api/gopay/orders/{}/cancel", in_a_path(sql))),
            (Method::GET, victim.path(&in_a_path(sql))),
        ] {
            let answered =
                Answered::from(victim.request(method, &path).bearer_auth(token).send().await.expect("an answer")).await;
            assert!(matches!(answered.http, 400 | 403), "{path}: {}", answered.body);
        }
        let asked =
            victim.stage.get(&victim.path(&format!("?order_id={0}&{0}={0}", in_a_path(sql)))).bearer_auth(token);
        assert_eq!(asked.send().await.expect("an answer").status(), 200, "nobody reads a query");
        let asked = victim.stage.get(&victim.path("")).bearer_auth(sql);
        assert_eq!(asked.send().await.expect("an answer").status(), 401);
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": victim.order.order_id}});
        let mut charge = victim.stage.post("/api/gopay/charge").bearer_auth(token).json(&body);
        for name in
            ["Idempotency-Key", "Last-Event-ID", "Origin", "X-Forwarded-For", "X-Request-Id", "User-Agent", "Referer"]
        {
            charge = charge.header(name, sql);
        }
        let charged = Answered::from(charge.send().await.expect("an answer")).await;
        assert_eq!(charged.text("transaction_id"), victim.charged.text("transaction_id"), "the same charge again");
    }
    victim.is_unharmed().await;
}

#[tokio::test]
async fn sql_in_any_field_of_a_charge_or_an_order_is_only_text() {
    let victim =
        Victim::waits_with(&[("MERCHANT_ALLOWED_ORIGINS", "https://toko.example"), ("MERCHANT_RATE_LIMITS", "off")])
            .await;
    let whole = json!({
        "payment_type": "gopay",
        "transaction_details": {"order_id": victim.order.order_id},
        "gopay": {"enable_callback": true, "callback_url": "https://toko.example/"},
        "retry_of": victim.charged.body["transaction_id"],
    });
    let request = victim.stage.post("/api/gopay/charge").bearer_auth(&victim.order.token).json(&whole);
    assert_eq!(request.send().await.expect("an answer").status(), 200, "without SQL it is a good one");
    for sql in SQL {
        for field in
            ["/payment_type", "/transaction_details", "/transaction_details/order_id", "/gopay", "/gopay/callback_url"]
        {
            let mut body = whole.clone();
            *body.pointer_mut(field).expect("a field") = json!(sql);
            let request = victim.stage.post("/api/gopay/charge").bearer_auth(&victim.order.token).json(&body);
            let answered = Answered::from(request.send().await.expect("an answer")).await;
            assert!(matches!(answered.http, 400 | 403), "{field} {sql}: {}", answered.body);
        }
        // A transaction that is not this order's, and a field that nobody knows: nothing new is made.
        for (field, value) in [("retry_of", json!(sql)), (sql, json!(sql)), ("metadata", json!({sql: sql}))] {
            let mut more = json!({});
            more[field] = value;
            let answered = victim.stage.charge_with(&victim.order, more).await;
            assert!(matches!(answered.http, 200 | 400), "{field}: {}", answered.body);
        }
        for items in [json!([{"sku": sql, "quantity": 1}]), json!([{"sku": "kopi-gayo", "quantity": sql}]), json!(sql)]
        {
            let request = victim.stage.post("/api/shop/orders").json(&json!({"items": items}));
            assert_eq!(request.send().await.expect("an answer").status(), 400, "{items}");
        }
    }
    victim.is_unharmed().await;
}

#[tokio::test]
async fn sql_in_any_field_of_a_signed_notification_is_only_text() {
    let victim = Victim::waits().await;
    victim.stage.notify_nobody().await;
    let whole = signed(&victim.charged, "201", "pending", DEFAULT_SERVER_KEY);
    for sql in SQL {
        for field in whole.as_object().expect("an object").keys() {
            let mut body = whole.clone();
            body[field] = json!(sql);
            if field != "signature_key" {
                // The most that anybody could: Midtrans itself signs it.
                let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                let signature =
                    Signature::over(&text("order_id"), &text("status_code"), &text("gross_amount"), DEFAULT_SERVER_KEY);
                body["signature_key"] = Value::String(signature.to_hex());
            }
            let answered = victim.stage.notify_by_hand(&body).await;
            assert!(answered.http < 500 || answered.http == 503, "{field} {sql}: {}", answered.body);
        }
    }
    victim.is_unharmed().await;
}
