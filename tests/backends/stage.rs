//! The sandbox, a backend that it notifies, and a payer.

use crate::language::Language;
use crate::process::{Backend, PAUSE, client, free_port};
use midtrans_sandbox::{Application, Settings};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Long enough for a busy machine; reached only when something is wrong.
const TIME_LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    language: Language,
    port: u16,
    pub(crate) url: String,
    pub(crate) sandbox: String,
    backend: Option<Backend>,
    folder: TempDir,
    http: Client,
}

impl Stage {
    pub(crate) async fn of(language: Language) -> Self {
        let application = Application::build(Settings::default()).await.unwrap();
        let sandbox = application.url();
        tokio::spawn(application.run_until_stopped(std::future::pending()));
        let (port, folder) = (free_port(), TempDir::new().unwrap());
        let backend = Backend::start(language, port, &sandbox, folder.path()).await;
        let url = format!("http://127.0.0.1:{port}");
        let http = client();
        let stage = Self { language, port, url, sandbox, backend: Some(backend), folder, http };
        let notify = json!({"url": format!("{}/api/gopay/notifications", stage.url)});
        stage.steers(Method::POST, "notification-url", notify).await;
        stage
    }

    /// Ends the backend as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.backend = None;
    }

    /// Starts it again, with the same database and port.
    pub(crate) async fn start_again(&mut self) {
        self.backend = Some(Backend::start(self.language, self.port, &self.sandbox, self.folder.path()).await);
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
pub(crate) async fn order_at(url: &str, http: &Client) -> Order {
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
    /// The charge, once the backend answers with one; an error of the payer's side ends the test.
    pub(crate) async fn is_charged(&self) -> Value {
        let began = Instant::now();
        loop {
            match self.request_for_the_charge().send().await {
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
        self.request_for_the_charge().send().await.unwrap()
    }

    fn request_for_the_charge(&self) -> RequestBuilder {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": self.order_id}});
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
        let url = format!("{}/api/gopay/orders/{}", self.url, self.order_id);
        let answer = self.http.get(url).bearer_auth(&self.token).send().await.unwrap();
        let status: Value = answer.json().await.unwrap();
        status["transaction_status"].as_str().unwrap_or_else(|| panic!("{status}")).to_owned()
    }
}
