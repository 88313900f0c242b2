//! A transaction that Midtrans has under an order's id and that this merchant has not made: whose is it?

use crate::stage::{Placed, Stage, eventually, signed};
use crate::wire::{Wire, on_a_wire};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::json;

/// Midtrans says that this transaction was made years before the order.
async fn was_made_long_ago(stage: &Stage, wire: &Wire, order: &Placed) {
    let made = stage.transactions_of(order).await[0]["transaction_time"].as_str().expect("a time").to_owned();
    wire.lies(&made, "2020-01-31 10:00:00");
}

#[tokio::test]
async fn a_payment_that_is_older_than_the_order_is_not_its_payment_and_raises_the_alarm() {
    for verb in ["pay", "none"] {
        let (stage, wire) = on_a_wire(&[]).await;
        stage.notify_nobody().await;
        let order = stage.order().await;
        // Order numbers that began anew after a lost file, a Snap shop before this one, a second system on the account.
        let foreign = stage.somebody_else_charges(&order.order_id).await;
        if verb == "pay" {
            stage.at_midtrans(foreign.text("transaction_id"), verb).await;
        }
        was_made_long_ago(&stage, &wire, &order).await;
        for _ in 0..2 {
            let charged = stage.charge(&order).await;
            assert_eq!((charged.http, charged.text("status_code")), (500, "500"), "{verb}: {}", charged.body);
            assert_eq!(charged.body["actions"], json!(null), "{verb}");
        }
        assert_eq!(stage.status(&order).await.http, 404, "{verb}: nothing is known of it");
        stage.until_metrics_say("gopay_alerts_total{what=\"contradiction\"} 2").await;
        assert_eq!(stage.transactions_of(&order).await.len(), 1, "{verb}: and nothing is charged beside it");
    }
}

#[tokio::test]
async fn neither_a_notification_nor_a_look_takes_an_older_payment_for_the_orders() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let foreign = stage.somebody_else_charges(&order.order_id).await;
    stage.at_midtrans(foreign.text("transaction_id"), "pay").await;
    was_made_long_ago(&stage, &wire, &order).await;
    assert_eq!(stage.charge(&order).await.http, 500);
    let told = stage.notify_by_hand(&signed(&foreign, "200", "settlement", DEFAULT_SERVER_KEY)).await;
    assert_ne!(told.http, 200, "{}", told.body);
    let asks = wire.asks();
    stage.time_passes_for_the_merchant(300).await;
    eventually("it is looked at", async || wire.asks() > asks).await;
    let known = format!("SELECT order_id FROM attempts WHERE transaction_id = '{}'", foreign.text("transaction_id"));
    assert!(stage.ask_the_database(&known).await.is_empty());
    assert_eq!(stage.status(&order).await.http, 404);
}

#[tokio::test]
async fn an_older_transaction_that_ended_without_money_leaves_the_order_to_be_charged() {
    let (stage, wire) = on_a_wire(&[]).await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    let foreign = stage.somebody_else_charges(&order.order_id).await;
    stage.at_midtrans(foreign.text("transaction_id"), "expire").await;
    was_made_long_ago(&stage, &wire, &order).await;
    stage.fault(json!({"fault": "cut_connection", "on": ["charge"], "times": 0})).await;
    assert_eq!(stage.charge(&order).await.http, 503);
    stage.no_more_faults().await;
    // Now it is looked for by its order_id before it is charged.
    stage.an_hour_passes_in_the_database().await;
    let charged = stage.charge(&order).await;
    assert_eq!(charged.text("transaction_status"), "pending", "{}", charged.body);
    assert_ne!(charged.text("transaction_id"), foreign.text("transaction_id"));
}

/// Restores a backup: attempts that were made since are gone, and so is what became of them.
#[tokio::test]
async fn a_payment_that_a_restored_backup_has_not_heard_of_is_found() {
    for verb in ["pay", "none"] {
        let mut stage = Stage::set().await;
        let order = stage.order().await;
        let before = stage.charge(&order).await;
        stage.notify_nobody().await;
        if verb == "pay" {
            stage.at_midtrans(&order.order_id, verb).await;
        }
        stage.database("DELETE FROM attempts").await;
        stage.restart_the_merchant().await;
        let after = stage.charge(&order).await;
        assert_eq!(after.text("transaction_id"), before.text("transaction_id"), "{verb}");
        let status = if verb == "pay" { "settlement" } else { "pending" };
        assert_eq!(after.text("transaction_status"), status);
        assert_eq!(stage.transactions_of(&order).await.len(), 1, "{verb}");
    }
}
