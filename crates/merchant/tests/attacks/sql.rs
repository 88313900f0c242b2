//! Somebody writes SQL where a name belongs.

use crate::stage::{Answered, rupiah, signed};
use crate::target::{Target, stored};
use gopay_contract::OrderId;
use gopay_contract::midtrans::{Address, CustomerDetails, ItemDetails, OptionalData, Signature};
use gopay_merchant::NewOrder;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use reqwest::Method;
use serde_json::{Map, Value, json};

const SQL: [&str; 12] = [
    "'; DROP TABLE attempts; --",
    "' OR '1'='1",
    "x'); DELETE FROM orders; --",
    "\"; UPDATE attempts SET transaction_status = 'settlement'; --",
    "' UNION SELECT idempotency_key FROM attempts --",
    "%27%3B%20DROP%20TABLE%20orders%3B--",
    "\\'; PRAGMA writable_schema = ON; --",
    "'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity; --",
    "$1); COPY orders TO PROGRAM 'true'; --",
    "$$; DROP TABLE notifications; $$",
    "\u{0}'; DELETE FROM attempts; --",
    "kopi\u{0}",
];

fn in_a_path(sql: &str) -> String {
    sql.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Or no target here would notice that it was harmed.
#[tokio::test]
async fn a_row_or_a_table_that_was_changed_is_noticed() {
    let target = Target::waits().await;
    for change in [
        "UPDATE orders SET description = 'Teh'",
        "UPDATE attempts SET status_answer = replace(status_answer, '44000', '1')",
        "UPDATE notifications SET deliveries = 7",
        "CREATE TABLE mine (it TEXT)",
        "ALTER TABLE notifications ADD COLUMN mine TEXT",
    ] {
        let before = stored(&target.stage).await;
        target.stage.database(change).await;
        assert_ne!(stored(&target.stage).await, before, "{change}");
    }
}

#[tokio::test]
async fn sql_in_a_path_a_query_or_a_header_is_only_text() {
    let target = Target::waits().await;
    let token = &target.order.token;
    for sql in SQL {
        for (method, path) in [
            (Method::GET, format!("/api/gopay/orders/{}", in_a_path(sql))),
            (Method::GET, format!("/api/gopay/orders/{}/events", in_a_path(sql))),
            (Method::POST, format!("/api/gopay/orders/{}/cancel", in_a_path(sql))),
            (Method::GET, target.path(&in_a_path(sql))),
        ] {
            let answered =
                Answered::from(target.request(method, &path).bearer_auth(token).send().await.expect("an answer")).await;
            assert!(matches!(answered.http, 400 | 403), "{path}: {}", answered.body);
        }
        let asked =
            target.stage.get(&target.path(&format!("?order_id={0}&{0}={0}", in_a_path(sql)))).bearer_auth(token);
        assert_eq!(asked.send().await.expect("an answer").status(), 200, "nobody reads a query");
        // No client can put a NUL into a head.
        if sql.contains('\0') {
            continue;
        }
        let asked = target.stage.get(&target.path("")).bearer_auth(sql);
        assert_eq!(asked.send().await.expect("an answer").status(), 401);
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": target.order.order_id}});
        let mut charge = target.stage.post("/api/gopay/charge").bearer_auth(token).json(&body);
        for name in ["Idempotency-Key", "Last-Event-ID", "X-Forwarded-For", "X-Request-Id", "User-Agent", "Referer"] {
            charge = charge.header(name, sql);
        }
        let charged = Answered::from(charge.send().await.expect("an answer")).await;
        assert_eq!(charged.text("transaction_id"), target.charged.text("transaction_id"), "the same charge again");
        let of_no_page = target.stage.post("/api/gopay/charge").bearer_auth(token).json(&body).header("Origin", sql);
        assert_eq!(of_no_page.send().await.expect("an answer").status(), 403, "{sql}: no origin of ours");
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn sql_in_any_field_of_a_charge_or_an_order_is_only_text() {
    let target =
        Target::waits_with(&[("MERCHANT_ALLOWED_ORIGINS", "https://toko.example"), ("MERCHANT_RATE_LIMITS", "off")])
            .await;
    let whole = json!({
        "payment_type": "gopay",
        "transaction_details": {"order_id": target.order.order_id},
        "gopay": {"enable_callback": true, "callback_url": "https://toko.example/"},
        "retry_of": target.charged.body["transaction_id"],
    });
    let request = target.stage.post("/api/gopay/charge").bearer_auth(&target.order.token).json(&whole);
    assert_eq!(request.send().await.expect("an answer").status(), 200, "without SQL it is a good one");
    for sql in SQL {
        for field in
            ["/payment_type", "/transaction_details", "/transaction_details/order_id", "/gopay", "/gopay/callback_url"]
        {
            let mut body = whole.clone();
            *body.pointer_mut(field).expect("a field") = json!(sql);
            let request = target.stage.post("/api/gopay/charge").bearer_auth(&target.order.token).json(&body);
            let answered = Answered::from(request.send().await.expect("an answer")).await;
            assert!(matches!(answered.http, 400 | 403), "{field} {sql}: {}", answered.body);
        }
        // A transaction that is not this order's, and a field that nobody knows: nothing new is made.
        for (field, value) in [("retry_of", json!(sql)), (sql, json!(sql)), ("metadata", json!({sql: sql}))] {
            let mut more = json!({});
            more[field] = value;
            let answered = target.stage.charge_with(&target.order, more).await;
            assert!(matches!(answered.http, 200 | 400), "{field}: {}", answered.body);
        }
        let request = target.stage.post("/orders").json(&json!({"order_id": sql, "gross_amount": 1}));
        assert_eq!(request.send().await.expect("an answer").status(), 400, "{sql}");
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn sql_in_any_field_of_a_signed_notification_is_only_text() {
    let target = Target::waits().await;
    target.stage.notify_nobody().await;
    let whole = signed(&target.charged, "201", "pending", DEFAULT_SERVER_KEY);
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
            let answered = target.stage.notify_by_hand(&body).await;
            assert!(answered.http < 500 || answered.http == 503, "{field} {sql}: {}", answered.body);
        }
    }
    target.is_unharmed().await;
}

/// Hostile texts, as a shop's form passes them on: into every text of an order.
fn written_into_a_form(sql: &str) -> OptionalData {
    // Midtrans takes no longer one.
    let short: String = sql.chars().take(50).collect();
    let (text, short) = (Some(sql.to_owned()), Some(short));
    let item = ItemDetails {
        id: short.clone(),
        price: 44_000,
        quantity: 1,
        name: short.clone().unwrap_or_default(),
        brand: short.clone(),
        category: short.clone(),
        merchant_name: short.clone(),
        url: short,
    };
    let address = Address {
        first_name: text.clone(),
        last_name: text.clone(),
        phone: text.clone(),
        address: text.clone(),
        city: text.clone(),
        postal_code: None,
        country_code: None,
    };
    let customer = CustomerDetails {
        first_name: text.clone(),
        last_name: text.clone(),
        email: text.clone(),
        phone: text.clone(),
        billing_address: Some(address.clone()),
        shipping_address: Some(address),
    };
    OptionalData {
        item_details: Some(vec![item]),
        customer_details: Some(customer),
        custom_expiry: None,
        metadata: Some(Map::from_iter([(sql.to_owned(), json!({sql: [sql]}))])),
        custom_field1: text.clone(),
        custom_field2: text.clone(),
        custom_field3: text,
    }
}

#[tokio::test]
async fn sql_in_any_field_of_the_shops_own_order_is_only_text() {
    let target = Target::waits_with(&[("MERCHANT_RATE_LIMITS", "off")]).await;
    let before = stored(&target.stage).await;
    for (number, sql) in SQL.into_iter().enumerate() {
        let written = written_into_a_form(sql);
        let order_id = OrderId::parse(&format!("order-with-sql-{number}")).expect("an order id");
        // What a payer reads has no NUL.
        let description = sql.replace('\0', " ");
        let order = NewOrder::new(order_id, rupiah(44_000), &*description, written.clone()).expect("an order");
        let placed = target.stage.places(&order).await;
        let column = async |name: &str| {
            let question = format!("SELECT {name} FROM orders WHERE order_id = '{}'", placed.order_id);
            target.stage.ask_the_database(&question).await.remove(0)
        };
        assert_eq!(column("description").await, description);
        let kept: OptionalData = serde_json::from_str(&column("charge_data").await).expect("JSON");
        assert_eq!(kept, written, "{sql}");
        // And there and back: charged with it, told of it, asked about it.
        let charged = target.stage.charge(&placed).await;
        assert_eq!(charged.http, 200, "{sql}: {}", charged.body);
        target.stage.at_midtrans(&placed.order_id, "pay").await;
        target.stage.until_status(&placed, "settlement").await;
    }
    let after = stored(&target.stage).await;
    assert_eq!(after["its things"], before["its things"]);
    for (table, rows) in &before {
        let gone: Vec<_> = rows.iter().filter(|row| !after[table].contains(row)).collect();
        assert!(gone.is_empty(), "{table} has no {gone:?} any more: {:?}", after[table]);
    }
    for (table, more) in [("orders", SQL.len()), ("attempts", SQL.len())] {
        assert_eq!(after[table].len(), before[table].len() + more, "{table}");
    }
}
