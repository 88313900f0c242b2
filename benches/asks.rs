//! How often the widget asks, and how soon it knows, in virtual time: fifteen minutes pass in a moment, and every number
//! is exact for the machine that ships. `cargo xtask bench` prints it; nothing is asserted.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, reason = "a benchmark's own")]

#[path = "../tests/counter/mod.rs"]
mod counter;

use counter::{Counter, Word, plan};
use gopay_checkout::payment::{Effect, Input, Plan, StateName};
use gopay_contract::TransactionStatus::{Pending, Settlement};

const QUARTER: i64 = 15 * 60 * 1000;

fn pending(seed: u32, can_watch: bool) -> Counter {
    let mut counter = Counter::with(Plan { seed, can_watch, ..plan() });
    counter.step(Input::Begun);
    counter.hear(&Word::Charge(Pending));
    counter
}

/// Lets `ms` pass; the merchant answers "pending" to every ask, and a stream that stands has a heartbeat.
fn asks_within(counter: &mut Counter, ms: i64) -> usize {
    let end = counter.now.after(ms);
    let mut asks = 0;
    while counter.now < end {
        let effects = counter.wait(1_000.min(end.since(counter.now)));
        asks += effects.iter().filter(|effect| matches!(effect, Effect::AskStatus { .. })).count();
        counter.hear(&Word::Status(Pending));
        if let Some(stream) = counter.watching {
            counter.step(Input::WatchHeartbeat(stream));
        }
    }
    asks
}

/// From the payer's payment to "Pembayaran berhasil", by asking alone, with answers that take no time.
fn delay_of_a_payment_after(seed: u32, paid_after: i64) -> i64 {
    let mut counter = pending(seed, false);
    asks_within(&mut counter, paid_after);
    let paid = counter.now;
    while counter.screen().state != StateName::Settlement {
        counter.wait(10);
        counter.hear(&Word::Status(Settlement));
    }
    counter.now.since(paid)
}

fn percentiles(mut delays: Vec<i64>) -> String {
    delays.sort_unstable();
    let at = |percent: usize| delays[(delays.len() - 1) * percent / 100];
    format!("p50 {:>5} ms   p95 {:>5} ms   most {:>5} ms", at(50), at(95), at(100))
}

fn main() {
    println!("asks in 15 minutes, nothing paid (virtual time)");
    let mut foreground = pending(1, false);
    println!("  foreground, without push   {:>4}", asks_within(&mut foreground, QUARTER - 1));
    let mut hidden = pending(1, false);
    hidden.step(Input::Hidden);
    println!("  hidden, without push       {:>4}", asks_within(&mut hidden, QUARTER - 1));
    let mut pushed = pending(1, true);
    println!("  foreground, with push      {:>4}", asks_within(&mut pushed, QUARTER - 1));
    let mut led = pending(1, true);
    led.step(Input::Follows);
    println!("  behind another tab         {:>4}", asks_within(&mut led, QUARTER - 1));

    println!("from payment to the paid screen by asking alone, answers taking no time (virtual time)");
    for (name, from, to) in [("in the first two minutes", 5_000, 120_000), ("after that", 180_000, 840_000)] {
        let delays: Vec<_> = (1..=400_i64)
            .map(|run| delay_of_a_payment_after(u32::try_from(run).unwrap_or(1), from + (to - from) * run / 400))
            .collect();
        println!("  {name:<26} {}", percentiles(delays));
    }
}
