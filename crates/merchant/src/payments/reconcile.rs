//! Background reconciliation of open attempts, of charges whose answer was lost, and of attempts that ended a while ago: a
//! notification may be lost. [`next_poll`] is the schedule; this job carries it out, a few at a time.
//!
//! Every process on one database runs it. One of them leases what is due, so that no attempt is polled twice, and none is
//! lost with the process that leased it. Push streams never poll Midtrans: they wait for notifications, and for this job.

use super::Payments;
use super::shop_order::ShopOrder;
use crate::clock::UnixMillis;
use crate::error::ApiError;
use crate::metrics::Counter;
use crate::orders::{Attempt, LeasedAttempt, MidtransAnswer, Order, Progress, next_poll, next_poll_after_failure};
use anyhow::anyhow;
use gopay_contract::{OrderId, TransactionStatus};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::Instrument as _;

/// The pause when nothing is due.
const REST: Duration = Duration::from_secs(1);
/// How many attempts are leased at a time; each costs Midtrans at most two requests.
const BATCH: u32 = 32;
/// Time for which a lease lasts beyond those requests.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// The outcome of reconciling one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Midtrans had a newer status.
    StatusChanged,
    /// Midtrans had nothing new.
    Same,
    /// Midtrans has no such transaction: the charge was never made, or is not yet.
    NotFound,
    /// It was polled a moment ago.
    TooSoon,
}

impl Payments {
    /// Runs reconciliation until the jobs end. The pass that has begun is finished, which takes two requests to Midtrans at
    /// most.
    pub(crate) async fn reconcile(self: Arc<Self>) {
        loop {
            let work = Arc::clone(&self).reconcile_due();
            let taken = match tokio::spawn(work.in_current_span()).await {
                Ok(Ok(taken)) => taken,
                Ok(Err(why)) => {
                    tracing::error!(
                        why = format!("{why:#}"),
                        "cannot look up which attempts are due for reconciliation"
                    );
                    0
                }
                Err(panic) => {
                    tracing::error!(why = %panic, "a reconciliation pass has panicked");
                    0
                }
            };
            let rest = if taken < BATCH as usize { REST } else { Duration::ZERO };
            tokio::select! {
                biased;
                () = self.background.shutdown().jobs_end() => return,
                () = sleep(rest) => {}
            }
        }
    }

    /// Leases the attempts that are due and reconciles them. Returns how many.
    async fn reconcile_due(self: Arc<Self>) -> anyhow::Result<usize> {
        let lease = self.time_limit * 2 + LEASE_MARGIN;
        let due = self.orders.take_due(self.orders.now(), lease, BATCH).await?;
        let taken = due.len();
        let mut tasks = JoinSet::new();
        for due in due {
            let span = tracing::info_span!("reconcile", order_id = %due.order_id, attempt = due.number);
            tasks.spawn(Arc::clone(&self).reconcile_one(due).instrument(span));
        }
        while let Some(done) = tasks.join_next().await {
            done.map_err(|panic| anyhow!(panic).context("reconciling an attempt"))?;
        }
        Ok(taken)
    }

    /// Reconciles one attempt and schedules the next time. Where the database fails, the lease runs out and another takes it.
    async fn reconcile_one(self: Arc<Self>, due: LeasedAttempt) {
        let (polled_before, outcome) = match self.find(&due.order_id).await {
            Ok(order) => (order.polled_at(), self.reconcile_attempt(&order, &due).await),
            Err(error) => (None, Err(error)),
        };
        self.metrics.count(Counter::Reconciliations, label(&outcome));
        match &outcome {
            Ok(Outcome::StatusChanged) => tracing::info!("reconciled: the status changed without a notification"),
            Ok(Outcome::Same | Outcome::NotFound | Outcome::TooSoon) => {}
            Err(error) => tracing::warn!(why = %error, "cannot reconcile this attempt; it is tried again later"),
        }
        if let Err(error) = self.schedule_next(&due, polled_before, &outcome).await {
            tracing::error!(why = %error, "cannot schedule the next reconciliation");
        }
    }

    async fn reconcile_attempt(self: &Arc<Self>, order: &Order, due: &LeasedAttempt) -> Result<Outcome, ApiError> {
        let attempt = attempt(order, due.number)?;
        if order.redundant().any(|open| open.attempt == due.number) {
            // Another attempt was paid: this one's status does not matter any more, only that it ends.
            self.begin_to_cancel_redundant(&due.order_id);
            return Ok(Outcome::Same);
        }
        let _permit = self.poll_permits.acquire().await.map_err(|closed| anyhow!(closed))?;
        if !self.orders.try_claim_poll(&due.order_id, self.orders.now(), self.min_poll_interval).await? {
            return Ok(Outcome::TooSoon);
        }
        self.ask_about(order, attempt).await
    }

