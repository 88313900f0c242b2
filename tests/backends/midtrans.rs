//! A Midtrans that says what it is told to say, as the sandbox never would.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use gopay_contract::JakartaTime;
use reqwest::Client;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

/// A Midtrans whose answers about each `order_id` are set: fields beside, or instead of, those of a pending transaction.
#[derive(Clone, Default)]
pub(crate) struct Midtrans(Arc<Mutex<Words>>);

#[derive(Default)]
struct Words {
    of: HashMap<String, Value>,
    charges: Vec<Value>,
}

impl Midtrans {
    /// Starts it; its URL comes with it.
    pub(crate) async fn start() -> (Self, String) {
        let midtrans = Self::default();
        let routes = Router::new()
            .route("/v2/charge", post(charge))
            .route("/v2/{id}/status", get(status))
            .route("/v2/{id}/cancel", post(|| async { Json(json!({"status_code": "412", "status_message": "No."})) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, routes.with_state(midtrans.clone())).into_future());
        (midtrans, url)
    }

    pub(crate) fn says(&self, order_id: &str, words: Value) {
        self.0.lock().unwrap().of.insert(order_id.to_owned(), words);
    }

    /// The body of the last request for a charge.
    pub(crate) fn last_charge(&self) -> Value {
        self.0.lock().unwrap().charges.last().unwrap().clone()
    }

    fn answer(&self, order_id: &str) -> Value {
        let mut answer = json!({
            "status_code": "201", "transaction_id": transaction_of(order_id), "order_id": order_id,
            "gross_amount": "44000.00", "currency": "IDR", "payment_type": "gopay", "transaction_status": "pending",
            "transaction_time": seconds_ago(0), "fraud_status": "accept",
        });
        let words = self.0.lock().unwrap().of.get(order_id).cloned().unwrap_or_else(|| json!({}));
        answer.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
        answer
    }

    /// Sends a notification that is rightly signed, whatever it says: a reason to ask. Returns how it was answered.
    pub(crate) async fn notifies(&self, http: &Client, url: &str, order_id: &str) -> u16 {
        let signed = format!("{order_id}20044000.00{}", midtrans_sandbox::DEFAULT_SERVER_KEY);
        let signature: String = Sha512::digest(signed).iter().map(|byte| format!("{byte:02x}")).collect();
        let said = self.answer(order_id);
        let body = json!({"order_id": order_id, "status_code": "200", "gross_amount": "44000.00",
            "transaction_id": said["transaction_id"], "transaction_status": said["transaction_status"],
            "signature_key": signature});
        let answer = http.post(format!("{url}/api/gopay/notifications")).json(&body).send().await.unwrap();
        answer.status().as_u16()
    }
}

pub(crate) fn transaction_of(order_id: &str) -> String {
    format!("transaction-of-{order_id}")
}

/// A `transaction_time`.
pub(crate) fn seconds_ago(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    JakartaTime::from_unix_seconds(i64::try_from(now).unwrap() - seconds).to_string()
}

/// An order that it was told something about has a transaction already: 406.
async fn charge(State(midtrans): State<Midtrans>, Json(body): Json<Value>) -> Json<Value> {
    let order_id = body["transaction_details"]["order_id"].as_str().unwrap().to_owned();
    let is_new = {
        let mut words = midtrans.0.lock().unwrap();
        words.charges.push(body);
        !words.of.contains_key(&order_id)
    };
    let used = json!({"status_code": "406", "status_message": "The order_id has been used."});
    Json(if is_new { midtrans.answer(&order_id) } else { used })
}

async fn status(State(midtrans): State<Midtrans>, Path(order_id): Path<String>) -> Json<Value> {
    Json(midtrans.answer(&order_id))
}
