//! How long a backend waits.

use crate::language::Language;
use crate::stage::Stage;
use reqwest::Method;
use serde_json::json;

/// A wait grows to an hour, and no further: else a payment is found days later.
async fn waits_no_longer_than_an_hour(language: Language) {
    let mut stage = Stage::of(language).await;
    let order = stage.orders().await;
    order.is_charged().await;
    stage.kill();
    stage.stores("UPDATE attempts SET polls = 20, next_poll_at = 0 WHERE id = ?1", &order.order_id).await;
    let polls = json!({"fault": "latency", "milliseconds": 1, "on": ["status"], "times": 0});
    stage.steers(Method::POST, "faults", polls).await;
    stage.start_again().await;
    stage.waits_for("faults/played", |played| !played.is_empty()).await;
    stage.kill();
    let wait = "SELECT CAST(next_poll_at - strftime('%s', 'now') AS TEXT) FROM attempts";
    let seconds: i64 = stage.reads(wait).await[0].parse().unwrap();
    assert!((1800..=3600).contains(&seconds), "{language:?} waits {seconds} s");
}

#[tokio::test]
async fn node_waits_no_longer_than_an_hour() {
    waits_no_longer_than_an_hour(Language::Node).await;
}

#[tokio::test]
async fn python_waits_no_longer_than_an_hour() {
    waits_no_longer_than_an_hour(Language::Python).await;
}

#[tokio::test]
async fn php_waits_no_longer_than_an_hour() {
    waits_no_longer_than_an_hour(Language::Php).await;
}

#[tokio::test]
async fn java_waits_no_longer_than_an_hour() {
    waits_no_longer_than_an_hour(Language::Java).await;
}

#[tokio::test]
async fn go_waits_no_longer_than_an_hour() {
    waits_no_longer_than_an_hour(Language::Go).await;
}
