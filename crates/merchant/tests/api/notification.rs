//! Midtrans' notifications: verified, confirmed, and harmless in any number and order.

use crate::stage::{Stage, signed};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};

#[tokio::test]
async fn a_settlement_arrives_by_notification() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    let delivered = stage.deliveries(&order.order_id, "settlement", 1).await;
    assert!(delivered[0].to_string().contains("200"), "{delivered:?}");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_forged_notification_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let forged = signed(&charged, "200", "refund", "SB-Mid-server-of-somebody-else");
    let answered = stage.notify_by_hand(&forged).await;
    assert_eq!((answered.http, answered.text("status_code")), (403, "403"));
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_captured_signature_with_another_status_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    // The signature of `pending` does not cover the status that is written beside it.
    let altered = signed(&charged, "201", "settlement", DEFAULT_SERVER_KEY);
    let answered = stage.notify_by_hand(&altered).await;
    assert_eq!(answered.http, 503, "Midtrans, when asked, says something else");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_doubled_notification_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    let before = stage.until_status(&order, "settlement").await;
    let again = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    for _ in 0..3 {
        assert_eq!(stage.notify_by_hand(&again).await.http, 200);
    }
    assert_eq!(stage.status(&order).await.body, before.body);
}

#[tokio::test]
async fn a_doubled_notification_needs_no_second_confirmation() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.deliveries(&order.order_id, "settlement", 1).await;
    stage.fault(json!({"fault": "error", "status_code": 500, "on": ["status"], "times": 0})).await;
    let again = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    assert_eq!(stage.notify_by_hand(&again).await.http, 200);
}

#[tokio::test]
async fn a_pending_that_comes_after_the_settlement_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    stage.until_status(&order, "settlement").await;
    let late = signed(&charged, "201", "pending", DEFAULT_SERVER_KEY);
    assert_eq!(stage.notify_by_hand(&late).await.http, 200, "it is old, and need not come again");
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn every_end_that_midtrans_tells_of_is_recorded() {
    for (verb, status) in [("expire", "expire"), ("cancel", "cancel"), ("deny", "deny"), ("pay", "settlement")] {
        let stage = Stage::set().await;
        let order = stage.order().await;
        stage.charge(&order).await;
        stage.at_midtrans(&order.order_id, verb).await;
        assert_eq!(stage.until_status(&order, status).await.text("order_id"), order.order_id);
    }
}

#[tokio::test]
async fn money_that_comes_after_the_end_is_believed() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.at_midtrans(&order.order_id, "expire").await;
    stage.until_status(&order, "expire").await;
    stage.pay_late(&order.order_id).await;
    stage.until_status(&order, "settlement").await;
}

#[tokio::test]
async fn a_notification_that_overtakes_the_charges_answer_is_not_lost() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.fault(json!({"fault": "latency", "milliseconds": 1500, "on": ["charge"]})).await;
    let overtaking = async {
        let heard = stage.deliveries(&order.order_id, "pending", 1).await;
        // Told before the charge is answered, and kept.
        let status = stage.status(&order).await;
        stage.at_midtrans(&order.order_id, "pay").await;
        stage.deliveries(&order.order_id, "settlement", 1).await;
        (heard, status)
    };
    let (charged, (heard, status)) = tokio::join!(stage.charge(&order), overtaking);
    assert_eq!(status.text("transaction_status"), "pending", "{heard:?}");
    assert_eq!(charged.text("transaction_id"), status.text("transaction_id"));
    assert_eq!(charged.text("transaction_status"), "settlement", "the charge's own pending is older news");
    assert_eq!(charged.body["actions"], json!(null));
}

#[tokio::test]
async fn a_notification_that_cannot_be_confirmed_now_is_asked_for_again() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    stage.notify_nobody().await;
    stage.at_midtrans(&order.order_id, "pay").await;
    let notification = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    stage.fault(json!({"fault": "error", "status_code": 500, "on": ["status"]})).await;
    assert_eq!(stage.notify_by_hand(&notification).await.http, 503);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    assert_eq!(stage.notify_by_hand(&notification).await.http, 200);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_notification_of_another_amount_is_refused() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let mut charged = stage.charge(&order).await;
    charged.body["gross_amount"] = json!("1.00");
    let answered = stage.notify_by_hand(&signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY)).await;
    assert_eq!(answered.http, 400);
    assert!(answered.body.to_string().contains("gross_amount"));
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn an_order_that_is_not_ours_is_not_found() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let mut charged = stage.charge(&order).await;
    charged.body["order_id"] = json!("order-of-somebody-else");
    charged.body["transaction_id"] = json!("00000000-0000-4000-8000-000000000000");
    let answered = stage.notify_by_hand(&signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY)).await;
    assert_eq!((answered.http, answered.text("status_code")), (404, "404"));
}

#[tokio::test]
async fn what_is_no_notification_is_refused_before_anything_is_done() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    let mut without_status = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    without_status.as_object_mut().expect("an object").remove("transaction_status");
    for body in [json!({}), json!([]), json!("settlement"), Value::Null, without_status] {
        let answered = stage.notify_by_hand(&body).await;
        assert_eq!((answered.http, answered.text("status_code")), (400, "400"), "{body}");
    }
    let long = format!("{{\"order_id\": \"{}\"}}", "x".repeat(17 * 1024));
    let answered = stage.post("/api/gopay/notifications").body(long).send().await.expect("an answer");
    assert_eq!(answered.status(), 413);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}
