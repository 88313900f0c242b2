//! Two hundred pages that ask for the charge of one order at the same time: one charge at Midtrans, two hundred equal
//! answers.

use crate::midtrans::Midtrans;
use crate::program::{DEADLINE, Program};
use crate::shop::{Placed, Shop, read};
use crate::store::Store;
use fault_proxy::{FaultProxy, Held, Moment};
use gopay_contract::TransactionStatus;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const PAGES: usize = 200;
/// No client is limited: all two hundred have one address. The shorter Midtrans' time limit, the sooner another process
/// takes over what a killed one had claimed.
const SETTINGS: [(&str, &str); 3] = [
    ("MERCHANT_RATE_LIMITS", "off"),
    ("MIDTRANS_TIME_LIMIT_SECONDS", "2"),
    ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "3600"),
];

on_each_store! {
    all_at_once
    all_at_once_while_midtrans_is_slow
    all_at_once_when_the_answer_is_cut
    all_at_once_when_the_process_that_charges_is_killed
}

async fn all_at_once(store: Store) {
    crowd(&store, None).await;
}

async fn all_at_once_while_midtrans_is_slow(store: Store) {
    crowd(&store, Some(json!({"fault": "latency", "milliseconds": 1000, "on": ["charge"]}))).await;
}

async fn all_at_once_when_the_answer_is_cut(store: Store) {
    crowd(&store, Some(json!({"fault": "cut_connection", "when": "after", "on": ["charge"]}))).await;
}

async fn crowd(store: &Store, fault: Option<Value>) {
    let midtrans = Midtrans::start().await;
    let mut merchants = Vec::new();
    for _ in 0..store.most_processes() {
        merchants.push(Program::start(&store.url(), &midtrans.url, &SETTINGS).await);
    }
    let shop = Shop::at(&merchants.iter().map(Program::url).collect::<Vec<_>>());
    let order = shop.order().await;
    if let Some(fault) = fault {
        midtrans.fault(fault).await;
    }
    let answers = ask_at_once(&shop, &order).join_all().await;
    are_one_charge(&answers, &midtrans, &order).await;
}

/// The one that Midtrans has answered dies before it has heard that. Another goes on: the one beside it, or the next
/// one in its place.
async fn all_at_once_when_the_process_that_charges_is_killed(store: Store) {
    let midtrans = Midtrans::start().await;
    let (mut merchants, mut gates) = (Vec::new(), Vec::new());
    for _ in 0..store.most_processes() {
        let gate = FaultProxy::before(&midtrans.url).await;
        merchants.push(Program::start(&store.url(), &gate.url(), &SETTINGS).await);
        gates.push(gate);
    }
    let shop = Shop::at(&merchants.iter().map(Program::url).collect::<Vec<_>>());
    let order = shop.order().await;
    let mut held: Vec<_> = gates.iter().map(|gate| gate.hold("/v2/charge", Moment::Answered)).collect();
    let pages = ask_at_once(&shop, &order);
    let charging = first_caught(&mut held).await;
    // Midtrans has charged; nobody here knows it yet.
    assert_eq!(midtrans.transactions_of(&order.order_id).await.len(), 1);
    merchants[charging].kill().await;
    // The others may charge now, and be answered.
    held.clear();
    if merchants.len() == 1 {
        merchants[charging].start_again().await;
    }
    are_one_charge(&pages.join_all().await, &midtrans, &order).await;
}

/// The place of the one that has caught its request first.
async fn first_caught(held: &mut [Held]) -> usize {
    let started = Instant::now();
    loop {
        for (place, held) in held.iter_mut().enumerate() {
            if tokio::time::timeout(Duration::from_millis(20), held.caught()).await.is_ok() {
                return place;
            }
        }
        assert!(started.elapsed() < DEADLINE, "no process asks Midtrans for the charge");
    }
}

fn ask_at_once(shop: &Shop, order: &Placed) -> JoinSet<Value> {
    let mut pages = JoinSet::new();
    for page in 0..PAGES {
        let (shop, order) = (shop.entering_at(page), order.clone());
        pages.spawn(async move { shop.charge(&order, None).await });
    }
    pages
}

async fn are_one_charge(answers: &[Value], midtrans: &Midtrans, order: &Placed) {
    assert_eq!(answers.len(), PAGES);
    let first = read(answers[0].clone());
    assert_eq!(first.transaction_status, Some(TransactionStatus::Pending));
    assert!(!first.actions.is_empty(), "it can be paid");
    let payment = payment_in(&answers[0]);
    for answer in answers {
        assert_eq!(payment_in(answer), payment, "one answer is not as the others");
    }
    let at_midtrans = midtrans.transactions_of(&order.order_id).await;
    assert_eq!(at_midtrans.len(), 1, "{at_midtrans:?}");
    assert_eq!(Some(&at_midtrans[0].transaction_id), first.transaction_id.as_ref());
}

/// An answer without Midtrans' sentence about it: a charge's is another than get-status's, and the process that goes on may
/// have asked for either before a page comes by.
fn payment_in(answer: &Value) -> Value {
    let mut answer = answer.clone();
    let sentence = answer.as_object_mut().and_then(|fields| fields.remove("status_message"));
    assert!(sentence.is_some_and(|sentence| sentence.is_string()), "{answer}");
    answer
}
