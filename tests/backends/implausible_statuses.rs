//! Statuses that the sandbox never sends: doubtful ones, of another transaction, or of a time that is over.

use crate::language::Language;
use crate::midtrans::Midtrans;
use crate::stage::Stage;
use serde_json::json;

async fn believes_only_what_can_be_true(language: Language) {
    let (midtrans, url) = Midtrans::start().await;
    let stage = Stage::beside(language, &url).await;
    let order = stage.orders().await;
    order.is_charged().await;
    let said_and_believed = [
        (json!({"transaction_status": "settlement", "fraud_status": "challenge"}), "pending"),
        (json!({"transaction_status": "settled"}), "pending"),
        (json!({"transaction_status": "settlement", "gross_amount": "43999.00"}), "pending"),
        (json!({"transaction_status": "settlement", "currency": "USD"}), "pending"),
        (json!({"transaction_status": "settlement", "transaction_id": "another"}), "pending"),
        (json!({"transaction_status": "settlement", "order_id": "another"}), "pending"),
        // It is another letter case in one of Midtrans' own samples. What is empty is absent; zero refunded is nothing.
        (
            json!({"transaction_status": "SETTLEMENT", "payment_type": "qris", "fraud_status": "", "currency": "",
                "refund_amount": "0.00", "refunds": null, "expiry_time": "", "settlement_time": null}),
            "settlement",
        ),
        (json!({"transaction_status": "pending"}), "settlement"),
        (json!({"transaction_status": "expire"}), "settlement"),
        (json!({"transaction_status": "deny"}), "settlement"),
        (json!({"transaction_status": "partial_refund", "refund_amount": "4000.00"}), "partial_refund"),
        (json!({"transaction_status": "settlement"}), "partial_refund"),
        (json!({"transaction_status": "refund", "refund_amount": "44000.00"}), "refund"),
        (json!({"transaction_status": "partial_refund", "refund_amount": "9000.00"}), "refund"),
    ];
    for (said, believed) in said_and_believed {
        midtrans.says(&order.order_id, said.clone());
        midtrans.notifies(&stage.http, &stage.url, &order.order_id).await;
        let told = order.status().await.to_lowercase();
        assert_eq!(told, believed, "{language:?}, Midtrans having said {said}\n{}", stage.log());
    }
}

#[tokio::test]
async fn node_believes_only_what_can_be_true() {
    believes_only_what_can_be_true(Language::Node).await;
}

#[tokio::test]
async fn python_believes_only_what_can_be_true() {
    believes_only_what_can_be_true(Language::Python).await;
}

#[tokio::test]
async fn php_believes_only_what_can_be_true() {
    believes_only_what_can_be_true(Language::Php).await;
}

#[tokio::test]
async fn java_believes_only_what_can_be_true() {
    believes_only_what_can_be_true(Language::Java).await;
}

#[tokio::test]
async fn go_believes_only_what_can_be_true() {
    believes_only_what_can_be_true(Language::Go).await;
}
