//! Killed again and again, at any moment, while payers come and go and Midtrans sends its notifications.

use crate::midtrans::Midtrans;
use crate::payers::{Intent, visit};
use crate::program::Program;
use crate::shop::{Placed, Shop};
use crate::store::Store;
use crate::verdict::{Stored, count, must_be_true_at_last};
use gopay_contract::TransactionStatus;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Payers in all; a third more charges, and more than twice as many notifications come of them.
const PAYERS: usize = 520;
/// The load must be real for the test to mean anything.
const LEAST_CHARGES_AND_NOTIFICATIONS: usize = 2_000;
const LEAST_KILLS: usize = 10;
/// Nobody is killed more often, however slow the machine is.
const MOST_KILLS: usize = 40;
/// How long a process lives after it has begun to listen, in milliseconds.
const LIFETIME: std::ops::Range<u64> = 60..1_200;

on_each_store! {
    nothing_that_was_acknowledged_is_lost_and_nothing_is_charged_twice
}

async fn nothing_that_was_acknowledged_is_lost_and_nothing_is_charged_twice(store: Store) {
    let seed = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    println!("chance began with KILL_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let started = Instant::now();
    let midtrans = Midtrans::start().await;
    // Meanwhile the merchant learns nothing by asking: what it knows, it was told in a notification.
    let settings =
        [("MIDTRANS_TIME_LIMIT_SECONDS", "2"), ("MIDTRANS_ASK_FLOOR_SECONDS", "3600"), ("MERCHANT_RATE_LIMITS", "off")];
    let mut merchant = Program::start(&store.url(), &midtrans.url, &settings).await;
    midtrans.notify(&merchant.notification_url()).await;
    let shop = Shop::at(&[merchant.url()]);

    let mut visits = JoinSet::new();
    let (room, (done, mut left)) = (Arc::new(Semaphore::new(at_once(&store))), watch::channel(0));
    for _ in 0..PAYERS {
        let (shop, midtrans, intent) = (shop.clone(), midtrans.clone(), Intent::by_chance(&mut chance));
        let (room, done) = (Arc::clone(&room), done.clone());
        visits.spawn(async move {
            let _place = room.acquire_owned().await.expect("never closed");
            let order = visit(&shop, &midtrans, intent).await;
            done.send_modify(|left| *left += 1);
            order
        });
    }
    drop(done);
    let mut kills = 0;
    while kills < MOST_KILLS {
        let lifetime = Duration::from_millis(chance.random_range(LIFETIME));
        tokio::select! {
            // All have left, or one of them has failed.
            _ = left.wait_for(|left| *left == PAYERS) => break,
            () = tokio::time::sleep(lifetime) => {}
        }
        merchant.kill().await;
        kills += 1;
        go_wrong(&midtrans, &mut chance).await;
        merchant.start_again().await;
    }
    let mut placed: Vec<Placed> = Vec::new();
    while let Some(visit) = visits.join_next().await {
        placed.push(visit.unwrap_or_else(|why| panic!("KILL_SEED={seed}: {why}\n{}", merchant.last_words())));
    }

    merchant.kill().await;
    kills += 1;
    let deliveries = midtrans.deliveries().await;
    Stored::of(&store, &placed).await.has_every_acknowledged(&deliveries);

    merchant.start_again_with("MIDTRANS_ASK_FLOOR_SECONDS", "1").await;
    let (ledger, given_up) = must_be_true_at_last(&mut merchant, &shop, &midtrans, &store, &placed).await;

    let deliveries = midtrans.deliveries().await;
    let acknowledged = deliveries.iter().filter(|delivery| delivery.is_acknowledged()).count();
    let paid = count(&ledger, &TransactionStatus::Settlement);
    let said = format!(
        "{kills} kills; {} orders, {} charges, {paid} paid; {} notifications sent, {acknowledged} acknowledged, {given_up} given up and sent again; {:.0} s",
        placed.len(),
        ledger.len(),
        deliveries.len(),
        started.elapsed().as_secs_f64()
    );
    // Past the harness, which shows nothing of a test that passes.
    drop(writeln!(std::io::stderr(), "{said}"));
    assert!(ledger.len() + acknowledged >= LEAST_CHARGES_AND_NOTIFICATIONS, "too little was done: {said}");
    assert!(kills >= LEAST_KILLS, "too few kills: {said}");
}

/// Payers at the same time. On PostgreSQL a killed process' charges are taken over when their lease is over, so there are
/// always some payers who wait for that.
fn at_once(store: &Store) -> usize {
    match store {
        Store::Sqlite(_) => 24,
        Store::Postgres(_) => 72,
    }
}

/// Something at Midtrans' side goes wrong as well.
async fn go_wrong(midtrans: &Midtrans, chance: &mut StdRng) {
    let fault = match chance.random_range(0..6) {
        0 => json!({"fault": "cut_connection", "when": "after", "on": ["charge"]}),
        1 => json!({"fault": "error", "status_code": 500, "on": ["charge", "status"], "times": 2}),
        2 => json!({"fault": "latency", "milliseconds": 400, "on": ["charge"], "times": 3}),
        3 => json!({"fault": "doubled_notification", "times": 30}),
        4 => json!({"fault": "late_notification", "milliseconds": 700, "transaction_status": "pending", "times": 3}),
        _ => json!({"fault": "cut_connection", "when": "after", "on": ["cancel", "status"]}),
    };
    midtrans.fault(fault).await;
}
