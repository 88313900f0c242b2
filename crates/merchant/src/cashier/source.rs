//! The shop's own order, held against the one that is remembered.
//!
//! An order is taken over from the shop when it is first charged. Its amount is fixed from then on: a first attempt may
//! already be on its way to Midtrans, and nobody is to pay one amount for goods of another.

use super::Cashier;
use crate::clock::UnixMillis;
use crate::orders::{NewOrder, Order};
use crate::problem::Problem;
use anyhow::{Context as _, anyhow};
use gopay_contract::OrderId;

impl Cashier {
    /// Before a charge: the order as it is remembered, if the shop still has it, and has it so.
    pub(super) async fn hold_against_the_shop(&self, order_id: &OrderId) -> Result<(), Problem> {
        let Some(source) = &self.source else { return Ok(()) };
        let current = source.order(order_id).await.context("the shop cannot be asked for the order")?;
        let current = current.ok_or(Problem::NoTransaction)?;
        if current.order_id != *order_id {
            return Err(anyhow!("asked for order {order_id}, the shop answered with {}", current.order_id).into());
        }
        let known = match self.orders.find(order_id).await? {
            Some(known) => known,
            None => self.take_over(&current).await?,
        };
        if known.gross_amount == current.gross_amount {
            return Ok(());
        }
        Err(Problem::OrderChanged { was: known.gross_amount, is: current.gross_amount })
    }

    async fn take_over(&self, order: &NewOrder) -> Result<Order, Problem> {
        let placed = self.orders.place(order, UnixMillis::now()).await;
        // Another process may have been quicker; then its order is there.
        match (self.orders.find(&order.order_id).await?, placed) {
            (Some(known), _) => Ok(known),
            (None, Err(why)) => Err(why.into()),
            (None, Ok(())) => Err(anyhow!("an order was not remembered").into()),
        }
    }
}
