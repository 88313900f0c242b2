//! The description of the endpoints, held against the running merchant.

#[path = "api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; these need only some of its verbs")]
mod stage;

use midtrans_sandbox::DEFAULT_SERVER_KEY;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use stage::{Placed, Stage, signed};
use std::collections::BTreeSet;

/// Where the description is kept for who reads it without a merchant.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

fn document() -> Value {
    serde_json::to_value(gopay_merchant::openapi()).expect("JSON")
}

/// The description, and which of its answers were seen.
struct Description {
    document: Value,
    seen: BTreeSet<String>,
}

impl Description {
    /// Sends a request to `route` and holds the answer against what is written about it.
    async fn matches(&mut self, method: Method, route: &str, request: RequestBuilder) -> Value {
        let answer = request.send().await.expect("an answer");
        let (code, kind) = (answer.status().as_u16(), answer.headers().get("content-type").cloned());
        let body = answer.text().await.expect("text");
        let name = format!("{method} {route} {code}");
        let verb = method.as_str().to_ascii_lowercase();
        let response = &self.document["paths"][route][&verb]["responses"][code.to_string()];
        assert!(response.is_object(), "{name} is not described: {body}");
        self.seen.insert(name.clone());
        let Some(content) = response["content"].as_object() else { return Value::Null };
        let (described, media) = content.iter().next().expect("a kind of content");
        let kind = kind.expect("a content type").to_str().expect("text").to_owned();
        assert!(kind.starts_with(described), "{name} is {kind}, described as {described}");
        if described != "application/json" {
            return Value::Null;
        }
        let body: Value = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{name}: {e}: {body}"));
        let mut schema = media["schema"].clone();
        schema["components"] = self.document["components"].clone();
        let schema = jsonschema::draft202012::new(&schema).expect("a schema");
        let wrong: Vec<String> = schema.iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?} in {body:#}");
        body
    }
}

#[test]
fn the_file_in_docs_is_what_the_program_says() {
    let file = std::fs::read_to_string(FILE).expect("docs/openapi.json");
    let now = format!("{:#}\n", document());
    assert!(file == now, "stale: cargo run -p gopay-merchant -- --openapi > docs/openapi.json");
}

