//! The library in a shop's own app: `examples/own_shop.rs`, played against the real sandbox.

#[path = "api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; these need only some of its verbs")]
mod stage;

#[path = "../examples/own_shop.rs"]
#[expect(dead_code, reason = "the example has a main of its own")]
mod own_shop;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use gopay_contract::OrderId;
use gopay_merchant::{BoxError, CheckoutBackend, NewOrder, OrderSource, Payment, PaymentListener, Settings};
use own_shop::Orders;
use serde_json::{Value, json};
use stage::{Answered, DEADLINE, Placed, Stage, eventually};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

type Withdrawn = Arc<Mutex<Vec<OrderId>>>;

/// The shop's orders, some of which must not be paid any more.
struct ShopOrders {
    orders: Orders,
    withdrawn: Withdrawn,
}

#[async_trait]
impl OrderSource for ShopOrders {
    async fn order(&self, order_id: &OrderId) -> Result<Option<NewOrder>, BoxError> {
        if self.withdrawn.lock().expect("not poisoned").contains(order_id) {
            return Ok(None);
        }
        self.orders.order(order_id).await
    }
}

/// Settings of the stage's own merchant.
fn settings(stage: &Stage) -> Settings {
    Settings::from_lookup(|name| stage.variables.get(name).cloned()).expect("good settings")
}

/// The same for another merchant, which shares only Midtrans with it.
fn settings_with_a_new_database(stage: &Stage) -> Settings {
    let mut settings = settings(stage);
    settings.database.url = stage.another_database().parse().expect("a database");
    settings
}

/// The shop, on a free port, with a Midtrans that notifies it. (The stage's own merchant is not asked anything.)
struct OwnShop {
    stage: Stage,
    orders: Orders,
    /// Orders that must not be paid any more.
    withdrawn: Withdrawn,
    /// The URL of the checkout's database.
    database: String,
    checkout: CheckoutBackend,
    url: String,
    /// Tells the server to stop.
    stop: Arc<Notify>,
    server: JoinHandle<()>,
}

impl OwnShop {
    async fn opens() -> Self {
        Self::opens_with(&[]).await
    }

    /// The shop has these settings too.
    async fn opens_with(variables: &[(&'static str, &str)]) -> Self {
        let stage = Stage::set_with(variables).await;
        let orders = Orders::default();
        let settings = settings_with_a_new_database(&stage);
        let checkout = own_shop::checkout(&orders, settings).await.expect("it is built");
        Self::serves(stage, orders, checkout).await
    }

    /// A shop that can withdraw an order.
    async fn opens_and_may_withdraw() -> Self {
        let stage = Stage::set().await;
        let (orders, withdrawn) = (Orders::default(), Withdrawn::default());
        let mut settings = settings(&stage);
        let database = stage.another_database();
        settings.database.url = database.parse().expect("a database");
        let wanted = ShopOrders { orders: orders.clone(), withdrawn: Arc::clone(&withdrawn) };
        let builder = CheckoutBackend::builder(settings).order_source(wanted);
        let builder = builder.authorization(orders.clone()).payment_listener(orders.clone());
        let checkout = builder.build().await.expect("it is built");
        let mut shop = Self::serves(stage, orders, checkout).await;
        (shop.withdrawn, shop.database) = (withdrawn, database);
        shop
    }

    async fn serves(stage: Stage, orders: Orders, checkout: CheckoutBackend) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = own_shop::app(orders.clone(), &checkout);
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop).notified_owned();
        let server = tokio::spawn(async { own_shop::serve(listener, app, stopped).await.expect("it serves") });
        stage.notify(json!(format!("{url}/pay/notifications"))).await;
        Self { stage, orders, withdrawn: Withdrawn::default(), database: String::new(), checkout, url, stop, server }
    }

    async fn sells_to(&self, customer: &str) -> String {
        let request = self.stage.http.post(format!("{}/orders", self.url)).json(&json!({"customer": customer}));
        Answered::from(request.send().await.expect("an answer")).await.text("order_id").to_owned()
    }