    /// Asks Midtrans about an attempt, and stores the answer.
    async fn ask_about(self: &Arc<Self>, order: &Order, attempt: &Attempt) -> Result<Outcome, ApiError> {
        let progress = match &attempt.transaction {
            None => match self.found_by_order_id(order, attempt).await {
                // Not `MidtransAnswer::Charge`: a payer who comes back may still get the charge's own answer, with its deeplink.
                Ok(Some(answer)) => self.check_and_record(order, attempt.number, &MidtransAnswer::Status(answer)).await,
                Ok(None) => return Ok(Outcome::NotFound),
                // The alert was raised; another poll finds the same.
                Err(ApiError::Contradiction(_)) => return Ok(Outcome::Same),
                Err(error) => Err(error),
            },
            Some(known) if self.expire_overdue && self.is_over(attempt) => self.expire_at_midtrans(order, known).await,
            Some(known) if known.state().can_be_paid() && self.is_withdrawn(order).await => {
                self.cancel_at_midtrans(order, known).await.map(|_| Progress::StatusChanged)
            }
            Some(known) => self.poll(order, known).await,
        };
        match progress? {
            Progress::StatusChanged => Ok(Outcome::StatusChanged),
            Progress::Same | Progress::Stale => Ok(Outcome::Same),
        }
    }

    /// Reconciles an attempt now, because an operator asks: whatever the schedule says, and however lately it was polled.
    /// Returns the outcome in a word.
    pub(crate) async fn reconcile_now(
        self: &Arc<Self>,
        order_id: &OrderId,
        number: u32,
    ) -> Result<&'static str, ApiError> {
        let order = self.find(order_id).await?;
        let attempt = attempt(&order, number)?;
        // So that the jobs of a running merchant leave it alone meanwhile. Where one of them was quicker, it is asked all the same.
        self.orders.try_claim_poll(order_id, self.orders.now(), self.min_poll_interval).await?;
        let outcome = if order.redundant().any(|open| open.attempt == number) {
            self.cancel_redundant(order_id).await;
            Ok(Outcome::Same)
        } else {
            self.ask_about(&order, attempt).await
        };
        let word = label(&outcome);
        outcome.map(|_| word)
    }

    /// True if the shop has changed or withdrawn the order. `false` where the shop cannot say.
    async fn is_withdrawn(&self, order: &Order) -> bool {
        match self.verify_amount(&order.order_id).await {
            Ok(ShopOrder::Unchanged) => false,
            Ok(ShopOrder::Changed { .. } | ShopOrder::Withdrawn) => true,
            Err(error) => {
                tracing::warn!(why = %error, "the shop cannot say whether it still has this order");
                false
            }
        }
    }

    /// True if it is still pending although it can no longer be paid: by Midtrans' own `expiry_time` and clock, and by nothing
    /// that we reckon ourselves. Where Midtrans tells neither, it is left to Midtrans to end it.
    fn is_over(&self, attempt: &Attempt) -> bool {
        let known = attempt.transaction.as_ref();
        let pending = known.filter(|known| known.transaction_status == TransactionStatus::Pending);
        let expiry_time = pending.and_then(|known| known.status.expiry_time);
        let expiry_time = expiry_time.map(|at| UnixMillis::from_seconds(at.unix_seconds()));
        expiry_time.zip(self.midtrans.time_at_midtrans()).is_some_and(|(expiry_time, now)| expiry_time < now)
    }

    /// Schedules the next reconciliation of an attempt, unless recording its status has done so. `polled_before`: when its
    /// order was last polled before this pass.
    async fn schedule_next(
        &self,
        due: &LeasedAttempt,
        polled_before: Option<UnixMillis>,
        outcome: &Result<Outcome, ApiError>,
    ) -> Result<(), ApiError> {
        let now = self.orders.now();
        if let Ok(Outcome::TooSoon) = outcome {
            return Ok(self.orders.schedule_poll(due, Some(now.plus(self.min_poll_interval))).await?);
        }
        let order = self.find(&due.order_id).await?;
        let attempt = attempt(&order, due.number)?;
        let next = match outcome {
            Ok(_) => next_poll(attempt.known(), now),
            Err(_) => next_poll_after_failure(attempt.known(), now),
        };
        self.orders.schedule_poll(due, next).await?;
        let is_open = attempt.transaction.as_ref().is_some_and(|known| !known.is_final());
        let is_overdue = polled_before.is_some_and(|before| attempt.known().is_overdue_since(before, now));
        match next {
            Some(_) if is_overdue && (is_open || outcome.is_err()) => {
                self.metrics.count(Counter::Alerts, "given_up");
                tracing::error!(
                    "still open long after its expiry, or Midtrans does not answer about it; look at Midtrans' dashboard"
                );
            }
            None if is_open || outcome.is_err() => {
                self.metrics.count(Counter::Alerts, "given_up");
                tracing::error!(
                    "given up: still open long after its expiry, or never answered; look at Midtrans' dashboard"
                );
            }
            None if attempt.transaction.is_none() => tracing::info!("given up: this charge was never made"),
            Some(_) | None => {}
        }
        Ok(())
    }
}

fn attempt(order: &Order, number: u32) -> Result<&Attempt, ApiError> {
    let attempt = order.attempts.iter().find(|attempt| attempt.number == number);
    Ok(attempt.ok_or_else(|| anyhow!("{} has no attempt {number}", order.order_id))?)
}

fn label(outcome: &Result<Outcome, ApiError>) -> &'static str {
    match outcome {
        Ok(Outcome::StatusChanged) => "status_changed",
        Ok(Outcome::Same) => "same",
        Ok(Outcome::NotFound) => "not_found",
        Ok(Outcome::TooSoon) => "too_soon",
        Err(_) => "failed",
    }
}
