//! The shop itself: its orders, and the checkout's backend in the same program.

use crate::app::Order;
use anyhow::{Context, Result};
use async_trait::async_trait;
use gopay_contract::midtrans::OptionalData;
use gopay_contract::{GrossAmount, OrderId};
use gopay_merchant::{BoxError, CheckoutBackend, NewOrder, OrderSource, Settings};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The products, and their prices in rupiah. A browser names a `sku`, never a price.
const PRODUCTS: [(&str, u64); 1] = [("kopi-gayo", 44_000)];

/// The shop, as pages and server functions have it.
#[derive(Clone)]
pub struct Shop {
    orders: Orders,
    trusted_hosts: Option<String>,
    /// Charges, asks for statuses, takes Midtrans' notifications.
    pub checkout: CheckoutBackend,
}

/// The shop's orders and what they cost. Kept in memory here; yours are in your database.
#[derive(Clone, Default)]
struct Orders(Arc<Mutex<HashMap<OrderId, GrossAmount>>>);

impl Orders {
    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, GrossAmount>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asked before every charge: what a payer pays is what the shop says here.
#[async_trait]
impl OrderSource for Orders {
    async fn order(&self, order_id: &OrderId) -> Result<Option<NewOrder>, BoxError> {
        let Some(gross_amount) = self.lock().get(order_id).copied() else { return Ok(None) };
        Ok(Some(NewOrder::new(order_id.clone(), gross_amount, "Kopi Gayo 250 g", OptionalData::default())?))
    }
}

impl Shop {
    /// Opens it.
    ///
    /// # Errors
    /// When the checkout's backend cannot start: names the setting to look at.
    pub async fn open(settings: Settings) -> Result<Self> {
        let orders = Orders::default();
        let trusted_hosts = settings.midtrans.trusted_host();
        let checkout = CheckoutBackend::builder(settings).order_source(orders.clone()).build().await?;
        Ok(Self { orders, trusted_hosts, checkout })
    }

    /// Makes an order.
    ///
    /// # Errors
    /// When there is no such product.
    pub fn sell(&self, sku: &str) -> Result<Order> {
        let (_, rupiah) = PRODUCTS.iter().find(|(known, _)| *known == sku).context("there is no such product")?;
        let gross_amount = GrossAmount::from_rupiah(*rupiah).context("it costs nothing")?;
        let order_id = OrderId::parse(&format!("kopi-{}", uuid::Uuid::new_v4().simple()))?;
        self.orders.lock().insert(order_id.clone(), gross_amount);
        let order_token = self.checkout.order_token(&order_id);
        self.find(order_id.as_str(), &order_token)
    }

    /// The order under this id, for the holder of this token. Each request that the checkout sends is held
    /// against the token; here nothing is.
    ///
    /// # Errors
    /// When there is no such order.
    pub fn find(&self, order_id: &str, order_token: &str) -> Result<Order> {
        let gross_amount =
            self.orders.lock().get(&OrderId::parse(order_id)?).copied().context("there is no such order")?;
        Ok(Order {
            order_id: order_id.to_owned(),
            order_token: order_token.to_owned(),
            gross_amount: gross_amount.rupiah(),
            trusted_hosts: self.trusted_hosts.clone(),
        })
    }
}
