//! Compares the shop's own order with the stored one.
//!
//! An order is imported from the shop when it is first charged. Its amount is fixed from then on: a first attempt may
//! already be on its way to Midtrans, and nobody is to pay one amount for goods of another. Where the shop has changed the
//! order or withdrawn it, what can still be paid of it is cancelled: when the payer asks for it again, and by reconciliation
//! (`reconcile.rs`).

use super::{Charged, Payments};
use crate::error::ApiError;
use crate::orders::{NewOrder, Order, PlaceError};
use anyhow::{Context as _, anyhow};
use gopay_contract::{GrossAmount, OrderId};
use std::sync::Arc;

/// Answer of the shop about a stored order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShopOrder {
    /// It is as it was when it was first charged.
    Unchanged,
    /// It costs another amount by now.
    Changed { was: GrossAmount, is: GrossAmount },
    /// There is none, or it must not be paid any more.
    Withdrawn,
}

impl ShopOrder {
    /// Why the order must not be charged.
    pub(super) const fn into_problem(self) -> Result<(), ApiError> {
        match self {
            Self::Unchanged => Ok(()),
            Self::Changed { was, is } => Err(ApiError::OrderChanged { was, is }),
            Self::Withdrawn => Err(ApiError::NoTransaction),
        }
    }
}

impl Payments {
    /// Checks that the stored order has the amount that the shop says, and stores the order if it is new.
    ///
    /// # Errors
    /// When the shop cannot say.
    pub(super) async fn verify_amount(&self, order_id: &OrderId) -> Result<ShopOrder, ApiError> {
        let Some(source) = &self.source else { return Ok(ShopOrder::Unchanged) };
        let current = source.order(order_id).await.map_err(anyhow::Error::from_boxed);
        let current = current.context("the shop cannot be asked for the order")?;
        let Some(current) = current else { return Ok(ShopOrder::Withdrawn) };
        if current.order_id != *order_id {
            return Err(anyhow!("asked for order {order_id}, the shop answered with {}", current.order_id).into());
        }
        let known = match self.orders.find(order_id).await? {
            Some(known) => known,
            None => self.import(&current).await?,
        };
        if known.gross_amount == current.gross_amount {
            return Ok(ShopOrder::Unchanged);
        }
        Ok(ShopOrder::Changed { was: known.gross_amount, is: current.gross_amount })
    }

    /// Cancels what can still be paid of an order that the shop has changed or withdrawn. If it was paid in the last second,
    /// that payment is the answer.
    pub(super) async fn cancel_withdrawn(
        self: &Arc<Self>,
        order: &Order,
        shop: ShopOrder,
    ) -> Result<Charged, ApiError> {
        for payable in order.payable() {
            if self.cancel_at_midtrans(order, payable).await? {
                tracing::info!(attempt = payable.attempt, "cancelled: the shop has changed or withdrawn the order");
            }
        }
        let order = self.find(&order.order_id).await?;
        match order.effective().filter(|known| !known.state().ended_unpaid() && !known.state().can_be_paid()) {
            Some(paid) => Ok(Charged { transaction: paid.clone(), is_new: false }),
            None => shop.into_problem().and(Err(ApiError::Busy)),
        }
    }

    async fn import(&self, order: &NewOrder) -> Result<Order, ApiError> {
        match self.orders.place(order, self.orders.now()).await {
            // Another process may have been quicker; then its order is there.
            Ok(()) | Err(PlaceError::Exists) => {
                let stored = self.orders.find(&order.order_id).await?;
                Ok(stored.ok_or_else(|| anyhow!("an order was not remembered"))?)
            }
            // The shop still has what retention has deleted here: it was paid or written off long ago.
            Err(why @ PlaceError::Deleted) => {
                tracing::warn!(order_id = %order.order_id, "not charged: {why}");
                Err(ApiError::NoTransaction)
            }
            Err(PlaceError::Store(why)) => Err(why.0.into()),
        }
    }
}
