//! A transaction that Midtrans has under an attempt's `order_id`, found because the charge's answer was lost: whose it is.

use crate::language::Language;
use crate::midtrans::{Midtrans, seconds_ago};
use crate::stage::Stage;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const SEVEN_HOURS: i64 = 7 * 60 * 60;
/// Long enough for a busy machine; reached only when something is wrong.
const SOON: Duration = Duration::from_secs(90);

fn paid(more: &Value) -> Value {
    let mut words = json!({"status_code": "200", "transaction_status": "settlement"});
    words.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    words
}

/// The clock may have been ahead when the order was made: then its own charge looks older than it.
async fn knows_its_own_charge_by_its_key(language: Language) {
    let (midtrans, url) = Midtrans::start().await;
    let stage = Stage::beside(language, &url).await;
    let order = stage.orders().await;
    let then = seconds_ago(SEVEN_HOURS);
    for key in [Value::Null, json!(""), json!("key-of-another-system")] {
        midtrans.says(&order.order_id, paid(&json!({"transaction_time": then, "custom_field3": key})));
        assert_eq!(order.asks_for_the_charge().await.status(), 503, "{language:?} adopts {key}");
        assert_eq!(midtrans.notifies(&stage.http, &stage.url, &order.order_id).await, 503, "{language:?} adopts {key}");
    }
    let key = midtrans.last_charge()["custom_field3"].clone();
    assert!(key.as_str().is_some_and(|key| key.len() >= 16), "{language:?} sends {key}");
    midtrans.says(&order.order_id, paid(&json!({"transaction_time": then, "custom_field3": key})));
    let answer = order.asks_for_the_charge().await;
    assert_eq!(answer.status(), 200, "{language:?}\n{}", stage.log());
    let told = answer.text().await.unwrap();
    assert!(told.contains("settlement"), "{language:?}: {told}");
    assert!(!told.contains(key.as_str().unwrap()), "{language:?} tells the page the key: {told}");
}

/// The order as a clock has stored it that was seven hours ahead; its charge, whose answer was lost, is not.
async fn finds_its_own_charge_although_the_clock_was_ahead(language: Language) {
    let mut stage = Stage::of(language).await;
    stage.steers(Method::POST, "notification-url", json!({"url": Value::Null})).await;
    let slow = json!({"fault": "latency", "milliseconds": 3_600_000, "on": ["charge"]});
    stage.steers(Method::POST, "faults", slow).await;
    let order = stage.orders().await;
    let payer = tokio::spawn({
        let order = order.clone();
        async move { order.is_charged().await }
    });
    stage.waits_for("transactions", |list| !list.is_empty()).await;
    payer.abort();
    stage.kill();
    let then = json!({"seconds_ago": SEVEN_HOURS});
    stage.steers(Method::POST, &format!("transactions/{}/pay", order.order_id), then).await;
    stage.stores("UPDATE attempts SET next_poll_at = 0 WHERE id = ?1", &order.order_id).await;
    stage.start_again().await;
    // No charge is asked for any more: the job finds it.
    order.becomes("settlement", SOON).await;
}

/// Without the key its age decides; of what has none nobody can say that it was made for this order.
async fn adopts_nothing_without_a_time(language: Language) {
    let (midtrans, url) = Midtrans::start().await;
    let stage = Stage::beside(language, &url).await;
    for transaction_time in [Value::Null, json!(""), json!("yesterday")] {
        let order = stage.orders().await;
        midtrans.says(&order.order_id, paid(&json!({"transaction_time": transaction_time})));
        assert_eq!(order.asks_for_the_charge().await.status(), 503, "{language:?} adopts {transaction_time}");
        let notified = midtrans.notifies(&stage.http, &stage.url, &order.order_id).await;
        assert_eq!(notified, 503, "{language:?} adopts {transaction_time}");
        assert_eq!(order.asks_for_the_status().await.status(), 404, "{language:?} adopts {transaction_time}");
        // The same, with a time that can be its own.
        midtrans.says(&order.order_id, paid(&json!({})));
        assert_eq!(midtrans.notifies(&stage.http, &stage.url, &order.order_id).await, 200, "{language:?}");
        assert_eq!(order.status().await, "settlement");
    }
}

#[tokio::test]
async fn node_knows_its_own_charge_by_its_key() {
    knows_its_own_charge_by_its_key(Language::Node).await;
}

#[tokio::test]
async fn python_knows_its_own_charge_by_its_key() {
    knows_its_own_charge_by_its_key(Language::Python).await;
}

#[tokio::test]
async fn php_knows_its_own_charge_by_its_key() {
    knows_its_own_charge_by_its_key(Language::Php).await;
}

#[tokio::test]
async fn java_knows_its_own_charge_by_its_key() {
    knows_its_own_charge_by_its_key(Language::Java).await;
}

#[tokio::test]
async fn go_knows_its_own_charge_by_its_key() {
    knows_its_own_charge_by_its_key(Language::Go).await;
}

#[tokio::test]
async fn node_adopts_nothing_without_a_time() {
    adopts_nothing_without_a_time(Language::Node).await;
}

#[tokio::test]
async fn python_adopts_nothing_without_a_time() {
    adopts_nothing_without_a_time(Language::Python).await;
}

#[tokio::test]
async fn php_adopts_nothing_without_a_time() {
    adopts_nothing_without_a_time(Language::Php).await;
}

#[tokio::test]
async fn java_adopts_nothing_without_a_time() {
    adopts_nothing_without_a_time(Language::Java).await;
}

#[tokio::test]
async fn go_adopts_nothing_without_a_time() {
    adopts_nothing_without_a_time(Language::Go).await;
}

#[tokio::test]
async fn node_finds_its_own_charge_although_the_clock_was_ahead() {
    finds_its_own_charge_although_the_clock_was_ahead(Language::Node).await;
}

#[tokio::test]
async fn python_finds_its_own_charge_although_the_clock_was_ahead() {
    finds_its_own_charge_although_the_clock_was_ahead(Language::Python).await;
}

#[tokio::test]
async fn php_finds_its_own_charge_although_the_clock_was_ahead() {
    finds_its_own_charge_although_the_clock_was_ahead(Language::Php).await;
}

#[tokio::test]
async fn java_finds_its_own_charge_although_the_clock_was_ahead() {
    finds_its_own_charge_although_the_clock_was_ahead(Language::Java).await;
}

#[tokio::test]
async fn go_finds_its_own_charge_although_the_clock_was_ahead() {
    finds_its_own_charge_although_the_clock_was_ahead(Language::Go).await;
}
