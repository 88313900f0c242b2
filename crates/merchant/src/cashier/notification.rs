//! Believing a notification.
//!
//! Its signature covers the order, the amount and a code, not the status: a captured signature can be sent again with
//! another status. So a notification is only a reason to ask get-status, and Midtrans' answer is what is recorded.

use super::{Cashier, contradiction};
use crate::clock::UnixMillis;
use crate::core_api::CoreApiError;
use crate::orders::{Heard, NotificationOutcome, Progress};
use crate::problem::Problem;
use gopay_contract::StatusCode;
use gopay_contract::midtrans::Notification;
use std::sync::Arc;

/// What a notification changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The transaction moved on.
    Recorded,
    /// It was known already.
    Unchanged,
    /// The same notification was confirmed before.
    Doubled,
}

impl Cashier {
    /// Confirms a notification and records what Midtrans says. Everything is stored before this returns.
    pub(crate) async fn hear(self: &Arc<Self>, notification: &Notification) -> Result<Received, Problem> {
        let (transaction_id, midtrans_order_id) = (&notification.transaction_id, &notification.order_id);
        let found = self.orders.find_attempt(transaction_id, midtrans_order_id).await?;
        let (order_id, number) = found.ok_or(Problem::NoTransaction)?;
        crate::telemetry::about_order(&order_id);
        let order = self.find(&order_id).await?;
        let attempt = order.attempts.iter().find(|attempt| attempt.number == number).ok_or(Problem::NoTransaction)?;
        if let Some(why) = contradiction(&order, attempt, &notification.answer) {
            tracing::error!(%why, "a notification contradicts our order");
            self.orders.note(notification, NotificationOutcome::Mismatch, UnixMillis::now()).await?;
            return Err(Problem::invalid(why));
        }
        if self.orders.has_confirmed(notification).await? {
            self.orders.note(notification, NotificationOutcome::Confirmed, UnixMillis::now()).await?;
            return Ok(Received::Doubled);
        }
        let truth = match self.midtrans.status(transaction_id).await {
            // Signed, but Midtrans knows nothing of it yet.
            Err(CoreApiError::Refused(body)) if body.status_code == StatusCode(404) => {
                return self.not_confirmed(notification).await;
            }
            truth => truth?,
        };
        let progress = self.record(&order, number, &Heard::Status(truth.clone())).await?;
        // A notification that is ahead of get-status has to come again; one that is behind is only late.
        if Progress::between(Some(&truth), &notification.answer) == Progress::Moved {
            return self.not_confirmed(notification).await;
        }
        self.orders.note(notification, NotificationOutcome::Confirmed, UnixMillis::now()).await?;
        Ok(if progress == Progress::Moved { Received::Recorded } else { Received::Unchanged })
    }

    async fn not_confirmed(&self, notification: &Notification) -> Result<Received, Problem> {
        self.orders.note(notification, NotificationOutcome::Unconfirmed, UnixMillis::now()).await?;
        Err(Problem::Unconfirmed)
    }
}
