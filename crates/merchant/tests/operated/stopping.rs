//! Told to stop, it finishes what it has begun, whoever still waits for it.

use crate::merchant::{charge, order, process};
use crate::process::Process;
use crate::stage::{Answered, Stage, eventually, signed};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_open_stream_ends_with_a_whole_last_chunk() {
    let stage = Stage::set().await;
    let mut process = process(&stage, &[]).await;
    let order = order(&stage, &process).await;
    charge(&stage, &process, &order, &Value::Null).send().await.expect("an answer");
    let path = format!("/api/gopay/orders/{}/events", order.order_id);
    let mut stream = process.get(&stage.http, &path).bearer_auth(&order.token).send().await.expect("a stream");
    let first = stream.chunk().await.expect("a chunk").expect("pending");
    assert!(String::from_utf8_lossy(&first).contains("pending"));
    process.tell_to_stop();
    // The client's own HTTP library tells an end from a cut: a cut is an error here.
    while stream.chunk().await.expect("an end, and no cut").is_some() {}
    assert_eq!(process.ended().await.code(), Some(0), "{:#?}", process.lines());
}

#[tokio::test]
async fn a_charge_in_flight_is_answered_and_kept() {
    let stage = Stage::set().await;
    let database = stage.another_database();
    let mut first = process(&stage, &[("MERCHANT_DATABASE_URL", &database)]).await;
    let order = order(&stage, &first).await;
    stage.fault(json!({"fault": "latency", "milliseconds": 2000, "on": ["charge"]})).await;
    let waiting = tokio::spawn(charge(&stage, &first, &order, &Value::Null).send());
    eventually("the charge is at Midtrans", async || !stage.transactions_of(&order).await.is_empty()).await;
    first.tell_to_stop();
    let charged = Answered::from(waiting.await.expect("a task").expect("an answer")).await;
    assert_eq!((charged.http, charged.text("transaction_status")), (200, "pending"), "{}", charged.body);
    assert!(charged.action("deeplink-redirect").is_some(), "{}", charged.body);
    assert_eq!(first.ended().await.code(), Some(0), "{:#?}", first.lines());

    let second = process(&stage, &[("MERCHANT_DATABASE_URL", &database)]).await;
    let resumed = Answered::from(charge(&stage, &second, &order, &Value::Null).send().await.expect("an answer")).await;
    assert_eq!(resumed.body, charged.body);
    assert_eq!(stage.transactions_of(&order).await.len(), 1);
}

#[tokio::test]
async fn a_charge_whose_payer_has_left_is_kept_with_its_actions() {
    let mut stage = Stage::set().await;
    let database = stage.another_database();
    let mut first = process(&stage, &[("MERCHANT_DATABASE_URL", &database)]).await;
    let order = order(&stage, &first).await;
    stage.fault(json!({"fault": "latency", "milliseconds": 2000, "on": ["charge"]})).await;
    let waiting = tokio::spawn(charge(&stage, &first, &order, &Value::Null).send());
    eventually("the charge is at Midtrans", async || !stage.transactions_of(&order).await.is_empty()).await;
    waiting.abort();
    assert!(waiting.await.expect_err("the payer has left").is_cancelled());
    first.tell_to_stop();
    assert_eq!(first.ended().await.code(), Some(0), "{:#?}", first.lines());

    // Midtrans would repeat its answer for the same Idempotency-Key; what comes now was kept.
    stage.sandbox.stop().await;
    let second = process(&stage, &[("MERCHANT_DATABASE_URL", &database)]).await;
    let resumed = Answered::from(charge(&stage, &second, &order, &Value::Null).send().await.expect("an answer")).await;
    assert!(resumed.action("deeplink-redirect").is_some(), "only the charge's own answer has it: {}", resumed.body);
}

#[tokio::test]
async fn a_notification_in_flight_is_answered_and_kept() {
    let stage = Stage::set().await;
    let database = stage.another_database();
    let mut first = process(&stage, &[("MERCHANT_DATABASE_URL", &database)]).await;
    let order = order(&stage, &first).await;
    let charged = Answered::from(charge(&stage, &first, &order, &Value::Null).send().await.expect("an answer")).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    stage.notify_nobody().await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.fault(json!({"fault": "latency", "milliseconds": 2000, "on": ["status"]})).await;
    let settlement = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    let request = stage.http.post(format!("{}/api/gopay/notifications", first.url)).json(&settlement);
    let waiting = tokio::spawn(request.send());
    // The fault is used up: get-status is being asked, slowly.
    eventually("the fault is applied", async || stage.steer(Method::GET, "faults", Value::Null).await == json!([]))
        .await;
    first.tell_to_stop();
    assert_eq!(waiting.await.expect("a task").expect("an answer").status(), 200);
    assert_eq!(first.ended().await.code(), Some(0), "{:#?}", first.lines());

    let mut stage = stage;
    stage.sandbox.stop().await;
    let second = process(&stage, &[("MERCHANT_DATABASE_URL", &database)]).await;
    let path = format!("/api/gopay/orders/{}", order.order_id);
    let request = second.get(&stage.http, &path).bearer_auth(&order.token);
    let status = Answered::from(request.send().await.expect("an answer")).await;
    assert_eq!(status.text("transaction_status"), "settlement", "it was stored before it was answered");
}

#[tokio::test]
async fn it_says_that_it_is_not_ready_before_it_stops_answering() {
    let stage = Stage::set().await;
    let mut process = process(&stage, &[("MERCHANT_DRAIN_SECONDS", "600")]).await;
    let ready = async |process: &Process| process.get(&stage.http, "/readyz").send().await.expect("an answer").status();
    assert_eq!(ready(&process).await, 200);
    process.tell_to_stop();
    eventually("it drains", async || ready(&process).await == 503).await;
    let order = order(&stage, &process).await;
    let charged = charge(&stage, &process, &order, &Value::Null).send().await.expect("an answer");
    assert_eq!(charged.status(), 200, "whoever is sent here still is served");
    // Told twice, it waits for nobody's load balancer any more.
    process.tell_to_stop();
    assert_eq!(process.ended().await.code(), Some(0), "{:#?}", process.lines());
}

#[tokio::test]
async fn after_its_limit_it_goes_anyway_and_says_so() {
    let stage = Stage::set().await;
    let mut process = process(&stage, &[("MERCHANT_STOP_LIMIT_SECONDS", "1")]).await;
    let order = order(&stage, &process).await;
    // Longer than this test waits for anything.
    stage.fault(json!({"fault": "latency", "milliseconds": 60000, "on": ["charge"], "times": 0})).await;
    let waiting = tokio::spawn(charge(&stage, &process, &order, &Value::Null).send());
    eventually("the charge is at Midtrans", async || !stage.transactions_of(&order).await.is_empty()).await;
    process.tell_to_stop();
    assert_eq!(process.ended().await.code(), Some(0), "{:#?}", process.lines());
    let left = process.lines().into_iter().find(|line| line["message"] == "stopped with unfinished tasks");
    assert_eq!(left.expect("it says so")["level"], "WARN");
    assert!(waiting.await.expect("a task").is_err(), "nobody was answered");
}
