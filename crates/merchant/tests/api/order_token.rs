//! Authorization to ask about an order.

use crate::stage::{Answered, Placed, Stage, TOKEN_SECRET};
use gopay_contract::OrderId;
use gopay_merchant::{OrderTokenSettings, OrderTokens, UnixMillis};
use reqwest::RequestBuilder;
use serde_json::json;
use std::time::Duration;

/// The four requests that an order token guards.
fn requests(stage: &Stage, order: &Placed) -> [RequestBuilder; 4] {
    let path = format!("/api/gopay/orders/{}", order.order_id);
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
    [
        stage.post("/api/gopay/charge").json(&body),
        stage.get(&path),
        stage.get(&format!("{path}/events")),
        stage.post(&format!("{path}/cancel")),
    ]
}

async fn assert_refused(request: RequestBuilder, http: u16) {
    let answered = Answered::from(request.send().await.expect("an answer")).await;
    assert_eq!((answered.http, answered.text("status_code")), (http, http.to_string().as_str()));
    assert!(!answered.text("status_message").is_empty());
}

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    for request in requests(&stage, &order) {
        assert_refused(request.try_clone().expect("a copy"), 401).await;
        assert_refused(request.try_clone().expect("a copy").bearer_auth("v1.garbled"), 401).await;
        assert_refused(request.basic_auth(&order.token, Some("")), 401).await;
    }
    assert_eq!(stage.transactions_of(&order).await.len(), 0);
}

#[tokio::test]
async fn a_token_of_another_order_opens_nothing() {
    let stage = Stage::set().await;
    let (order, other) = (stage.order().await, stage.order().await);
    stage.charge(&order).await;
    for request in requests(&stage, &order) {
        assert_refused(request.bearer_auth(&other.token), 403).await;
    }
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending", "and cancels nothing");
}

#[tokio::test]
async fn an_expired_token_opens_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let lifetime = Duration::from_secs(60);
    let tokens = OrderTokens::new(&OrderTokenSettings {
        secret: TOKEN_SECRET.to_owned().into(),
        previous_secret: None,
        lifetime,
    });
    let order_id = OrderId::parse(&order.order_id).expect("an order id");
    let now = UnixMillis::now();
    let expired = tokens.issue(&order_id, now.minus(Duration::from_secs(120)));
    for request in requests(&stage, &order) {
        assert_refused(request.bearer_auth(&expired), 401).await;
    }
    let fresh = Placed { token: tokens.issue(&order_id, now), ..order };
    assert_eq!(stage.charge(&fresh).await.text("status_code"), "201", "made by the same secret, it opens");
}

#[tokio::test]
async fn an_order_that_the_shop_does_not_have_is_not_found() {
    let stage = Stage::set().await;
    let settings = OrderTokenSettings {
        secret: TOKEN_SECRET.to_owned().into(),
        previous_secret: None,
        lifetime: Duration::from_secs(60),
    };
    let order_id = OrderId::parse("order-of-nobody").expect("an order id");
    let token = OrderTokens::new(&settings).issue(&order_id, UnixMillis::now());
    let order = Placed { order_id: order_id.to_string(), token };
    for request in requests(&stage, &order) {
        assert_refused(request.bearer_auth(&order.token), 404).await;
    }
}
