//! `Stage`: a sandbox, a merchant and somebody with a browser. Its verbs are what they do: the shop and its payer
//! ([`payer`]), Midtrans ([`midtrans`]), and whoever has a hand in the merchant's database ([`database`]).

#[path = "stage/clock.rs"]
mod clock;
#[path = "stage/database.rs"]
mod database;
#[path = "stage/midtrans.rs"]
mod midtrans;
#[path = "stage/payer.rs"]
mod payer;

#[allow(unused_imports, reason = "the stage is built for all tests; some need only some of its words")]
pub(crate) use {
    midtrans::signed,
    payer::{Answered, OpenStream, Placed},
};

use gopay_contract::GrossAmount;
use gopay_merchant::{Application, CheckoutBackend, MachineClock, Settings};
use serde_json::json;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use throwaway_postgres::Database;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Long enough for a busy machine; reached only by a test that fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// Shorter than the 15 s after which a watcher looks by itself: what comes later was not pushed.
const PUSH_DEADLINE: Duration = Duration::from_secs(12);

/// A server that trusts who reaches its socket takes any.
pub(crate) const DATABASE_PASSWORD: &str = "sandi-basis-data";

pub(crate) const TOKEN_SECRET: &str = "a secret of the shop, longer than thirty-two bytes";

/// A server in this process, until it is stopped.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    /// The merchant's own, to place orders.
    checkout: Option<CheckoutBackend>,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops it and waits until it has.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        // It holds the lock of a SQLite file.
        drop(self.checkout.take());
        tokio::time::timeout(DEADLINE, &mut self.task).await.expect("it stops").expect("it stops cleanly");
    }
}

pub(crate) struct Stage {
    pub(crate) http: reqwest::Client,
    pub(crate) sandbox: Running,
    pub(crate) merchant: Running,
    pub(crate) variables: HashMap<&'static str, String>,
    min_poll_interval: Option<Duration>,
    /// The merchant's machine's, which is right until a test sets it.
    pub(crate) clock: MachineClock,
    pub(crate) folder: TempDir,
    /// Where there is none, a file in the folder is the database.
    postgres: Option<Database>,
}

/// True if the program that this file is compiled into tests on PostgreSQL.
fn is_on_postgres() -> bool {
    env!("CARGO_CRATE_NAME").ends_with("_on_postgres")
}

impl Stage {
    /// A sandbox that notifies a merchant.
    pub(crate) async fn set() -> Self {
        Self::set_with(&[]).await
    }

