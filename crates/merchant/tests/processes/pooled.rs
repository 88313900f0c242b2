//! Four processes on one PostgreSQL behind `PgBouncer`, which pools transactions, with a standby that takes over.

use crate::convergence::{assert_converges, count};
use crate::midtrans::Midtrans;
use crate::program::{DEADLINE, Program};
use crate::shop::{Placed, Shop, transaction_id};
use crate::storage_faults::{can_be_written, through_a_proxy};
use crate::storage_kills::{let_payers_in, until_it_works};
use crate::store::Store;
use fault_proxy::Network;
use gopay_contract::{TransactionId, TransactionStatus};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use reqwest::Response;
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::io::Write as _;
use std::process::Output;
use std::time::{Duration, Instant};
use throwaway_postgres::{Pooler, Server};

/// How many of the server's connections all processes share. Each could take eight for itself.
const SERVERS: u32 = 6;
/// How often a stream reads by itself: at some processes never, so that only LISTEN can bring news, and at one often.
const NEVER: &str = "86400";
const OFTEN: &str = "1";
/// A payment that is settled at the first is seen at the second by LISTEN alone, and at the third by reading again.
const REFRESH: [&str; 4] = [NEVER, NEVER, OFTEN, NEVER];

struct Shops {
    merchants: Vec<Program>,
    midtrans: Midtrans,
}

impl Shops {
    /// Processes behind a pooler, which have sessions at `direct`. Midtrans notifies the first.
    async fn open(pooler: &Pooler, direct: &str) -> Self {
        let midtrans = Midtrans::start().await;
        let mut merchants = Vec::new();
        for refresh in REFRESH {
            let settings = [
                ("MIDTRANS_TIME_LIMIT_SECONDS", "2"),
                ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "600"),
                ("MERCHANT_DATABASE_DIRECT_URL", direct),
                ("MERCHANT_STREAM_REFRESH_SECONDS", refresh),
            ];
            merchants.push(Program::start(&pooler.url(), &midtrans.url, &settings).await);
        }
        midtrans.notify(&merchants[0].notification_url()).await;
        Self { merchants, midtrans }
    }

    fn urls(&self) -> Vec<String> {
        self.merchants.iter().map(Program::url).collect()
    }

    fn at(&self, place: usize) -> Shop {
        Shop::at(&[self.merchants[place].url()])
    }

    /// An order that is charged at the first process and watched at this one.
    async fn watched_at(&self, place: usize) -> (Placed, TransactionId, Response) {
        let order = self.at(0).order().await;
        let id = transaction_id(&self.at(0).charge(&order, None).await);
        let started = Instant::now();
        loop {
            if let Some(stream) = self.at(place).watch(&order).await {
                return (order, id, stream);
            }
            assert!(started.elapsed() < DEADLINE, "no stream opens");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// It is paid, and whoever watches there is told.
    async fn pay_and_hear(&self, (order, id, mut stream): (Placed, TransactionId, Response)) {
        assert!(self.midtrans.act(&id, "pay").await, "it can be paid");
        self.midtrans.until_acknowledged(&order.order_id, &TransactionStatus::Settlement).await;
        let mut text = String::new();
        let told = async {
            while !text.contains("\"settlement\"") {
                let piece = stream.chunk().await.expect("the stream goes on").expect("and does not end before");
                text.push_str(&String::from_utf8_lossy(&piece));
            }
        };
        let told = tokio::time::timeout(DEADLINE, told).await;
        assert!(told.is_ok(), "nobody was told of {}: {text}", order.order_id);
    }
}

/// How many connections the server has from anybody but the one who asks, by the name of whoever is connected.
async fn connections(server_url: &str, names: &str) -> i64 {
    let mut operator = PgConnection::connect(server_url).await.expect("it is reached");
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE $1",
    )
    .bind(names)
    .fetch_one(&mut operator)
    .await
    .expect("an answer")
}

