//! Rows of `docs/attempts.md`, played: two attempts are brought to their states, and the merchant does what the table says.

use crate::stage::{Answered, Placed, Stage, eventually};
use crate::wire::{Wire, on_a_wire};
use futures_util::{StreamExt as _, stream};
use gopay_merchant::orders::attempts::{Alert, AttemptState, ChargeDecision, decide};
use serde_json::json;

#[path = "../../src/orders/attempts/played_rows.rs"]
mod played_rows;

/// Each has a sandbox and a merchant of its own.
const ROWS_AT_ONCE: usize = 4;

fn state(word: &str) -> AttemptState {
    AttemptState::ALL.into_iter().find(|state| state.as_str() == word).expect("a state")
}

/// The first attempt ends, by itself where that is its state.
async fn first_ends(stage: &Stage, order: &Placed, first: AttemptState) -> Answered {
    let charged = stage.charge(order).await;
    let verb = if first.ended_unpaid() { first.as_str() } else { "expire" };
    stage.at_midtrans(charged.text("transaction_id"), verb).await;
    stage.until_status(order, verb).await;
    charged
}

/// Midtrans' id of the second attempt, if it has one.
async fn second_is_made(stage: &Stage, order: &Placed, ended: &Answered, second: AttemptState) -> Option<String> {
    match second {
        AttemptState::Unanswered => {
            stage.fault(json!({"fault": "cut_connection", "on": ["charge"], "times": 0})).await;
        }
        AttemptState::Refused => {
            stage.fault(json!({"fault": "error", "status_code": 402, "on": ["charge"]})).await;
        }
        AttemptState::Pending
        | AttemptState::PendingWithoutActions
        | AttemptState::Expire
        | AttemptState::Cancel
        | AttemptState::Deny
        | AttemptState::Settlement
        | AttemptState::InDoubt
        | AttemptState::PartialRefund
        | AttemptState::Refund
        | AttemptState::OlderThanOrder => {}
    }
    let charged = stage.charge_instead_of(order, ended.text("transaction_id")).await;
    stage.no_more_faults().await;
    charged.body["transaction_id"].as_str().map(str::to_owned)
}

/// A transaction is brought to a state, and the merchant hears of it.
async fn becomes(stage: &Stage, wire: &Wire, transaction_id: &str, state: AttemptState) {
    let known = async |status: &str| {
        let question = format!("SELECT transaction_status FROM attempts WHERE transaction_id = '{transaction_id}'");
        eventually(status, async || stage.ask_the_database(&question).await == [status]).await;
    };
    match state {
        AttemptState::Unanswered
        | AttemptState::Refused
        | AttemptState::Pending
        | AttemptState::PendingWithoutActions
        | AttemptState::OlderThanOrder => {}
        AttemptState::Expire | AttemptState::Cancel | AttemptState::Deny => {
            let transactions = stage.steer(reqwest::Method::GET, "transactions", json!(null)).await;
            let is_pending = |one: &serde_json::Value| {
                one["transaction_id"] == transaction_id && one["transaction_status"] == "pending"
            };
            if transactions.as_array().expect("a list").iter().any(is_pending) {
                stage.at_midtrans(transaction_id, state.as_str()).await;
            }
            known(state.as_str()).await;
        }
        AttemptState::InDoubt => {
            wire.lies("accept", "challenge");
            stage.pay_late_or_in_time(transaction_id).await;
            known("settlement").await;
        }
        AttemptState::Settlement | AttemptState::PartialRefund | AttemptState::Refund => {
            stage.pay_late_or_in_time(transaction_id).await;
            known("settlement").await;
            if state != AttemptState::Settlement {
                let amount = if state == AttemptState::Refund { 44_000 } else { 4000 };
                stage.gives_back(transaction_id, amount).await;
                known(state.as_str()).await;
            }
        }
    }
}

async fn is_played(first: AttemptState, second: AttemptState) {
    let row = format!("{} | {}", first.as_str(), second.as_str());
    let (stage, wire) = on_a_wire(&[]).await;
    let order = stage.order().await;
    let one = first_ends(&stage, &order, first).await;
    let other = second_is_made(&stage, &order, &one, second).await;
    let transactions = [Some(one.text("transaction_id").to_owned()), other.clone()];
    if let Some(other) = &other {
        becomes(&stage, &wire, other, second).await;
    }
    becomes(&stage, &wire, one.text("transaction_id"), first).await;

    let decision = decide(&[first, second]);
    let word = |state: AttemptState| if state == AttemptState::InDoubt { "settlement" } else { state.as_str() };
    let shown = decision.shown.expect("each of these rows shows something");
    eventually(&format!("{row}: the payer sees it"), async || {
        let status = stage.status(&order).await.body;
        let is_it = status["transaction_id"].as_str() == transactions[shown].as_deref();
        is_it && status["transaction_status"] == word([first, second][shown])
    })
    .await;
    for cancelled in &decision.cancel {
        eventually(&format!("{row}: it is cancelled"), async || {
            let known = stage.transactions_of(&order).await;
            let is_it = |one: &serde_json::Value| one["transaction_id"].as_str() == transactions[*cancelled].as_deref();
            known.iter().any(|one| is_it(one) && one["transaction_status"] == "cancel")
        })
        .await;
    }
    let paid_twice = "gopay_alerts_total{what=\"paid_twice\"}";
    if decision.alerts.contains(&Alert::PaidTwice) {
        eventually(&format!("{row}: the alert"), async || stage.metrics().await.contains(paid_twice)).await;
    }

    let before = stage.transactions_of(&order).await.len();
    let polled_before = wire.sent_to("").len();
    let latest = transactions.iter().flatten().last().expect("the first one is there");
    let charged = stage.charge_instead_of(&order, latest).await;
    let sent: Vec<String> = wire.sent_to("").split_off(polled_before);
    let made = stage.transactions_of(&order).await.len() - before;
    match &decision.charge {
        ChargeDecision::Answer => {
            assert_eq!(charged.body["transaction_id"].as_str(), transactions[shown].as_deref(), "{row}");
            assert_eq!(
                (made, charged.body["transaction_status"].as_str()),
                (0, Some(word([first, second][shown]))),
                "{row}"
            );
        }
        ChargeDecision::Resume { ask_first, .. } | ChargeDecision::Next { ask_first } => {
            let number = if matches!(decision.charge, ChargeDecision::Next { .. }) { 3 } else { 2 };
            assert_eq!((made, charged.text("order_id")), (1, &*format!("{}-{number}", order.order_id)), "{row}");
            let charge = sent.iter().position(|sent| sent == "POST /v2/charge").expect("it is charged");
            for asked in ask_first {
                let id = transactions[*asked].as_deref().expect("it is there");
                let question = format!("GET /v2/{id}/status");
                assert!(sent[..charge].contains(&question), "{row}: {question} before {sent:?}");
            }
        }
        ChargeDecision::Stop => panic!("{row}: no such row is played"),
    }
    // On its way to a refund, an attempt holds money for a while.
    let held_money = |state: AttemptState| if state.was_paid() { AttemptState::Settlement } else { state };
    if !decide(&[first, second].map(held_money)).alerts.contains(&Alert::PaidTwice) {
        assert!(!stage.metrics().await.contains(paid_twice), "{row}: no alert");
    }
}

#[tokio::test]
async fn the_merchant_does_what_each_played_row_of_the_document_says() {
    let play = async |(first, second)| is_played(state(first), state(second)).await;
    stream::iter(played_rows::PLAYED).for_each_concurrent(ROWS_AT_ONCE, play).await;
}
