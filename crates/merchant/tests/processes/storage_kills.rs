//! Killed again and again while the database fails, too: its disk is full, it is locked, it crashes, it is silent. Payers come
//! and go, and Midtrans' side has its own faults.

use crate::convergence::{assert_converges, count};
use crate::disk::Disk;
use crate::midtrans::Midtrans;
use crate::midtrans_faults::MidtransFaults;
use crate::payers::{Intent, visit};
use crate::program::{DEADLINE, Program};
use crate::shop::{Placed, Shop};
use crate::storage_faults::{through_a_proxy, until_it_answers};
use crate::store::Store;
use fault_proxy::{Network, TcpProxy};
use gopay_contract::TransactionStatus;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use throwaway_postgres::Server;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Names how often a process is to be killed, where that is not [`KILLS`].
const VARIABLE: &str = "STORAGE_KILLS";
const KILLS: usize = 6;
/// Payers at the same time.
const PAYERS: u64 = 12;
/// How long a process lives before something happens to it, in milliseconds.
const LIFETIME: std::ops::Range<u64> = 200..1_200;
/// How long a fault lasts, in milliseconds.
const FAULT: std::ops::Range<u64> = 300..1_500;
/// Meanwhile the merchant learns nothing by asking: what it knows, it was told in a notification.
const SETTINGS: [(&str, &str); 2] =
    [("MIDTRANS_TIME_LIMIT_SECONDS", "2"), ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "600")];

/// Where the merchant's database is, and what can go wrong there.
enum Storage {
    Sqlite { url: String, disk: Option<Arc<Disk>> },
    Postgres { url: String, server: Server, proxy: TcpProxy },
}

/// The current fault.
enum Fault {
    Full,
    Locked(SqliteConnection),
    IoError,
    Crashed,
    Silent,
    Gone,
}

impl Fault {
    const fn name(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Locked(_) => "locked",
            Self::IoError => "I/O error",
            Self::Crashed => "crashed",
            Self::Silent => "silent",
            Self::Gone => "gone",
        }
    }
}

impl Storage {
    /// The next fault, each in turn.
    async fn fails(&mut self, number: usize, victim: &Program) -> Fault {
        match self {
            Self::Sqlite { disk: Some(disk), .. } if number.is_multiple_of(3) => {
                disk.fill();
                Fault::Full
            }
            Self::Sqlite { url, .. } if number % 3 != 1 => {
                let mut other = SqliteConnection::connect(url).await.expect("the database");
                // It waits for the merchant's own writer.
                other.execute("BEGIN EXCLUSIVE").await.expect("locked");
                Fault::Locked(other)
            }
            Self::Sqlite { .. } => {
                victim.limit_files(true).await;
                Fault::IoError
            }
            Self::Postgres { server, .. } if number.is_multiple_of(3) => {
                server.crash();
                Fault::Crashed
            }
            Self::Postgres { proxy, .. } if number % 3 == 1 => {
                proxy.set(Network::Silent);
                Fault::Silent
            }
            Self::Postgres { proxy, .. } => {
                proxy.set(Network::Cut);
                Fault::Gone
            }
        }
    }