    async fn charge(&self, order_id: &str, customer: Option<&str>) -> Answered {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id}});
        let mut request = self.stage.http.post(format!("{}/pay/charge", self.url)).json(&body);
        if let Some(customer) = customer {
            request = request.header("x-customer", customer);
        }
        Answered::from(request.send().await.expect("an answer")).await
    }

    async fn status(&self, order_id: &str, customer: &str) -> Answered {
        let request = self.stage.http.get(format!("{}/pay/orders/{order_id}", self.url));
        Answered::from(request.header("x-customer", customer).send().await.expect("an answer")).await
    }

    async fn is_paid(&self, order_id: &str) -> bool {
        let request = self.stage.http.get(format!("{}/orders/{order_id}", self.url));
        Answered::from(request.send().await.expect("an answer")).await.body["is_paid"] == Value::Bool(true)
    }

    fn reprice(&self, order_id: &str, price: u64) {
        let id = OrderId::parse(order_id).expect("an id");
        self.orders.lock().get_mut(&id).expect("its order").price = price;
    }
}

impl Drop for OwnShop {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tokio::test]
async fn a_shop_with_its_own_orders_is_paid_and_told_so() {
    let shop = OwnShop::opens().await;
    let order_id = shop.sells_to("budi").await;
    let charged = shop.charge(&order_id, Some("budi")).await;
    assert_eq!((charged.http, charged.text("gross_amount")), (200, "27500.00"), "{}", charged.body);
    assert!(!shop.is_paid(&order_id).await);
    shop.stage.at_midtrans(&order_id, "pay").await;
    eventually("it is paid", async || shop.is_paid(&order_id).await).await;
    assert_eq!(shop.status(&order_id, "budi").await.text("transaction_status"), "settlement");
    shop.checkout.stop().await;
}

#[tokio::test]
async fn the_shops_own_sessions_open_its_orders_and_nobody_elses() {
    let shop = OwnShop::opens().await;
    let order_id = shop.sells_to("budi").await;
    let nobody = shop.charge(&order_id, None).await;
    assert_eq!((nobody.http, nobody.text("status_code")), (401, "401"));
    let another = shop.charge(&order_id, Some("ani")).await;
    assert_eq!((another.http, another.text("status_code")), (403, "403"));
    assert_eq!(shop.status(&order_id, "ani").await.http, 403);
    assert_eq!(shop.charge("kopi-that-is-not", Some("budi")).await.http, 403, "as if it were somebody else's");
    let known = shop.stage.steer(reqwest::Method::GET, "transactions", Value::Null).await;
    assert_eq!(known, json!([]), "Midtrans heard of none of it");
}

/// Ways of the shop to change an order.
#[derive(Clone, Copy, Debug)]
enum TakesBack {
    /// It costs another amount.
    Reprices,
    /// It is gone.
    Withdraws,
}

impl OwnShop {
    fn takes_back(&self, order_id: &str, how: TakesBack) {
        let id = OrderId::parse(order_id).expect("an id");
        match how {
            TakesBack::Reprices => self.reprice(order_id, 99_000),
            TakesBack::Withdraws => self.withdrawn.lock().expect("not poisoned").push(id),
        }
    }

    async fn charge_instead_of(&self, order_id: &str, transaction_id: &str) -> Answered {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id},
            "retry_of": transaction_id});
        let request = self.stage.http.post(format!("{}/pay/charge", self.url)).header("x-customer", "budi").json(&body);
        Answered::from(request.send().await.expect("an answer")).await
    }

    async fn known_at_midtrans(&self) -> Vec<(String, String)> {
        let known = self.stage.steer(reqwest::Method::GET, "transactions", Value::Null).await;
        let text = |one: &Value, field: &str| one[field].as_str().expect("a text").to_owned();
        let both = |one: &Value| (text(one, "transaction_id"), text(one, "transaction_status"));
        known.as_array().expect("a list").iter().map(both).collect()
    }
}

