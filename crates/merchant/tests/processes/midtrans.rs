//! `Midtrans`: the sandbox in this process, with its notifications on time, and what it knows.

use crate::program::DEADLINE;
use gopay_contract::{TransactionId, TransactionStatus};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Two minutes become 0.12 s, three and a half hours 12.6 s.
const RETRY_SCALE: f64 = 0.001;

#[derive(Clone)]
pub(crate) struct Midtrans {
    pub(crate) url: String,
    http: reqwest::Client,
    _stops_when_dropped: std::sync::Arc<oneshot::Sender<()>>,
}

/// A line of its ledger.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Charged {
    pub(crate) order_id: String,
    pub(crate) transaction_id: TransactionId,
    pub(crate) transaction_status: TransactionStatus,
}

/// One attempt to deliver a notification, and whether there was to be another.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) order_id: String,
    pub(crate) transaction_id: TransactionId,
    pub(crate) transaction_status: TransactionStatus,
    pub(crate) answer_code: Option<u16>,
    will_retry: bool,
}

impl Delivery {
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.answer_code.is_some_and(|code| (200..300).contains(&code))
    }
}

impl Midtrans {
    pub(crate) async fn start() -> Self {
        let settings = midtrans_sandbox::Settings { retry_scale: RETRY_SCALE, ..Default::default() };
        let application = midtrans_sandbox::Application::build(settings).await.expect("the sandbox starts");
        let (stop, stopped) = oneshot::channel();
        let url = application.url();
        tokio::spawn(application.run_until_stopped(async { drop(stopped.await) }));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { url, http, _stops_when_dropped: std::sync::Arc::new(stop) }
    }

    pub(crate) async fn notify(&self, url: &str) {
        self.steer(Method::POST, "notification-url", json!({"url": url})).await;
    }

    pub(crate) async fn ledger(&self) -> Vec<Charged> {
        let all = self.steer(Method::GET, "transactions", Value::Null).await;
        serde_json::from_value(all).expect("a ledger")
    }

    /// The transactions of a shop's order, all attempts together.
    pub(crate) async fn transactions_of(&self, order_id: &str) -> Vec<Charged> {
        let mut all = self.ledger().await;
        all.retain(|charged| charged.order_id.starts_with(order_id));
        all
    }

    pub(crate) async fn deliveries(&self) -> Vec<Delivery> {
        let all = self.steer(Method::GET, "notifications", Value::Null).await;
        serde_json::from_value(all).expect("a log")
    }

    /// What an operator does on Midtrans' dashboard after an outage: sends what was given up once more, and only that. The
    /// number of them.
    pub(crate) async fn resend_given_up(&self, charged: &[&Charged], deliveries: &[Delivery]) -> usize {
        let mut count = 0;
        for charged in charged {
            let is_it = |told: &&Delivery| {
                told.transaction_id == charged.transaction_id && told.transaction_status == charged.transaction_status
            };
            let told: Vec<&Delivery> = deliveries.iter().filter(is_it).collect();
            let is_given_up = told.last().is_some_and(|last| !last.will_retry);
            if is_given_up && !told.iter().any(|told| told.is_acknowledged()) {
                self.steer(Method::POST, &format!("notifications/{}/resend", charged.order_id), json!({})).await;
                count += 1;
            }
        }
        count
    }

    /// Waits until the merchant has acknowledged a notification of this status.
    pub(crate) async fn until_acknowledged(&self, order_id: &str, status: &TransactionStatus) {
        let started = Instant::now();
        loop {
            let deliveries = self.deliveries().await;
            let is_it = |told: &Delivery| {
                told.order_id == order_id && told.transaction_status == *status && told.is_acknowledged()
            };
            if deliveries.iter().any(is_it) {
                return;
            }
            assert!(started.elapsed() < DEADLINE, "{status} is never acknowledged: {deliveries:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The payer pays (`pay`), or Midtrans ends it (`expire`, `deny`). Whether it could be done.
    pub(crate) async fn act(&self, id: &TransactionId, verb: &str) -> bool {
        self.act_with(id, verb, json!({})).await
    }

    /// Money that Midtrans learns of after the end.
    pub(crate) async fn pay_late(&self, id: &TransactionId) -> bool {
        self.act_with(id, "pay", json!({"late": true})).await
    }

    async fn act_with(&self, id: &TransactionId, verb: &str, body: Value) -> bool {
        let url = format!("{}/sandbox/transactions/{id}/{verb}", self.url);
        self.http.post(url).json(&body).send().await.expect("the sandbox answers").status().is_success()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.steer(Method::POST, "faults", fault).await;
    }

    async fn steer(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox/{path}", self.url);
        let response = self.http.request(method, url).json(&body).send().await.expect("the sandbox answers");
        let (http, text) = (response.status(), response.text().await.expect("a body"));
        assert!(http.is_success(), "{path}: HTTP {http} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}
