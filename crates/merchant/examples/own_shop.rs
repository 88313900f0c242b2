//! A shop that has its own orders, its own sessions and its own app, and nests the checkout's backend under `/pay`.
//!
//! ```sh
//! cargo run -p midtrans-sandbox -- --notification-url http://127.0.0.1:7080/pay/notifications &
//! MIDTRANS_SERVER_KEY=SB-Mid-server-offline-sandbox ORDER_TOKEN_SECRET="$(openssl rand -base64 48)" \
//!   cargo run -p gopay-merchant --example own_shop
//! ```

use async_trait::async_trait;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::routing::{get, post};
use axum::{Json, Router};
use gopay_contract::midtrans::{ItemDetails, OptionalData};
use gopay_contract::{GrossAmount, OrderId};
use gopay_merchant::{
    BoxError, CheckoutBackend, NewOrder, OrderAuthorization, OrderSource, Payment, PaymentListener, Settings,
    Unauthorized, UnixMillis,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The shop's own table of orders. It knows nothing of Midtrans.
#[derive(Clone, Default)]
pub(crate) struct Orders(Arc<Mutex<HashMap<OrderId, Order>>>);

/// One of the shop's own orders.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// Whose it is: the name that the shop's session is for.
    pub(crate) customer: String,
    /// In rupiah.
    pub(crate) price: u64,
    /// When it was made.
    pub(crate) made_at: UnixMillis,
    /// True if the goods may leave.
    pub(crate) is_paid: bool,
}

impl Orders {
    /// All of them, to look at or to change.
    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, Order>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl OrderSource for Orders {
    async fn order(&self, order_id: &OrderId) -> Result<Option<NewOrder>, BoxError> {
        let Some(order) = self.lock().get(order_id).cloned() else { return Ok(None) };
        let gross_amount = GrossAmount::from_rupiah(order.price).ok_or("it costs nothing")?;
        let name = "Kopi".to_owned();
        let line = ItemDetails { price: order.price.try_into()?, quantity: 1, name, ..ItemDetails::default() };
        let told = OptionalData { item_details: Some(vec![line]), ..OptionalData::default() };
        let description = format!("Kopi for {}", order.customer);
        Ok(Some(NewOrder::new(order_id.clone(), gross_amount, description, told)?.made_at(order.made_at)))
    }
}

/// The shop's session; here a header stands for it.
#[async_trait]
impl OrderAuthorization for Orders {
    async fn authorize(&self, request: &Parts, order_id: &OrderId) -> Result<(), Unauthorized> {
        let customer = request.headers.get("x-customer").and_then(|name| name.to_str().ok());
        let customer = customer.ok_or(Unauthorized::Unknown)?;
        let is_theirs = self.lock().get(order_id).is_some_and(|order| order.customer == customer);
        if is_theirs { Ok(()) } else { Err(Unauthorized::OfAnother) }
    }
}

#[async_trait]
impl PaymentListener for Orders {
    async fn payment_changed(&self, payment: &Payment) -> Result<(), BoxError> {
        let mut orders = self.lock();
        let order = orders.get_mut(&payment.order_id).ok_or("not one of ours")?;
        order.is_paid = payment.is_paid;
        Ok(())
    }
}

/// The shop's app: its own routes and state, and the checkout's below `/pay`.
pub(crate) fn app(orders: Orders, checkout: &CheckoutBackend) -> Router {
    Router::new()
        .route("/orders", post(buy))
        .route("/orders/{order_id}", get(is_paid))
        .nest("/pay", checkout.router())
        .with_state(orders)
}

async fn buy(State(orders): State<Orders>, Json(order): Json<Value>) -> Json<Value> {
    let customer = order["customer"].as_str().unwrap_or("guest").to_owned();
    let order_id = format!("kopi-{}", uuid::Uuid::new_v4().simple());
    let id = OrderId::parse(&order_id).expect("letters, digits and a hyphen");
    orders.lock().insert(id, Order { customer, price: 27_500, made_at: UnixMillis::now(), is_paid: false });
    Json(json!({"order_id": order_id}))
}

async fn is_paid(State(orders): State<Orders>, Path(order_id): Path<String>) -> Json<Value> {
    let order = OrderId::parse(&order_id).ok().and_then(|id| orders.lock().get(&id).cloned());
    Json(json!({"is_paid": order.is_some_and(|order| order.is_paid)}))
}

/// The backend of a checkout for these orders.
pub(crate) async fn checkout(
    orders: &Orders,
    settings: Settings,
) -> Result<CheckoutBackend, gopay_merchant::StartError> {
    CheckoutBackend::builder(settings)
        .order_source(orders.clone())
        .authorization(orders.clone())
        .payment_listener(orders.clone())
        .build()
        .await
}

/// Answers until `stop` is done.
pub(crate) async fn serve(
    listener: tokio::net::TcpListener,
    app: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // With the peers' addresses: without them no limit can tell one client from another, and none holds.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::from_environment(None)?;
    let listener = tokio::net::TcpListener::bind(&settings.listen.address).await?;
    let orders = Orders::default();
    let checkout = checkout(&orders, settings).await?;
    let streams = checkout.clone();
    let ctrl_c = async move {
        drop(tokio::signal::ctrl_c().await);
        streams.end_streams();
    };
    serve(listener, app(orders, &checkout), ctrl_c).await?;
    checkout.stop().await;
    Ok(())
}
