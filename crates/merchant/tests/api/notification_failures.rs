//! Notifications that cannot be taken in now: Midtrans looks at the HTTP status alone, so none is acknowledged before what
//! it says is stored, whatever is wrong and with whom.

use crate::stage::{Stage, eventually, signed};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn whatever_get_status_refuses_the_notification_is_not_acknowledged() {
    let stage = Stage::set_with_a_curious_merchant().await;
    for status_code in [400, 401, 402, 403, 404, 405, 406, 408, 410, 411, 412, 413, 414, 429, 500, 503] {
        let order = stage.order().await;
        let charged = stage.paid_unheard(&order).await;
        stage.fault(json!({"fault": "error", "status_code": status_code, "on": ["status"], "times": 0})).await;
        let notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
        assert_eq!(stage.notify_by_hand(&notification).await.http, 503, "{status_code}: four more deliveries");
        stage.no_more_faults().await;
        assert_eq!(stage.notify_by_hand(&notification).await.http, 200, "{status_code}");
        assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement", "{status_code}");
    }
}

#[tokio::test]
async fn a_database_that_fails_is_a_reason_to_come_again() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.paid_unheard(&order).await;
    let notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    stage.database("ALTER TABLE attempts RENAME TO attempts_gone").await;
    assert_eq!(stage.notify_by_hand(&notification).await.http, 503, "Midtrans comes but once more after a 500");
    stage.database("ALTER TABLE attempts_gone RENAME TO attempts").await;
    assert_eq!(stage.notify_by_hand(&notification).await.http, 200);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn what_was_not_confirmed_is_looked_into_before_midtrans_comes_again() {
    for (is_held_back, fault) in [(false, None), (true, None), (false, Some(402)), (false, Some(500))] {
        let stage = Stage::set_with(&[("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1")]).await;
        let order = stage.order().await;
        let charged = stage.charge(&order).await;
        stage.deliveries(&order.order_id, "pending", 1).await;
        stage.notify_nobody().await;
        if let Some(status_code) = fault {
            stage.fault(json!({"fault": "error", "status_code": status_code, "on": ["status"]})).await;
        }
        let early = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
        assert_eq!(stage.notify_by_hand(&early).await.http, 503, "it is not paid yet");
        if is_held_back {
            assert_eq!(stage.notify_by_hand(&early).await.http, 503, "the true one, because of the one before");
        }
        stage.at_midtrans(&order.order_id, "pay").await;
        // The database is asked, because a merchant that is asked looks by itself.
        let known = format!("SELECT transaction_status FROM attempts WHERE order_id = '{}'", order.order_id);
        eventually("it is found out", async || stage.ask_the_database(&known).await == ["settlement"]).await;
    }
}

#[tokio::test]
async fn a_notification_whose_sender_has_hung_up_is_heard_to_its_end() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    stage.notify_nobody().await;
    let mut watch = stage.watch(&order).await;
    assert_eq!(watch.next().await.expect("the status of now").1["transaction_status"], "pending");
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.fault(json!({"fault": "latency", "milliseconds": 1500, "on": ["status"]})).await;
    let notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    let impatient = stage.post("/api/gopay/notifications").json(&notification).timeout(Duration::from_millis(300));
    assert!(impatient.send().await.expect_err("it takes longer").is_timeout());
    assert_eq!(watch.next().await.expect("it is pushed").1["transaction_status"], "settlement");
}
