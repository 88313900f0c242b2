//! The demo shop and a sandbox, in this process.

use gopay_demo_shop::{Demo, DemoError};
use gopay_merchant::{Application, Settings};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The running shop.
pub(crate) struct Shop {
    pub(crate) url: String,
    pub(crate) sandbox: String,
    pub(crate) http: Client,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    _folder: TempDir,
}

/// An order, as the shop's page gets it.
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) token: String,
    pub(crate) body: Value,
}

/// Builds the shop with this Midtrans and its key.
pub(crate) async fn build(demo: Demo, base_url: &str, key: &str, folder: &TempDir) -> Result<Application, DemoError> {
    let database = format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
    let settings = Settings::from_lookup(|name| {
        Some(match name {
            "MIDTRANS_SERVER_KEY" => key.to_owned(),
            "MIDTRANS_BASE_URL" => base_url.to_owned(),
            "ORDER_TOKEN_SECRET" => "a secret of the shop, longer than thirty-two bytes".to_owned(),
            "MERCHANT_BIND" => "127.0.0.1:0".to_owned(),
            "MERCHANT_DATABASE_URL" => database.clone(),
            "MERCHANT_ALLOWED_ORIGINS" => "https://toko.example".to_owned(),
            _ => return None,
        })
    });
    demo.build(settings.expect("good settings")).await
}

impl Shop {
    pub(crate) async fn opens() -> Self {
        Self::opens_with(Demo::default()).await
    }

    pub(crate) async fn opens_with(demo: Demo) -> Self {
        let settings = midtrans_sandbox::Settings::default();
        let sandbox = midtrans_sandbox::Application::build(settings).await.expect("the sandbox starts");
        let sandbox_url = sandbox.url();
        tokio::spawn(sandbox.run_until_stopped(std::future::pending()));
        let folder = TempDir::new().expect("a folder");
        let shop = build(demo, &sandbox_url, midtrans_sandbox::DEFAULT_SERVER_KEY, &folder).await;
        let shop = shop.expect("the shop starts");
        let (url, (stop, stopped)) = (shop.url(), oneshot::channel::<()>());
        let run = async { shop.run_until_stopped(async { drop(stopped.await) }).await.expect("it runs") };
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { url, sandbox: sandbox_url, http, stop: Some(stop), task: tokio::spawn(run), _folder: folder }
    }

    /// Stops it and waits until it has.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        (&mut self.task).await.expect("it stops cleanly");
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.request(Method::POST, path).json(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    pub(crate) async fn order(&self) -> Order {
        let basket = json!({"items": [{"sku": "kopi-gayo", "quantity": 1}]});
        let (http, body) = self.post("/api/shop/orders", &basket).await;
        assert_eq!(http, 201, "{body}");
        let text = |field: &str| body[field].as_str().expect("a text").to_owned();
        Order { order_id: text("order_id"), token: text("order_token"), body: body.clone() }
    }

    pub(crate) fn charge(&self, order: &Order) -> RequestBuilder {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
        self.request(Method::POST, "/api/gopay/charge").bearer_auth(&order.token).json(&body)
    }

    pub(crate) async fn charged(&self, order: &Order) -> Value {
        self.charge(order).send().await.expect("an answer").json().await.expect("JSON")
    }

    pub(crate) fn status(&self, order: &Order) -> RequestBuilder {
        self.request(Method::GET, &format!("/api/gopay/orders/{}", order.order_id)).bearer_auth(&order.token)
    }

    pub(crate) async fn events(&self, order: &Order) -> Response {
        let path = format!("/api/gopay/orders/{}/events", order.order_id);
        self.request(Method::GET, &path).bearer_auth(&order.token).send().await.expect("a stream")
    }

    /// Midtrans' transactions of all orders.
    pub(crate) async fn transactions(&self) -> Vec<Value> {
        let all = self.http.get(format!("{}/sandbox/transactions", self.sandbox)).send().await.expect("an answer");
        all.json().await.expect("a list")
    }
}
