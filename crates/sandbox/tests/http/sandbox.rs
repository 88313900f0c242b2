//! `Sandbox`: one that runs, and what a shop and a payer do with it.

use midtrans_sandbox::{Application, DEFAULT_SERVER_KEY, Settings};
use reqwest::{Client, Method, RequestBuilder, Response, header, redirect::Policy};
use serde_json::{Value, json};
use std::{
    io,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, task::JoinHandle};

pub(crate) struct Sandbox {
    pub(crate) url: String,
    pub(crate) client: Client,
    server_key: String,
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<()>>,
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    pub(crate) async fn start_with(settings: Settings) -> Self {
        let application = Application::build(settings).await.unwrap();
        let url = application.url();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(application.run_until_stopped(async {
            let _ = stopped.await;
        }));
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { url, client, server_key: DEFAULT_SERVER_KEY.to_owned(), stop, running }
    }

    /// Stops the sandbox as Ctrl-C does; it is gone when this returns.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap().unwrap();
    }

    /// A request with the server key.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).basic_auth(&self.server_key, Some(""))
    }

    pub(crate) async fn charge_with(&self, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, "/v2/charge").json(body).send().await.unwrap()).await
    }

    pub(crate) async fn charge(&self, order_id: &str) -> Answer {
        self.charge_with(&charge_body(order_id)).await
    }

    pub(crate) async fn status(&self, id: &str) -> Answer {
        self.get(&format!("/v2/{id}/status")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// `POST` with an empty body.
    pub(crate) async fn post(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::POST, path).send().await.unwrap()).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.client.post(format!("{}{path}", self.url)).form(form).send().await.unwrap()
    }

    pub(crate) async fn pay(&self, id: &str) {
        let paid = self.post(&format!("/sandbox/transactions/{id}/pay")).await;
        assert_eq!(paid.http_status, 200, "{}", paid.body);
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        let moved = self.post_json("/sandbox/clock/advance", &json!({"seconds": seconds})).await;
        assert_eq!(moved.http_status, 200, "{}", moved.body);
    }

    pub(crate) async fn fault(&self, fault: Value) {
        let added = self.post_json("/sandbox/faults", &fault).await;
        assert_eq!(added.http_status, 201, "{}", added.body);
    }

    pub(crate) async fn behave(&self, switches: Value) {
        let request = self.request(Method::PATCH, "/sandbox/behaviour").json(&switches);
        let changed = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(changed.http_status, 200, "{}", changed.body);
    }

    /// The attempts that were made, once there are at least `count` of them.
    pub(crate) async fn attempts(&self, count: usize) -> Vec<Value> {
        eventually(&format!("{count} attempts"), async || {
            let list = self.get("/sandbox/notifications").await.body;
            let attempts = list.as_array().unwrap().clone();
            (attempts.len() >= count).then_some(attempts)
        })
        .await
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http_status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let http_status = response.status().as_u16();
        let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
        let text = response.text().await.unwrap();
        let body = if json { serde_json::from_str(&text).unwrap() } else { Value::String(text) };
        Self { http_status, body }
    }

    /// The field's text; empty if it is not there.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    /// HTTP status, `status_code`, `transaction_status`.
    pub(crate) fn summary(&self) -> (u16, &str, &str) {
        (self.http_status, self.text("status_code"), self.text("transaction_status"))
    }

    /// The URL of the action of this name.
    pub(crate) fn action(&self, name: &str) -> &str {
        let actions = self.body["actions"].as_array().unwrap();
        actions.iter().find(|action| action["name"] == name).map_or("", |action| action["url"].as_str().unwrap())
    }
}

pub(crate) fn charge_body(order_id: &str) -> Value {
    json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id, "gross_amount": 44_000}})
}

/// Asks until there is something, for a minute at most.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within a minute");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
