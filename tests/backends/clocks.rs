//! A clock that was seven hours ahead, as one that is set to Jakarta's time instead of UTC, and was set right.

use crate::language::Language;
use crate::process::ORDER_TOKEN_SECRET;
use crate::stage::Stage;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;

/// Long enough for a status poll to be due on a busy machine, and far less than seven hours.
const SOON: Duration = Duration::from_secs(90);

/// Moments that were stored while it was ahead hold up neither the page nor the job.
async fn asks_although_the_clock_was_ahead(language: Language) {
    let mut stage = Stage::of(language).await;
    stage.steers(Method::POST, "notification-url", json!({"url": Value::Null})).await;
    let (asked_about, reconciled) = (stage.orders().await, stage.orders().await);
    for order in [&asked_about, &reconciled] {
        order.is_charged().await;
        stage.steers(Method::POST, &format!("transactions/{}/pay", order.order_id), json!({})).await;
    }
    stage.kill();
    // About this one no job asks any more.
    let for_the_page = "UPDATE attempts SET polled_at = strftime('%s', 'now') + 25200, polls = 40 WHERE id = ?1";
    stage.stores(for_the_page, &asked_about.order_id).await;
    let for_the_job = "UPDATE attempts SET next_poll_at = strftime('%s', 'now') + 25200 WHERE id = ?1";
    stage.stores(for_the_job, &reconciled.order_id).await;
    stage.start_again().await;
    asked_about.becomes("settlement", SOON).await;
    reconciled.is_pushed("settlement").await;
}

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
    stage.waits_for("faults/applied", |applied| !applied.is_empty()).await;
    stage.kill();
    let wait = "SELECT CAST(next_poll_at - strftime('%s', 'now') AS TEXT) FROM attempts";
    let seconds: i64 = stage.reads(wait).await[0].parse().unwrap();
    assert!((1800..=3600).contains(&seconds), "{language:?} waits {seconds} s");
}

/// Python's tokens say when they were signed, and not when they end.
#[tokio::test]
async fn python_takes_a_token_that_a_clock_which_was_ahead_has_signed() {
    let stage = Stage::of(Language::Python).await;
    let order = stage.orders().await;
    order.is_charged().await;
    let program = "import hashlib, itsdangerous, sys, time
class Ahead(itsdangerous.TimestampSigner):
    def get_timestamp(self):
        return int(time.time()) + int(sys.argv[3])
print(Ahead(sys.argv[1], digest_method=hashlib.sha256).sign(sys.argv[2]).decode(), end='')";
    for (ahead, code) in [("0", 200), ("25200", 200), ("-86000", 200), ("-87000", 401)] {
        let mut python = Command::new(Language::Python.source().with_file_name(".venv/bin/python"));
        let signed = python.args(["-c", program, ORDER_TOKEN_SECRET, &order.order_id, ahead]).output().unwrap();
        let token = String::from_utf8(signed.stdout).unwrap();
        let answer = order.with_token(&token).asks_for_the_status().await;
        assert_eq!(answer.status(), code, "{ahead} s ahead");
    }
}

#[tokio::test]
async fn node_asks_although_the_clock_was_ahead() {
    asks_although_the_clock_was_ahead(Language::Node).await;
}

#[tokio::test]
async fn python_asks_although_the_clock_was_ahead() {
    asks_although_the_clock_was_ahead(Language::Python).await;
}

#[tokio::test]
async fn php_asks_although_the_clock_was_ahead() {
    asks_although_the_clock_was_ahead(Language::Php).await;
}

#[tokio::test]
async fn java_asks_although_the_clock_was_ahead() {
    asks_although_the_clock_was_ahead(Language::Java).await;
}

#[tokio::test]
async fn go_asks_although_the_clock_was_ahead() {
    asks_although_the_clock_was_ahead(Language::Go).await;
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
