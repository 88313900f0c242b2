//! Notifications: each is confirmed by get-status, and one whose attempt is not in the store is another application's, or adopted.
//!
//! A signature covers the order, the amount and a code, not the status: a captured signature can be sent again with
//! another status. So a notification is only a reason to poll, and Midtrans' answer is what is recorded. One that claims
//! nothing new is no reason to poll.
//!
//! Notification URLs are account-wide: notifications of other applications on the account, and the dashboard's own test,
//! come here too. They are acknowledged, counted, and logged once each. But an order that is known here may have an attempt that is
//! not: a database that was restored from a backup has forgotten it. That one is adopted, and Midtrans is asked.

use super::{Payments, contradiction};
use crate::error::ApiError;
use crate::lock;
use crate::metrics::Counter;
use crate::orders::{
    Adoption, Attempt, MidtransAnswer, NotificationOutcome, Order, Progress, UnknownAttempt, adoption, owners,
};
use anyhow::anyhow;
use gopay_contract::midtrans::{InvalidNotification, Notification};
use gopay_contract::{Answer, OrderId, shortened};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// Effect of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The status changed.
    Recorded,
    /// It is older than what is known, or was overtaken while Midtrans was asked.
    Stale,
    /// It repeats what is known.
    Duplicate,
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
            self.record_notification(notification, NotificationOutcome::Mismatch).await?;
            return Err(ApiError::invalid(why));
        }
        if let Some(received) = known_already(attempt, &notification.answer) {
            self.record_notification(notification, NotificationOutcome::Known).await?;
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
        if Progress::between(Some(&truth), &notification.answer) == Progress::StatusChanged {
            self.mark_unconfirmed(order, number, notification).await?;
            return Err(ApiError::Unconfirmed);
        }
        self.record_notification(notification, NotificationOutcome::Confirmed).await?;
        Ok(if progress == Progress::StatusChanged { Received::Recorded } else { Received::Stale })
    }

    /// Records that Midtrans did not confirm it, and schedules a poll: it comes again in two minutes, or not at all.
    async fn mark_unconfirmed(&self, order: &Order, number: u32, notification: &Notification) -> Result<(), ApiError> {
        self.record_notification(notification, NotificationOutcome::Unconfirmed).await?;
        Ok(self.orders.poll_by(&order.order_id, number, self.orders.now().plus(self.min_poll_interval)).await?)
    }

    async fn record_notification(
        &self,
        notification: &Notification,
        outcome: NotificationOutcome,
    ) -> Result<(), ApiError> {
        Ok(self.orders.record_notification(notification, outcome, self.orders.now()).await?)
    }
}

/// The outcome of a notification that claims nothing new, and so needs no poll. `None`: it claims something new.
fn known_already(attempt: &Attempt, claim: &Answer) -> Option<Received> {
    let known = attempt.transaction.as_ref()?;
    match Progress::between(Some(&known.status), claim) {
        Progress::StatusChanged => None,
        Progress::Same => Some(Received::Duplicate),
        Progress::Stale => Some(Received::Stale),
    }
}

/// How many order ids of other applications are remembered as logged.
const MOST_REMEMBERED: usize = 1000;

/// The order ids of other applications that were logged already.
#[derive(Default)]
pub(super) struct ForeignOrders(Mutex<HashSet<String>>);

impl ForeignOrders {
    /// True if this order id was not logged before.
    fn is_new(&self, order_id: &str) -> bool {
        let mut known = lock(&self.0);
        if known.len() >= MOST_REMEMBERED && !known.contains(order_id) {
            known.clear();
        }
        known.insert(shortened(order_id))
    }
}

/// Classification of a signed notification without a known attempt.
pub(super) enum Unknown {
    /// Not about an order of ours.
    Foreign,
    /// Adopted: attempt `number` of this order.
    Adopted(OrderId, u32),
}

impl Payments {
    /// Logs a notification of another application, once per order id.
    pub(super) fn log_foreign(&self, order_id: &str) {
        if !self.foreign_orders.is_new(order_id) {
            return;
        }
        let order_id = shortened(order_id);
        if InvalidNotification::is_test(&order_id) {
            tracing::info!(?order_id, "Midtrans' test notification arrived, and its signature holds");
        } else {
            tracing::info!(?order_id, "a notification of another application on this Midtrans account is acknowledged");
        }
    }

