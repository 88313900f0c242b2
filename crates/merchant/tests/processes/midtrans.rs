//! `Midtrans`: the sandbox in this process, with its notifications on time, and what it knows.

use crate::program::DEADLINE;
use gopay_contract::{GrossAmount, TransactionId, TransactionStatus};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
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
    pub(crate) gross_amount: GrossAmount,
}

/// One attempt to deliver a notification.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) order_id: String,
    pub(crate) transaction_id: TransactionId,
    pub(crate) transaction_status: TransactionStatus,
    pub(crate) answer_code: Option<u16>,
    problem: Option<String>,
}

impl Delivery {
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.answer_code.is_some_and(|code| (200..300).contains(&code))
    }

    /// True if it left at all.
    pub(crate) fn was_sent(&self) -> bool {
        self.problem.as_deref() != Some("lost")
    }
}

impl Midtrans {
    pub(crate) async fn start() -> Self {
        let settings = midtrans_sandbox::Settings { retry_scale: RETRY_SCALE, ..Default::default() };
        let application = midtrans_sandbox::Application::build(settings).await.expect("the sandbox starts");
        let (stop, stopped) = oneshot::channel();
        let url = application.url();
        tokio::spawn(application.run_until_stopped(async { drop(stopped.await) }));
        // A POST that goes out on a connection which is being closed as idle is not sent again.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
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

    /// Something is to go wrong. The fault's number.
    pub(crate) async fn fault(&self, fault: Value) -> u64 {
        let planned = self.steer(Method::POST, "faults", fault).await;
        planned["id"].as_u64().unwrap_or_else(|| panic!("a fault without a number: {planned}"))
    }

    pub(crate) async fn no_more_faults(&self) {
        self.steer(Method::DELETE, "faults", Value::Null).await;
    }

    /// The numbers of the faults that have struck.
    pub(crate) async fn struck(&self) -> BTreeSet<u64> {
        let applied = self.steer(Method::GET, "faults/applied", Value::Null).await;
        let reasons = applied.as_array().expect("a log").iter().filter_map(|it| it["reason"].as_str());
        reasons.filter_map(|reason| reason.strip_prefix("asked for as fault ")?.parse().ok()).collect()
    }

    /// Its clock moves: what is not paid expires.
    pub(crate) async fn time_passes(&self, time: Duration) {
        self.steer(Method::POST, "clock/advance", json!({"seconds": time.as_secs()})).await;
    }

    async fn steer(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox/{path}", self.url);
        let response = self.http.request(method, url).json(&body).send().await.expect("the sandbox answers");
        let (http, text) = (response.status(), response.text().await.expect("a body"));
        assert!(http.is_success(), "{path}: HTTP {http} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}