#[tokio::test]
async fn an_order_that_the_shop_changed_or_withdrew_can_no_longer_be_paid_once_it_is_asked_for() {
    for how in [TakesBack::Reprices, TakesBack::Withdraws] {
        let shop = OwnShop::opens_and_may_withdraw().await;
        let order_id = shop.sells_to("budi").await;
        let charged = shop.charge(&order_id, Some("budi")).await;
        assert_eq!(charged.text("transaction_status"), "pending");
        shop.takes_back(&order_id, how);
        let resumed = shop.charge(&order_id, Some("budi")).await;
        match how {
            TakesBack::Reprices => {
                assert_eq!((resumed.http, resumed.text("status_code")), (409, "406"), "{}", resumed.body);
                let sentence = resumed.text("status_message");
                assert!(sentence.contains("99000.00") && sentence.contains("27500.00"), "{sentence}");
            }
            TakesBack::Withdraws => assert_eq!((resumed.http, resumed.text("status_code")), (404, "404")),
        }
        assert_eq!(resumed.body["actions"], json!(null), "{how:?}");
        let cancelled = [(charged.text("transaction_id").to_owned(), "cancel".to_owned())];
        assert_eq!(shop.known_at_midtrans().await, cancelled, "{how:?}: nobody can pay it any more");
        assert_eq!(shop.status(&order_id, "budi").await.text("transaction_status"), "cancel", "{how:?}");
        let refused = shop.charge_instead_of(&order_id, charged.text("transaction_id")).await;
        assert!(refused.http == 409 || refused.http == 404, "{how:?}: {}", refused.body);
        assert_eq!(shop.known_at_midtrans().await, cancelled, "{how:?}: nor is another one made");
    }
}

#[tokio::test]
async fn an_order_that_the_shop_changed_or_withdrew_is_cancelled_although_nobody_asks_for_it() {
    for how in [TakesBack::Reprices, TakesBack::Withdraws] {
        let shop = OwnShop::opens_and_may_withdraw().await;
        let order_id = shop.sells_to("budi").await;
        let charged = shop.charge(&order_id, Some("budi")).await;
        shop.takes_back(&order_id, how);
        let cancelled = [(charged.text("transaction_id").to_owned(), "cancel".to_owned())];
        let looked = Instant::now();
        let mut minutes = 0;
        eventually("the order is withdrawn", async || {
            // If reconciliation could not reach Midtrans, it asks again a minute later: that minute passes too.
            if looked.elapsed() >= Duration::from_secs(5) * minutes {
                shop.stage.time_passes_in(&shop.database, 60).await;
                minutes += 1;
            }
            shop.known_at_midtrans().await == cancelled
        })
        .await;
        eventually("it is cancelled", async || {
            shop.status(&order_id, "budi").await.body["transaction_status"] == "cancel"
        })
        .await;
    }
}

#[tokio::test]
async fn a_payment_in_the_last_second_wins_over_a_shop_that_withdraws_the_order() {
    for how in [TakesBack::Reprices, TakesBack::Withdraws] {
        let shop = OwnShop::opens_and_may_withdraw().await;
        let order_id = shop.sells_to("budi").await;
        let charged = shop.charge(&order_id, Some("budi")).await;
        shop.stage.notify_nobody().await;
        shop.stage.at_midtrans(charged.text("transaction_id"), "pay").await;
        shop.takes_back(&order_id, how);
        let answered = shop.charge(&order_id, Some("budi")).await;
        assert_eq!(answered.text("transaction_status"), "settlement", "{how:?}");
        eventually("it is paid", async || shop.is_paid(&order_id).await).await;
    }
}

