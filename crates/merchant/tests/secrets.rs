//! Secrets: not in any line of the log, at any level, and not in any answer.

#[path = "api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; this one needs only some of its verbs")]
mod stage;

use base64::Engine as _;
use gopay_contract::OrderId;
use gopay_contract::midtrans::Signature;
use gopay_merchant::NewOrder;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::json;
use stage::{DATABASE_PASSWORD, Placed, Stage, TOKEN_SECRET, rupiah, signed};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Everything that is logged, by every crate in this process.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn secrets_are_in_no_log_line_and_in_no_answer() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();

    let stage = Stage::set_with_a_curious_merchant().await;
    let of_budi = include_str!("../../contract/samples/charge-request-with-all-optional-data.json");
    let of_budi = serde_json::from_str(of_budi).expect("readable");
    let order_id = OrderId::parse("order-of-budi").expect("an order id");
    let of_budi = NewOrder::new(order_id, rupiah(44_000), "Kopi", of_budi).expect("an order");
    let of_budi = stage.places(&of_budi).await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    let mut answers = vec![charged.body.clone(), stage.status(&order).await.body];
    answers.push(stage.charge(&of_budi).await.body);
    stage.at_midtrans(&of_budi.order_id, "pay").await;
    answers.push(stage.until_status(&of_budi, "settlement").await.body);
    let mut watch = stage.watch(&order).await;
    answers.push(watch.next().await.expect("pending").1);

    // All that can go wrong, too: forged, malformed, unconfirmed, refused, unreachable, another's token.
    let forged = signed(&charged, "200", "settlement", "SB-Mid-server-of-somebody-else");
    let altered = signed(&charged, "201", "settlement", DEFAULT_SERVER_KEY);
    let mut malformed = altered.clone();
    malformed["gross_amount"] = json!("a lot");
    for notification in [&forged, &altered, &malformed] {
        answers.push(stage.notify_by_hand(notification).await.body);
    }
    let stranger = stage.order().await;
    answers.push(stage.status(&Placed { token: stranger.token.clone(), ..order.clone() }).await.body);
    for fault in ["cut_connection", "html_403", "error"] {
        stage.fault(json!({"fault": fault, "times": 0})).await;
        answers.push(stage.charge(&stranger).await.body);
        answers.push(stage.cancel(&order).await.body);
        stage.no_more_faults().await;
    }
    stage.at_midtrans(&order.order_id, "pay").await;
    answers.push(stage.until_status(&order, "settlement").await.body);
    answers.push(watch.next().await.expect("the payment").1);
    answers.push(stage.cancel(&order).await.body);
    // And what goes wrong in the database.
    for (breaks, mends) in [
        ("ALTER TABLE attempts RENAME TO away", "ALTER TABLE away RENAME TO attempts"),
        ("ALTER TABLE notifications RENAME TO away", "ALTER TABLE away RENAME TO notifications"),
    ] {
        stage.database(breaks).await;
        answers.push(stage.charge(&stranger).await.body);
        let honest = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
        let broken = stage.notify_by_hand(&honest).await;
        assert!(broken.http >= 500, "{breaks}: {}", broken.body);
        answers.push(broken.body);
        stage.database(mends).await;
    }
    let metrics = stage.get("/metrics").send().await.expect("an answer").text().await.expect("text");
    answers.push(json!(metrics));

    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{DEFAULT_SERVER_KEY}:"));
    let signature = |code| Signature::over(&order.order_id, code, "44000.00", DEFAULT_SERVER_KEY).to_hex();
    let deeplink = charged.action("deeplink-redirect").expect("a deeplink");
    let (_, deeplink_query) = deeplink.split_once('?').expect("a query");
    let logged = String::from_utf8(lines.0.lock().expect("not poisoned").clone()).expect("text");
    assert!(logged.contains(&order.order_id), "something was logged at all");
    // Of this process' crates the sandbox is somebody else's server: its own lines are not the merchant's.
    let logged: Vec<&str> = logged.lines().filter(|line| !line.contains("midtrans_sandbox")).collect();
    let secrets = [
        ("the server key", DEFAULT_SERVER_KEY.to_owned()),
        ("its Basic form", basic),
        ("the secret of the tokens", TOKEN_SECRET.to_owned()),
        ("the signature of pending", signature("201")),
        ("the signature of settlement", signature("200")),
        ("a forged signature", forged["signature_key"].as_str().expect("text").to_owned()),
        ("a customer's name", "Utomo".to_owned()),
        ("a customer's address", "budi@example.com".to_owned()),
        ("a customer's telephone", "8123456789".to_owned()),
    ];
    for (what, secret) in &secrets {
        for answer in &answers {
            assert!(!answer.to_string().contains(secret), "{what} is in {answer}");
        }
    }
    let database_url = stage.variables["MERCHANT_DATABASE_URL"].clone();
    assert_eq!(database_url.contains(DATABASE_PASSWORD), !stage.is_on_sqlite());
    let more = [
        ("the database's password", DATABASE_PASSWORD.to_owned()),
        ("an order token", order.token.clone()),
        ("another order token", stranger.token.clone()),
        ("a deeplink's query", deeplink_query.to_owned()),
    ];
    for (what, secret) in secrets.iter().chain(&more) {
        if let Some(line) = logged.iter().find(|line| line.contains(secret)) {
            panic!("{what} is in the log: {line}");
        }
    }
}
