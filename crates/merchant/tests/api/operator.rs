//! What whoever runs it asks.

use crate::stage::{Stage, signed};

async fn metrics(stage: &Stage) -> String {
    stage.get("/metrics").send().await.expect("an answer").text().await.expect("text")
}

#[tokio::test]
async fn it_is_alive_and_ready() {
    let stage = Stage::set().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(stage.get(path).send().await.expect("an answer").status(), 200, "{path}");
    }
}

#[tokio::test]
async fn what_happened_is_counted() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.charge(&order).await;
    let mut watch = stage.watch(&order).await;
    watch.next().await.expect("pending");
    assert!(metrics(&stage).await.contains("\ngopay_watchers 1\n"));
    let forged = signed(&charged, "200", "settlement", "SB-Mid-server-of-somebody-else");
    stage.notify_by_hand(&forged).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    while watch.next().await.is_some() {}
    let text = metrics(&stage).await;
    for line in [
        "# TYPE gopay_charges_total counter",
        "gopay_charges_total{outcome=\"created\"} 1",
        "gopay_charges_total{outcome=\"resumed\"} 1",
        "gopay_statuses_total{transaction_status=\"pending\"} 1",
        "gopay_statuses_total{transaction_status=\"settlement\"} 1",
        "gopay_notifications_total{outcome=\"forged\"} 1",
        "gopay_watchers 0",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}
