//! The pool of orders for the checks.

use crate::{
    check::{CheckError, CheckResult},
    lock,
    merchant::Merchant,
    secrets::Secrets,
};
use gopay_contract::{GrossAmount, OrderId};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

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
pub(crate) struct OrderPool {
    shop: Option<(String, Value)>,
    ready: Mutex<VecDeque<Order>>,
    given: Mutex<Vec<OrderId>>,
    secrets: Arc<Secrets>,
}

impl OrderPool {
    pub(crate) fn new(source: OrderSource, secrets: Arc<Secrets>) -> Self {
        let (shop, ready) = match source {
            OrderSource::Shop { url, body } => (Some((url, body)), VecDeque::new()),
            OrderSource::Ready(orders) => (None, orders.into()),
        };
        let given = ready.iter().map(|order| order.order_id.clone()).collect();
        Self { shop, ready: Mutex::new(ready), given: Mutex::new(given), secrets }
    }

    /// Takes `count` new orders.
    pub(crate) async fn take(&self, count: usize, merchant: &Merchant) -> CheckResult<Vec<Order>> {
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

    async fn one(&self, merchant: &Merchant) -> CheckResult<Order> {
        if let Some(order) = lock(&self.ready).pop_front() {
            return Ok(order);
        }
        let Some((url, body)) = &self.shop else {
            return Err(CheckError::broken("orders", "there are not enough of them"));
        };
        let told = |error| match error {
            CheckError::Failed(violation) => CheckError::broken("--orders-url", violation.seen),
            error @ (CheckError::NotOffered(_) | CheckError::Broken(_)) => error,
        };
        let seen = merchant.place(url, body).await.map_err(told)?;
        let expected = "expected JSON with order_id, gross_amount and, if pages need one, order_token";
        if seen.http >= 400 {
            return Err(CheckError::broken("--orders-url", format!("{}: {expected}", seen.outline())));
        }
        let order: Order = serde_json::from_str(&seen.body)
            .map_err(|why| CheckError::broken("--orders-url", format!("{}: {why}: {expected}", seen.outline())))?;
        lock(&self.given).push(order.order_id.clone());
        Ok(order)
    }
}

/// An order as the shop describes it. Other fields are passed over.
#[derive(Clone, Debug, Deserialize)]
pub struct Order {
    /// The shop's order id.
    pub order_id: OrderId,
    /// The page's bearer token; without it, nothing is sent.
    #[serde(default, deserialize_with = "secret")]
    pub order_token: Option<SecretString>,
    /// The total in rupiah.
    pub gross_amount: GrossAmount,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
}
