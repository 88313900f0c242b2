//! Shop fixture: the sandbox in Midtrans' place, the reference merchant, and the built dist/ as its pages.

use crate::device::Device;
use crate::logs;
use crate::payer::Payer;
use crate::sandbox::Sandbox;
use crate::server_task::ServerTask;
use crate::site;
use crate::widget_build::WidgetBuild;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fault_proxy::{Fault, FaultProxy};
use gopay_demo_shop::{Demo, SitePolicy};
use gopay_merchant::Settings;
use reqwest::Client;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Mutex as StdMutex, PoisonError};
use std::thread;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// The shop's server key. No file and no response may ever contain it.
pub const SERVER_KEY: &str = "SB-Mid-server-e2e-dXk3vQnever7seen";
/// The HMAC key of the order tokens; as secret as the server key.
const ORDER_TOKEN_SECRET: &str = "e2e-order-token-secret-K5wPz0Rj9mQ4";

/// Lock by which tests take turns: on a small machine two browsers slow each other down.
static TURN: Mutex<()> = Mutex::const_new(());

/// The shop and its servers. They stop when it is dropped; the test fails if a secret was logged.
pub struct Shop {
    /// Midtrans and GoPay.
    pub sandbox: Sandbox,
    /// Proxy between the browsers and the merchant.
    pub proxy: FaultProxy,
    merchant: Mutex<Option<ServerTask>>,
    merchant_port: u16,
    files: TempDir,
    secrets: StdMutex<Vec<String>>,
    _turn: MutexGuard<'static, ()>,
}

impl Shop {
    /// Starts all servers, on free ports and with an empty database.
    pub async fn opens() -> Self {
        let turn = TURN.lock().await;
        logs::capture();
        let sandbox = Sandbox::opens().await;
        let files = tempfile::Builder::new().prefix("gopay-e2e-").tempdir().expect("a temporary folder");
        site::lay_out(&files.path().join("site"));
        let (served, merchant_port) = serve_merchant(&files, &sandbox, 0).await;
        let shop = Self {
            sandbox,
            proxy: FaultProxy::before(&format!("http://127.0.0.1:{merchant_port}")).await,
            merchant: Mutex::new(Some(served)),
            merchant_port,
            files,
            secrets: StdMutex::new(vec![
                SERVER_KEY.to_owned(),
                BASE64.encode(format!("{SERVER_KEY}:")),
                ORDER_TOKEN_SECRET.to_owned(),
            ]),
            _turn: turn,
        };
        shop.sandbox.notifies(&shop.direct("/api/gopay/notifications")).await;
        shop
    }

    /// Serves the files in `folder` below `/name/` too.
    pub fn serves(&self, name: &str, folder: &Path) {
        site::copy(folder, &self.files.path().join("site").join(name));
    }

