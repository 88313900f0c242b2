//! A database that fails while payments are under way: what is answered meanwhile, how soon everything goes on by itself,
//! and that nothing is lost. What is answered is held against the table that operators read.

use crate::convergence::assert_converges;
use crate::disk::Disk;
use crate::midtrans::Midtrans;
use crate::program::{DEADLINE, Program};
use crate::shop::{Placed, Shop, transaction_id};
use crate::store::Store;
use fault_proxy::{Network, TcpProxy};
use gopay_contract::{TransactionId, TransactionStatus};
use reqwest::Response;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use throwaway_postgres::Server;
use tokio::sync::Mutex;

/// Answers to operators.
const TABLE: &str = include_str!("../../../../docs/storage-faults.md");
/// The table's columns after the fault's name.
const COLUMNS: [&str; 6] = ["charge", "status read", "stream", "notification", "/readyz", "/healthz"];

/// How long a fault lasts, at least; and how often everything is asked for meanwhile, at least.
const LEAST: (Duration, usize) = (Duration::from_secs(3), 2);
/// Orders that are charged while the fault lasts, each once.
const ORDERS: usize = 60;
/// The promise is five seconds. This is for a machine that does other things too; the true figure is printed.
const RECOVERY: Duration = Duration::from_secs(60);
const SETTINGS: [(&str, &str); 2] = [("MIDTRANS_TIME_LIMIT_SECONDS", "2"), ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1")];

/// A shop with payments under way.
struct Scene {
    store: Store,
    midtrans: Midtrans,
    merchant: Program,
    shop: Shop,
    /// Charged before the fault, and paid during it.
    paid: (Placed, TransactionId),
    /// The same, and watched all the time.
    watched: (Placed, TransactionId, Watched),
    /// Not charged yet.
    next: Vec<Placed>,
    /// Those of them that could not be charged.
    refused: Vec<Placed>,
    placed: Vec<Placed>,
    answered: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Scene {
    /// A merchant that reaches its database by `url`.
    async fn set(store: Store, url: &str) -> Self {
        let midtrans = Midtrans::start().await;
        let merchant = Program::start(url, &midtrans.url, &SETTINGS).await;
        midtrans.notify(&merchant.notification_url()).await;
        let shop = Shop::at(&[merchant.url()]);
        let mut placed = Vec::new();
        for _ in 0..ORDERS {
            placed.push(shop.order().await);
        }
        let mut next = placed.clone();
        let (paid, watched) = (next.pop().expect("many"), next.pop().expect("many"));
        let paid_id = transaction_id(&shop.charge(&paid, None).await);
        let watched_id = transaction_id(&shop.charge(&watched, None).await);
        for order in [&paid, &watched] {
            midtrans.until_acknowledged(&order.order_id, &TransactionStatus::Pending).await;
        }
        let stream = Watched::begin(shop.watch(&watched).await.expect("a stream"));
        let (paid, watched) = ((paid, paid_id), (watched, watched_id, stream));
        Self {
            store,
            midtrans,
            merchant,
            shop,
            paid,
            watched,
            next,
            refused: Vec::new(),
            placed,
            answered: BTreeMap::new(),
        }
    }

    /// Charges until one cannot be made: the fault is there.
    async fn until_it_fails(&mut self) {
        let started = Instant::now();
        loop {
            let order = self.next.pop().expect("enough orders");
            if self.shop.charge_once(&order).await != "200" {
                self.refused.push(order);
                return;
            }
            assert!(started.elapsed() < DEADLINE, "charges go on");
        }
    }

    /// Somebody pays, and everything is asked for again and again.
    async fn meanwhile(&mut self) {
        self.midtrans.act(&self.paid.1, "pay").await;
        let (started, mut rounds) = (Instant::now(), 0);
        while started.elapsed() < LEAST.0 || rounds < LEAST.1 {
            let order = self.next.pop().expect("enough orders");
            let (charge, status, ready, healthy) = tokio::join!(
                self.shop.charge_once(&order),
                self.shop.status_once(&self.paid.0),
                self.shop.probe("/readyz"),
                self.shop.probe("/healthz"),
            );
            if charge != "200" {
                self.refused.push(order);
            }
            for (what, answer) in
                [("charge", charge), ("status read", status), ("/readyz", ready), ("/healthz", healthy)]
            {
                self.answered.entry(what).or_default().insert(answer);
            }
            rounds += 1;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let of_paid = |order_id: &str| order_id == self.paid.0.order_id;
        let codes: BTreeSet<String> = self
            .midtrans
            .deliveries()
            .await
            .into_iter()
            .filter(|it| of_paid(&it.order_id) && it.transaction_status == TransactionStatus::Settlement)
            .map(|it| it.answer_code.map_or_else(|| "none".to_owned(), |code| code.to_string()))
            .collect();
        self.answered.insert("notification", codes);
        let stream = if self.watched.2.has_ended() { "ends" } else { "stays" };
        self.answered.insert("stream", BTreeSet::from([stream.to_owned()]));
    }

    /// The fault is over: how long until everything goes on, in the same process.
    async fn recovers(&self, fault: &str) {
        let wait = Recovery { fault, merchant: &self.merchant, started: Instant::now() };
        let (watched, watched_id, stream) = &self.watched;
        midtrans_pays(&self.midtrans, watched_id).await;
        let (shop, told) = (&self.shop, &TransactionStatus::Settlement);
        let recovered = tokio::join!(
            wait.until("/readyz", async || shop.probe("/readyz").await == "200"),
            wait.until("charges", async || {
                for order in &self.refused {
                    if shop.charge_once(order).await != "200" {
                        return false;
                    }
                }
                true
            }),
            wait.until("the payment made meanwhile", async || shop
                .status(&self.paid.0)
                .await
                .transaction_status
                .as_ref()
                == Some(told)),
            wait.until("the payment made afterwards", async || shop.status(watched).await.transaction_status.as_ref()
                == Some(told)),
            wait.until("the stream", async || {
                if stream.has_ended() && !stream.was_told("settlement").await {
                    // As the widget does.
                    if let Some(again) = shop.watch(watched).await {
                        stream.goes_on(again).await;
                    }
                }
                stream.was_told("settlement").await
            }),
        );
        let (ready, charges, meanwhile, afterwards, stream) = recovered;
        let all = [ready, charges, meanwhile, afterwards, stream];
        let words: Vec<String> = all.iter().map(|(what, took)| format!("{what} {:.1} s", took.as_secs_f64())).collect();
        // Past the harness, which shows nothing of a test that passes.
        drop(writeln!(std::io::stderr(), "{fault}: recovered: {}", words.join(", ")));
    }

    /// The fault is over: everything goes on, and was answered meanwhile as the table says.
    async fn recovers_as_documented(self, fault: &str) {
        self.recovers(fault).await;
        self.must_be_as_documented(fault).await;
    }

    /// Checks that operators see the fault, and nothing is lost.
    async fn must_be_as_documented(mut self, fault: &str) {
        let answered = std::mem::take(&mut self.answered);
        let rows: Vec<Vec<&str>> = TABLE.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
        let row = rows.iter().find(|row| row.get(1) == Some(&fault)).unwrap_or_else(|| panic!("no row for {fault:?}"));
        drop(writeln!(std::io::stderr(), "{fault}: answered: {answered:?}"));
        for (number, column) in COLUMNS.into_iter().enumerate() {
            let said: BTreeSet<&str> = row[number + 2].split(|c: char| !c.is_alphanumeric()).collect();
            let other: Vec<&String> =
                answered[column].iter().filter(|answer| !said.contains(answer.as_str())).collect();
            assert!(other.is_empty(), "{fault}: {column} is documented as {:?}, and was {other:?}", row[number + 2]);
        }
        assert_converges(&mut [self.merchant], &self.midtrans, &self.store, &self.placed).await;
    }
}

async fn midtrans_pays(midtrans: &Midtrans, transaction_id: &TransactionId) {
    assert!(midtrans.act(transaction_id, "pay").await, "it can be paid");
}

struct Recovery<'a> {
    fault: &'a str,
    merchant: &'a Program,
    started: Instant,
}

impl Recovery<'_> {
    async fn until(&self, what: &'static str, mut is_so: impl AsyncFnMut() -> bool) -> (&'static str, Duration) {
        while !is_so().await {
            let waited = self.started.elapsed();
            assert!(waited < RECOVERY, "{}: no {what} after {waited:?}:\n{}", self.fault, self.merchant.last_words());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (what, self.started.elapsed())
    }
}

/// A status stream, read all the time.
struct Watched {
    text: Arc<Mutex<String>>,
    has_ended: Arc<AtomicBool>,
}

impl Watched {
    fn begin(stream: Response) -> Self {
        let watched = Self { text: Arc::default(), has_ended: Arc::default() };
        watched.read(stream);
        watched
    }

    async fn goes_on(&self, stream: Response) {
        self.has_ended.store(false, Ordering::SeqCst);
        self.read(stream);
    }

    fn read(&self, mut stream: Response) {
        let (text, has_ended) = (Arc::clone(&self.text), Arc::clone(&self.has_ended));
        tokio::spawn(async move {
            while let Ok(Some(piece)) = stream.chunk().await {
                text.lock().await.push_str(&String::from_utf8_lossy(&piece));
            }
            has_ended.store(true, Ordering::SeqCst);
        });
    }

    fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }

    async fn was_told(&self, status: &str) -> bool {
        self.text.lock().await.contains(&format!("\"transaction_status\":\"{status}\""))
    }
}

/// Those of one database one after another: each is about how soon something is answered.
static ONE_AT_A_TIME: [Mutex<()>; 2] = [const { Mutex::const_new(()) }; 2];

/// `None` without the right to mount one.
async fn on_a_small_disk() -> Option<(Scene, Arc<Disk>)> {
    let disk = Arc::new(Disk::small()?);
    let store = Store::Sqlite { folder: disk.path().to_owned(), _kept: Box::new(Arc::clone(&disk)) };
    let url = store.url();
    Some((Scene::set(store, &url).await, disk))
}

/// With the database's URL.
async fn on_sqlite() -> (Scene, String) {
    let store = Store::sqlite();
    let url = store.url();
    (Scene::set(store, &url).await, url)
}

/// With its server, and the database's URL.
async fn on_postgres() -> (Scene, Server, String) {
    let server = Server::start_to_replicate();
    let database = server.database();
    let url = database.url_at("127.0.0.1");
    (Scene::set(Store::Postgres { url: url.clone(), _kept: Box::new(database) }, &url).await, server, url)
}

async fn on_postgres_through_a_proxy() -> (Scene, Server, TcpProxy) {
    let server = Server::start_to_replicate();
    let database = server.database();
    let url = database.url_at("127.0.0.1");
    let (proxy, proxied) = through_a_proxy(&url).await;
    (Scene::set(Store::Postgres { url, _kept: Box::new(database) }, &proxied).await, server, proxy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_recovered_from_and_statuses_are_read_meanwhile() {
    let _alone = ONE_AT_A_TIME[0].lock().await;
    const FAULT: &str = "SQLite: disk full";
    let Some((mut scene, disk)) = on_a_small_disk().await else { return };
    disk.fill();
    scene.until_it_fails().await;
    scene.meanwhile().await;
    disk.free();
    scene.recovers_as_documented(FAULT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_read_only_for_a_while_can_be_written_afterwards() {
    let _alone = ONE_AT_A_TIME[0].lock().await;
    const FAULT: &str = "SQLite: file read-only";
    let Some((mut scene, disk)) = on_a_small_disk().await else { return };
    // Who has a file open goes on writing to it. A full disk has the merchant open it again.
    disk.fill();
    scene.until_it_fails().await;
    disk.is_read_only(true);
    disk.free();
    scene.meanwhile().await;
    disk.is_read_only(false);
    scene.recovers_as_documented(FAULT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_io_error_is_recovered_from_and_statuses_are_read_meanwhile() {
    let _alone = ONE_AT_A_TIME[0].lock().await;
    const FAULT: &str = "SQLite: I/O error";
    let (mut scene, _) = on_sqlite().await;
    scene.merchant.limit_files(true).await;
    scene.until_it_fails().await;
    scene.meanwhile().await;
    scene.merchant.limit_files(false).await;
    scene.recovers_as_documented(FAULT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_of_another_program_is_waited_out_and_statuses_are_read_meanwhile() {
    let _alone = ONE_AT_A_TIME[0].lock().await;
    const FAULT: &str = "SQLite: locked by another program";
    let (mut scene, url) = on_sqlite().await;
    let mut other = SqliteConnection::connect(&url).await.expect("the database");
    other.execute("BEGIN EXCLUSIVE").await.expect("locked");
    scene.until_it_fails().await;
    scene.meanwhile().await;
    other.execute("ROLLBACK").await.expect("free");
    scene.recovers_as_documented(FAULT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_crashes_and_starts_again_is_worked_with_again() {
    let _alone = ONE_AT_A_TIME[1].lock().await;
    const FAULT: &str = "PostgreSQL: gone";
    let (mut scene, mut server, url) = on_postgres().await;
    server.crash();
    scene.until_it_fails().await;
    scene.meanwhile().await;
    server.start_again();
    until_it_answers(&url).await;
    scene.recovers_as_documented(FAULT).await;
}

/// A crash is over when the server has recovered.
pub(crate) async fn until_it_answers(url: &str) {
    let started = Instant::now();
    while PgConnection::connect(url).await.is_err() {
        assert!(started.elapsed() < DEADLINE, "it never answers");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A proxy before the database at `url`, and the URL that goes through it.
pub(crate) async fn through_a_proxy(url: &str) -> (TcpProxy, String) {
    let (before, name) = url.rsplit_once('/').expect("a database's name");
    let proxy = TcpProxy::before(before.rsplit_once('@').expect("an address").1.to_owned()).await;
    let proxied = format!("postgres://postgres@127.0.0.1:{}/{name}", proxy.port());
    (proxy, proxied)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_is_silent_is_worked_with_again() {
    let _alone = ONE_AT_A_TIME[1].lock().await;
    const FAULT: &str = "PostgreSQL: silent";
    let (mut scene, _server, proxy) = on_postgres_through_a_proxy().await;
    proxy.set(Network::Silent);
    scene.until_it_fails().await;
    scene.meanwhile().await;
    proxy.set(Network::Open);
    scene.recovers_as_documented(FAULT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_postgresql_is_waited_for() {
    let _alone = ONE_AT_A_TIME[1].lock().await;
    const FAULT: &str = "PostgreSQL: slow";
    let (mut scene, _server, proxy) = on_postgres_through_a_proxy().await;
    proxy.set(Network::Slow(Duration::from_millis(50)));
    scene.meanwhile().await;
    proxy.set(Network::Open);
    scene.recovers_as_documented(FAULT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_is_promoted_is_worked_with_and_has_all_that_was_acknowledged() {
    let _alone = ONE_AT_A_TIME[1].lock().await;
    const FAULT: &str = "PostgreSQL: fails over to a standby";
    let mut primary = Server::start_to_replicate();
    let database = primary.database();
    let url = database.url_at("127.0.0.1");
    let mut standby = primary.standby();
    // What is acknowledged is at the standby too.
    let mut operator = PgConnection::connect(&url).await.expect("it is reached");
    operator.execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await.expect("set");
    operator.execute("SELECT pg_reload_conf()").await.expect("read again");
    let (proxy, proxied) = through_a_proxy(&url).await;
    let port = |server: &Server| format!(":{}/", server.port());
    let at_standby = url.replace(&port(&primary), &port(&standby));
    let mut scene = Scene::set(Store::Postgres { url: at_standby.clone(), _kept: Box::new(database) }, &proxied).await;
    primary.crash();
    scene.until_it_fails().await;
    scene.meanwhile().await;
    standby.promote();
    let started = Instant::now();
    while !can_be_written(&at_standby).await {
        assert!(started.elapsed() < DEADLINE, "it is never promoted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    proxy.leads_to(format!("127.0.0.1:{}", standby.port()));
    scene.recovers_as_documented(FAULT).await;
}

/// A primary commits for itself, and answers nobody before its standby has it too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_whose_answers_are_lost_hold_up_nobody_afterwards() {
    let _alone = ONE_AT_A_TIME[1].lock().await;
    const FAULT: &str = "PostgreSQL: waits for a standby that is gone";
    let (mut scene, _server, url) = on_postgres().await;
    let mut operator = PgConnection::connect(&url).await.expect("it is reached");
    operator.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await.expect("set");
    operator.execute("SELECT pg_reload_conf()").await.expect("read again");
    scene.until_it_fails().await;
    scene.meanwhile().await;
    operator.execute("ALTER SYSTEM RESET synchronous_standby_names").await.expect("reset");
    operator.execute("SELECT pg_reload_conf()").await.expect("read again");
    scene.recovers_as_documented(FAULT).await;
}

pub(crate) async fn can_be_written(url: &str) -> bool {
    let Ok(mut connection) = PgConnection::connect(url).await else { return false };
    let is_standby: Result<bool, _> = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut connection).await;
    is_standby.is_ok_and(|is_standby| !is_standby)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_with_no_connection_left_is_worked_with_again() {
    let _alone = ONE_AT_A_TIME[1].lock().await;
    const FAULT: &str = "PostgreSQL: no connection left";
    let (mut scene, _server, url) = on_postgres().await;
    let mut others = vec![PgConnection::connect(&url).await.expect("it is reached")];
    // The merchant's connections are ended, and others are faster than it.
    let started = Instant::now();
    loop {
        let end = "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name LIKE 'gopay-merchant%') AS ended";
        let ended: i64 = sqlx::query_scalar(end).fetch_one(&mut others[0]).await.expect("an answer");
        while let Ok(other) = PgConnection::connect(&url).await {
            others.push(other);
        }
        if ended == 0 {
            break;
        }
        assert!(started.elapsed() < DEADLINE, "the merchant has connections still");
    }
    scene.until_it_fails().await;
    scene.meanwhile().await;
    for other in others {
        other.close().await.expect("closed");
    }
    scene.recovers_as_documented(FAULT).await;
}
