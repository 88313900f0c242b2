//! Exhaustive exploration of the state machine: no order of inputs breaks contract §3. Every short sequence, every state
//! that is reachable within eight inputs, and a great many long runs. The properties are in `model/mod.rs`.
#![cfg(not(target_arch = "wasm32"))]

mod harness;
mod model;

use gopay_checkout::payment::Input;
use gopay_contract::TransactionStatus::{Expire, Pending, Settlement};
use harness::{Harness, Reply};
use model::{Event, apply, events};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Every sequence of this many inputs is tried from each starting point.
const BRUTE_DEPTH: usize = 3;
/// Every sequence of this many inputs is covered by a breadth-first search over canonical states.
const SEARCH_DEPTH: usize = 8;
/// Number of long runs, each with its own seed, and their length.
const RUNS: u64 = 100_000;
const RUN_LENGTH: usize = 60;

fn brute(harness: &Harness, events: &[Event], depth: usize) -> u64 {
    let mut steps = 0;
    for index in 0..events.len() {
        let Some(mut after) = apply(harness, events, index) else { continue };
        steps += 1;
        if depth > 1 {
            after.trail.push(index);
            steps += brute(&after, events, depth - 1);
        }
    }
    steps
}

#[test]
fn no_sequence_of_inputs_breaks_the_rules_of_truth() {
    let events = events();
    let ready = Harness::new();
    let mut pending = Harness::new();
    pending.step(Input::Started);
    pending.reply(&Reply::Charge(Pending)).expect("a charge is in flight");
    let mut expired = pending.clone();
    expired.reply(&Reply::Pushed(Expire)).expect("a stream is open");
    let mut settled = pending.clone();
    settled.reply(&Reply::Pushed(Settlement)).expect("a stream is open");
    let steps: u64 = [ready, pending, expired, settled].iter().map(|root| brute(root, &events, BRUTE_DEPTH)).sum();
    println!("{steps} steps");
    assert!(steps > 50_000, "the walk was cut short: {steps} steps");
}

fn fingerprint(harness: &Harness) -> u64 {
    let mut hasher = DefaultHasher::new();
    harness.payment.canonical(harness.now).hash(&mut hasher);
    // Which charges the merchant has made, and which requests it can still answer, decides what it can reply next.
    (harness.charges_made.min(2), harness.abandoned.is_some(), harness.retry_of.is_some()).hash(&mut hasher);
    hasher.finish()
}

#[test]
fn no_reachable_state_breaks_the_rules_of_truth() {
    let events = events();
    let mut seen = HashSet::new();
    let mut frontier = vec![Harness::new()];
    for depth in 1..=SEARCH_DEPTH {
        let mut next = Vec::new();
        for harness in &frontier {
            for index in 0..events.len() {
                let Some(mut after) = apply(harness, &events, index) else { continue };
                after.trail.push(index);
                if seen.insert(fingerprint(&after)) {
                    next.push(after);
                }
            }
        }
        println!("depth {depth}: {} new states, {} in all", next.len(), seen.len());
        frontier = next;
    }
    assert!(seen.len() > 100_000, "the search was cut short: {} states", seen.len());
}

#[test]
fn no_long_run_breaks_the_rules_of_truth() {
    let events = events();
    let mut steps = 0_u64;
    for seed in 1..=RUNS {
        // A linear congruential generator (Knuth's constants): a failing run is named by its trail.
        let mut chance = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut harness = Harness::new();
        for _ in 0..RUN_LENGTH {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let index = usize::try_from((chance >> 33) % events.len() as u64).expect("an index");
            if let Some(mut after) = apply(&harness, &events, index) {
                after.trail.push(index);
                harness = after;
                steps += 1;
            }
        }
    }
    println!("{steps} steps");
    assert!(steps > RUNS * 10, "most of the runs went nowhere: {steps} steps");
}
