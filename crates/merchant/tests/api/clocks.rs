//! A clock that is wrong: an hour, a day, a month, either way, and set right or wrong in the middle of a payment. Payments go
//! on as by the right one, nothing waits for longer than it ever does, and Midtrans is not overrun.

use crate::stage::{Placed, Stage, eventually, signed};
use crate::wire::on_a_wire;
use futures_util::{StreamExt as _, stream};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::json;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 31 * DAY;

async fn stored_status(stage: &Stage, order: &Placed) -> String {
    let question = format!("SELECT transaction_status FROM attempts WHERE order_id = '{}'", order.order_id);
    stage.ask_the_database(&question).await.pop().unwrap_or_default()
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_is_set_right_holds_up_nobody_who_asks() {
    for ahead in [HOUR, 7 * HOUR, DAY, MONTH] {
        let mut stage = Stage::set().await;
        stage.takes_the_clock_in_hand().await;
        stage.notify_nobody().await;
        stage.the_clock_is_ahead(ahead).await;
        let (asked, doubted) = (stage.order().await, stage.order().await);
        stage.charge(&asked).await;
        let charged = stage.charge(&doubted).await;
        let claim = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
        assert_eq!(stage.notify_by_hand(&claim).await.http, 503, "it is not paid yet");
        stage.the_clock_is_ahead(0).await;
        for order in [&asked, &doubted] {
            stage.at_midtrans(&order.order_id, "pay").await;
        }
        assert_eq!(stage.notify_by_hand(&claim).await.http, 200, "{ahead} s: now it is paid");
        stage.until_status(&asked, "settlement").await;
        stage.until_status(&doubted, "settlement").await;
    }
}

#[tokio::test]
async fn a_payment_is_found_without_a_notification_although_the_clock_was_ahead_when_the_look_was_planned() {
    for ahead in [7 * HOUR, DAY, MONTH] {
        let mut stage = Stage::set().await;
        stage.takes_the_clock_in_hand().await;
        stage.notify_nobody().await;
        stage.the_clock_is_ahead(ahead).await;
        let order = stage.order().await;
        stage.charge(&order).await;
        stage.at_midtrans(&order.order_id, "pay").await;
        stage.the_clock_is_ahead(0).await;
        eventually("it is found", async || stored_status(&stage, &order).await == "settlement").await;
    }
}

#[tokio::test]
async fn a_clock_that_jumps_either_way_in_the_middle_of_a_payment_loses_and_doubles_nothing() {
    let jumps = [HOUR, DAY, MONTH].into_iter().flat_map(|by| [(0, by), (0, -by), (by, 0), (-by, 0)]);
    // A few at a time: each has connections to its database.
    let played = jumps.map(|(before, after)| payments_across(before, after));
    stream::iter(played).buffer_unordered(3).collect::<Vec<()>>().await;
}

/// Payments in which everything happens after the jump: a reload, a notification, a lost notification, an end and a new start.
async fn payments_across(before: i64, after: i64) {
    let mut stage = Stage::set().await;
    stage.takes_the_clock_in_hand().await;
    stage.the_clock_is_ahead(before).await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        let order = stage.order().await;
        let charged = stage.charge(&order).await;
        orders.push((order, charged.text("transaction_id").to_owned()));
    }
    stage.the_clock_is_ahead(after).await;
    for (order, transaction_id) in &mut orders {
        *order = stage.loaded_again(order, after);
        let again = stage.charge(order).await;
        assert_eq!(again.text("transaction_id"), transaction_id, "{before} → {after}: a reload finds it");
    }
    let [(told, _), (lost, _), (ended, transaction_id)] = &orders[..] else { panic!("three orders") };
    stage.at_midtrans(&told.order_id, "pay").await;
    stage.until_status(told, "settlement").await;
    stage.at_midtrans(transaction_id, "expire").await;
    stage.until_status(ended, "expire").await;
    stage.notify_nobody().await;
    let next = stage.charge_instead_of(ended, transaction_id).await;
    assert_eq!(next.text("transaction_status"), "pending", "{before} → {after}: a new start");
    stage.at_midtrans(next.text("transaction_id"), "pay").await;
    stage.at_midtrans(&lost.order_id, "pay").await;
    // Midtrans is left alone about an order for ten seconds after it has spoken of it: let them pass.
    stage.time_passes_for_the_merchant(11).await;
    for (order, attempts) in [(told, 1), (lost, 1), (ended, 2)] {
        stage.until_status(order, "settlement").await;
        assert_eq!(stage.transactions_of(order).await.len(), attempts, "{before} → {after}");
    }
}

#[tokio::test]
async fn a_charge_that_can_still_be_paid_is_not_ended_by_a_clock_that_jumps_ahead() {
    let (mut stage, wire) = on_a_wire(&[("MIDTRANS_EXPIRE_OVERDUE", "on")]).await;
    stage.takes_the_clock_in_hand().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.the_clock_is_ahead(HOUR).await;
    eventually("it is looked at", async || wire.asks() + wire.sent("/expire").len() >= 1).await;
    assert_eq!(wire.sent("/expire").len(), 0, "Midtrans' clock has not moved");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_clock_that_is_set_right_sends_midtrans_no_more_than_one_question_for_each_order() {
    let (mut stage, wire) = on_a_wire(&[]).await;
    stage.takes_the_clock_in_hand().await;
    stage.notify_nobody().await;
    stage.the_clock_is_ahead(7 * HOUR).await;
    let mut orders = Vec::new();
    for _ in 0..40 {
        let order = stage.order().await;
        stage.charge(&order).await;
        orders.push(order);
    }
    stage.fault(json!({"fault": "latency", "milliseconds": 100, "on": ["status"], "times": 0})).await;
    let before = wire.asks();
    stage.the_clock_is_ahead(0).await;
    eventually("all are looked at", async || wire.asks() >= before + orders.len()).await;
    assert!(wire.most_at_once() <= 16, "{} at once", wire.most_at_once());
    for order in &orders {
        assert_eq!(stage.status(order).await.text("transaction_status"), "pending");
    }
    let mut asked: Vec<String> = wire.sent_to("/status");
    assert_eq!(asked.len(), before + orders.len(), "none twice");
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), orders.len(), "each once");
}

#[tokio::test]
async fn a_clock_that_is_years_ahead_deletes_nothing() {
    let mut stage = Stage::set_with(&[("MERCHANT_RETENTION_DAYS", "90")]).await;
    stage.takes_the_clock_in_hand().await;
    let paid = stage.order().await;
    stage.charge(&paid).await;
    stage.at_midtrans(&paid.order_id, "pay").await;
    stage.until_status(&paid, "settlement").await;
    // The sweep that finds nothing is over; another process begins another, a hundred months ahead.
    stage.the_clock_is_ahead(100 * MONTH).await;
    stage.restart_the_merchant().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.until_metrics_say("gopay_retention_total{outcome=\"clocks_disagree\"} 1").await;
    let paid = stage.loaded_again(&paid, 100 * MONTH);
    assert_eq!(stage.status(&paid).await.text("transaction_status"), "settlement");
}
