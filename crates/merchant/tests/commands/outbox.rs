//! `orders resend`, with a shop in Rust that has a listener.

use crate::command::run;
use crate::stage::{Stage, eventually, rupiah};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use gopay_contract::OrderId;
use gopay_contract::midtrans::OptionalData;
use gopay_merchant::{BoxError, CheckoutBackend, NewOrder, Payment, PaymentListener, Settings};
use serde_json::json;
use std::sync::{Arc, Mutex};
use tower::ServiceExt as _;

/// The orders that the shop was told of, one entry for each delivery.
#[derive(Clone, Default)]
struct Deliveries(Arc<Mutex<Vec<OrderId>>>);

impl Deliveries {
    fn of(&self, order_id: &OrderId) -> usize {
        self.0.lock().expect("not poisoned").iter().filter(|delivered| *delivered == order_id).count()
    }
}

#[async_trait]
impl PaymentListener for Deliveries {
    async fn payment_changed(&self, payment: &Payment) -> Result<(), BoxError> {
        self.0.lock().expect("not poisoned").push(payment.order_id.clone());
        Ok(())
    }
}

async fn charged(checkout: &CheckoutBackend, order_id: &str) -> OrderId {
    let order_id = OrderId::parse(order_id).expect("an order id");
    let order = NewOrder::new(order_id.clone(), rupiah(44_000), "Kopi", OptionalData::default()).expect("an order");
    checkout.place(&order).await.expect("placed");
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id}});
    let request = Request::post("/charge")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", checkout.order_token(&order_id)))
        .body(Body::from(body.to_string()));
    let router: Router = checkout.router();
    let answered = router.oneshot(request.expect("a request")).await.expect("an answer");
    assert_eq!(answered.status(), 200);
    order_id
}

#[tokio::test]
async fn an_order_that_is_sent_again_is_delivered_again_and_no_other() {
    let stage = Stage::set().await;
    let database = stage.another_database();
    let mut variables = stage.variables.clone();
    variables.insert("MERCHANT_DATABASE_URL", database);
    let settings = Settings::from_lookup(|name| variables.get(name).cloned()).expect("good settings");
    let deliveries = Deliveries::default();
    let checkout = CheckoutBackend::builder(settings).payment_listener(deliveries.clone()).build().await;
    let checkout = checkout.expect("it is built");
    let command =
        async |arguments: &[&str]| run(variables.iter().map(|(name, value)| (*name, value.as_str())), arguments).await;
    let outbox_of = async |order_id: &OrderId| {
        command(&["orders", "show", "--json", order_id.as_str()]).await.json()["outbox"]["state"].clone()
    };

    let (order, other) = (charged(&checkout, "order-1").await, charged(&checkout, "order-2").await);
    eventually("both are delivered", async || {
        outbox_of(&order).await == "delivered" && outbox_of(&other).await == "delivered"
    })
    .await;
    let before = deliveries.of(&other);
    assert_eq!(deliveries.of(&order), 1);

    let said = command(&["orders", "resend", order.as_str(), "--by", "siti"]).await;
    assert_eq!(said.done(), "order order-1 was delivered to the shop's listener again\n", "{said:?}");
    assert_eq!(said.audited().len(), 1, "{said:?}");
    assert_eq!((deliveries.of(&order), deliveries.of(&other)), (2, before));
    assert_eq!(outbox_of(&order).await, "delivered");
    checkout.stop().await;

    let said = command(&["orders", "resend", "--json", order.as_str(), "--by", "siti"]).await;
    assert_eq!(said.json()["outbox"], "undelivered", "no merchant runs: {said:?}");
    assert_eq!(deliveries.of(&order), 2);
}

#[tokio::test]
async fn an_order_of_which_nothing_is_known_cannot_be_sent_again() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let variables = stage.variables.iter().map(|(name, value)| (*name, value.as_str()));
    let said = run(variables, &["orders", "resend", &order.order_id, "--by", "siti"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.log.contains("there is nothing to deliver") && said.audited().is_empty(), "{said:?}");
}
