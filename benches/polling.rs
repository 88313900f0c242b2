//! Polling rate and detection latency in virtual time: fifteen minutes pass in a moment, and every number is exact for the
//! machine that ships. `cargo xtask bench` prints it; nothing is asserted.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, reason = "a benchmark's own")]

#[path = "../tests/harness/mod.rs"]
mod harness;

use gopay_checkout::payment::{Effect, Input, PaymentOptions, StateName};
use gopay_contract::TransactionStatus::{Pending, Settlement};
use harness::{Harness, Reply, options};

const QUARTER: i64 = 15 * 60 * 1000;

fn pending(seed: u32, can_push: bool) -> Harness {
    let mut harness = Harness::with(PaymentOptions { seed, can_push, ..options() });
    harness.step(Input::Started);
    harness.reply(&Reply::Charge(Pending));
    harness
}

/// Lets `ms` pass; the merchant answers "pending" to every poll, and an open stream has a heartbeat.
fn polls_within(harness: &mut Harness, ms: i64) -> usize {
    let end = harness.now.after(ms);
    let mut polls = 0;
    while harness.now < end {
        let effects = harness.wait(1_000.min(end.since(harness.now)));
        polls += effects.iter().filter(|effect| matches!(effect, Effect::PollStatus { .. })).count();
        harness.reply(&Reply::Status(Pending));
        if let Some(stream) = harness.stream {
            harness.step(Input::StreamHeartbeat(stream));
        }
    }
    polls
}

/// From the payer's payment to "Pembayaran berhasil", by polling alone, with answers that take no time.
fn delay_of_a_payment_after(seed: u32, paid_after: i64) -> i64 {
    let mut harness = pending(seed, false);
    polls_within(&mut harness, paid_after);
    let paid = harness.now;
    while harness.screen().state != StateName::Settlement {
        harness.wait(10);
        harness.reply(&Reply::Status(Settlement));
    }
    harness.now.since(paid)
}

fn percentiles(mut delays: Vec<i64>) -> String {
    delays.sort_unstable();
    let at = |percent: usize| delays[(delays.len() - 1) * percent / 100];
    format!("p50 {:>5} ms   p95 {:>5} ms   most {:>5} ms", at(50), at(95), at(100))
}

fn main() {
    println!("polls in 15 minutes, nothing paid (virtual time)");
    let mut foreground = pending(1, false);
    println!("  foreground, without push   {:>4}", polls_within(&mut foreground, QUARTER - 1));
    let mut hidden = pending(1, false);
    hidden.step(Input::Hidden);
    println!("  hidden, without push       {:>4}", polls_within(&mut hidden, QUARTER - 1));
    let mut pushed = pending(1, true);
    println!("  foreground, with push      {:>4}", polls_within(&mut pushed, QUARTER - 1));
    let mut follower = pending(1, true);
    follower.step(Input::LostLeadership);
    println!("  behind another tab         {:>4}", polls_within(&mut follower, QUARTER - 1));

    println!("from payment to the paid screen by polling alone, answers taking no time (virtual time)");
    for (name, from, to) in [("in the first two minutes", 5_000, 120_000), ("after that", 180_000, 840_000)] {
        let delays: Vec<_> = (1..=400_i64)
            .map(|run| delay_of_a_payment_after(u32::try_from(run).unwrap_or(1), from + (to - from) * run / 400))
            .collect();
        println!("  {name:<26} {}", percentiles(delays));
    }
}
