//! Statuses that the sandbox never sends: doubtful ones, of another transaction, or of a time that is over.

use crate::language::Language;
use crate::process::{Backend, client, free_port};
use crate::stage::{Order, order_at};
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use reqwest::Client;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A Midtrans that says about every order what it is told to say.
type Words = Arc<Mutex<Value>>;

const TRANSACTION_ID: &str = "5f1f0f3e-0000-4000-8000-000000000001";

fn answer(words: &Words, order_id: &str) -> Json<Value> {
    let mut answer = json!({
        "status_code": "201", "transaction_id": TRANSACTION_ID, "order_id": order_id, "gross_amount": "44000.00",
        "currency": "IDR", "payment_type": "gopay", "transaction_status": "pending", "fraud_status": "accept",
    });
    let words = words.lock().unwrap().as_object().unwrap().clone();
    answer.as_object_mut().unwrap().extend(words);
    Json(answer)
}

async fn charge(State(words): State<Words>, Json(body): Json<Value>) -> Json<Value> {
    answer(&words, body["transaction_details"]["order_id"].as_str().unwrap())
}

async fn status(State(words): State<Words>, Path(order_id): Path<String>) -> Json<Value> {
    answer(&words, &order_id)
}

async fn start_midtrans(words: Words) -> String {
    let routes = Router::new().route("/v2/charge", post(charge)).route("/v2/{id}/status", get(status));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, routes.with_state(words)).into_future());
    url
}

/// A notification that is rightly signed, whatever it says: a reason to ask.
async fn notifies(http: &Client, url: &str, order: &Order) {
    let signed = format!("{}20044000.00{}", order.order_id, midtrans_sandbox::DEFAULT_SERVER_KEY);
    let signature: String = Sha512::digest(signed).iter().map(|byte| format!("{byte:02x}")).collect();
    let body = json!({"order_id": order.order_id, "status_code": "200", "gross_amount": "44000.00",
        "transaction_id": TRANSACTION_ID, "transaction_status": "settlement", "signature_key": signature});
    http.post(format!("{url}/api/gopay/notifications")).json(&body).send().await.unwrap();
}

async fn believes_only_what_can_be_true(language: Language) {
    let words = Words::new(Mutex::new(json!({})));
    let midtrans = start_midtrans(Arc::clone(&words)).await;
    let (port, folder) = (free_port(), TempDir::new().unwrap());
    let backend = Backend::start(language, port, &midtrans, folder.path()).await;
    let (url, http) = (format!("http://127.0.0.1:{port}"), client());
    let order = order_at(&url, &http).await;
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
        *words.lock().unwrap() = said.clone();
        notifies(&http, &url, &order).await;
        let told = order.status().await.to_lowercase();
        assert_eq!(told, believed, "{language:?}, Midtrans having said {said}\n{}", backend.written());
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
