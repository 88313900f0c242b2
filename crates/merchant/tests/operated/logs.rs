//! Every line of a whole payment's log: JSON, about its order, and without a secret or a person in it.

use crate::merchant::{charge, order, process};
use crate::stage::{Answered, DATABASE_PASSWORD, Placed, Stage, TOKEN_SECRET, signed};
use base64::Engine as _;
use gopay_contract::midtrans::Signature;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};

/// What is logged about payments. All of it names its order, in the line itself or in its request's span.
const ABOUT_A_PAYMENT: [&str; 4] = [
    "order placed",
    "the transaction moved on",
    "Midtrans refused",
    "a charge was not answered; asking again with the same Idempotency-Key",
];

fn order_id_of(line: &Value) -> Option<&str> {
    line["order_id"].as_str().or_else(|| line["span"]["order_id"].as_str())
}

#[tokio::test]
async fn every_line_of_a_payment_names_its_order_and_no_line_a_secret() {
    let stage = Stage::set().await;
    let mut process = process(&stage, &[("RUST_LOG", "trace")]).await;
    let http = &stage.http;
    let url = |path: &str| format!("{}{path}", process.url);
    let sell = async || order(&stage, &process).await;
    let pay = async |order: &Placed| {
        let callback_url = "https://toko.example/selesai/?budi=081234567890";
        let more = json!({"gopay": {"enable_callback": false, "callback_url": callback_url}});
        let request = charge(&stage, &process, order, &more).header("X-Request-Id", "the-payers-own");
        Answered::from(request.send().await.expect("an answer")).await
    };
    // Paid: charge, notification, status.
    let paid = sell().await;
    stage.fault(json!({"fault": "cut_connection", "when": "after", "on": ["charge"]})).await;
    let charged = pay(&paid).await;
    let path = format!("/api/gopay/orders/{}", paid.order_id);
    http.get(url(&format!("{path}?token=in-a-query"))).bearer_auth(&paid.token).send().await.expect("an answer");
    let forged = signed(&charged, "200", "settlement", "SB-Mid-server-of-somebody-else");
    http.post(url("/api/gopay/notifications")).json(&forged).send().await.expect("an answer");
    stage.at_midtrans(&paid.order_id, "pay").await;
    stage.deliveries(&paid.order_id, "settlement", 1).await;
    // Cancelled, and refused.
    let cancelled = sell().await;
    pay(&cancelled).await;
    let path = format!("/api/gopay/orders/{}/cancel", cancelled.order_id);
    http.post(url(&path)).bearer_auth(&cancelled.token).send().await.expect("an answer");
    stage.fault(json!({"fault": "error", "status_code": 402, "on": ["charge"]})).await;
    let refused = sell().await;
    pay(&refused).await;
    process.tell_to_stop();
    assert_eq!(process.ended().await.code(), Some(0));

    let lines = process.lines();
    let orders = [&paid, &cancelled, &refused].map(|order| order.order_id.clone());
    for message in ABOUT_A_PAYMENT {
        let about: Vec<&Value> = lines.iter().filter(|line| line["message"] == message).collect();
        assert!(!about.is_empty(), "{message:?} was never logged");
        for line in about {
            let order_id = order_id_of(line).unwrap_or_else(|| panic!("about no order: {line}"));
            assert!(orders.iter().any(|known| known == order_id), "{line}");
        }
    }
    let answered =
        lines.iter().filter(|line| line["message"] == "answered" && line["span"]["http.path"] == "/api/gopay/charge");
    let answered: Vec<&Value> = answered.collect();
    assert_eq!(answered.len(), 3);
    assert!(answered.iter().all(|line| order_id_of(line).is_some()), "{answered:#?}");
    assert!(answered.iter().all(|line| line["duration_ms"].is_u64()), "{answered:#?}");
    assert!(answered.iter().all(|line| line["span"]["request_id"] == "the-payers-own"), "{answered:#?}");

    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{DEFAULT_SERVER_KEY}:"));
    let signature = Signature::over(&paid.order_id, "200", "44000.00", DEFAULT_SERVER_KEY).to_hex();
    let deeplink = charged.action("generate-qr-code").expect("the action that can be made again");
    let secrets = [
        ("the server key", DEFAULT_SERVER_KEY),
        ("its Basic form", &basic),
        ("the secret of the tokens", TOKEN_SECRET),
        ("an order token", &paid.token),
        ("the database's password", DATABASE_PASSWORD),
        ("a signature", &signature),
        ("a forged signature", forged["signature_key"].as_str().expect("text")),
        ("a query", "in-a-query"),
        ("somebody's telephone", "081234567890"),
    ];
    assert!(!deeplink.is_empty());
    for (what, secret) in secrets {
        let leak = lines.iter().find(|line| line.to_string().contains(secret));
        assert!(leak.is_none(), "{what} is in the log: {leak:?}");
    }
}

#[tokio::test]
async fn a_status_that_is_only_told_has_no_line_and_one_that_is_refused_has() {
    let stage = Stage::set().await;
    let mut process = process(&stage, &[("RUST_LOG", "info")]).await;
    let order = order(&stage, &process).await;
    charge(&stage, &process, &order, &json!({})).send().await.expect("an answer");
    let url = format!("{}/api/gopay/orders/{}", process.url, order.order_id);
    for (token, http) in [(order.token.as_str(), 200), ("of-nobody", 401)] {
        let answered = stage.http.get(&url).bearer_auth(token).send().await.expect("an answer");
        assert_eq!(answered.status(), http);
    }
    process.tell_to_stop();
    assert_eq!(process.ended().await.code(), Some(0));
    let lines = process.lines();
    let of_the_status = |line: &&Value| {
        let path = line["span"]["http.path"].as_str().unwrap_or_default();
        line["message"] == "answered" && path.ends_with(&order.order_id)
    };
    let said: Vec<_> = lines.iter().filter(of_the_status).map(|line| line["http.status"].clone()).collect();
    assert_eq!(said, [json!(401)]);
}