    /// Handles a signed notification that cannot be parsed: another application's, or a contradiction about an order of ours.
    pub(crate) async fn handle_unreadable(&self, order_id: &str, why: &str) -> Result<super::Received, ApiError> {
        let owned = OrderId::parse(order_id).map(|id| owners(&id)).unwrap_or_default();
        for (owner, number) in owned {
            let Some(order) = self.orders.find(&owner).await? else { continue };
            tracing::error!(order_id = %owner, %why, "a rightly signed notification of our order cannot be read");
            if order.attempts.iter().any(|attempt| attempt.number == number) {
                self.orders.poll_by(&owner, number, self.orders.now().plus(self.min_poll_interval)).await?;
            }
            return Err(ApiError::invalid("the notification cannot be read"));
        }
        self.log_foreign(order_id);
        Ok(super::Received::Foreign)
    }

    /// Finds whose attempt this is, where none is known by its transaction or by its id at Midtrans.
    pub(super) async fn find_owner(&self, notification: &Notification) -> Result<Unknown, ApiError> {
        let is_gopay =
            |payment_type: &str| ["gopay", "qris"].iter().any(|ours| payment_type.eq_ignore_ascii_case(ours));
        if notification.answer.payment_type.as_deref().is_some_and(|other| !is_gopay(other)) {
            // Its own order, perhaps, but paid by another way than this.
            return Ok(Unknown::Foreign);
        }
        let mut candidates: Vec<(Order, u32)> = Vec::new();
        for (order_id, number) in owners(&notification.order_id) {
            let Some(order) = self.orders.find(&order_id).await? else {
                if self.is_the_shops(&order_id).await? {
                    return Err(
                        self.contradicts(&order_id, "the shop has this order, and no charge of it is known here")
                    );
                }
                continue;
            };
            match order.attempts.iter().find(|attempt| attempt.number == number) {
                Some(known) if known.midtrans_order_id == notification.order_id => {
                    let why = "another transaction than this attempt's has its order_id at Midtrans";
                    return Err(self.contradicts(&order_id, why));
                }
                // This attempt is called otherwise.
                Some(_) => {}
                None => candidates.push((order, number)),
            }
        }
        let is_known = !candidates.is_empty();
        candidates.retain(|(order, _)| order.gross_amount == notification.gross_amount);
        match candidates.as_slice() {
            [] if is_known => {
                Err(ApiError::invalid(format!("gross_amount is {}, not the order's", notification.gross_amount)))
            }
            [] => Ok(Unknown::Foreign),
            [(order, number)] => self.adopt(order, *number, notification).await,
            [(order, _), ..] => Err(self.contradicts(&order.order_id, "an attempt that several orders may have made")),
        }
    }

    async fn adopt(&self, order: &Order, number: u32, notification: &Notification) -> Result<Unknown, ApiError> {
        let order_id = &order.order_id;
        match adoption(order, &notification.answer, self.orders.now(), self.midtrans.time_at_midtrans()) {
            Adoption::Ours => {}
            Adoption::OlderThanOrder => {
                return Err(self.contradicts(order_id, "a transaction that was made before the order was"));
            }
            Adoption::Undated => {
                return Err(self.contradicts(order_id, "an attempt that is not known here, without transaction_time"));
            }
        }
        let unknown =
            UnknownAttempt { order_id: order_id.clone(), number, midtrans_order_id: notification.order_id.clone() };
        let next_poll_at = self.orders.now().plus(self.min_poll_interval);
        if !self.orders.adopt(&unknown, next_poll_at).await? {
            return Err(self.contradicts(order_id, "an attempt whose number or id is taken by now"));
        }
        tracing::warn!(
            %order_id,
            attempt = number,
            "an attempt that Midtrans knows is not in the database (a restored backup?); it is adopted, and asked about"
        );
        Ok(Unknown::Adopted(order_id.clone(), number))
    }

    async fn is_the_shops(&self, order_id: &OrderId) -> Result<bool, ApiError> {
        match &self.source {
            Some(source) => Ok(source.order(order_id).await.map_err(anyhow::Error::from_boxed)?.is_some()),
            None => Ok(false),
        }
    }

    /// Raises an alert. The answer makes Midtrans send the notification again.
    fn contradicts(&self, order_id: &OrderId, why: &str) -> ApiError {
        self.metrics.count(Counter::Alerts, "contradiction");
        tracing::error!(%order_id, %why, "a rightly signed notification contradicts what is known here");
        ApiError::Contradiction(why.to_owned())
    }
}
