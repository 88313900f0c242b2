//! Every line of a whole payment's log: JSON, about its order, and without a secret or a person in it.

use crate::merchant::{charge, order, process};
use crate::stage::{Answered, DATABASE_PASSWORD, Placed, Stage, TOKEN_SECRET, signed};
use base64::Engine as _;
use gopay_contract::midtrans::Signature;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};

/// Log messages about payments that must come. All of it names its order, in the line itself or in its span's.
const ABOUT_A_PAYMENT: [&str; 9] = [
    "order placed",
    "the transaction's status changed",
    "Midtrans refused",
    "a charge was not answered; asking again with the same Idempotency-Key",
    "a notification is not confirmed by get-status; it is to come again",
    "a notification contradicts our order",
    "reconciled: the status changed without a notification",
    "cancelled: another attempt counts",
    "the order was paid twice: refund one of its transactions",
];

/// Log messages about the process, or about an order that nobody has signed for. Whatever else is logged names its order.
const ABOUT_NO_PAYMENT: [&str; 5] = [
    "the merchant listens",
    "stopping on a signal",
    "the merchant has stopped",
    "answered",
    "this PostgreSQL runs with fsync = off: a power cut may lose what Midtrans was told is kept",
];

fn order_id_of(line: &Value) -> Option<&str> {
    line["order_id"].as_str().or_else(|| line["span"]["order_id"].as_str())
}