    /// The fault's cause ends. `victim`: the process that suffers from it, if it lives.
    async fn works_again(&mut self, fault: Fault, victim: Option<&Program>) {
        match (self, fault) {
            (Self::Sqlite { disk: Some(disk), .. }, Fault::Full) => disk.free(),
            (_, Fault::Locked(mut other)) => drop(other.execute("ROLLBACK").await.expect("free")),
            (_, Fault::IoError) => {
                // The limit was that process' own.
                if let Some(victim) = victim {
                    victim.limit_files(false).await;
                }
            }
            (Self::Postgres { url, server, .. }, Fault::Crashed) => {
                server.start_again();
                until_it_answers(url).await;
            }
            (Self::Postgres { proxy, .. }, Fault::Silent | Fault::Gone) => proxy.set(Network::Open),
            (Self::Sqlite { .. }, Fault::Full | Fault::Crashed | Fault::Silent | Fault::Gone)
            | (Self::Postgres { .. }, Fault::Full) => unreachable!("no such fault was made"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_and_storage_faults_lose_nothing_and_charge_nothing_twice_on_sqlite() {
    // Without root there are the other two faults.
    let disk = Disk::small().map(Arc::new);
    let store = match &disk {
        Some(disk) => Store::Sqlite { folder: disk.path().to_owned(), _kept: Box::new(Arc::clone(disk)) },
        None => Store::sqlite(),
    };
    let url = store.url();
    suffers(store, &url, Storage::Sqlite { url: url.clone(), disk }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_and_storage_faults_lose_nothing_and_charge_nothing_twice_on_postgres() {
    let server = Server::start_to_replicate();
    let database = server.database();
    let url = database.url_at("127.0.0.1");
    let (proxy, proxied) = through_a_proxy(&url).await;
    let store = Store::Postgres { url: url.clone(), _kept: Box::new(database) };
    suffers(store, &proxied, Storage::Postgres { url, server, proxy }).await;
}

async fn suffers(store: Store, url: &str, mut storage: Storage) {
    let kills: usize = match std::env::var(VARIABLE) {
        Ok(kills) => kills.parse().unwrap_or_else(|why| panic!("{VARIABLE}={kills:?} is not a number: {why}")),
        Err(_) => KILLS,
    };
    let seed = rand::random();
    println!("chance began with {seed}");
    let (mut chance, started) = (StdRng::seed_from_u64(seed), Instant::now());
    let midtrans = Midtrans::start().await;
    let mut merchants = Vec::new();
    for _ in 0..store.most_processes() {
        merchants.push(Program::start(url, &midtrans.url, &SETTINGS).await);
    }
    let urls: Vec<String> = merchants.iter().map(Program::url).collect();
    let balancer = fault_proxy::FaultProxy::before_each_of(urls.clone()).await;
    midtrans.notify(&format!("{}/api/gopay/notifications", balancer.url())).await;
    let (end, visits) = let_payers_in(&Shop::at(&urls), &midtrans, &mut chance);

    let (mut trouble, mut faults, mut recoveries) = (MidtransFaults::new(), BTreeMap::<&str, usize>::new(), Vec::new());
    for number in 0..kills {
        tokio::time::sleep(Duration::from_millis(chance.random_range(LIFETIME))).await;
        trouble.inject(&midtrans, &mut chance).await;
        let victim = chance.random_range(0..merchants.len());
        // One fault is survived, and one is not; one kill comes without any.
        if number % 3 != 2 {
            let fault = storage.fails(number / 3, &merchants[victim]).await;
            *faults.entry(fault.name()).or_default() += 1;
            tokio::time::sleep(Duration::from_millis(chance.random_range(FAULT))).await;
            storage.works_again(fault, Some(&merchants[victim])).await;
            recoveries.push(until_it_works(&merchants[victim]).await);
            let fault = storage.fails(number / 3 + 1, &merchants[victim]).await;
            *faults.entry(fault.name()).or_default() += 1;
            tokio::time::sleep(Duration::from_millis(chance.random_range(FAULT))).await;
            merchants[victim].kill().await;
            storage.works_again(fault, None).await;
        } else {
            merchants[victim].kill().await;
        }
        merchants[victim].start_again().await;
    }
    end.send_replace(true);
    let placed: Vec<Placed> = visits.join_all().await.into_iter().flatten().collect();
    midtrans.no_more_faults().await;
    let deliveries = midtrans.deliveries().await;
    for merchant in &mut merchants {
        merchant.kill().await;
        merchant.start_again_with("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1").await;
    }
    let ledger = assert_converges(&mut merchants, &midtrans, &store, &placed).await;

    recoveries.sort();
    let said = format!(
        "{kills} kills, {} storage faults {faults:?}; {} orders, {} charges, {} paid; {} notifications acknowledged; recovered after {:.1} s (median), {:.1} s (longest); {:.0} s in all",
        faults.values().sum::<usize>(),
        placed.len(),
        ledger.len(),
        count(&ledger, &TransactionStatus::Settlement),
        deliveries.iter().filter(|delivery| delivery.is_acknowledged()).count(),
        recoveries[recoveries.len() / 2].as_secs_f64(),
        recoveries[recoveries.len() - 1].as_secs_f64(),
        started.elapsed().as_secs_f64(),
    );
    // Past the harness, which shows nothing of a test that passes.
    drop(writeln!(std::io::stderr(), "{said}"));
    assert!(ledger.len() >= kills, "too little was charged: {said}");
}

/// Payers come, one after another at each of some places, until they are told to come no more.
pub(crate) fn let_payers_in(
    shop: &Shop,
    midtrans: &Midtrans,
    chance: &mut StdRng,
) -> (watch::Sender<bool>, JoinSet<Vec<Placed>>) {
    let (end, is_over) = watch::channel(false);
    let mut visits = JoinSet::new();
    for _ in 0..PAYERS {
        let (shop, midtrans, is_over) = (shop.clone(), midtrans.clone(), is_over.clone());
        let mut chance = StdRng::seed_from_u64(chance.random());
        visits.spawn(async move {
            let mut placed = Vec::new();
            while !*is_over.borrow() {
                let shop = shop.entering_at(chance.random_range(0..4));
                placed.push(visit(&shop, &midtrans, Intent::by_chance(&mut chance)).await);
            }
            placed
        });
    }
    (end, visits)
}

/// How long it takes the process until a new order can be charged.
pub(crate) async fn until_it_works(merchant: &Program) -> Duration {
    let (shop, started) = (Shop::at(&[merchant.url()]), Instant::now());
    while shop.probe("/readyz").await != "200" {
        assert!(started.elapsed() < DEADLINE, "it does not recover:\n{}", merchant.last_words());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    started.elapsed()
}