#[tokio::test]
async fn an_ended_order_that_costs_another_amount_by_now_is_not_charged_again() {
    let shop = OwnShop::opens().await;
    let order_id = shop.sells_to("budi").await;
    let charged = shop.charge(&order_id, Some("budi")).await;
    shop.stage.at_midtrans(&order_id, "expire").await;
    eventually("it expires", async || shop.status(&order_id, "budi").await.text("transaction_status") == "expire")
        .await;
    shop.reprice(&order_id, 99_000);
    let refused = shop.charge_instead_of(&order_id, charged.text("transaction_id")).await;
    assert_eq!((refused.http, refused.text("status_code")), (409, "406"), "{}", refused.body);
    let sentence = refused.text("status_message");
    assert!(sentence.contains("99000.00") && sentence.contains("27500.00"), "{sentence}");
    assert_eq!(shop.known_at_midtrans().await.len(), 1);
}

/// The shop sells for years under the same ids, and its own table keeps everything.
#[tokio::test]
async fn an_order_that_retention_has_deleted_is_never_charged_again_though_the_shop_still_has_it() {
    let mut stage = Stage::set().await;
    let mut settings = settings_with_a_new_database(&stage);
    let database = stage.another_database();
    settings.database.url = database.parse().expect("a database");
    settings.retention.keep = Some(Duration::from_secs(90 * 86_400));
    stage.variables.insert("MERCHANT_DATABASE_URL", database);
    let orders = Orders::default();
    let checkout = own_shop::checkout(&orders, settings.clone()).await.expect("it is built");
    let mut shop = OwnShop::serves(stage, orders, checkout).await;
    let (old, open) = (shop.sells_to("budi").await, shop.sells_to("budi").await);
    for order_id in [&old, &open] {
        assert_eq!(shop.charge(order_id, Some("budi")).await.text("transaction_status"), "pending");
    }
    shop.stage.at_midtrans(&old, "pay").await;
    eventually("the old order is paid", async || shop.is_paid(&old).await).await;
    let has_listener =
        format!("SELECT order_id FROM attempts WHERE order_id = '{old}' AND version = delivered_version");
    eventually("the retention job is there", async || !shop.stage.ask_the_database(&has_listener).await.is_empty())
        .await;
    shop.stage.everything_was_years_ago().await;
    // Another process begins, and hears Midtrans' clock with its first charge.
    shop.checkout.stop().await;
    shop.stop.notify_one();
    (&mut shop.server).await.expect("it stops");
    // The first one lets go of its file before the second one opens it.
    let folder = tempfile::TempDir::new().expect("a folder");
    let elsewhere = format!("sqlite:{}", folder.path().join("elsewhere.sqlite3").display());
    let mut meanwhile = settings.clone();
    meanwhile.database.url = elsewhere.parse().expect("a file");
    let meanwhile = own_shop::checkout(&shop.orders, meanwhile).await.expect("it is built");
    drop(std::mem::replace(&mut shop.checkout, meanwhile));
    let deadline = Instant::now() + DEADLINE;
    shop.checkout = loop {
        match own_shop::checkout(&shop.orders, settings.clone()).await {
            Ok(checkout) => break checkout,
            // Its connections are just being closed.
            Err(why) => assert!(Instant::now() < deadline, "{why:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    shop.url = format!("http://{}", listener.local_addr().expect("an address"));
    let app = own_shop::app(shop.orders.clone(), &shop.checkout);
    let stopped = Arc::clone(&shop.stop).notified_owned();
    shop.server = tokio::spawn(async { own_shop::serve(listener, app, stopped).await.expect("it serves") });
    let new = shop.sells_to("budi").await;
    assert_eq!(shop.charge(&new, Some("budi")).await.http, 200);
    let deleted = "gopay_retention_total{outcome=\"deleted\"} 1";
    eventually("it is deleted", async || shop.checkout.metrics().expect("text").contains(deleted)).await;

    let charged = shop.charge(&old, Some("budi")).await;
    assert_eq!((charged.http, charged.text("status_code")), (404, "404"), "{}", charged.body);
    assert_eq!(shop.status(&old, "budi").await.http, 404);
    assert_eq!(shop.stage.transactions_of(&placed(&old)).await.len(), 1, "it was charged once, years ago");
    assert_eq!(shop.charge(&open, Some("budi")).await.http, 200, "what is open stays");
    assert_eq!(shop.stage.transactions_of(&placed(&open)).await.len(), 1);
    shop.checkout.stop().await;
}

fn placed(order_id: &str) -> Placed {
    Placed { order_id: order_id.to_owned(), token: String::new() }
}

/// A shop that does not take anything in at first.
#[derive(Clone)]
struct Stubborn {
    refusals: Arc<AtomicU32>,
    heard: Arc<Mutex<Vec<Payment>>>,
}

impl Stubborn {
    fn who_refuses(times: u32) -> Self {
        Self { refusals: Arc::new(AtomicU32::new(times)), heard: Arc::default() }
    }

    fn heard(&self) -> Vec<Payment> {
        self.heard.lock().expect("not poisoned").clone()
    }
}

#[async_trait]
impl PaymentListener for Stubborn {
    async fn payment_changed(&self, payment: &Payment) -> Result<(), BoxError> {
        let refuse = |left: u32| left.checked_sub(1);
        if self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, refuse).is_ok() {
            return Err("the warehouse is closed".into());
        }
        self.heard.lock().expect("not poisoned").push(payment.clone());
        Ok(())
    }
}

#[async_trait]
impl OrderSource for Stubborn {
    async fn order(&self, _order_id: &OrderId) -> Result<Option<NewOrder>, BoxError> {
        Err("the shop's database is away".into())
    }
}

#[tokio::test]
async fn a_payment_that_the_shop_did_not_take_in_is_told_again_also_after_a_restart() {
    let mut stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let settings = settings(&stage);
    stage.merchant.stop().await;

    let shop = Stubborn::who_refuses(1);
    let builder = CheckoutBackend::builder(settings.clone()).payment_listener(shop.clone());
    let checkout = builder.build().await.expect("it is built");
    eventually("the shop is told", async || !shop.heard().is_empty()).await;
    checkout.stop().await;
    drop(checkout);
    let told = shop.heard();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].is_paid && told[0].order_id.as_str() == order.order_id);

    let builder = CheckoutBackend::builder(settings).payment_listener(shop.clone());
    builder.build().await.expect("it is built").stop().await;
    assert_eq!(shop.heard().len(), 1, "what was taken in is not told again");
}

