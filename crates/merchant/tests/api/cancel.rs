//! Not wanting to pay after all.

use crate::stage::Stage;

#[tokio::test]
async fn a_cancelled_charge_is_cancelled_at_midtrans() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let mut watch = stage.watch(&order).await;
    watch.next().await.expect("pending");
    for answered in [stage.cancel(&order).await, stage.cancel(&order).await] {
        assert_eq!(answered.http, 200);
        assert_eq!(answered.text("transaction_status"), "cancel", "twice is as good as once");
        assert_ne!(answered.text("status_code"), "412");
    }
    assert_eq!(stage.transactions_of(&order).await[0]["transaction_status"], "cancel");
    assert_eq!(watch.next().await.expect("told").1["transaction_status"], "cancel");
}

#[tokio::test]
async fn a_paid_charge_cannot_be_cancelled() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let answered = stage.cancel(&order).await;
    assert_eq!((answered.http, answered.text("status_code")), (200, "412"));
    assert_eq!(answered.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_payment_that_comes_before_the_cancelling_wins() {
    let stage = Stage::set().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    // The merchant still believes that it is pending.
    stage.at_midtrans(&order.order_id, "pay").await;
    let answered = stage.cancel(&order).await;
    assert_eq!(answered.text("status_code"), "412");
    assert_eq!(answered.text("transaction_status"), "settlement", "and is told the truth");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn there_is_nothing_to_cancel_before_the_charge() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    assert_eq!(stage.cancel(&order).await.http, 404);
}

#[tokio::test]
async fn an_unreachable_midtrans_cancels_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.fault(serde_json::json!({"fault": "cut_connection", "on": ["cancel"]})).await;
    assert_eq!(stage.cancel(&order).await.http, 503);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    assert_eq!(stage.cancel(&order).await.text("transaction_status"), "cancel");
}
