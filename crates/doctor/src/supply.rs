//! The supply of orders for the checks.

use crate::lock::lock;
use crate::merchant::Merchant;
use crate::order::Order;
use crate::secrets::Secrets;
use crate::verdict::{Halt, Verdict};
use gopay_contract::OrderId;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Source of orders.
#[derive(Clone, Debug)]
pub enum OrderSource {
    /// The shop: answers `POST` of `body` with an order.
    Shop {
        /// The URL.
        url: String,
        /// Body of the request.
        body: Value,
    },
    /// Orders that already exist.
    Ready(Vec<Order>),
}

/// Hands out orders, each one once.
pub(crate) struct Supply {
    shop: Option<(String, Value)>,
    ready: Mutex<VecDeque<Order>>,
    given: Mutex<Vec<OrderId>>,
    secrets: Arc<Secrets>,
}

impl Supply {
    pub(crate) fn new(source: OrderSource, secrets: Arc<Secrets>) -> Self {
        let (shop, ready) = match source {
            OrderSource::Shop { url, body } => (Some((url, body)), VecDeque::new()),
            OrderSource::Ready(orders) => (None, orders.into()),
        };
        let given = ready.iter().map(|order| order.order_id.clone()).collect();
        Self { shop, ready: Mutex::new(ready), given: Mutex::new(given), secrets }
    }

    /// Takes `count` new orders.
    pub(crate) async fn take(&self, count: usize, merchant: &Merchant) -> Verdict<Vec<Order>> {
        let mut orders = Vec::with_capacity(count);
        while orders.len() < count {
            let order = self.one(merchant).await?;
            if let Some(token) = &order.order_token {
                self.secrets.remember(token);
            }
            orders.push(order);
        }
        Ok(orders)
    }

    /// Every order id that is known, to tell `order-1` from `order-10`.
    pub(crate) fn known(&self) -> Vec<OrderId> {
        lock(&self.given).clone()
    }

    async fn one(&self, merchant: &Merchant) -> Verdict<Order> {
        if let Some(order) = lock(&self.ready).pop_front() {
            return Ok(order);
        }
        let Some((url, body)) = &self.shop else { return Err(Halt::broken("orders", "there are not enough of them")) };
        let told = |halt| match halt {
            Halt::Failed(complaint) => Halt::broken("--orders-url", complaint.seen),
            halt @ (Halt::NotOffered(_) | Halt::Broken(_)) => halt,
        };
        let seen = merchant.place(url, body).await.map_err(told)?;
        let expected = "expected JSON with order_id, gross_amount and, if pages need one, order_token";
        if seen.http >= 400 {
            return Err(Halt::broken("--orders-url", format!("{}: {expected}", seen.outline())));
        }
        let order: Order = serde_json::from_str(&seen.body)
            .map_err(|why| Halt::broken("--orders-url", format!("{}: {why}: {expected}", seen.outline())))?;
        lock(&self.given).push(order.order_id.clone());
        Ok(order)
    }
}
