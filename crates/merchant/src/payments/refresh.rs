//! Refreshes the stored status of an order from Midtrans, within the rate that Midtrans accepts.

use super::Payments;
use crate::error::ApiError;
use crate::metrics::Counter;
use crate::orders::{MidtransAnswer, Order, Progress, Transaction, is_unavailable};
use crate::status_cache::{CacheEntry, StatusPayload};
use anyhow::anyhow;
use gopay_contract::OrderId;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a payer's status request waits for Midtrans; after that it is answered from the store.
const PATIENCE: Duration = Duration::from_secs(4);

impl Payments {
    /// Returns the order's status from the cache, or from the store. Does not ask Midtrans.
    pub(crate) async fn read(&self, order_id: &OrderId) -> Result<Arc<CacheEntry>, ApiError> {
        let read = async { StatusPayload::of(&self.find(order_id).await?, self.min_poll_interval) };
        self.hub.cache().get(order_id, read).await
    }

    /// Returns the order's status, polled at Midtrans first if it is open and stale. Of concurrent callers one polls.
    pub(crate) async fn status(self: &Arc<Self>, order_id: &OrderId) -> Result<StatusPayload, ApiError> {
        let entry = self.read(order_id).await?;
        if entry.try_claim_refresh(self.orders.now()) {
            return StatusPayload::of(&self.refresh_if_stale(order_id).await?, self.min_poll_interval);
        }
        entry.payload().cloned().ok_or(ApiError::NoTransaction)
    }

    /// Starts a refresh in the background, unless one runs. For a push stream that ends: another attempt may be open.
    pub(crate) async fn refresh_in_background(self: &Arc<Self>, order_id: &OrderId) {
        if !self.read(order_id).await.is_ok_and(|entry| entry.try_claim_refresh(self.orders.now())) {
            return;
        }
        let (payments, order_id) = (Arc::clone(self), order_id.clone());
        self.background.finish(async move {
            if let Err(error) = payments.refresh_if_stale(&order_id).await {
                tracing::error!(why = %error, "an order cannot be refreshed");
            }
        });
    }

    /// Returns an order, polled at Midtrans first if it is open and stale. Where Midtrans cannot be reached, or the database
    /// cannot be written, the answer comes from the store. With a database that cannot be written Midtrans is not polled:
    /// the rate limit is a mark in it, and the answer could not be stored.
    pub(crate) async fn refresh_if_stale(self: &Arc<Self>, order_id: &OrderId) -> Result<Order, ApiError> {
        let order = self.find(order_id).await?;
        if let Err(error) = self.resume_cancelling(&order).await {
            tracing::error!(why = %error, "a redundant attempt cannot be cancelled now; answering from what is stored");
        }
        let Some(open) = order.effective().filter(|known| !known.is_final()) else {
            return Ok(order);
        };
        // In a task of its own: a slow response has used the rate-limit slot, so it is stored even after the caller timed out.
        let (payments, asked, open) = (Arc::clone(self), order.clone(), open.clone());
        let ask = self.background.finish(async move { payments.poll_if_due(&asked, &open).await });
        match timeout(PATIENCE, ask).await {
            Ok(Ok(Ok(Progress::StatusChanged))) => self.find(order_id).await,
            Ok(Ok(Ok(Progress::Same | Progress::Stale))) => Ok(order),
            Ok(Ok(Err(ApiError::Internal(why)))) if is_unavailable(&why) => {
                tracing::error!(why = format!("{why:#}"), "a poll cannot be stored; answering from what is stored");
                Ok(order)
            }
            Ok(Ok(Err(error @ (ApiError::Contradiction(_) | ApiError::Internal(_))))) => Err(error),
            Ok(Err(panic)) => Err(ApiError::Internal(anyhow!(panic).context("asking"))),
            Ok(Ok(Err(error))) => {
                tracing::warn!(why = %error, "get-status failed; answering from what is stored");
                Ok(order)
            }
            Err(_) => {
                tracing::warn!("get-status takes too long; answering from what is stored");
                Ok(order)
            }
        }
    }

    async fn poll_if_due(self: &Arc<Self>, order: &Order, open: &Transaction) -> Result<Progress, ApiError> {
        let _permit = self.poll_permits.acquire().await.map_err(|closed| anyhow!(closed))?;
        let may_poll = self.orders.try_claim_poll(&order.order_id, self.orders.now(), self.min_poll_interval).await?;
        self.metrics.count(Counter::StatusPolls, if may_poll { "sent" } else { "throttled" });
        if may_poll { self.poll(order, open).await } else { Ok(Progress::Same) }
    }

    /// Cancels redundant attempts again: the process that was to cancel them may have died before.
    async fn resume_cancelling(self: &Arc<Self>, order: &Order) -> Result<(), ApiError> {
        if order.redundant().next().is_some()
            && self.orders.try_claim_poll(&order.order_id, self.orders.now(), self.min_poll_interval).await?
        {
            self.begin_to_cancel_redundant(&order.order_id);
        }
        Ok(())
    }

    /// Calls get-status and stores the answer.
    pub(super) async fn poll(self: &Arc<Self>, order: &Order, known: &Transaction) -> Result<Progress, ApiError> {
        let answer = self.midtrans.status(&known.transaction_id).await?;
        self.check_and_record(order, known.attempt, &MidtransAnswer::Status(answer)).await
    }
}
