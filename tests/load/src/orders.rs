//! The shop's orders, and their charges.

use crate::connection::post;
use crate::lanes::{Driven, Until, drive};
use crate::report::Report;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// Number of simultaneous payers.
const LANES: usize = 16;

/// A charged order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) order_token: String,
    pub(crate) transaction_id: String,
    /// The amount as text on the wire: it is signed over.
    pub(crate) gross_amount: String,
}

impl Order {
    pub(crate) fn path(&self) -> String {
        format!("/api/gopay/orders/{}", self.order_id)
    }
}

/// Places `count` orders and charges each once; with a report, tells how fast.
pub(crate) async fn charge(stage: &Stage, count: usize, report: Option<&mut Report>) -> Result<Arc<Vec<Order>>> {
    let merchant = stage.merchant()?.address;
    let placed = place(merchant, count).await?;
    let orders: Arc<Vec<Value>> = Arc::new(placed.read.iter().map(|(_, order)| order.clone()).collect());
    let of = Arc::clone(&orders);
    let press = move |number: usize| {
        let order = &of[number];
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order["order_id"]}});
        post(merchant, "/api/gopay/charge", order["order_token"].as_str(), &body)
    };
    let pressed = drive(merchant, LANES, Until::Count(count), press, |_, answer| answer.json()).await?;
    if let Some(report) = report {
        report.row("orders placed", &placed);
        report.row("charges", &pressed);
    }
    Ok(Arc::new(charged(&orders, &pressed.read)?))
}

/// Places `count` orders, as a shop's own backend does.
pub(crate) async fn place(merchant: SocketAddr, count: usize) -> Result<Driven<Value>> {
    let buy = move |_| {
        let order_id = format!("order-{}", uuid::Uuid::new_v4().simple());
        let order = json!({"order_id": order_id, "gross_amount": 44_000, "description": "Kopi Gayo 250 g"});
        post(merchant, "/orders", None, &order)
    };
    drive(merchant, LANES, Until::Count(count), buy, |_, answer| answer.json()).await
}

/// The charged orders, from the answers to their charges.
pub(crate) fn charged(placed: &[Value], charged: &[(usize, Value)]) -> Result<Vec<Order>> {
    let text = |value: &Value, field: &str| {
        value[field].as_str().map(str::to_owned).with_context(|| format!("no {field} in {value}"))
    };
    let orders = placed.iter().zip(charged).map(|(placed, (_, charged))| {
        Ok(Order {
            order_id: text(placed, "order_id")?,
            order_token: text(placed, "order_token")?,
            transaction_id: text(charged, "transaction_id")?,
            gross_amount: text(charged, "gross_amount")?,
        })
    });
    orders.collect()
}
