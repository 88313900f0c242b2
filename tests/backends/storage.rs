//! A database in which nothing can be stored: a read is answered from what is known.

use crate::language::Language;
use crate::stage::Stage;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Executor as _;
use std::time::Duration;

/// Far longer than a backend waits for a lock; reached only when something is wrong.
const SOON: Duration = Duration::from_secs(90);

/// As on a full disk: of the first order not even that it was asked about can be stored, of the second the answer cannot.
async fn answers_what_it_knows_while_nothing_can_be_stored(language: Language) {
    let mut stage = Stage::of(language).await;
    let orders = [stage.orders().await, stage.orders().await];
    for order in &orders {
        order.is_charged().await;
    }
    stage.kill();
    // No job comes before the page.
    stage.stores("UPDATE attempts SET polls = 40", "").await;
    let full = "CREATE TRIGGER full BEFORE UPDATE ON attempts WHEN old.rowid = 1
        BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
    stage.stores(full, "").await;
    let nearly_full = "CREATE TRIGGER nearly_full BEFORE UPDATE OF in_doubt, status ON attempts WHEN old.rowid = 2
        BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
    stage.stores(nearly_full, "").await;
    stage.start_again().await;
    for order in &orders {
        assert_eq!(order.status().await, "pending", "{language:?}");
        stage.steers(Method::POST, &format!("transactions/{}/pay", order.order_id), json!({})).await;
    }
    // What is not stored is not acknowledged: Midtrans sends it again.
    let is_refused = |sent: &&Value| sent["transaction_status"] == "settlement" && sent["answer_code"] == 503;
    stage.waits_for("notifications", |list| list.iter().filter(is_refused).count() >= 2).await;
    for order in &orders {
        assert_eq!(order.status().await, "pending", "{language:?}");
    }
    let log = stage.log();
    assert!(log.contains("disk is full"), "{language:?} does not say why:\n{log}");

    stage.kill();
    stage.stores("DROP TRIGGER full", "").await;
    stage.stores("DROP TRIGGER nearly_full", "").await;
    stage.start_again().await;
    for order in &orders {
        order.becomes("settlement", SOON).await;
    }
}

/// Another program writes, for longer than the backend waits. (Node's driver has locks of its own, which no other has.)
async fn answers_what_it_knows_while_another_program_writes(language: Language) {
    let stage = Stage::of(language).await;
    let order = stage.orders().await;
    order.is_charged().await;
    let mut other = stage.database().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    assert_eq!(order.status().await, "pending", "{language:?}");
    other.execute("ROLLBACK").await.unwrap();
    stage.steers(Method::POST, &format!("transactions/{}/pay", order.order_id), json!({})).await;
    order.becomes("settlement", SOON).await;
}

#[tokio::test]
async fn node_answers_what_it_knows_while_nothing_can_be_stored() {
    answers_what_it_knows_while_nothing_can_be_stored(Language::Node).await;
}

#[tokio::test]
async fn python_answers_what_it_knows_while_nothing_can_be_stored() {
    answers_what_it_knows_while_nothing_can_be_stored(Language::Python).await;
}

#[tokio::test]
async fn php_answers_what_it_knows_while_nothing_can_be_stored() {
    answers_what_it_knows_while_nothing_can_be_stored(Language::Php).await;
}

#[tokio::test]
async fn java_answers_what_it_knows_while_nothing_can_be_stored() {
    answers_what_it_knows_while_nothing_can_be_stored(Language::Java).await;
}

#[tokio::test]
async fn go_answers_what_it_knows_while_nothing_can_be_stored() {
    answers_what_it_knows_while_nothing_can_be_stored(Language::Go).await;
}

#[tokio::test]
async fn python_answers_what_it_knows_while_another_program_writes() {
    answers_what_it_knows_while_another_program_writes(Language::Python).await;
}

#[tokio::test]
async fn php_answers_what_it_knows_while_another_program_writes() {
    answers_what_it_knows_while_another_program_writes(Language::Php).await;
}

#[tokio::test]
async fn java_answers_what_it_knows_while_another_program_writes() {
    answers_what_it_knows_while_another_program_writes(Language::Java).await;
}

#[tokio::test]
async fn go_answers_what_it_knows_while_another_program_writes() {
    answers_what_it_knows_while_another_program_writes(Language::Go).await;
}
