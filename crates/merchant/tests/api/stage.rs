//! `Stage`: a sandbox, a merchant and somebody with a browser. Its verbs are what they do.

use gopay_contract::GrossAmount;
use gopay_contract::midtrans::Signature;
use gopay_merchant::orders::NewOrder;
use gopay_merchant::{Application, OrderTokens, Settings, UnixMillis};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use throwaway_postgres::Database;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Long enough for a busy machine; reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// Shorter than the 15 s after which a watcher looks by itself: what comes later was not pushed.
const PUSH_DEADLINE: Duration = Duration::from_secs(12);

/// A server that trusts who reaches its socket takes any.
pub(crate) const DATABASE_PASSWORD: &str = "sandi-basis-data";

pub(crate) const TOKEN_SECRET: &str = "a secret of the shop, longer than thirty-two bytes";

/// A server in this process, until it is stopped.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops it and waits until it has.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        tokio::time::timeout(DEADLINE, &mut self.task).await.expect("it stops").expect("it stops cleanly");
    }
}

pub(crate) struct Stage {
    pub(crate) http: reqwest::Client,
    pub(crate) sandbox: Running,
    pub(crate) merchant: Running,
    pub(crate) variables: HashMap<&'static str, String>,
    ask_floor: Option<Duration>,
    pub(crate) folder: TempDir,
    /// Where there is none, a file in the folder is the database.
    postgres: Option<Database>,
}

/// An order that the shop has made.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) order_id: String,
    pub(crate) token: String,
    pub(crate) body: Value,
}

/// An answer: HTTP status and JSON body.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) http: u16,
    pub(crate) body: Value,
}

impl Answered {
    pub(crate) async fn from(response: Response) -> Self {
        let http = response.status().as_u16();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("HTTP {http}, not JSON: {text}"));
        Self { http, body }
    }

    /// A field as text.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body))
    }

    pub(crate) fn action(&self, name: &str) -> Option<String> {
        let actions = self.body["actions"].as_array()?;
        Some(actions.iter().find(|action| action["name"] == name)?["url"].as_str()?.to_owned())
    }
}

