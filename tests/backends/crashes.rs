//! Each backend ended by `kill -9` in the middle of what counts, and started again.

use crate::language::Language;
use crate::stage::Stage;
use reqwest::Method;
use serde_json::json;

/// Midtrans was answered with 200, and will not tell again.
async fn remembers_what_it_acknowledged(language: Language) {
    let mut stage = Stage::of(language).await;
    let order = stage.orders().await;
    let charge = order.is_charged().await;
    stage.steers(Method::POST, &format!("transactions/{}/pay", order.order_id), json!({})).await;
    let is_taken = |sent: &serde_json::Value| sent["transaction_status"] == "settlement" && sent["answer_code"] == 200;
    stage.waits_for("notifications", |list| list.iter().any(is_taken)).await;
    stage.kill();
    // Nor can it be asked.
    stage.steers(Method::POST, "faults", json!({"fault": "cut_connection", "on": ["status"], "times": 0})).await;
    stage.start_again().await;
    assert_eq!(order.status().await, "settlement");
    assert_eq!(order.is_charged().await["transaction_id"], charge["transaction_id"]);
}

/// Midtrans made the charge, and the backend dies before it hears of it.
async fn finds_the_charge_that_it_died_in(language: Language) {
    let mut stage = Stage::of(language).await;
    let order = stage.orders().await;
    let slow = json!({"fault": "latency", "milliseconds": 3_600_000, "on": ["charge"]});
    stage.steers(Method::POST, "faults", slow).await;
    let payer = tokio::spawn({
        let order = order.clone();
        async move { order.is_charged().await }
    });
    let made = stage.waits_for("transactions", |list| !list.is_empty()).await;
    stage.kill();
    stage.start_again().await;
    let charge = payer.await.unwrap();
    assert_eq!(charge["transaction_id"], made[0]["transaction_id"]);
    assert!(charge["actions"][0]["url"].as_str().unwrap().contains("/qr-code"), "{charge}");
    assert_eq!(stage.waits_for("transactions", |_| true).await.len(), 1, "it was charged twice");
}

#[tokio::test]
async fn node_remembers_what_it_acknowledged() {
    remembers_what_it_acknowledged(Language::Node).await;
}

#[tokio::test]
async fn python_remembers_what_it_acknowledged() {
    remembers_what_it_acknowledged(Language::Python).await;
}

#[tokio::test]
async fn php_remembers_what_it_acknowledged() {
    remembers_what_it_acknowledged(Language::Php).await;
}

#[tokio::test]
async fn java_remembers_what_it_acknowledged() {
    remembers_what_it_acknowledged(Language::Java).await;
}

#[tokio::test]
async fn go_remembers_what_it_acknowledged() {
    remembers_what_it_acknowledged(Language::Go).await;
}

#[tokio::test]
async fn node_finds_the_charge_that_it_died_in() {
    finds_the_charge_that_it_died_in(Language::Node).await;
}

#[tokio::test]
async fn python_finds_the_charge_that_it_died_in() {
    finds_the_charge_that_it_died_in(Language::Python).await;
}

#[tokio::test]
async fn php_finds_the_charge_that_it_died_in() {
    finds_the_charge_that_it_died_in(Language::Php).await;
}

#[tokio::test]
async fn java_finds_the_charge_that_it_died_in() {
    finds_the_charge_that_it_died_in(Language::Java).await;
}

#[tokio::test]
async fn go_finds_the_charge_that_it_died_in() {
    finds_the_charge_that_it_died_in(Language::Go).await;
}
