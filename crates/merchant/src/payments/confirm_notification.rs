//! Confirms notifications by get-status.
//!
//! A signature covers the order, the amount and a code, not the status: a captured signature can be sent again with
//! another status. So a notification is only a reason to poll, and Midtrans' answer is what is recorded. One that claims
//! nothing new is no reason to poll.

use super::unknown_attempt::Unknown;
use super::{Payments, contradiction};
use crate::error::ApiError;
use crate::orders::{Attempt, MidtransAnswer, NotificationOutcome, Order, Progress};
use anyhow::anyhow;
use gopay_contract::Answer;
use gopay_contract::midtrans::Notification;
use std::sync::Arc;

/// Effect of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The transaction moved on.
    Recorded,
    /// It is older than what is known, or was overtaken while Midtrans was asked.
    Unchanged,
    /// It repeats what is known.
    Doubled,
    /// It is signed, and not about an order of ours.
    Foreign,
}

impl Payments {
    /// Confirms a notification and records what Midtrans says. Everything is stored before this returns. In a task of its
    /// own: Midtrans hangs up after a few seconds, and that must not leave it half recorded.
    pub(crate) async fn handle(self: &Arc<Self>, notification: Notification) -> Result<Received, ApiError> {
        let payments = Arc::clone(self);
        let work = async move { payments.process(&notification).await };
        let processed = self.background.finish(work).await;
        processed.unwrap_or_else(|panic| Err(ApiError::Internal(anyhow!(panic).context("a notification's task"))))
    }

    async fn process(self: &Arc<Self>, notification: &Notification) -> Result<Received, ApiError> {
        let (transaction_id, midtrans_order_id) = (&notification.transaction_id, &notification.order_id);
        let (order_id, number) = match self.orders.find_attempt(transaction_id, midtrans_order_id).await? {
            Some(found) => found,
            None => match self.find_owner(notification).await? {
                Unknown::Adopted(order_id, number) => (order_id, number),
                Unknown::Foreign => {
                    self.log_foreign(midtrans_order_id.as_str());
                    return Ok(Received::Foreign);
                }
            },
        };
        crate::telemetry::about_order(&order_id);
        // One at a time per order: of many copies, one polls and the others find what it stored.
        let _guard = self.notification_locks.lock(&order_id).await;
        let order = self.find(&order_id).await?;
        let attempt = order.attempts.iter().find(|attempt| attempt.number == number).ok_or(ApiError::NoTransaction)?;
        if let Some(why) = contradiction(&order, attempt, &notification.answer) {
            tracing::error!(%why, "a notification contradicts our order");
            self.audit(notification, NotificationOutcome::Mismatch).await?;
            return Err(ApiError::invalid(why));
        }
        if let Some(received) = known_already(attempt, &notification.answer) {
            self.audit(notification, NotificationOutcome::Known).await?;
            return Ok(received);
        }
        self.confirm(&order, number, notification).await
    }

    /// Calls get-status, regardless of the rate limit of polls: a payer waits for this. But not for every copy of a claim that
    /// Midtrans did not confirm: a captured signature can be sent any number of times.
    async fn confirm(
        self: &Arc<Self>,
        order: &Order,
        number: u32,
        notification: &Notification,
    ) -> Result<Received, ApiError> {
        let transaction_id = &notification.transaction_id;
        let now = self.orders.now();
        let last_unconfirmed = self.orders.last_unconfirmed(transaction_id, now).await?;
        let next = last_unconfirmed.map(|at| at.plus(self.min_poll_interval));
        if let Some(next) = next.filter(|next| !next.is_due(now, self.min_poll_interval)) {
            // This may be the true one, and what came before it a forgery: it is not left to its next delivery.
            self.orders.poll_by(&order.order_id, number, next).await?;
            return Err(ApiError::Unconfirmed);
        }
        let _permit = self.confirm_permits.acquire().await.map_err(|closed| anyhow!(closed))?;
        let truth = match self.midtrans.status(transaction_id).await {
            Ok(truth) => truth,
            Err(why) => {
                self.mark_unconfirmed(order, number, notification).await?;
                return Err(why.into());
            }
        };
        let progress = self.check_and_record(order, number, &MidtransAnswer::Status(truth.clone())).await?;
        // A notification that is ahead of get-status has to come again; one that is behind is only late.
        if Progress::between(Some(&truth), &notification.answer) == Progress::Moved {
            self.mark_unconfirmed(order, number, notification).await?;
            return Err(ApiError::Unconfirmed);
        }
        self.audit(notification, NotificationOutcome::Confirmed).await?;
        Ok(if progress == Progress::Moved { Received::Recorded } else { Received::Unchanged })
    }

    /// Records that Midtrans did not confirm it, and schedules a poll: it comes again in two minutes, or not at all.
    async fn mark_unconfirmed(&self, order: &Order, number: u32, notification: &Notification) -> Result<(), ApiError> {
        self.audit(notification, NotificationOutcome::Unconfirmed).await?;
        Ok(self.orders.poll_by(&order.order_id, number, self.orders.now().plus(self.min_poll_interval)).await?)
    }

    async fn audit(&self, notification: &Notification, outcome: NotificationOutcome) -> Result<(), ApiError> {
        Ok(self.orders.audit(notification, outcome, self.orders.now()).await?)
    }
}

/// The outcome of a notification that claims nothing new, and so needs no poll. `None`: it claims something new.
fn known_already(attempt: &Attempt, claim: &Answer) -> Option<Received> {
    let known = attempt.transaction.as_ref()?;
    match Progress::between(Some(&known.status), claim) {
        Progress::Moved => None,
        Progress::Same => Some(Received::Doubled),
        Progress::Stale => Some(Received::Unchanged),
    }
}
