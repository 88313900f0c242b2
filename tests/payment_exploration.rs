//! No order of inputs leads out of contract §3: every sequence that is short, every situation that is reachable, and a
//! great many long runs. What must hold after each input is written down in `moves/mod.rs`.
#![cfg(not(target_arch = "wasm32"))]

mod counter;
mod moves;

use counter::{Counter, Word};
use gopay_checkout::payment::Input;
use gopay_contract::TransactionStatus::{Expire, Pending, Settlement};
use moves::{Move, carry_out, moves};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Every sequence of this many inputs is tried from each starting point, one by one.
const BRUTE_DEPTH: usize = 3;
/// Every sequence of this many inputs is covered by a search that does not enter the same situation twice.
const SEARCH_DEPTH: usize = 8;
/// Long runs, each with its own seed, and how long they are.
const RUNS: u64 = 100_000;
const RUN_LENGTH: usize = 60;

fn brute(counter: &Counter, moves: &[Move], depth: usize) -> u64 {
    let mut steps = 0;
    for index in 0..moves.len() {
        let Some(mut after) = carry_out(counter, moves, index) else { continue };
        steps += 1;
        if depth > 1 {
            after.trail.push(index);
            steps += brute(&after, moves, depth - 1);
        }
    }
    steps
}

#[test]
fn no_sequence_of_inputs_breaks_the_rules_of_truth() {
    let moves = moves();
    let ready = Counter::new();
    let mut pending = Counter::new();
    pending.step(Input::Begun);
    pending.hear(&Word::Charge(Pending)).expect("a charge is in flight");
    let mut expired = pending.clone();
    expired.hear(&Word::Pushed(Expire)).expect("a stream is open");
    let mut settled = pending.clone();
    settled.hear(&Word::Pushed(Settlement)).expect("a stream is open");
    let steps: u64 = [ready, pending, expired, settled].iter().map(|root| brute(root, &moves, BRUTE_DEPTH)).sum();
    println!("{steps} steps");
    assert!(steps > 50_000, "the walk was cut short: {steps} steps");
}

fn fingerprint(counter: &Counter) -> u64 {
    let mut hasher = DefaultHasher::new();
    counter.payment.situation(counter.now).hash(&mut hasher);
    // What the merchant has made, and whom it can still answer, decides what it can say next.
    (counter.made.min(2), counter.abandoned.is_some(), counter.retry_of.is_some()).hash(&mut hasher);
    hasher.finish()
}

#[test]
fn no_reachable_situation_breaks_the_rules_of_truth() {
    let moves = moves();
    let mut seen = HashSet::new();
    let mut frontier = vec![Counter::new()];
    for depth in 1..=SEARCH_DEPTH {
        let mut next = Vec::new();
        for counter in &frontier {
            for index in 0..moves.len() {
                let Some(mut after) = carry_out(counter, &moves, index) else { continue };
                after.trail.push(index);
                if seen.insert(fingerprint(&after)) {
                    next.push(after);
                }
            }
        }
        println!("depth {depth}: {} new situations, {} in all", next.len(), seen.len());
        frontier = next;
    }
    assert!(seen.len() > 100_000, "the search was cut short: {} situations", seen.len());
}

#[test]
fn no_long_run_breaks_the_rules_of_truth() {
    let moves = moves();
    let mut steps = 0_u64;
    for seed in 1..=RUNS {
        // A linear congruential generator (Knuth's constants): a failing run is named by its trail.
        let mut chance = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut counter = Counter::new();
        for _ in 0..RUN_LENGTH {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let index = usize::try_from((chance >> 33) % moves.len() as u64).expect("an index");
            if let Some(mut after) = carry_out(&counter, &moves, index) {
                after.trail.push(index);
                counter = after;
                steps += 1;
            }
        }
    }
    println!("{steps} steps");
    assert!(steps > RUNS * 10, "most of the runs went nowhere: {steps} steps");
}
