//! Killed again and again, at any moment, while payers come and go and Midtrans sends its notifications.

use crate::convergence::{Stored, assert_converges, count, not_known};
use crate::midtrans::{Charged, Midtrans};
use crate::midtrans_faults::MidtransFaults;
use crate::payers::{Intent, visit};
use crate::program::Program;
use crate::shop::{Placed, Shop};
use crate::store::{Line, Store};
use fault_proxy::FaultProxy;
use gopay_contract::TransactionStatus;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Payers in all; a third more charges, and three times as many notifications come of them.
const PAYERS: usize = 800;
/// The load must be real for the test to mean anything.
const LEAST_NOTIFICATIONS: usize = 2_000;
const LEAST_CHARGES_AND_ACKNOWLEDGED: usize = 2_000;
const LEAST_KILLS: usize = 10;
/// Nobody is killed more often, however slow the machine is.
const MOST_KILLS: usize = 40;
/// How long a process lives after it has begun to listen, in milliseconds.
const LIFETIME: std::ops::Range<u64> = 60..1_200;
/// How much goes wrong at Midtrans' side with each kill.
const FAULTS_FOR_EACH_KILL: usize = 2;
/// How many transactions the merchant must find out about by itself.
const LEAST_FOUND_OUT: usize = 20;
/// How often one is killed while it finds that out.
const KILLS_WHILE_IT_LOOKS: usize = 3;
/// Longer than Midtrans waits for a payer.
const LONGER_THAN_IT_WAITS: Duration = Duration::from_secs(20 * 60);
/// Meanwhile the merchant learns nothing by asking, longer than the load takes: what it knows, it was told in a notification.
const SETTINGS: [(&str, &str); 3] = [
    ("MIDTRANS_TIME_LIMIT_SECONDS", "2"),
    ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "600"),
    ("MERCHANT_RATE_LIMITS", "off"),
];

on_each_store! {
    nothing_that_was_acknowledged_is_lost_and_nothing_is_charged_twice
}

