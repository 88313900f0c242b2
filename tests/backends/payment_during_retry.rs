//! A payment that is stored while a retry is on its way: nothing is charged beside it.

use crate::language::Language;
use crate::stage::{Order, Stage, TIME_LIMIT};
use reqwest::Method;
use serde_json::{Value, json};

/// As if another process had stored the payment: after the backend has read the order's attempts, and before it charges.
const PAID_AT_THE_LAST_MOMENT: &str = "CREATE TRIGGER paid_at_the_last_moment AFTER INSERT ON attempts
    BEGIN
        UPDATE attempts SET rank = 2, transaction_status = 'settlement',
            status = json_set(status, '$.transaction_status', 'settlement')
        WHERE order_id = new.order_id AND id <> new.id;
    END";

/// An order whose charge has expired, and that transaction. Ends the backend.
async fn expired_order(stage: &mut Stage) -> (Order, String) {
    let order = stage.orders().await;
    let charge = order.is_charged().await;
    stage.steers(Method::POST, &format!("transactions/{}/expire", order.order_id), json!({})).await;
    order.becomes("expire", TIME_LIMIT).await;
    stage.kill();
    // No job asks before the retry does.
    stage.stores("UPDATE attempts SET polls = 40", "").await;
    (order, charge["transaction_id"].as_str().unwrap().to_owned())
}

async fn answers_with_the_payment(language: Language, stage: &Stage, answer: &Value) {
    assert_eq!(answer["transaction_status"], "settlement", "{language:?}\n{}", stage.log());
    let all = stage.waits_for("transactions", |_| true).await;
    assert_eq!(all.len(), 1, "{language:?} has charged beside a payment: {all:?}");
}

/// Midtrans has said `expire` and the answer is on its way when the notification of a late payment comes.
async fn finds_what_a_notification_stores_while_midtrans_is_asked(language: Language) {
    let mut stage = Stage::of(language).await;
    let (order, ended) = expired_order(&mut stage).await;
    stage.start_again().await;
    let held = json!({"fault": "latency", "milliseconds": 3000, "on": ["status"], "times": 1});
    stage.steers(Method::POST, "faults", held).await;
    let paid = async {
        stage.waits_for("faults", <[Value]>::is_empty).await;
        stage.steers(Method::POST, &format!("transactions/{}/pay", order.order_id), json!({"late": true})).await;
        let is_stored = |sent: &Value| sent["transaction_status"] == "settlement" && sent["answer_code"] == 200;
        stage.waits_for("notifications", |list| list.iter().any(is_stored)).await;
    };
    let (answer, ()) = tokio::join!(order.is_charged_again(&ended), paid);
    answers_with_the_payment(language, &stage, &answer).await;
}

async fn charges_nothing_beside_a_payment_of_the_last_moment(language: Language) {
    let mut stage = Stage::of(language).await;
    let (order, ended) = expired_order(&mut stage).await;
    stage.stores(PAID_AT_THE_LAST_MOMENT, "").await;
    stage.start_again().await;
    let answer = order.is_charged_again(&ended).await;
    answers_with_the_payment(language, &stage, &answer).await;
}

#[tokio::test]
async fn node_finds_what_a_notification_stores_while_midtrans_is_asked() {
    finds_what_a_notification_stores_while_midtrans_is_asked(Language::Node).await;
}

#[tokio::test]
async fn python_finds_what_a_notification_stores_while_midtrans_is_asked() {
    finds_what_a_notification_stores_while_midtrans_is_asked(Language::Python).await;
}

#[tokio::test]
async fn php_finds_what_a_notification_stores_while_midtrans_is_asked() {
    finds_what_a_notification_stores_while_midtrans_is_asked(Language::Php).await;
}

#[tokio::test]
async fn java_finds_what_a_notification_stores_while_midtrans_is_asked() {
    finds_what_a_notification_stores_while_midtrans_is_asked(Language::Java).await;
}

#[tokio::test]
async fn go_finds_what_a_notification_stores_while_midtrans_is_asked() {
    finds_what_a_notification_stores_while_midtrans_is_asked(Language::Go).await;
}

#[tokio::test]
async fn node_charges_nothing_beside_a_payment_of_the_last_moment() {
    charges_nothing_beside_a_payment_of_the_last_moment(Language::Node).await;
}

#[tokio::test]
async fn python_charges_nothing_beside_a_payment_of_the_last_moment() {
    charges_nothing_beside_a_payment_of_the_last_moment(Language::Python).await;
}

#[tokio::test]
async fn php_charges_nothing_beside_a_payment_of_the_last_moment() {
    charges_nothing_beside_a_payment_of_the_last_moment(Language::Php).await;
}

#[tokio::test]
async fn java_charges_nothing_beside_a_payment_of_the_last_moment() {
    charges_nothing_beside_a_payment_of_the_last_moment(Language::Java).await;
}

#[tokio::test]
async fn go_charges_nothing_beside_a_payment_of_the_last_moment() {
    charges_nothing_beside_a_payment_of_the_last_moment(Language::Go).await;
}