    /// `http://127.0.0.1:PORT` with `path`, as browsers reach it: through the proxy.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.proxy.port())
    }

    /// The merchant's own address, without the proxy.
    fn direct(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.merchant_port)
    }

    /// HTTP client of the tests.
    #[must_use]
    pub fn http(&self) -> &Client {
        self.sandbox.http()
    }

    /// A payer with this device.
    pub async fn welcomes(&self, device: Device) -> Payer<'_> {
        Payer::comes(self, device, None).await
    }

    /// A payer whose device is in another time zone, like `Pacific/Honolulu`.
    pub async fn welcomes_from(&self, time_zone: &str, device: Device) -> Payer<'_> {
        Payer::comes(self, device, Some(time_zone)).await
    }

    /// Creates an order, as the shop's page does: `order_id`, `order_token`, `gross_amount`, `trusted_hosts`.
    pub async fn takes_order(&self, sku: &str) -> Value {
        let items = json!({"items": [{"sku": sku, "quantity": 1}]});
        let answer = self.http().post(self.direct("/api/shop/orders")).json(&items).send().await;
        let order: Value = answer.expect("the merchant answers").json().await.expect("in JSON");
        self.keeps_secret(order["order_token"].as_str().expect("an order has a token"));
        order
    }

    /// Charges the order, without a page.
    pub async fn charges(&self, order: &Value) {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order["order_id"]}});
        let token = order["order_token"].as_str().unwrap_or_default();
        let answer = self.http().post(self.direct("/api/gopay/charge")).bearer_auth(token).json(&body).send().await;
        assert_eq!(answer.expect("the merchant answers").status(), 200);
    }

    /// Injects a fault between browsers and merchant: see the demo shop's README for the faults.
    pub fn suffers(&self, fault: &Value) {
        self.proxy.faults().add(Fault::read(fault).expect("a fault"));
    }

    /// Removes all faults between browsers and merchant.
    pub fn recovers(&self) {
        self.proxy.faults().clear();
    }

    /// These faults, each with the number of times it has `struck`.
    #[must_use]
    pub fn faults(&self) -> Value {
        json!(self.proxy.faults().list())
    }

    /// Stops the merchant.
    pub async fn goes_down(&self) {
        let served = self.merchant.lock().await.take();
        served.expect("it is up").stops().await;
    }

    /// Starts the merchant again, at the same address and with the same database.
    pub async fn comes_back(&self) {
        let (served, _) = serve_merchant(&self.files, &self.sandbox, self.merchant_port).await;
        *self.merchant.lock().await = Some(served);
    }

    /// Sends a forged notification that this charge is paid. Returns the merchant's HTTP status.
    pub async fn is_lied_to(&self, charge: &Value) -> reqwest::StatusCode {
        let lie = json!({
            "transaction_time": charge["transaction_time"], "transaction_status": "settlement",
            "transaction_id": charge["transaction_id"], "order_id": charge["order_id"],
            "status_message": "midtrans payment notification", "status_code": "200", "payment_type": "gopay",
            "gross_amount": charge["gross_amount"], "currency": "IDR", "fraud_status": "accept",
            "signature_key": "0123456789abcdef".repeat(8),
        });
        let answer = self.http().post(self.direct("/api/gopay/notifications")).json(&lie).send().await;
        answer.expect("the merchant answers").status()
    }

    /// Secrets that no file, no response to a browser and no log may contain.
    #[must_use]
    pub fn server_secrets(&self) -> Vec<String> {
        self.secrets().into_iter().take(3).collect()
    }

    /// Secrets that no log may contain: those of the server, and the tokens of all orders.
    fn secrets(&self) -> Vec<String> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keeps_secret(&self, text: &str) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }

    /// Every line that merchant and sandbox have logged so far, in this process.
    #[must_use]
    pub fn logs(&self) -> String {
        logs::all()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let logs = logs::all();
        assert!(!logs.is_empty(), "a log that is not there proves nothing");
        for secret in self.secrets() {
            assert!(!logs.contains(&secret), "a log line holds a secret that begins with {:?}", &secret[..12]);
        }
    }
}

async fn serve_merchant(files: &TempDir, sandbox: &Sandbox, port: u16) -> (ServerTask, u16) {
    let database = files.path().join("merchant.sqlite");
    let site = files.path().join("site");
    let setting = |name: &str| {
        Some(match name {
            "MIDTRANS_SERVER_KEY" => SERVER_KEY.to_owned(),
            "MIDTRANS_BASE_URL" => sandbox.url().to_owned(),
            // The sandbox has no rate limit.
            "MIDTRANS_MIN_POLL_INTERVAL_SECONDS" => "1".to_owned(),
            "ORDER_TOKEN_SECRET" => ORDER_TOKEN_SECRET.to_owned(),
            // All payers come from one address here.
            "MERCHANT_RATE_LIMITS" => "off".to_owned(),
            "MERCHANT_BIND" => format!("127.0.0.1:{port}"),
            "MERCHANT_DATABASE_URL" => format!("sqlite:{}", database.display()),
            _ => return None,
        })
    };
    let settings = Settings::from_lookup(setting).expect("the merchant's settings are right");
    // Many host pages have scripts of their own.
    let policy = WidgetBuild::from_env().policy().map(HeaderValue::from_static);
    let site_policy = policy.map_or(SitePolicy::Off, SitePolicy::Own);
    let demo = Demo { site_dir: Some(site), site_policy, ..Demo::default() };
    let application = demo.build(settings).await.expect("the merchant starts");
    let port = application.port();
    (ServerTask::run(|stopped| application.run_until_stopped(stopped)), port)
}