#[tokio::test]
async fn every_line_of_a_payment_names_its_order_and_no_line_a_secret() {
    let stage = Stage::set().await;
    let mut process = process(&stage, &[("RUST_LOG", "trace"), ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1")]).await;
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
    // Told too early, and of another amount; then paid, and found by reconciliation.
    let told_early = sell().await;
    let mut charged_early = pay(&told_early).await;
    stage.deliveries(&told_early.order_id, "pending", 1).await;
    stage.notify_nobody().await;
    let notify = async |charged: &Answered, http_status: u16| {
        let early = signed(charged, "200", "settlement", DEFAULT_SERVER_KEY);
        let answered = http.post(url("/api/gopay/notifications")).json(&early).send().await.expect("an answer");
        assert_eq!(answered.status(), http_status);
    };
    notify(&charged_early, 503).await;
    stage.at_midtrans(&told_early.order_id, "pay").await;
    charged_early.body["gross_amount"] = json!("1.00");
    notify(&charged_early, 400).await;
    process.until_logged("reconciled: the status changed without a notification").await;
    // Paid after its end, beside another attempt that is open, and again beside one that is paid.
    stage.notify(json!(url("/api/gopay/notifications"))).await;
    let mut late = Vec::new();
    for other_is_paid in [false, true] {
        let order = sell().await;
        let first = pay(&order).await;
        stage.at_midtrans(&order.order_id, "expire").await;
        stage.deliveries(&order.order_id, "expire", 1).await;
        let retry = json!({"retry_of": first.text("transaction_id")});
        let again = charge(&stage, &process, &order, &retry).send().await.expect("an answer");
        let again = Answered::from(again).await;
        if other_is_paid {
            stage.at_midtrans(again.text("transaction_id"), "pay").await;
            stage.deliveries(again.text("order_id"), "settlement", 1).await;
        }
        stage.pay_late(first.text("transaction_id")).await;
        late.push(order);
    }
    process.until_logged("cancelled: another attempt counts").await;
    process.until_logged("the order was paid twice: refund one of its transactions").await;
    process.tell_to_stop();
    assert_eq!(process.ended().await.code(), Some(0));

    let lines = process.lines();
    let orders = [&paid, &cancelled, &refused, &told_early, &late[0], &late[1]].map(|order| order.order_id.clone());
    for message in ABOUT_A_PAYMENT {
        let about: Vec<&Value> = lines.iter().filter(|line| line["message"] == message).collect();
        assert!(!about.is_empty(), "{message:?} was never logged");
        for line in about {
            let order_id = order_id_of(line).unwrap_or_else(|| panic!("about no order: {line}"));
            assert!(orders.iter().any(|known| known == order_id), "{line}");
        }
    }
    let ours = lines.iter().filter(|line| {
        let target = line["target"].as_str().unwrap_or_default();
        let level = line["level"].as_str().unwrap_or_default();
        target.starts_with("gopay_merchant") && ["INFO", "WARN", "ERROR"].contains(&level)
    });
    for line in ours {
        let message = line["message"].as_str().unwrap_or_default();
        assert!(ABOUT_NO_PAYMENT.contains(&message) || order_id_of(line).is_some(), "about no order: {line}");
    }
    let answered =
        lines.iter().filter(|line| line["message"] == "answered" && line["span"]["http.path"] == "/api/gopay/charge");
    let answered: Vec<&Value> = answered.collect();
    assert_eq!(answered.len(), 8);
    assert!(answered.iter().all(|line| order_id_of(line).is_some()), "{answered:#?}");
    assert!(answered.iter().all(|line| line["duration_ms"].is_u64()), "{answered:#?}");
    let payers_own = answered.iter().filter(|line| line["span"]["request_id"] == "the-payers-own");
    assert_eq!(payers_own.count(), 6, "{answered:#?}");

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

#[tokio::test]
async fn whoever_has_no_token_and_no_signature_does_not_fill_the_log() {
    const ROUNDS: usize = 60;
    let stage = Stage::set().await;
    let process = process(&stage, &[("MERCHANT_STATUSES_PER_MINUTE", "20")]).await;
    let (http, bought) = (&stage.http, order(&stage, &process).await);
    let charged = Answered::from(charge(&stage, &process, &bought, &json!({})).send().await.expect("an answer")).await;
    let forged = signed(&charged, "200", "settlement", "SB-Mid-server-of-somebody-else");
    let url = |path: &str| format!("{}{path}", process.url);
    let mut refused = std::collections::BTreeMap::new();
    for _ in 0..ROUNDS {
        for request in [
            http.post(url("/api/gopay/notifications")).json(&forged),
            http.post(url("/api/gopay/notifications")).body("no JSON"),
            http.post(url("/api/gopay/notifications")).body("x".repeat(17 * 1024)),
            http.get(url(&format!("/api/gopay/orders/{}", bought.order_id))),
            http.get(url("/api/gopay/orders/another")).bearer_auth(&bought.token),
            http.get(url("/api/no/such/thing")),
            http.get(url("/no/such/page")),
            http.get(url("/api/gopay/charge")),
            http.post(url("/api/gopay/charge")).header("Origin", "https://evil.example"),
            http.get(url("/api/openapi.json")),
        ] {
            let answered = request.send().await.expect("an answer").status().as_u16();
            *refused.entry(answered).or_insert(0) += 1;
        }
    }
    for kind in [200, 400, 401, 403, 404, 405, 413, 429] {
        assert!(refused.contains_key(&kind), "{kind} was not among them: {refused:?}");
    }
    let sent: usize = refused.values().sum();
    let metrics = process.get(http, "/metrics").send().await.expect("an answer").text().await.expect("text");
    let left_out =
        metrics.lines().find_map(|line| line.strip_prefix("gopay_log_lines_left_out_total{of=\"request\"} "));
    let left_out: usize = left_out.and_then(|count| count.parse().ok()).expect("it is counted");
    assert!(left_out > sent / 4, "only {left_out} of {sent} were left out");
    // Whoever has opened an order is always in it.
    let told = Answered::from(charge(&stage, &process, &bought, &json!({})).send().await.expect("an answer")).await;
    assert_eq!(told.http, 200);
    let answered = |line: &&Value| line["message"] == "answered";
    crate::stage::eventually("the charge's line", async || {
        process
            .lines()
            .iter()
            .filter(answered)
            .filter(|line| order_id_of(line) == Some(bought.order_id.as_str()))
            .count()
            >= 3
    })
    .await;
    let lines = process.lines();
    let of_strangers = lines.iter().filter(answered).filter(|line| order_id_of(line).is_none()).count();
    // Whether the last of them, and the one for the metrics, were written, is a matter of moments.
    assert!(
        (sent - left_out..=sent - left_out + 2).contains(&of_strangers),
        "{of_strangers} of {sent}, {left_out} left out"
    );
    assert!(lines.iter().any(|line| line["lines_left_out"].as_u64().is_some_and(|count| count > 0)), "and told");
}

#[tokio::test]
async fn a_crash_leaves_no_memory_with_the_server_key_in_it() {
    let stage = Stage::set().await;
    let process = process(&stage, &[]).await;
    let limits = format!("/proc/{}/limits", process.id());
    // Not on Linux: there is no such file.
    let Ok(limits) = std::fs::read_to_string(limits) else { return };
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().take(2).collect::<Vec<_>>(), ["0", "0"]);
}
