//! The sandbox, a backend that it notifies, and a payer.

use crate::database;
use crate::language::Language;
use crate::process::{Backend, PAUSE, client, free_port};
use midtrans_sandbox::{Application, Settings};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Long enough for a busy machine; reached only when something is wrong.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    language: Language,
    port: u16,
    pub(crate) url: String,
    pub(crate) sandbox: String,
    backend: Option<Backend>,
    folder: TempDir,
    pub(crate) http: Client,
}

impl Stage {
    pub(crate) async fn of(language: Language) -> Self {
        let application = Application::build(Settings::default()).await.unwrap();
        let sandbox = application.url();
        tokio::spawn(application.run_until_stopped(std::future::pending()));
        let stage = Self::beside(language, &sandbox).await;
        let notify = json!({"url": format!("{}/api/gopay/notifications", stage.url)});
        stage.steers(Method::POST, "notification-url", notify).await;
        stage
    }

    /// Without a sandbox: with the Midtrans at this URL.
    pub(crate) async fn beside(language: Language, midtrans: &str) -> Self {
        let (port, folder) = (free_port(), TempDir::new().unwrap());
        let backend = Backend::start(language, port, midtrans, folder.path()).await;
        let (url, sandbox, http) = (format!("http://127.0.0.1:{port}"), midtrans.to_owned(), client());
        Self { language, port, url, sandbox, backend: Some(backend), folder, http }
    }

    /// Ends the backend as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.backend = None;
    }

    /// Starts it again, with the same database and port.
    pub(crate) async fn start_again(&mut self) {
        self.backend = Some(Backend::start(self.language, self.port, &self.sandbox, self.folder.path()).await);
    }

    /// Changes its database while it has ended: `?1` in the statement is `value`.
    pub(crate) async fn stores(&self, statement: &'static str, value: &str) {
        database::run(self.folder.path(), statement, value).await;
    }

    /// Its database, opened beside it.
    pub(crate) async fn database(&self) -> SqliteConnection {
        database::open(self.folder.path()).await
    }

    /// The texts that a query finds in its database.
    pub(crate) async fn reads(&self, query: &'static str) -> Vec<String> {
        database::texts(self.folder.path(), query).await
    }

    /// The backend's output.
    pub(crate) fn log(&self) -> String {
        self.backend.as_ref().map(Backend::written).unwrap_or_default()
    }

    pub(crate) async fn steers(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.http.request(method, format!("{}/sandbox/{path}", self.sandbox)).json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        answer.json().await.unwrap_or_default()
    }

    /// A list of the sandbox's, once it `is_so`.
    pub(crate) async fn waits_for(&self, path: &str, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let list = self.steers(Method::GET, path, Value::Null).await.as_array().unwrap().clone();
            if is_so(&list) {
                return list;
            }
            assert!(began.elapsed() < TIME_LIMIT, "{path} stays {list:?}; the backend wrote:\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// get-status, asked of the sandbox itself.
    pub(crate) async fn midtrans_says(&self, order_id: &str) -> Value {
        let request = self.http.get(format!("{}/v2/{order_id}/status", self.sandbox));
        let request = request.basic_auth(midtrans_sandbox::DEFAULT_SERVER_KEY, Some(""));
        request.send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn orders(&self) -> Order {
        order_at(&self.url, &self.http).await
    }
}

/// An order of one product, Rp44.000.
async fn order_at(url: &str, http: &Client) -> Order {
    let bought = json!({"items": [{"sku": "kopi-gayo", "quantity": 1}]});
    let answer = http.post(format!("{url}/api/shop/orders")).json(&bought).send().await.unwrap();
    let placed: Value = answer.json().await.unwrap();
    let text = |name: &str| placed[name].as_str().unwrap_or_else(|| panic!("no {name} in {placed}")).to_owned();
    Order { order_id: text("order_id"), token: text("order_token"), url: url.to_owned(), http: http.clone() }
}

#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) order_id: String,
    token: String,
    url: String,
    http: Client,
}

impl Order {
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The charge, once the backend answers with one; an error of the payer's side ends the test.
    pub(crate) async fn is_charged(&self) -> Value {
        let began = Instant::now();
        loop {
            match self.request_for_the_charge(&Value::Null).send().await {
                Ok(answer) if answer.status().is_success() => return answer.json().await.unwrap(),
                Ok(answer) => assert!(answer.status().is_server_error(), "{answer:?}"),
                Err(_) => {}
            }
            assert!(began.elapsed() < TIME_LIMIT, "{} is not charged", self.order_id);
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whatever one request for the charge is answered.
    pub(crate) async fn asks_for_the_charge(&self) -> Response {
        self.request_for_the_charge(&Value::Null).send().await.unwrap()
    }

    /// A new charge, after the end of this transaction.
    pub(crate) async fn is_charged_again(&self, retry_of: &str) -> Value {
        let answer = self.request_for_the_charge(&json!(retry_of)).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.json().await.unwrap()
    }

    fn request_for_the_charge(&self, retry_of: &Value) -> RequestBuilder {
        let mut body = json!({"payment_type": "gopay", "transaction_details": {"order_id": self.order_id}});
        if !retry_of.is_null() {
            body["retry_of"] = retry_of.clone();
        }
        self.http.post(format!("{}/api/gopay/charge", self.url)).bearer_auth(&self.token).json(&body)
    }

    /// Reads the push stream until it says `transaction_status`; one that ends or breaks is opened again.
    pub(crate) async fn is_pushed(&self, transaction_status: &str) {
        let url = format!("{}/api/gopay/orders/{}/events", self.url, self.order_id);
        let wanted = format!("\"transaction_status\":\"{transaction_status}\"");
        let (began, mut pushed) = (Instant::now(), String::new());
        while began.elapsed() < TIME_LIMIT {
            let mut answer = self.http.get(&url).bearer_auth(&self.token).send().await.unwrap();
            while let Ok(Some(bytes)) = answer.chunk().await {
                pushed.push_str(&String::from_utf8_lossy(&bytes));
                if pushed.replace("\": ", "\":").contains(&wanted) {
                    return;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{wanted} was never pushed, but:\n{pushed}");
    }

    /// `transaction_status`, as the payer is told.
    pub(crate) async fn status(&self) -> String {
        let answer = self.asks_for_the_status().await;
        assert!(answer.status().is_success(), "{answer:?}");
        let status: Value = answer.json().await.unwrap();
        status["transaction_status"].as_str().unwrap_or_else(|| panic!("{status}")).to_owned()
    }

    /// Whatever one request for the status is answered.
    pub(crate) async fn asks_for_the_status(&self) -> Response {
        let url = format!("{}/api/gopay/orders/{}", self.url, self.order_id);
        self.http.get(url).bearer_auth(&self.token).send().await.unwrap()
    }

    /// Asks for the status until it is `transaction_status`.
    pub(crate) async fn becomes(&self, transaction_status: &str, limit: Duration) {
        let began = Instant::now();
        loop {
            let answer: Value = self.asks_for_the_status().await.json().await.unwrap();
            if answer["transaction_status"] == transaction_status {
                return;
            }
            assert!(began.elapsed() < limit, "{} stays {answer}", self.order_id);
            tokio::time::sleep(PAUSE).await;
        }
    }
}
