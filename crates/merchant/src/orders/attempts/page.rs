//! `docs/attempts.md`, written from [`decide`].

use super::{Alert, AttemptState, ChargeDecision, Decision, decide};
use std::path::Path;
use std::{env, fs};

#[path = "played_rows.rs"]
mod played_rows;

/// Set, this writes the document instead of comparing it.
const REWRITES: &str = "ATTEMPTS_MD";

const HEAD: &str = "\
# Several attempts of one order

An order may be charged more than once: after `expire`, `cancel` or `deny` the payer may start over, and each time is an
*attempt* with a transaction of its own at Midtrans. Midtrans may learn of a payment late, so an attempt that ended may hold
money after all, beside a later one. This page says what each combination means. The reference merchant decides so, by one
function (`decide` in `crates/merchant/src/orders/attempts.rs`), and this page is written from it:
`ATTEMPTS_MD=write cargo test -p gopay-merchant --lib attempts`.

The rules behind it:

- Money that is there comes before money that went back, in whatever order the attempts were made.
- Before every request to `/v2/charge`, whatever led to it, Midtrans is asked about each other attempt that may hold money of
  which the merchant was not told. Where Midtrans does not say that it ended without money, nothing is charged.
- Of all attempts the payer can pay one at most, and none beside a payment.
- `paid_twice` is raised exactly while more than one attempt holds money. Refunding one of them, whichever, ends it.

## The states of an attempt

| state | meaning |
|---|---|
";

const MATRIX: &str = "
## Two attempts

*Charge* is what a request to charge the order leads to: `answer`, the attempt that the payer sees, and no charge is sent;
`again N`, the charge of attempt N is sent again with its own id and `Idempotency-Key`; `next`, another attempt, if `retry_of`
names the latest one, and else the attempt that the payer sees; `stop`, a person has to look. *Ask first* are the attempts that
Midtrans is asked about before. *Cancel* are the attempts that are cancelled at Midtrans. A row with ● is played
against the merchant, on SQLite and PostgreSQL.

| first | second | the payer sees | the shop is told | charge | ask first | cancel | alert | |
|---|---|---|---|---|---|---|---|---|
";

const PLAY: &str = "
## How the rows with ● are played

They need the [sandbox](../crates/sandbox/README.md) and nothing of this merchant, so they can be played against any backend.
The first attempt is charged and ended: by its own verb (`expire`, `cancel`, `deny`), else by `expire`. The second is charged
with `retry_of` and brought to its state. Then the first is brought to its own, by a late payment and what follows it.

| state | how |
|---|---|
| `expire`, `cancel`, `deny` | `POST /sandbox/transactions/{id}/expire`, `/cancel`, `/deny` |
| `settlement` | `POST /sandbox/transactions/{id}/pay`, with `{\"late\": true}` once it ended |
| `partial_refund`, `refund` | the same, then `POST /v2/{id}/refund` of a part, or of all |
| `in_doubt` | the same, while Midtrans' answers are passed on with `\"fraud_status\": \"challenge\"` |
| `refused` | a fault while it is charged: `{\"fault\": \"error\", \"status_code\": 402, \"on\": [\"charge\"]}` |
| `unanswered` | a fault while it is charged: `{\"fault\": \"cut_connection\", \"on\": [\"charge\"], \"times\": 0}` |
";

fn meaning(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Unanswered => "its charge was cut off, interrupted, or is on its way: Midtrans may have made it",
        AttemptState::Refused => "Midtrans refused every request to charge it: there is no transaction",
        AttemptState::Pending => "it can be paid: `pending`, `authorize`, or a word that this version does not know",
        AttemptState::PendingWithoutActions => {
            "the same, but the charge's own answer, with the QR code and the link, was lost"
        }
        AttemptState::Expire => "`expire`; money may come late",
        AttemptState::Cancel => "`cancel`; money may come late",
        AttemptState::Deny => "`deny` or `failure`",
        AttemptState::Settlement => "`settlement` or `capture`, accepted: it holds the payer's money",
        AttemptState::InDoubt => {
            "`settlement` or `capture`, and a `fraud_status` other than `accept`: it may hold money"
        }
        AttemptState::PartialRefund => "it was paid, and holds the rest of the payer's money",
        AttemptState::Refund => "it was paid, and all of it went back",
        AttemptState::OlderThanOrder => {
            "Midtrans has a transaction under its `order_id` that is older than the order: a payment of something else"
        }
    }
}