async fn nothing_that_was_acknowledged_is_lost_and_nothing_is_charged_twice(store: Store) {
    let seed = seed();
    println!("chance began with KILL_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let started = Instant::now();
    let midtrans = Midtrans::start().await;
    let mut merchants = Vec::new();
    for _ in 0..store.most_processes() {
        merchants.push(Program::start(&store.url(), &midtrans.url, &SETTINGS).await);
    }
    let urls: Vec<String> = merchants.iter().map(Program::url).collect();
    let balancer = FaultProxy::before_each_of(urls.clone()).await;
    midtrans.notify(&format!("{}/api/gopay/notifications", balancer.url())).await;
    let mut trouble = MidtransFaults::new();

    let (visits, left) = let_payers_in(&store, &Shop::at(&urls), &midtrans, &mut chance);
    let mut kills = kill_until_they_have_left(&mut merchants, left, &midtrans, &mut trouble, &mut chance).await;
    // Its own: how much of the other was used depends on the machine.
    let mut chance = StdRng::seed_from_u64(!seed);
    let placed = placed_by(visits, seed, &merchants).await;
    let (visited, kills_meanwhile) = (started.elapsed(), kills);

    // An outage: nobody is there, and what Midtrans tells now it tells to nobody, for ever.
    balancer.set_cut(true);
    for merchant in &mut merchants {
        merchant.kill().await;
        kills += 1;
    }
    trouble.has_all_struck(&midtrans).await;
    let deliveries = midtrans.deliveries().await;
    Stored::of(&store, &placed).await.has_every_acknowledged(&deliveries);
    pay_some(&midtrans, &store.lines().await, &mut chance).await;
    let found_out = not_known(&store.lines().await, &midtrans.ledger().await).len();

    // Back again, and killed while it looks. Then Midtrans ends what was not paid, and tells nobody.
    start_again(&mut merchants).await;
    for _ in 0..KILLS_WHILE_IT_LOOKS {
        trouble.inject(&midtrans, &mut chance).await;
        store.time_passes(Duration::from_secs(60)).await;
        tokio::time::sleep(Duration::from_millis(chance.random_range(LIFETIME))).await;
        kill_one(&mut merchants, &mut chance).await;
        kills += 1;
    }
    midtrans.no_more_faults().await;
    assert_converges(&mut merchants, &midtrans, &store, &placed).await;
    midtrans.time_passes(LONGER_THAN_IT_WAITS).await;
    start_again(&mut merchants).await;
    let ledger = assert_converges(&mut merchants, &midtrans, &store, &placed).await;

    let acknowledged = deliveries.iter().filter(|delivery| delivery.is_acknowledged()).count();
    let sent = deliveries.iter().filter(|delivery| delivery.was_sent()).count();
    let paid = count(&ledger, &TransactionStatus::Settlement);
    let said = format!(
        "{kills} kills; {} orders, {} charges, {paid} paid; {sent} notifications sent, {acknowledged} acknowledged; {found_out} transactions found out by looking; {:.0} s with payers, {:.0} s in all",
        placed.len(),
        ledger.len(),
        visited.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    // Past the harness, which shows nothing of a test that passes.
    drop(writeln!(std::io::stderr(), "{said}"));
    assert!(sent >= LEAST_NOTIFICATIONS, "too little was told: {said}");
    assert!(ledger.len() + acknowledged >= LEAST_CHARGES_AND_ACKNOWLEDGED, "too little was done: {said}");
    assert!(kills_meanwhile >= LEAST_KILLS, "too few kills: {said}");
    assert!(found_out >= LEAST_FOUND_OUT, "too little was left to be found out: {said}");
}

/// Where chance begins: where a printed seed says, or anywhere.
fn seed() -> u64 {
    match std::env::var("KILL_SEED") {
        Ok(seed) => {
            seed.parse().unwrap_or_else(|why| panic!("KILL_SEED={seed:?} is not a number that was printed: {why}"))
        }
        Err(_) => rand::random(),
    }
}

/// Has the payers come, each to another process than the one before, and counts those who have left.
fn let_payers_in(
    store: &Store,
    shop: &Shop,
    midtrans: &Midtrans,
    chance: &mut StdRng,
) -> (JoinSet<Placed>, watch::Receiver<usize>) {
    let mut visits = JoinSet::new();
    let (room, (done, left)) = (Arc::new(Semaphore::new(at_once(store))), watch::channel(0));
    for payer in 0..PAYERS {
        let (shop, midtrans, intent) = (shop.entering_at(payer), midtrans.clone(), Intent::by_chance(chance));
        let (room, done) = (Arc::clone(&room), done.clone());
        visits.spawn(async move {
            let _place = room.acquire_owned().await.expect("never closed");
            let order = visit(&shop, &midtrans, intent).await;
            done.send_modify(|left| *left += 1);
            order
        });
    }
    (visits, left)
}

/// Payers at the same time. On PostgreSQL a killed process' charges are taken over when their lease is over, so there are
/// always some payers who wait for that.
fn at_once(store: &Store) -> usize {
    match store {
        Store::Sqlite { .. } => 24,
        Store::Postgres { .. } => 96,
    }
}

/// Kills one process after the other, by chance, while the others go on; something else goes wrong each time. How often.
async fn kill_until_they_have_left(
    merchants: &mut [Program],
    mut left: watch::Receiver<usize>,
    midtrans: &Midtrans,
    trouble: &mut MidtransFaults,
    chance: &mut StdRng,
) -> usize {
    let mut kills = 0;
    while kills < MOST_KILLS {
        let lifetime = Duration::from_millis(chance.random_range(LIFETIME));
        tokio::select! {
            // All have left, or one of them has failed.
            _ = left.wait_for(|left| *left == PAYERS) => break,
            () = tokio::time::sleep(lifetime) => {}
        }
        for _ in 0..FAULTS_FOR_EACH_KILL {
            trouble.inject(midtrans, chance).await;
        }
        kill_one(merchants, chance).await;
        kills += 1;
    }
    kills
}

/// Kills one of them and starts it again.
async fn kill_one(merchants: &mut [Program], chance: &mut StdRng) {
    let victim = &mut merchants[chance.random_range(0..merchants.len())];
    victim.kill().await;
    victim.start_again().await;
}

/// From now on they may ask Midtrans.
async fn start_again(merchants: &mut [Program]) {
    for merchant in merchants {
        merchant.start_again_with("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1").await;
    }
}

async fn placed_by(mut visits: JoinSet<Placed>, seed: u64, merchants: &[Program]) -> Vec<Placed> {
    let mut placed = Vec::new();
    while let Some(visit) = visits.join_next().await {
        placed.push(visit.unwrap_or_else(|why| {
            let log: String = merchants.iter().map(Program::last_words).collect();
            panic!("KILL_SEED={seed}: {why}\n{log}")
        }));
    }
    placed
}

/// While the merchant is down some pay: what they were waiting to pay, or what is over already. None pays twice.
async fn pay_some(midtrans: &Midtrans, lines: &[Line], chance: &mut StdRng) {
    let ledger = midtrans.ledger().await;
    let mut attempts: BTreeMap<&str, Vec<&Charged>> = BTreeMap::new();
    for line in lines {
        let charged = ledger.iter().filter(|charged| charged.order_id == line.midtrans_order_id);
        attempts.entry(&line.order_id).or_default().extend(charged);
    }
    for attempts in attempts.values() {
        let is_paid = attempts.iter().any(|charged| charged.transaction_status.is_paid());
        let Some(charged) = attempts.first().filter(|_| !is_paid && chance.random_bool(0.5)) else { continue };
        midtrans.pay_late(&charged.transaction_id).await;
    }
}
