//! Sandbox fixture: Midtrans and GoPay, controlled over the sandbox's own HTTP API.

use crate::eventually::eventually;
use crate::server_task::ServerTask;
use crate::shop::SERVER_KEY;
use midtrans_sandbox::{Application, Settings};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// The sandbox, running.
pub struct Sandbox {
    url: String,
    http: Client,
    _served: ServerTask,
}

/// One attempt to deliver a notification.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its `transaction_status`.
    pub transaction_status: String,
    /// HTTP status of the merchant's answer, if there was one.
    pub answered: Option<u64>,
}

impl Sandbox {
    pub(crate) async fn opens() -> Self {
        let settings = Settings { server_key: SERVER_KEY.into(), ..Settings::default() };
        let application = Application::build(settings).await.expect("the sandbox finds a port");
        let url = application.url();
        let served = ServerTask::run(|stopped| application.run_until_stopped(stopped));
        // Only now: building the sandbox has installed what a client needs.
        Self { url, http: Client::new(), _served: served }
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn http(&self) -> &Client {
        &self.http
    }

    /// Notifications go there from now on.
    pub async fn notifies(&self, url: &str) {
        self.asks(Method::POST, "/sandbox/notification-url", Some(json!({"url": url}))).await;
    }

    /// The payer pays what hangs on this QR code, with the app of another bank.
    pub async fn is_paid_by_qr_code(&self, qris: &str) {
        let transactions = self.asks(Method::GET, "/sandbox/transactions", None).await;
        let found = transactions.as_array().into_iter().flatten().find(|transaction| transaction["qris"] == qris);
        let id = found.expect("the scanned code is one of the sandbox's")["transaction_id"].clone();
        let path = format!("/sandbox/transactions/{}/pay", id.as_str().expect("an id"));
        self.asks(Method::POST, &path, Some(json!({"via": "qris", "issuer": "dana"}))).await;
    }

    /// The payer pays, no matter how.
    pub async fn is_paid(&self, order_id: &str) {
        self.asks(Method::POST, &format!("/sandbox/transactions/{order_id}/pay"), None).await;
    }

    /// The payer's money arrives although the transaction has ended.
    pub async fn is_paid_late(&self, order_id: &str) {
        self.asks(Method::POST, &format!("/sandbox/transactions/{order_id}/pay"), Some(json!({"late": true}))).await;
    }

    /// GoPay, the merchant or the clock ends it: `deny`, `cancel` or `expire`.
    pub async fn ends(&self, order_id: &str, how: &str) {
        self.asks(Method::POST, &format!("/sandbox/transactions/{order_id}/{how}"), None).await;
    }

    /// Removes all faults.
    pub async fn recovers(&self) {
        self.asks(Method::DELETE, "/sandbox/faults", None).await;
    }

    /// The shop's staff cancels, in Midtrans' dashboard say: with the server key, through Midtrans' own API.
    pub async fn is_told_to_cancel(&self, order_id: &str) {
        self.posts_api(order_id, "cancel").await;
    }

    /// The shop's staff gives all of it back, in the same way.
    pub async fn is_told_to_refund(&self, order_id: &str) {
        self.posts_api(order_id, "refund").await;
    }

    /// One of Midtrans' own endpoints, named as the status that it leads to.
    async fn posts_api(&self, order_id: &str, what: &str) {
        let url = format!("{}/v2/{order_id}/{what}", self.url);
        let answer = self.http.post(url).basic_auth(SERVER_KEY, Some("")).json(&json!({})).send().await;
        let answer: Value = answer.expect("the sandbox answers").json().await.expect("in JSON");
        assert_eq!(answer["transaction_status"], what, "{answer}");
    }

    /// Switches behaviour that public documents leave open: see the sandbox's README.
    pub async fn behaves(&self, switches: Value) {
        self.asks(Method::PATCH, "/sandbox/behaviour", Some(switches)).await;
    }

    /// Advances Midtrans' clock.
    pub async fn waits(&self, seconds: u64) {
        self.asks(Method::POST, "/sandbox/clock/advance", Some(json!({"seconds": seconds}))).await;
    }

    /// Injects a fault: see the sandbox's README for the faults.
    pub async fn suffers(&self, fault: Value) {
        self.asks(Method::POST, "/sandbox/faults", Some(fault)).await;
    }

    /// The text of the QR code of the order's last attempt.
    pub async fn qris_of(&self, order_id: &str) -> String {
        let charge = self.charges_of(order_id).await.pop().expect("it was charged");
        charge["qris"].as_str().expect("the sandbox makes one").to_owned()
    }

    /// Every charge whose `order_id` begins with this one: the order's attempts.
    pub async fn charges_of(&self, order_id: &str) -> Vec<Value> {
        let transactions = self.asks(Method::GET, "/sandbox/transactions", None).await;
        let belongs =
            |transaction: &&Value| transaction["order_id"].as_str().is_some_and(|id| id.starts_with(order_id));
        transactions.as_array().expect("a list").iter().filter(belongs).cloned().collect()
    }

    /// The last notification is sent once more, and the merchant has answered it.
    pub async fn notifies_again(&self, order_id: &str) {
        let before = self.deliveries(order_id).await.len();
        self.asks(Method::POST, &format!("/sandbox/notifications/{order_id}/resend"), None).await;
        eventually("the merchant answers a doubled notification", async || {
            let deliveries = self.deliveries(order_id).await;
            let answered = deliveries.len() > before && deliveries.iter().all(|delivery| delivery.answered.is_some());
            if answered { Ok(()) } else { Err(deliveries) }
        })
        .await;
    }

    /// Every attempt to deliver a notification about this order, oldest first.
    pub async fn deliveries(&self, order_id: &str) -> Vec<Delivery> {
        let all = self.asks(Method::GET, "/sandbox/notifications", None).await;
        let all = all.as_array().cloned().unwrap_or_default();
        let about = all.iter().filter(|delivery| delivery["order_id"] == order_id);
        about
            .map(|delivery| Delivery {
                transaction_status: delivery["transaction_status"].as_str().unwrap_or_default().to_owned(),
                answered: delivery["answer_code"].as_u64(),
            })
            .collect()
    }

    async fn asks(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the sandbox answers");
        let status: StatusCode = answer.status();
        let text = answer.text().await.expect("a text");
        assert!(status.is_success(), "{path} answered {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}