/// Status of an attempt for the payer, in Midtrans' word.
fn seen(state: AttemptState) -> String {
    match state {
        AttemptState::PendingWithoutActions => format!("`{}`", AttemptState::Pending.as_str()),
        AttemptState::InDoubt => format!("`{}`, in doubt", AttemptState::Settlement.as_str()),
        AttemptState::Unanswered
        | AttemptState::Refused
        | AttemptState::Pending
        | AttemptState::Expire
        | AttemptState::Cancel
        | AttemptState::Deny
        | AttemptState::Settlement
        | AttemptState::PartialRefund
        | AttemptState::Refund
        | AttemptState::OlderThanOrder => format!("`{}`", state.as_str()),
    }
}

fn numbers(indices: &[usize]) -> String {
    indices.iter().map(|index| (index + 1).to_string()).collect::<Vec<_>>().join(", ")
}

fn told(decision: &Decision) -> &'static str {
    match (decision.is_paid, decision.is_refunded, decision.alerts.contains(&Alert::PaidTwice)) {
        (true, _, true) => "paid, twice",
        (true, _, false) => "paid",
        (false, true, _) => "not paid: refunded",
        (false, false, _) => "not paid",
    }
}

fn row(first: AttemptState, second: AttemptState) -> String {
    let decision = decide(&[first, second]);
    let shown = decision
        .shown
        .map_or_else(|| "no status".to_owned(), |shown| format!("{}: {}", shown + 1, seen([first, second][shown])));
    let (charge, ask_first) = match &decision.charge {
        ChargeDecision::Answer => ("answer".to_owned(), String::new()),
        ChargeDecision::Stop => ("stop".to_owned(), String::new()),
        ChargeDecision::Resume { attempt, ask_first } => (format!("again {}", attempt + 1), numbers(ask_first)),
        ChargeDecision::Next { ask_first } => ("next".to_owned(), numbers(ask_first)),
    };
    let alerts: Vec<_> = decision.alerts.iter().map(|alert| format!("`{}`", alert.as_str())).collect();
    let is_played = played_rows::PLAYED.contains(&(first.as_str(), second.as_str()));
    let cells = [
        format!("`{}`", first.as_str()),
        format!("`{}`", second.as_str()),
        shown,
        told(&decision).to_owned(),
        charge,
        ask_first,
        numbers(&decision.cancel),
        alerts.join(", "),
        if is_played { "●".to_owned() } else { String::new() },
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn written() -> String {
    let mut page = HEAD.to_owned();
    for state in AttemptState::ALL {
        page.push_str(&format!("| `{}` | {} |\n", state.as_str(), meaning(state)));
    }
    page.push_str(MATRIX);
    for first in AttemptState::ALL {
        page.extend(AttemptState::ALL.map(|second| row(first, second)));
    }
    page.push_str(PLAY);
    page
}

#[test]
fn the_document_is_what_is_decided() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/attempts.md");
    if env::var_os(REWRITES).is_some() {
        fs::write(&file, written()).expect("it can be written");
    }
    let is_up_to_date = fs::read_to_string(&file).unwrap_or_default() == written();
    assert!(is_up_to_date, "docs/attempts.md is old: ATTEMPTS_MD=write cargo test -p gopay-merchant --lib attempts");
}

#[test]
fn every_row_that_is_played_is_a_row() {
    for (first, second) in played_rows::PLAYED {
        for word in [first, second] {
            assert!(AttemptState::ALL.iter().any(|state| state.as_str() == word), "{word}");
        }
        assert_eq!(played_rows::PLAYED.iter().filter(|row| **row == (first, second)).count(), 1, "{first} {second}");
    }
}
