//! A payment whose notification never came, and about which no page asks.

use crate::language::Language;
use crate::stage::Stage;
use reqwest::Method;
use serde_json::{Value, json};

/// The push stream reads the shop's own database: what it says after the payment, the reconciliation job has found.
async fn finds_a_payment_that_it_was_not_notified_of(language: Language) {
    let stage = Stage::of(language).await;
    stage.steers(Method::POST, "notification-url", json!({"url": Value::Null})).await;
    let order = stage.orders().await;
    order.is_charged().await;
    stage.steers(Method::POST, &format!("transactions/{}/pay", order.order_id), json!({})).await;
    order.is_pushed("settlement").await;
    let sent = stage.steers(Method::GET, "notifications", Value::Null).await;
    assert_eq!(sent, json!([]), "{language:?} was notified");
}

#[tokio::test]
async fn node_finds_a_payment_that_it_was_not_notified_of() {
    finds_a_payment_that_it_was_not_notified_of(Language::Node).await;
}

#[tokio::test]
async fn python_finds_a_payment_that_it_was_not_notified_of() {
    finds_a_payment_that_it_was_not_notified_of(Language::Python).await;
}

#[tokio::test]
async fn php_finds_a_payment_that_it_was_not_notified_of() {
    finds_a_payment_that_it_was_not_notified_of(Language::Php).await;
}

#[tokio::test]
async fn java_finds_a_payment_that_it_was_not_notified_of() {
    finds_a_payment_that_it_was_not_notified_of(Language::Java).await;
}

#[tokio::test]
async fn go_finds_a_payment_that_it_was_not_notified_of() {
    finds_a_payment_that_it_was_not_notified_of(Language::Go).await;
}
