//! A shop that is open: the sandbox in Midtrans' place, the reference merchant, and the built dist/ as its pages.

use crate::device::Device;
use crate::logs;
use crate::network::Network;
use crate::payer::Payer;
use crate::sandbox::Sandbox;
use crate::served::Served;
use crate::site;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gopay_merchant::{Application, Settings};
use reqwest::Client;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Mutex as StdMutex, PoisonError};
use std::thread;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// The shop's server key. In no file and in no answer may anything of it ever be found.
pub const SERVER_KEY: &str = "SB-Mid-server-e2e-dXk3vQnever7seen";
/// What the shop makes order tokens with; no less secret.
const ORDER_TOKEN_SECRET: &str = "e2e-order-token-secret-K5wPz0Rj9mQ4";

/// Journeys take turns: two browsers on a small machine wait for each other more than for us.
static TURN: Mutex<()> = Mutex::const_new(());

/// The shop and all that it needs. Gone when dropped; fails the journey if a secret got into the logs.
pub struct Shop {
    /// Midtrans and GoPay.
    pub sandbox: Sandbox,
    /// What lies between the browsers and the merchant.
    pub network: Network,
    merchant: Mutex<Option<Served>>,
    merchant_port: u16,
    files: TempDir,
    secrets: StdMutex<Vec<String>>,
    _turn: MutexGuard<'static, ()>,
}

impl Shop {
    /// Opens it, on free ports and with an empty database.
    pub async fn opens() -> Self {
        let turn = TURN.lock().await;
        logs::keep();
        let sandbox = Sandbox::opens().await;
        let files = tempfile::Builder::new().prefix("gopay-e2e-").tempdir().expect("a temporary folder");
        site::lay_out(&files.path().join("site"));
        let (served, merchant_port) = serve_merchant(&files, &sandbox, 0).await;
        let shop = Self {
            sandbox,
            network: Network::opens(merchant_port).await,
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
        shop.sandbox.notifies(&shop.inside("/api/gopay/notifications")).await;
        shop
    }

    /// Serves what lies in `folder` below `/name/` too.
    pub fn serves(&self, name: &str, folder: &Path) {
        site::copy(folder, &self.files.path().join("site").join(name));
    }

    /// `http://127.0.0.1:PORT` with `path`, as browsers reach it: over the network.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.network.port())
    }

    /// The same as everybody else reaches it, whose network is another.
    fn inside(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.merchant_port)
    }

    /// The harness' own HTTP client.
    #[must_use]
    pub fn http(&self) -> &Client {
        self.sandbox.http()
    }

    /// Somebody comes with a device.
    pub async fn welcomes(&self, device: Device) -> Payer<'_> {
        Payer::comes(self, device, None).await
    }

    /// Somebody comes whose device is in another time zone, like `Pacific/Honolulu`.
    pub async fn welcomes_from(&self, time_zone: &str, device: Device) -> Payer<'_> {
        Payer::comes(self, device, Some(time_zone)).await
    }

    /// An order, as the shop's page makes one: `order_id`, `order_token`, `gross_amount`, `trusted_hosts`.
    pub async fn takes_order(&self, sku: &str) -> Value {
        let items = json!({"items": [{"sku": sku, "quantity": 1}]});
        let answer = self.http().post(self.inside("/api/shop/orders")).json(&items).send().await;
        let order: Value = answer.expect("the merchant answers").json().await.expect("in JSON");
        self.keeps_secret(order["order_token"].as_str().expect("an order has a token"));
        order
    }

    /// The order is charged, with no page there to see it.
    pub async fn charges(&self, order: &Value) {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order["order_id"]}});
        let token = order["order_token"].as_str().unwrap_or_default();
        let answer = self.http().post(self.inside("/api/gopay/charge")).bearer_auth(token).json(&body).send().await;
        assert_eq!(answer.expect("the merchant answers").status(), 200);
    }

    /// Something goes wrong between the merchant and the widget: see the merchant's README for what can.
    pub async fn suffers(&self, fault: Value) {
        let answer = self.http().post(self.inside("/merchant/faults")).json(&fault).send().await;
        let answer = answer.expect("the merchant answers");
        assert_eq!(answer.status(), 201, "{fault}: {}", answer.text().await.unwrap_or_default());
    }

    /// Nothing goes wrong there any more.
    pub async fn recovers(&self) {
        let answer = self.http().delete(self.inside("/merchant/faults")).send().await;
        assert_eq!(answer.expect("the merchant answers").status(), 204);
    }

    /// What goes wrong there, with how often each fault has `struck`.
    pub async fn faults(&self) -> Value {
        let answer = self.http().get(self.inside("/merchant/faults")).send().await;
        answer.expect("the merchant answers").json().await.expect("in JSON")
    }

    /// The merchant's server goes down.
    pub async fn goes_down(&self) {
        let served = self.merchant.lock().await.take();
        served.expect("it is up").stops().await;
    }

    /// It is up again, at the same address and with the same database.
    pub async fn comes_back(&self) {
        let (served, _) = serve_merchant(&self.files, &self.sandbox, self.merchant_port).await;
        *self.merchant.lock().await = Some(served);
    }

    /// Somebody who does not have the server key says that this charge is paid. What the merchant answers.
    pub async fn is_lied_to(&self, charge: &Value) -> reqwest::StatusCode {
        let lie = json!({
            "transaction_time": charge["transaction_time"], "transaction_status": "settlement",
            "transaction_id": charge["transaction_id"], "order_id": charge["order_id"],
            "status_message": "midtrans payment notification", "status_code": "200", "payment_type": "gopay",
            "gross_amount": charge["gross_amount"], "currency": "IDR", "fraud_status": "accept",
            "signature_key": "0123456789abcdef".repeat(8),
        });
        let answer = self.http().post(self.inside("/api/gopay/notifications")).json(&lie).send().await;
        answer.expect("the merchant answers").status()
    }

    /// What must be found nowhere: not in a file, not in an answer to a browser, not in a log.
    #[must_use]
    pub fn server_secrets(&self) -> Vec<String> {
        self.secrets().into_iter().take(3).collect()
    }

    /// What must be found in no log: the above, and the tokens of the orders that were made.
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

async fn serve_merchant(files: &TempDir, sandbox: &Sandbox, port: u16) -> (Served, u16) {
    let database = files.path().join("merchant.sqlite");
    let site = files.path().join("site");
    let setting = |name: &str| {
        Some(match name {
            "MIDTRANS_SERVER_KEY" => SERVER_KEY.to_owned(),
            "MIDTRANS_BASE_URL" => sandbox.url().to_owned(),
            // The sandbox does not mind being asked often.
            "MIDTRANS_ASK_FLOOR_SECONDS" => "1".to_owned(),
            "ORDER_TOKEN_SECRET" => ORDER_TOKEN_SECRET.to_owned(),
            "MERCHANT_FAULTS" => "on".to_owned(),
            // Some of the pages are strange on purpose, and bring scripts of their own.
            "MERCHANT_SITE_POLICY" => "off".to_owned(),
            // All payers come from one address here.
            "MERCHANT_RATE_LIMITS" => "off".to_owned(),
            "MERCHANT_BIND" => format!("127.0.0.1:{port}"),
            "MERCHANT_DATABASE_URL" => format!("sqlite:{}", database.display()),
            "MERCHANT_SITE_DIR" => site.display().to_string(),
            _ => return None,
        })
    };
    let settings = Settings::from_lookup(setting).expect("the merchant's settings are right");
    let application = Application::build(settings).await.expect("the merchant starts");
    let port = application.port();
    (Served::run(|stopped| application.run_until_stopped(stopped)), port)
}