    /// The same, the merchant having these variables too.
    pub(crate) async fn set_with(variables: &[(&'static str, &str)]) -> Self {
        Self::build(variables, None).await
    }

    /// A merchant that asks Midtrans whenever it is asked itself.
    pub(crate) async fn set_with_a_curious_merchant() -> Self {
        Self::build(&[], Some(Duration::ZERO)).await
    }

    async fn build(variables: &[(&'static str, &str)], min_poll_interval: Option<Duration>) -> Self {
        let sandbox = start_sandbox(0).await;
        let folder = TempDir::new().expect("a folder");
        let file = || format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
        let postgres = is_on_postgres().then(throwaway_postgres::database);
        let database = postgres.as_ref().map_or_else(file, with_a_password);
        let mut all = HashMap::from([
            ("MIDTRANS_SERVER_KEY", midtrans_sandbox::DEFAULT_SERVER_KEY.to_owned()),
            ("MIDTRANS_BASE_URL", sandbox.url.clone()),
            ("ORDER_TOKEN_SECRET", TOKEN_SECRET.to_owned()),
            ("MERCHANT_BIND", "127.0.0.1:0".to_owned()),
            ("MERCHANT_DATABASE_URL", database),
        ]);
        all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let clock = MachineClock::default();
        let merchant = start_merchant(&all, min_poll_interval, &clock).await;
        let http = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().expect("a client");
        let stage = Self { http, sandbox, merchant, variables: all, min_poll_interval, clock, folder, postgres };
        stage.notify_the_merchant().await;
        stage
    }

    /// The merchant's process ends and another one begins, with the same database.
    pub(crate) async fn restart_the_merchant(&mut self) {
        self.merchant.stop().await;
        self.merchant = start_merchant(&self.variables, self.min_poll_interval, &self.clock).await;
        self.notify_the_merchant().await;
    }

    /// One more merchant on the same database.
    pub(crate) async fn another_merchant(&self) -> Running {
        start_merchant(&self.variables, self.min_poll_interval, &self.clock).await
    }

    /// The same, on a machine whose clock is another.
    pub(crate) async fn another_merchant_by(&self, clock: &MachineClock) -> Running {
        start_merchant(&self.variables, self.min_poll_interval, clock).await
    }

    /// From now on payers and Midtrans reach the merchant by `url`, a new connection for each request.
    pub(crate) async fn go_through(&mut self, url: &str) -> Running {
        self.http = reqwest::Client::builder()
            .no_proxy()
            .timeout(DEADLINE)
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client");
        let checkout = self.merchant.checkout.clone();
        let gate = Running { url: url.to_owned(), stop: None, checkout, task: tokio::spawn(async {}) };
        let merchant = std::mem::replace(&mut self.merchant, gate);
        self.notify_the_merchant().await;
        merchant
    }

    /// Stops the sandbox for good. Another one may begin at the same place.
    pub(crate) async fn midtrans_goes_away(mut self) -> AbandonedStage {
        let port = self.sandbox.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        self.sandbox.stop().await;
        AbandonedStage {
            http: self.http,
            merchant: self.merchant,
            port,
            folder: self.folder,
            postgres: self.postgres,
            variables: self.variables,
            clock: self.clock,
        }
    }

    /// The text of `/metrics`.
    pub(crate) async fn metrics(&self) -> String {
        self.get("/metrics").send().await.expect("an answer").text().await.expect("text")
    }

    /// Waits until `/metrics` has this line.
    pub(crate) async fn until_metrics_say(&self, line: &str) {
        let started = Instant::now();
        loop {
            let text = self.metrics().await;
            if text.lines().any(|found| found == line) {
                return;
            }
            assert!(started.elapsed() < DEADLINE, "no {line} in\n{text}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn with_a_password(database: &Database) -> String {
    database.url().replacen("postgres@", &format!("postgres:{DATABASE_PASSWORD}@"), 1)
}

pub(crate) fn rupiah(rupiah: u64) -> GrossAmount {
    GrossAmount::from_rupiah(rupiah).expect("an amount")
}

/// Waits for it.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < DEADLINE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A merchant whose Midtrans is gone.
pub(crate) struct AbandonedStage {
    http: reqwest::Client,
    merchant: Running,
    port: u16,
    folder: TempDir,
    postgres: Option<Database>,
    variables: HashMap<&'static str, String>,
    clock: MachineClock,
}

impl AbandonedStage {
    /// A new Midtrans at the same place; it remembers nothing.
    pub(crate) async fn midtrans_comes_back(self) -> Stage {
        let Self { http, merchant, port, folder, postgres, variables, clock } = self;
        let sandbox = start_sandbox(port).await;
        let stage = Stage { http, sandbox, merchant, variables, min_poll_interval: None, clock, folder, postgres };
        stage.notify_the_merchant().await;
        stage
    }

    pub(crate) async fn charge(&self, order: &Placed) -> Answered {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
        let url = format!("{}/api/gopay/charge", self.merchant.url);
        let request = self.http.post(url).bearer_auth(&order.token).json(&body);
        Answered::from(request.send().await.expect("the merchant answers")).await
    }
}

async fn start_sandbox(port: u16) -> Running {
    let bind = ([127, 0, 0, 1], port).into();
    let settings = midtrans_sandbox::Settings { bind, ..midtrans_sandbox::Settings::default() };
    let application = midtrans_sandbox::Application::build(settings).await.expect("the sandbox starts");
    let (stop, stopped) = oneshot::channel();
    let url = application.url();
    let run = async { application.run_until_stopped(async { drop(stopped.await) }).await.expect("it runs") };
    Running { url, stop: Some(stop), checkout: None, task: tokio::spawn(run) }
}

async fn start_merchant(
    variables: &HashMap<&'static str, String>,
    min_poll_interval: Option<Duration>,
    clock: &MachineClock,
) -> Running {
    let mut settings = Settings::from_lookup(|name| variables.get(name).cloned()).expect("good settings");
    settings.midtrans.min_poll_interval = min_poll_interval.unwrap_or(settings.midtrans.min_poll_interval);
    settings.database.clock = clock.clone();
    let application = Application::build(settings).await.expect("the merchant starts");
    let (stop, stopped) = oneshot::channel();
    let (url, checkout) = (application.url(), Some(application.checkout()));
    let run = async { application.run_until_stopped(async { drop(stopped.await) }).await.expect("it runs") };
    Running { url, stop: Some(stop), checkout, task: tokio::spawn(run) }
}