/// The program with these arguments, which ends by itself.
async fn output(url: &str, direct: &str, arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_gopay-merchant"));
    command.args(arguments).env_clear().envs([
        ("MIDTRANS_SERVER_KEY", midtrans_sandbox::DEFAULT_SERVER_KEY),
        ("ORDER_TOKEN_SECRET", "a secret of the shop, longer than thirty-two bytes"),
        ("MERCHANT_BIND", "127.0.0.1:0"),
        ("MERCHANT_DATABASE_URL", url),
        ("MERCHANT_DATABASE_DIRECT_URL", direct),
    ]);
    let output = tokio::time::timeout(DEADLINE, command.kill_on_drop(true).output()).await;
    output.expect("it ends").expect("it runs")
}

/// The program's output with one argument, beside those that run.
async fn said(url: &str, direct: &str, argument: &str) -> String {
    let output = output(url, direct, &[argument]).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_listen_hears_nothing_it_does_not_start_and_names_the_setting() {
    let server = Server::start_on_a_port(None);
    let database = server.database();
    let url = database.url_at("127.0.0.1");
    let pooler = Pooler::start(&url, SERVERS);
    for (direct, arguments) in
        [("", &[][..]), ("", &["--check"]), (&*pooler.url(), &[]), (&*pooler.url(), &["--check"])]
    {
        let output = output(&pooler.url(), direct, arguments).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains("MERCHANT_DATABASE_DIRECT_URL is to lead to the server"), "{arguments:?}: {error}");
    }
    // Nothing was done before it was known.
    let mut operator = PgConnection::connect(&url).await.expect("it is reached");
    let tables = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut operator).await.expect("an answer");
    assert_eq!(tables, 0, "it was migrated");
    assert!(said(&pooler.url(), &pooler.session_url(), "--check").await.contains("a start would run its migrations"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_share_a_few_connections_and_tell_each_other_behind_a_pooler() {
    let server = Server::start_on_a_port(None);
    let database = server.database();
    let url = database.url_at("127.0.0.1");
    let pooler = Pooler::start(&url, SERVERS);
    // Sessions of the same pooler are as good as the server itself.
    let direct = format!("{}?application_name=apart", pooler.session_url());
    let mut shops = Shops::open(&pooler, &direct).await;
    for place in [1, 2, 3] {
        shops.pay_and_hear(shops.watched_at(place).await).await;
    }
    let (end, visits) = let_payers_in(&Shop::at(&shops.urls()), &shops.midtrans, &mut StdRng::seed_from_u64(7));
    let mut most = 0;
    for _ in 0..40 {
        most = most.max(connections(&url, "gopay-merchant").await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for (arguments, expected) in [("--check", "its tables are up to date"), ("stats", "oldest open")] {
        let said = said(&pooler.url(), &direct, arguments).await;
        assert!(said.contains(expected), "{said}");
    }
    end.send_replace(true);
    let placed: Vec<Placed> = visits.join_all().await.into_iter().flatten().collect();
    assert!(most <= i64::from(SERVERS), "{most} connections are more than the pool has");
    let store = Store::Postgres { url, _kept: Box::new(database) };
    shops.converge(&store, placed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_behind_a_pooler_takes_over_from_four_processes_and_nothing_acknowledged_is_lost() {
    let mut primary = Server::start_to_replicate();
    let mut standby = primary.standby();
    let database = primary.database();
    let url = database.url_at("127.0.0.1");
    let at_standby = url.replace(&format!(":{}/", primary.port()), &format!(":{}/", standby.port()));
    // What is acknowledged is at the standby too.
    let mut operator = PgConnection::connect(&url).await.expect("it is reached");
    operator.execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await.expect("set");
    operator.execute("SELECT pg_reload_conf()").await.expect("read again");
    let mut pooler = Pooler::start(&url, SERVERS);
    let (proxy, direct) = through_a_proxy(&url).await;
    let mut shops = Shops::open(&pooler, &direct).await;
    shops.pay_and_hear(shops.watched_at(1).await).await;

    let (end, visits) = let_payers_in(&Shop::at(&shops.urls()), &shops.midtrans, &mut StdRng::seed_from_u64(11));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let crashed = Instant::now();
    primary.crash();
    proxy.set(Network::Cut);
    for merchant in &shops.merchants {
        let message = "not listening to other processes' changes; connecting again";
        merchant.until_logged(|line| line["message"] == message).await;
    }
    standby.promote();
    while !can_be_written(&at_standby).await {
        assert!(crashed.elapsed() < DEADLINE, "it is never promoted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    pooler.leads_to(&at_standby);
    let promoted = Instant::now();
    let mut recovered = Vec::new();
    for merchant in &shops.merchants {
        until_it_works(merchant).await;
        recovered.push(promoted.elapsed());
    }
    // Nobody can LISTEN yet: reading again is what is left.
    shops.pay_and_hear(shops.watched_at(2).await).await;

    // The sessions' own connection is moved, too.
    proxy.leads_to(format!("127.0.0.1:{}", standby.port()));
    proxy.set(Network::Open);
    let moved = Instant::now();
    shops.pay_and_hear(shops.watched_at(1).await).await;
    shops.pay_and_hear(shops.watched_at(3).await).await;
    let listening = moved.elapsed();
    end.send_replace(true);
    let placed: Vec<Placed> = visits.join_all().await.into_iter().flatten().collect();
    let said = format!(
        "{} payers during a fail-over behind PgBouncer; all four processes ready {:.1} s after the promotion, {:.1} s after the crash; two more payments told by LISTEN {:.1} s after its way was moved",
        placed.len(),
        recovered.last().expect("four").as_secs_f64(),
        (promoted - crashed + *recovered.last().expect("four")).as_secs_f64(),
        listening.as_secs_f64(),
    );
    // Past the harness, which shows nothing of a test that passes.
    drop(writeln!(std::io::stderr(), "{said}"));
    let store = Store::Postgres { url: at_standby, _kept: Box::new((database, primary, standby)) };
    shops.converge(&store, placed).await;
}

impl Shops {
    /// Reads from Midtrans what it knows; nothing that was acknowledged is lost.
    async fn converge(&mut self, store: &Store, placed: Vec<Placed>) {
        for merchant in &mut self.merchants {
            merchant.kill().await;
            merchant.start_again_with("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1").await;
        }
        let ledger = self.midtrans.ledger().await;
        let own = ledger.iter().filter(|charged| !placed.iter().any(|it| charged.order_id.starts_with(&it.order_id)));
        let own: Vec<Placed> = own.map(|charged| Placed::of(&charged.order_id)).collect();
        let all: Vec<Placed> = placed.into_iter().chain(own).collect();
        let ledger = assert_converges(&mut self.merchants, &self.midtrans, store, &all).await;
        assert!(count(&ledger, &TransactionStatus::Settlement) > 3, "too little was paid");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_charge_is_made_once_directly_and_behind_a_pooler_and_how_long_they_take_is_printed() {
    let server = Server::start_to_replicate();
    let mut said = String::new();
    for is_pooled in [false, true] {
        let database = server.database();
        let url = database.url_at("127.0.0.1");
        let pooler = is_pooled.then(|| Pooler::start(&url, SERVERS));
        let midtrans = Midtrans::start().await;
        let (pooled, direct) = match &pooler {
            Some(pooler) => (pooler.url(), vec![("MERCHANT_DATABASE_DIRECT_URL", url.as_str())]),
            None => (url.clone(), Vec::new()),
        };
        let mut merchants = Vec::new();
        for _ in REFRESH {
            merchants.push(Program::start(&pooled, &midtrans.url, &direct).await);
        }
        let mut lanes = tokio::task::JoinSet::new();
        for merchant in &merchants {
            let shop = Shop::at(&[merchant.url()]);
            lanes.spawn(async move {
                let mut times = Vec::new();
                for _ in 0..50 {
                    let order = shop.order().await;
                    let asked = Instant::now();
                    shop.charge(&order, None).await;
                    times.push(asked.elapsed());
                }
                times
            });
        }
        let mut times: Vec<Duration> = lanes.join_all().await.into_iter().flatten().collect();
        times.sort();
        let at = |hundredth: usize| times[times.len() * hundredth / 100].as_secs_f64() * 1000.0;
        let way = if is_pooled { "behind PgBouncer" } else { "directly" };
        said += &format!("{} charges {way}: p50 {:.1} ms, p99 {:.1} ms; ", times.len(), at(50), at(99));
        assert_eq!(midtrans.ledger().await.len(), times.len());
    }
    drop(writeln!(std::io::stderr(), "{said}"));
}