/// A shop that never comes to an end with one of its orders.
struct Absorbed {
    by: String,
    heard: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl PaymentListener for Absorbed {
    async fn payment_changed(&self, payment: &Payment) -> Result<(), BoxError> {
        if payment.order_id.as_str() == self.by {
            std::future::pending::<()>().await;
        }
        self.heard.lock().expect("not poisoned").push(payment.order_id.to_string());
        Ok(())
    }
}

#[tokio::test]
async fn an_order_that_the_shop_hangs_at_holds_up_no_other() {
    let mut stage = Stage::set().await;
    let (one, other) = (stage.order().await, stage.order().await);
    for order in [&one, &other] {
        stage.charge(order).await;
        stage.at_midtrans(&order.order_id, "pay").await;
        stage.until_status(order, "settlement").await;
    }
    let settings = settings(&stage);
    stage.merchant.stop().await;
    // Whichever comes first in the database.
    let first = one.order_id.clone().min(other.order_id.clone());
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let shop = Absorbed { by: first.clone(), heard: Arc::clone(&heard) };
    let checkout = CheckoutBackend::builder(settings).payment_listener(shop).build().await.expect("it is built");
    eventually("the shop is told of another", async || {
        heard.lock().expect("not poisoned").iter().any(|told| *told != first)
    })
    .await;
    drop(checkout);
}

#[tokio::test]
async fn while_the_shop_cannot_say_nothing_is_charged() {
    let stage = Stage::set().await;
    let shop = Stubborn::who_refuses(0);
    let settings = settings_with_a_new_database(&stage);
    let checkout = CheckoutBackend::builder(settings).order_source(shop).build().await.expect("it is built");
    let token = checkout.order_token(&OrderId::parse("kopi-1").expect("an id"));
    let shop = OwnShop::serves(stage, Orders::default(), checkout).await;
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": "kopi-1"}});
    let request = shop.stage.http.post(format!("{}/pay/charge", shop.url)).bearer_auth(token).json(&body);
    let refused = Answered::from(request.send().await.expect("an answer")).await;
    assert_eq!((refused.http, refused.text("status_code")), (500, "500"), "{}", refused.body);
    assert!(!refused.body.to_string().contains("database"), "{}", refused.body);
    let known = shop.stage.steer(reqwest::Method::GET, "transactions", Value::Null).await;
    assert_eq!(known, json!([]));
}

/// Sends the same again and again, until it is answered 429; fails when it never is.
async fn until_too_many(request: impl Fn() -> reqwest::RequestBuilder) {
    // More than a budget of two grants in half a minute, on a machine of any speed.
    for _ in 0..12 {
        let answered = request().send().await.expect("an answer");
        if answered.status() == 429 {
            assert!(answered.headers().contains_key("retry-after"));
            return;
        }
    }
    panic!("none was too many: {:?}", request());
}

#[tokio::test]
async fn every_limit_holds_in_an_app_that_is_served_as_the_example_is() {
    let variables =
        ["MERCHANT_CHARGES_PER_MINUTE", "MERCHANT_STATUSES_PER_MINUTE", "MERCHANT_NOTIFICATIONS_PER_MINUTE"];
    let shop = OwnShop::opens_with(&variables.map(|name| (name, "2"))).await;
    let order_id = shop.sells_to("budi").await;
    let (http, url) = (&shop.stage.http, &shop.url);
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id}});
    until_too_many(|| http.post(format!("{url}/pay/charge")).header("x-customer", "budi").json(&body)).await;
    until_too_many(|| http.get(format!("{url}/pay/orders/{order_id}")).header("x-customer", "budi")).await;
    until_too_many(|| http.post(format!("{url}/pay/notifications")).json(&json!({}))).await;
    let known = shop.stage.steer(reqwest::Method::GET, "transactions", Value::Null).await;
    assert_eq!(known.as_array().map(Vec::len), Some(1), "one charge was made: {known}");

    let shop = OwnShop::opens_with(&[("MERCHANT_STREAMS_PER_CLIENT", "1")]).await;
    let order_id = shop.sells_to("budi").await;
    shop.charge(&order_id, Some("budi")).await;
    let stream = || {
        let url = format!("{}/pay/orders/{order_id}/events", shop.url);
        shop.stage.http.get(url).header("x-customer", "budi").send()
    };
    let first = stream().await.expect("an answer");
    assert_eq!(first.status(), 200);
    assert_eq!(stream().await.expect("an answer").status(), 429, "one client has one stream");
    drop(first);
}

#[tokio::test]
async fn an_app_that_tells_no_addresses_is_complained_of_once() {
    let shop = OwnShop::opens_with(&[("MERCHANT_CHARGES_PER_MINUTE", "2")]).await;
    let order_id = shop.sells_to("budi").await;
    let log = Log::default();
    let logged = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || logged.clone()).finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let app = own_shop::app(shop.orders.clone(), &shop.checkout);
    for _ in 0..12 {
        // Not through `serve`: no peer is told.
        let request = Request::get(format!("/pay/orders/{order_id}")).header("x-customer", "budi");
        let request = request.body(Body::empty()).expect("a request");
        app.clone().oneshot(request).await.expect("an answer");
    }
    let lines = log.lines();
    let complaints: Vec<_> = lines.iter().filter(|line| line.contains("into_make_service_with_connect_info")).collect();
    assert_eq!(complaints.len(), 1, "{lines:#?}");
    assert!(complaints[0].contains("ERROR"), "{complaints:?}");
}

/// Log lines of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().expect("not poisoned").clone();
        String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
