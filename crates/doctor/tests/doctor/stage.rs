//! A sandbox, and a merchant that it notifies.

use gopay_doctor::{Check, Endpoints, Finding, OrderSource, Outcome, Plan, Secrets, UrlTemplate, all};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use url::Url;

/// Long enough for a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A shop's order sources, and the servers that must stay alive for it.
pub(crate) struct Stage {
    pub(crate) merchant: String,
    pub(crate) sandbox: String,
    tasks: Vec<JoinHandle<()>>,
    _folder: TempDir,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Stage {
    /// The reference merchant, with a real database.
    pub(crate) async fn of_the_reference() -> Self {
        let (sandbox, sandbox_task) = start_sandbox().await;
        let folder = TempDir::new().expect("a folder");
        let variables = HashMap::from([
            ("MIDTRANS_SERVER_KEY", midtrans_sandbox::DEFAULT_SERVER_KEY.to_owned()),
            ("MIDTRANS_BASE_URL", sandbox.clone()),
            // All of them as they are by default, but that a test need not wait so long.
            ("MIDTRANS_TIME_LIMIT_SECONDS", "2".to_owned()),
            ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1".to_owned()),
            ("ORDER_TOKEN_SECRET", "a secret of the shop, longer than thirty-two bytes".to_owned()),
            ("MERCHANT_BIND", "127.0.0.1:0".to_owned()),
            ("MERCHANT_DATABASE_URL", format!("sqlite:{}", folder.path().join("shop.sqlite3").display())),
        ]);
        let settings =
            gopay_merchant::Settings::from_lookup(|name| variables.get(name).cloned()).expect("good settings");
        let application = gopay_demo_shop::Demo::default().build(settings).await.expect("the merchant starts");
        let merchant = application.url();
        let run = async { application.run_until_stopped(std::future::pending()).await.expect("it runs") };
        Self { merchant, sandbox, tasks: vec![sandbox_task, tokio::spawn(run)], _folder: folder }
    }

    /// Another merchant, made for the sandbox's URL.
    pub(crate) async fn of(shop: impl FnOnce(String) -> axum::Router) -> Self {
        let (sandbox, sandbox_task) = start_sandbox().await;
        let (merchant, task) = serve(shop(sandbox.clone())).await;
        Self { merchant, sandbox, tasks: vec![sandbox_task, task], _folder: TempDir::new().expect("a folder") }
    }

    /// Sets something at the sandbox.
    pub(crate) async fn steers(&self, path: &str, body: &Value) {
        let url = format!("{}/sandbox/{path}", self.sandbox);
        let answer = client().post(url).json(body).send().await.expect("the sandbox");
        assert!(answer.status().is_success(), "{path}: {answer:?}");
    }

    async fn reads(&self, path: &str) -> Value {
        let answer = client().get(format!("{}/sandbox/{path}", self.sandbox)).send().await.expect("the sandbox");
        answer.json().await.expect("JSON")
    }

    pub(crate) async fn notification_url(&self) -> Value {
        self.reads("notification-url").await["url"].clone()
    }

    /// Waits until the sandbox's number of faults and its notification URL are so.
    pub(crate) async fn until(&self, is_so: impl Fn(usize, &str) -> bool) {
        let began = Instant::now();
        loop {
            let faults = self.reads("faults").await.as_array().map_or(0, Vec::len);
            let url = self.notification_url().await.as_str().unwrap_or_default().to_owned();
            if is_so(faults, &url) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{faults} faults, notifications to {url:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A plan with the reference merchant's paths.
    pub(crate) fn plan(&self, patience: Duration) -> Plan {
        let base = Url::parse(&self.merchant).expect("a URL");
        let at = |path: &str| UrlTemplate::parse("path", path, &base).expect("a path");
        let endpoints = Endpoints {
            charge: at("/api/gopay/charge"),
            status: at("/api/gopay/orders/{order_id}"),
            events: Some(at("/api/gopay/orders/{order_id}/events")),
            cancel: Some(at("/api/gopay/orders/{order_id}/cancel")),
            notification: at("/api/gopay/notifications"),
        };
        Plan {
            endpoints,
            headers: HeaderMap::new(),
            orders: OrderSource::Shop {
                url: format!("{}/api/shop/orders", self.merchant),
                body: json!({"items": [{"sku": "kopi-gayo", "quantity": 1}]}),
            },
            sandbox: Url::parse(&self.sandbox).expect("a URL"),
            secrets: Arc::new(Secrets::new(midtrans_sandbox::DEFAULT_SERVER_KEY.into())),
            patience,
            checks: all(),
        }
    }
}

/// The one check with this id.
pub(crate) fn check(id: &str) -> Check {
    all().into_iter().find(|check| check.id == id).expect("a check of this id")
}

/// The findings that are no pass, for people.
pub(crate) fn complaints(findings: &[Finding]) -> String {
    findings.iter().filter(|finding| finding.outcome != Outcome::Pass).map(gopay_doctor::report::row).collect()
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

async fn serve(app: axum::Router) -> (String, JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (url, tokio::spawn(async { axum::serve(listener, app).await.expect("it serves") }))
}

async fn start_sandbox() -> (String, JoinHandle<()>) {
    let application =
        midtrans_sandbox::Application::build(midtrans_sandbox::Settings::default()).await.expect("the sandbox starts");
    let url = application.url();
    (url, tokio::spawn(async { application.run_until_stopped(std::future::pending()).await.expect("it runs") }))
}