#[tokio::test]
async fn the_merchant_serves_its_own_description() {
    let stage = Stage::set().await;
    let served = stage.get("/api/openapi.json").send().await.expect("an answer").json::<Value>().await.expect("JSON");
    assert_eq!(served, document());
    assert_eq!(served["openapi"], "3.1.0");
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let stage = Stage::set().await;
    let mut description = Description { document: document(), seen: BTreeSet::new() };
    let (charge_url, order_url) = ("/api/gopay/charge", "/api/gopay/orders/{order_id}");
    let (cancel_url, events_url) = ("/api/gopay/orders/{order_id}/cancel", "/api/gopay/orders/{order_id}/events");
    let notify_url = "/api/gopay/notifications";
    let order = stage.order().await;
    let other = stage.order().await;
    let body = |order: &Placed| json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
    let at = |template: &str, order: &Placed| template.replace("{order_id}", &order.order_id);

    // The shop's own backend, and whoever runs it.
    let shop_order = json!({"order_id": "order-101", "gross_amount": 44_000, "description": "Kopi Gayo 250 g"});
    for (field, value) in [("description", json!("Kopi")), ("gross_amount", json!(43_999)), ("gross_amount", json!(0))]
    {
        let mut changed = shop_order.clone();
        changed[field] = value;
        for body in [&shop_order, &changed] {
            description.matches(Method::POST, "/orders", stage.post("/orders").json(body)).await;
        }
    }
    description.matches(Method::POST, "/orders", stage.post("/orders").body("{}")).await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        description.matches(Method::GET, path, stage.get(path)).await;
    }

    // A charge that Midtrans refuses, one that it does not answer, and one that it makes.
    for (fault, code) in [("error", 402), ("cut_connection", 0)] {
        let mut fault = json!({"fault": fault, "on": ["charge", "status"], "times": 0});
        if code != 0 {
            fault["status_code"] = json!(code);
        }
        stage.fault(fault).await;
        let request = stage.post(charge_url).bearer_auth(&order.token).json(&body(&order));
        description.matches(Method::POST, charge_url, request).await;
        stage.no_more_faults().await;
    }
    let request = stage.post(charge_url).bearer_auth(&order.token).json(&body(&order));
    description.matches(Method::POST, charge_url, request).await;
    let charged = stage.charge(&order).await;

    // Who may not, and what cannot be read.
    for (method, route) in
        [(Method::GET, order_url), (Method::GET, events_url), (Method::POST, cancel_url), (Method::POST, charge_url)]
    {
        let ask = || stage.http.request(method.clone(), format!("{}{}", stage.merchant.url, at(route, &order)));
        let ask = || if route == charge_url { ask().json(&body(&order)) } else { ask() };
        description.matches(method.clone(), route, ask()).await;
        description.matches(method.clone(), route, ask().bearer_auth("nonsense")).await;
        description.matches(method.clone(), route, ask().bearer_auth(&other.token)).await;
        if route != charge_url {
            let ask = |path: String| stage.http.request(method.clone(), format!("{}{path}", stage.merchant.url));
            description.matches(method.clone(), route, ask(at(route, &other)).bearer_auth(&other.token)).await;
            let odd = route.replace("{order_id}", "a%20b");
            description.matches(method.clone(), route, ask(odd).bearer_auth(&other.token)).await;
        }
    }
    for (body, kind) in [("{", "application/json"), ("{}", "text/plain")] {
        let request = stage.post(charge_url).bearer_auth(&order.token).header("Content-Type", kind).body(body);
        description.matches(Method::POST, charge_url, request).await;
    }

    // Notifications: forged, of nobody's, garbled, not confirmed, and true.
    let forged = signed(&charged, "200", "settlement", "SB-Mid-server-of-somebody-else");
    // About an order of its own: after a claim that was not confirmed Midtrans is left alone about it for a while.
    let unpaid = stage.charge(&stage.order().await).await;
    let unconfirmed = signed(&unpaid, "200", "settlement", DEFAULT_SERVER_KEY);
    for body in [json!({}), forged, unconfirmed] {
        description.matches(Method::POST, notify_url, stage.post(notify_url).json(&body)).await;
    }
    stage.at_midtrans(&order.order_id, "pay").await;
    let settlement = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    description.matches(Method::POST, notify_url, stage.post(notify_url).json(&settlement)).await;
    let mut unknown = charged;
    unknown.body["order_id"] = json!("order-of-nobody");
    unknown.body["transaction_id"] = json!("00000000-0000-4000-8000-000000000000");
    let unknown = signed(&unknown, "200", "settlement", DEFAULT_SERVER_KEY);
    description.matches(Method::POST, notify_url, stage.post(notify_url).json(&unknown)).await;

    // Paid: how it stands, streamed too; and it can no longer be cancelled. The other one can be.
    for (method, route, order) in [
        (Method::GET, order_url, &order),
        (Method::GET, events_url, &order),
        (Method::POST, cancel_url, &order),
        (Method::POST, cancel_url, &other),
        (Method::GET, order_url, &other),
    ] {
        if order.order_id == other.order_id {
            stage.charge(&other).await;
        }
        let request = stage.http.request(method.clone(), format!("{}{}", stage.merchant.url, at(route, order)));
        description.matches(method, route, request.bearer_auth(&order.token)).await;
    }

    let seen: Vec<&str> = description.seen.iter().map(String::as_str).collect();
    for route in [charge_url, order_url, events_url, cancel_url] {
        let codes: Vec<&str> = seen
            .iter()
            .filter_map(|name| name.rsplit_once(' '))
            .filter(|(name, _)| name.ends_with(route))
            .map(|(_, code)| code)
            .collect();
        for code in ["200", "401", "403"] {
            assert!(codes.contains(&code), "{route} never answered {code}: {codes:?}");
        }
    }
}