/// Whether the program that this file is compiled into tests on PostgreSQL.
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

    async fn build(variables: &[(&'static str, &str)], ask_floor: Option<Duration>) -> Self {
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
        let merchant = start_merchant(&all, ask_floor).await;
        let http = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().expect("a client");
        let stage = Self { http, sandbox, merchant, variables: all, ask_floor, folder, postgres };
        stage.notify_the_merchant().await;
        stage
    }

    /// The merchant's process ends and another one begins, with the same database.
    pub(crate) async fn restart_the_merchant(&mut self) {
        self.merchant.stop().await;
        self.merchant = start_merchant(&self.variables, self.ask_floor).await;
        self.notify_the_merchant().await;
    }

    /// One more merchant on the same database.
    pub(crate) async fn another_merchant(&self) -> Running {
        start_merchant(&self.variables, self.ask_floor).await
    }

    /// From now on payers and Midtrans reach the merchant by `url`, a new connection for each request.
    pub(crate) async fn go_through(&mut self, url: &str) -> Running {
        self.http = reqwest::Client::builder()
            .no_proxy()
            .timeout(DEADLINE)
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client");
        let gate = Running { url: url.to_owned(), stop: None, task: tokio::spawn(async {}) };
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
        }
    }

    /// The merchant's attempts were all claimed an hour earlier than they were.
    pub(crate) async fn an_hour_passes_in_the_database(&self) {
        self.database("UPDATE attempts SET claimed_at = claimed_at - 3600000").await;
    }

    pub(crate) fn is_on_sqlite(&self) -> bool {
        self.variables["MERCHANT_DATABASE_URL"].starts_with("sqlite:")
    }

    /// The URL of an empty one, for a merchant that shares only Midtrans with the stage's own.
    pub(crate) fn another_database(&self) -> String {
        if self.is_on_sqlite() {
            return format!("sqlite:{}", self.folder.path().join("another.sqlite3").display());
        }
        // It goes with its server, when this program ends: a merchant may outlive whoever asked for it here.
        with_a_password(Box::leak(Box::new(throwaway_postgres::database())))
    }

    /// The first column of what the merchant's database answers, as text.
    pub(crate) async fn ask_the_database(&self, question: &str) -> Vec<String> {
        use sqlx::Connection as _;
        let (url, asked) = (&self.variables["MERCHANT_DATABASE_URL"], sqlx::AssertSqlSafe(question.to_owned()));
        if self.is_on_sqlite() {
            let mut database = sqlx::SqliteConnection::connect(url).await.expect("the database");
            sqlx::query_scalar(asked).fetch_all(&mut database).await.expect(question)
        } else {
            let mut database = sqlx::PgConnection::connect(url).await.expect("the database");
            sqlx::query_scalar(asked).fetch_all(&mut database).await.expect(question)
        }
    }

    /// Does something to the merchant's database behind its back.
    pub(crate) async fn database(&self, statement: &str) {
        drop(self.ask_the_database(statement).await);
    }

    /// The order's pending transaction becomes a settlement in the database, and nobody here is told.
    pub(crate) async fn somebody_else_records_a_settlement(&self, order: &Placed) {
        let settled = "UPDATE attempts SET transaction_status = 'settlement', version = version + 1,
                           status_answer = replace(status_answer, '\"pending\"', '\"settlement\"')
                       WHERE transaction_status = 'pending' RETURNING order_id";
        assert_eq!(self.ask_the_database(settled).await, std::slice::from_ref(&order.order_id));
    }

    /// Waits until `/metrics` has this line.
    pub(crate) async fn until_metrics_say(&self, line: &str) {
        let started = Instant::now();
        loop {
            let text = self.get("/metrics").send().await.expect("an answer").text().await.expect("text");
            if text.lines().any(|found| found == line) {
                return;
            }
            assert!(started.elapsed() < DEADLINE, "no {line} in\n{text}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// For the merchant, everything happened this much earlier. Midtrans' clock goes on as before.
    pub(crate) async fn time_passes_for_the_merchant(&self, seconds: i64) {
        let millis = seconds * 1000;
        let earlier = format!(
            "UPDATE attempts SET claimed_at = claimed_at - {millis}, claimed_until = claimed_until - {millis},
                    asked_at = asked_at - {millis}, moved_at = moved_at - {millis}, look_at = look_at - {millis}"
        );
        self.database(&earlier).await;
        let earlier = format!("UPDATE notifications SET first_at = first_at - {millis}, last_at = last_at - {millis}");
        self.database(&earlier).await;
    }

    /// The merchant believes that the order could be paid until long ago.
    pub(crate) async fn its_time_is_over(&self, order: &Placed) {
        let over = if self.is_on_sqlite() {
            "json_set(status_answer, '$.expiry_time', '2020-01-31 10:00:00')"
        } else {
            "jsonb_set(status_answer::jsonb, '{expiry_time}', '\"2020-01-31 10:00:00\"')::text"
        };
        let over = format!("UPDATE attempts SET status_answer = {over} WHERE order_id = '{}'", order.order_id);
        self.database(&over).await;
    }

    // The shop and its payer

    /// The shop's own software makes an order, while the merchant is not there.
    pub(crate) async fn places(&mut self, order: &NewOrder) -> Placed {
        self.merchant.stop().await;
        let settings = Settings::from_lookup(|name| self.variables.get(name).cloned()).expect("good settings");
        let orders = gopay_merchant::orders::open(&settings.database).await.expect("the database");
        orders.place(order, UnixMillis::now()).await.expect("placed");
        drop(orders);
        self.merchant = start_merchant(&self.variables, self.ask_floor).await;
        self.notify_the_merchant().await;
        let token = OrderTokens::new(&settings.order_token).issue(order.order_id(), UnixMillis::now());
        Placed { order_id: order.order_id().to_string(), token, body: Value::Null }
    }

    pub(crate) async fn order(&self) -> Placed {
        let items = json!({"items": [{"sku": "kopi-gayo", "quantity": 1}]});
        let placed = self.post("/api/shop/orders").json(&items).send().await.expect("the merchant answers");
        let answered = Answered::from(placed).await;
        assert_eq!(answered.http, 201, "{}", answered.body);
        let (order_id, token) = (answered.text("order_id").to_owned(), answered.text("order_token").to_owned());
        Placed { order_id, token, body: answered.body }
    }

    pub(crate) async fn charge(&self, order: &Placed) -> Answered {
        self.charge_with(order, json!({})).await
    }

    pub(crate) async fn charge_instead_of(&self, order: &Placed, transaction_id: &str) -> Answered {
        self.charge_with(order, json!({"retry_of": transaction_id})).await
    }

    /// A charge whose body has these fields too.
    pub(crate) async fn charge_with(&self, order: &Placed, more: Value) -> Answered {
        let mut body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        let request = self.post("/api/gopay/charge").bearer_auth(&order.token).json(&body);
        Answered::from(request.send().await.expect("the merchant answers")).await
    }

    pub(crate) async fn status(&self, order: &Placed) -> Answered {
        let path = format!("/api/gopay/orders/{}", order.order_id);
        let request = self.get(&path).bearer_auth(&order.token);
        Answered::from(request.send().await.expect("the merchant answers")).await
    }

    pub(crate) async fn cancel(&self, order: &Placed) -> Answered {
        let path = format!("/api/gopay/orders/{}/cancel", order.order_id);
        let request = self.post(&path).bearer_auth(&order.token);
        Answered::from(request.send().await.expect("the merchant answers")).await
    }

    pub(crate) async fn watch(&self, order: &Placed) -> Watch {
        let path = format!("/api/gopay/orders/{}/events", order.order_id);
        let request = self.get(&path).bearer_auth(&order.token).header("Accept", "text/event-stream");
        let response = request.send().await.expect("the merchant answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Watch { response, read: String::new() }
    }

    /// Waits until the merchant says so by itself.
    pub(crate) async fn until_status(&self, order: &Placed, transaction_status: &str) -> Answered {
        let started = Instant::now();
        loop {
            let answered = self.status(order).await;
            if answered.body["transaction_status"] == transaction_status {
                return answered;
            }
            assert!(started.elapsed() < DEADLINE, "still {}", answered.body);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.merchant.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.merchant.url))
    }

    // Midtrans

    pub(crate) async fn notify_the_merchant(&self) {
        self.notify(json!(format!("{}/api/gopay/notifications", self.merchant.url))).await;
    }

    pub(crate) async fn notify_nobody(&self) {
        self.notify(Value::Null).await;
    }

    pub(crate) async fn notify(&self, url: Value) {
        self.steer(Method::POST, "notification-url", json!({"url": url})).await;
    }

    /// The payer pays (`pay`), or Midtrans ends it (`expire`, `cancel`, `deny`).
    pub(crate) async fn at_midtrans(&self, id: &str, verb: &str) {
        self.steer(Method::POST, &format!("transactions/{id}/{verb}"), json!({})).await;
    }

    /// Money that Midtrans learns of after the end.
    pub(crate) async fn pay_late(&self, id: &str) {
        self.steer(Method::POST, &format!("transactions/{id}/pay"), json!({"late": true})).await;
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.steer(Method::POST, "faults", fault).await;
    }

    pub(crate) async fn no_more_faults(&self) {
        self.steer(Method::DELETE, "faults", Value::Null).await;
    }

    /// What Midtrans knows of the order, all attempts together.
    pub(crate) async fn transactions_of(&self, order: &Placed) -> Vec<Value> {
        let all = self.steer(Method::GET, "transactions", Value::Null).await;
        let all = all.as_array().expect("a list").clone();
        let is_of = |one: &Value| one["order_id"].as_str().is_some_and(|id| id.starts_with(&order.order_id));
        all.into_iter().filter(is_of).collect()
    }

    /// The answers to deliveries about this order with this status, once there are at least `count`.
    pub(crate) async fn deliveries(&self, order_id: &str, transaction_status: &str, count: usize) -> Vec<Value> {
        let started = Instant::now();
        loop {
            let all = self.steer(Method::GET, "notifications", Value::Null).await;
            let all = all.as_array().expect("a list").clone();
            let is_it = |one: &Value| one["order_id"] == order_id && one["transaction_status"] == transaction_status;
            let found: Vec<Value> = all.into_iter().filter(is_it).collect();
            if found.len() >= count {
                return found;
            }
            assert!(started.elapsed() < DEADLINE, "only {found:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn steer(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox/{path}", self.sandbox.url);
        let response = self.http.request(method, url).json(&body).send().await.expect("the sandbox answers");
        let (http, text) = (response.status(), response.text().await.expect("a body"));
        assert!(http.is_success(), "{path}: HTTP {http} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Sends the merchant a notification by hand.
    pub(crate) async fn notify_by_hand(&self, notification: &Value) -> Answered {
        let request = self.post("/api/gopay/notifications").json(notification);
        Answered::from(request.send().await.expect("the merchant answers")).await
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

/// A notification as Midtrans signs it with `server_key`.
pub(crate) fn signed(charged: &Answered, status_code: &str, status: &str, server_key: &str) -> Value {
    let (order_id, gross_amount) = (charged.text("order_id"), charged.text("gross_amount"));
    json!({
        "order_id": order_id,
        "transaction_id": charged.text("transaction_id"),
        "transaction_status": status,
        "status_code": status_code,
        "gross_amount": gross_amount,
        "payment_type": "gopay",
        "currency": "IDR",
        "fraud_status": "accept",
        "signature_key": Signature::over(order_id, status_code, gross_amount, server_key).to_hex(),
    })
}

/// A merchant whose Midtrans is gone.
pub(crate) struct AbandonedStage {
    http: reqwest::Client,
    merchant: Running,
    port: u16,
    folder: TempDir,
    postgres: Option<Database>,
    variables: HashMap<&'static str, String>,
}

impl AbandonedStage {
    /// A new Midtrans at the same place; it remembers nothing.
    pub(crate) async fn midtrans_comes_back(self) -> Stage {
        let Self { http, merchant, port, folder, postgres, variables } = self;
        let stage =
            Stage { http, sandbox: start_sandbox(port).await, merchant, variables, ask_floor: None, folder, postgres };
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

/// Somebody who watches an order.
pub(crate) struct Watch {
    response: Response,
    read: String,
}

impl Watch {
    /// The next event's id and data, or `None` at the stream's end. Comments are passed over.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        let next = async {
            loop {
                while let Some((event, rest)) = self.read.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.read = rest;
                    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                    if let Some(data) = field("data:") {
                        assert_eq!(field("event:"), Some("status"));
                        let id = field("id:").expect("an id").to_owned();
                        return Some((id, serde_json::from_str(data).expect("JSON")));
                    }
                }
                let chunk = self.response.chunk().await.expect("a stream that ends cleanly")?;
                self.read.push_str(std::str::from_utf8(&chunk).expect("text"));
            }
        };
        tokio::time::timeout(PUSH_DEADLINE, next).await.expect("something is pushed")
    }
}

async fn start_sandbox(port: u16) -> Running {
    let bind = ([127, 0, 0, 1], port).into();
    let settings = midtrans_sandbox::Settings { bind, ..midtrans_sandbox::Settings::default() };
    let application = midtrans_sandbox::Application::build(settings).await.expect("the sandbox starts");
    let (stop, stopped) = oneshot::channel();
    let url = application.url();
    let run = async { application.run_until_stopped(async { drop(stopped.await) }).await.expect("it runs") };
    Running { url, stop: Some(stop), task: tokio::spawn(run) }
}

async fn start_merchant(variables: &HashMap<&'static str, String>, ask_floor: Option<Duration>) -> Running {
    let mut settings = Settings::from_lookup(|name| variables.get(name).cloned()).expect("good settings");
    settings.midtrans.ask_floor = ask_floor.unwrap_or(settings.midtrans.ask_floor);
    let application = Application::build(settings).await.expect("the merchant starts");
    let (stop, stopped) = oneshot::channel();
    let url = application.url();
    let run = async { application.run_until_stopped(async { drop(stopped.await) }).await.expect("it runs") };
    Running { url, stop: Some(stop), task: tokio::spawn(run) }
}
