//! The view `paid_orders`, from which a shop ships; and the attempt that a restored backup has forgotten.

use crate::language::Language;
use crate::midtrans::{Midtrans, seconds_ago, transaction_of};
use crate::stage::{Order, Stage};
use serde_json::{Value, json};

const VIEW: &str = "SELECT order_id FROM paid_orders ORDER BY order_id";

/// Midtrans says `words`, and notifies.
async fn is_notified(stage: &Stage, midtrans: &Midtrans, attempt: &str, words: Value) -> u16 {
    midtrans.says(attempt, words);
    midtrans.notifies(&stage.http, &stage.url, attempt).await
}

async fn charged(stage: &Stage) -> Order {
    let order = stage.orders().await;
    order.is_charged().await;
    order
}

async fn ships_what_is_paid_and_was_not_refunded(language: Language) {
    let (midtrans, url) = Midtrans::start().await;
    let stage = Stage::beside(language, &url).await;

    let twice = charged(&stage).await;
    let first = twice.order_id.clone();
    is_notified(&stage, &midtrans, &first, json!({"transaction_status": "expire"})).await;
    let second = twice.is_charged_again(&transaction_of(&first)).await["order_id"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    let part = json!({"transaction_status": "partial_refund", "refund_amount": "4000.00"});
    for (attempt, words, is_shipped) in [
        (&second, json!({}), false),
        (&second, json!({"transaction_status": "settlement"}), true),
        // Late: the order is paid twice.
        (&first, json!({"transaction_status": "settlement"}), true),
        // One of two is given back.
        (&first, json!({"transaction_status": "refund", "refund_amount": "44000.00"}), true),
        (&second, part, false),
        (&second, json!({"transaction_status": "refund", "refund_amount": "44000.00"}), false),
    ] {
        is_notified(&stage, &midtrans, attempt, words.clone()).await;
        let shipped = stage.reads(VIEW).await;
        let right = if is_shipped { vec![first.clone()] } else { vec![] };
        assert_eq!(shipped, right, "{language:?}, of {attempt}: {words}\n{}", stage.log());
    }

    let doubted = charged(&stage).await;
    for (fraud_status, is_shipped) in [("challenge", false), ("accept", true)] {
        let words = json!({"transaction_status": "settlement", "fraud_status": fraud_status});
        is_notified(&stage, &midtrans, &doubted.order_id, words).await;
        assert_eq!(stage.reads(VIEW).await.contains(&doubted.order_id), is_shipped, "{language:?}: {fraud_status}");
    }

    let (denied, refunded) = (charged(&stage).await, charged(&stage).await);
    let words = json!({"transaction_status": "settlement", "fraud_status": "challenge"});
    is_notified(&stage, &midtrans, &denied.order_id, words).await;
    is_notified(&stage, &midtrans, &denied.order_id, json!({"transaction_status": "deny", "fraud_status": "deny"}))
        .await;
    is_notified(&stage, &midtrans, &refunded.order_id, json!({"transaction_status": "settlement"})).await;
    assert_eq!(stage.reads(VIEW).await.len(), 2, "{language:?}");
    let words = json!({"transaction_status": "refund", "refund_amount": "44000.00"});
    is_notified(&stage, &midtrans, &refunded.order_id, words).await;
    assert_eq!(stage.reads(VIEW).await, [doubted.order_id], "{language:?}");
}

async fn finds_the_payment_of_an_attempt_that_a_backup_has_forgotten(language: Language) {
    let (midtrans, url) = Midtrans::start().await;
    let stage = Stage::beside(language, &url).await;
    let (order, other) = (stage.orders().await, stage.orders().await);
    let paid = |seconds| json!({"transaction_status": "settlement", "transaction_time": seconds_ago(seconds)});

    let forgotten = format!("{}-1767225600000", order.order_id);
    assert_eq!(is_notified(&stage, &midtrans, &forgotten, paid(0)).await, 200, "{language:?}\n{}", stage.log());
    assert_eq!(order.status().await, "settlement", "{language:?}");
    assert_eq!(stage.reads(VIEW).await, [order.order_id.as_str()], "{language:?}");

    // An earlier shop's, whose numbers were the same; and another system's.
    let older = format!("{}-1767225600000", other.order_id);
    assert_eq!(is_notified(&stage, &midtrans, &older, paid(86_400)).await, 503, "{language:?}");
    assert_eq!(other.asks_for_the_status().await.status(), 404, "{language:?}");
    for foreign in ["order-of-nobody-1767225600000", "INV/2026/01/7", "-1", ""] {
        assert_eq!(is_notified(&stage, &midtrans, foreign, paid(0)).await, 200, "{language:?}: {foreign:?}");
    }
    assert_eq!(stage.reads(VIEW).await, [order.order_id], "{language:?}");
}

#[tokio::test]
async fn node_ships_what_is_paid_and_was_not_refunded() {
    ships_what_is_paid_and_was_not_refunded(Language::Node).await;
}

#[tokio::test]
async fn python_ships_what_is_paid_and_was_not_refunded() {
    ships_what_is_paid_and_was_not_refunded(Language::Python).await;
}

#[tokio::test]
async fn php_ships_what_is_paid_and_was_not_refunded() {
    ships_what_is_paid_and_was_not_refunded(Language::Php).await;
}

#[tokio::test]
async fn java_ships_what_is_paid_and_was_not_refunded() {
    ships_what_is_paid_and_was_not_refunded(Language::Java).await;
}

#[tokio::test]
async fn go_ships_what_is_paid_and_was_not_refunded() {
    ships_what_is_paid_and_was_not_refunded(Language::Go).await;
}

#[tokio::test]
async fn node_finds_the_payment_of_an_attempt_that_a_backup_has_forgotten() {
    finds_the_payment_of_an_attempt_that_a_backup_has_forgotten(Language::Node).await;
}

#[tokio::test]
async fn python_finds_the_payment_of_an_attempt_that_a_backup_has_forgotten() {
    finds_the_payment_of_an_attempt_that_a_backup_has_forgotten(Language::Python).await;
}

#[tokio::test]
async fn php_finds_the_payment_of_an_attempt_that_a_backup_has_forgotten() {
    finds_the_payment_of_an_attempt_that_a_backup_has_forgotten(Language::Php).await;
}

#[tokio::test]
async fn java_finds_the_payment_of_an_attempt_that_a_backup_has_forgotten() {
    finds_the_payment_of_an_attempt_that_a_backup_has_forgotten(Language::Java).await;
}

#[tokio::test]
async fn go_finds_the_payment_of_an_attempt_that_a_backup_has_forgotten() {
    finds_the_payment_of_an_attempt_that_a_backup_has_forgotten(Language::Go).await;
}
