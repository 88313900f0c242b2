//! Looking although nobody asks: at what is open and whose notification may be lost, at charges whose answer was lost,
//! and once or twice behind an end. When, says [`next_look`]; this carries it out, a few at a time.
//!
//! Every process on one database does it. What is due is taken by one of them, for a while: so none is looked at twice,
//! and none is lost with the process that took it. Watchers do not ask Midtrans themselves: ten thousand of them wait for
//! notifications, and for this.

use super::Cashier;
use super::source::ShopOrder;
use crate::clock::UnixMillis;
use crate::metrics::Counter;
use crate::orders::{Attempt, Due, Heard, Order, Progress, next_look, next_look_after_failure};
use crate::problem::Problem;
use anyhow::anyhow;
use gopay_contract::TransactionStatus;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::Instrument as _;

/// How long to rest when nothing is due.
const REST: Duration = Duration::from_secs(1);
/// How many are taken at a time; each costs Midtrans at most two requests.
const BATCH: u32 = 32;
/// Beyond the time of those requests, before somebody else takes it.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// What a look came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Midtrans knew more.
    Moved,
    /// It did not.
    Same,
    /// Midtrans has no such transaction: the charge was never made, or is not yet.
    NotFound,
    /// Somebody asked just now: a little later, then.
    TooSoon,
}

impl Cashier {
    /// Looks until `stop`. What is begun then is finished, which takes no longer than two requests to Midtrans.
    pub(crate) async fn reconcile(self: Arc<Self>, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let work = Arc::clone(&self).look_at_what_is_due();
            let taken = match tokio::spawn(work.in_current_span()).await {
                Ok(Ok(taken)) => taken,
                Ok(Err(why)) => {
                    tracing::error!(why = format!("{why:#}"), "cannot look up what is due to be asked about");
                    0
                }
                Err(panic) => {
                    tracing::error!(why = %panic, "looking has failed");
                    0
                }
            };
            let rest = if taken < BATCH as usize { REST } else { Duration::ZERO };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = sleep(rest) => {}
            }
        }
    }

    /// Takes what is due and looks at it; how much that was.
    async fn look_at_what_is_due(self: Arc<Self>) -> anyhow::Result<usize> {
        let lease = self.time_limit * 2 + LEASE_MARGIN;
        let due = self.orders.take_due(self.orders.now(), lease, BATCH).await?;
        let taken = due.len();
        let mut looks = JoinSet::new();
        for due in due {
            let span = tracing::info_span!("look", order_id = %due.order_id, attempt = due.number);
            looks.spawn(Arc::clone(&self).look(due).instrument(span));
        }
        while let Some(look) = looks.join_next().await {
            look.map_err(|panic| anyhow!(panic).context("a look"))?;
        }
        Ok(taken)
    }

    /// Looks once, and plans the next time. A database that fails leaves it to whoever takes it when the lease is over.
    async fn look(self: Arc<Self>, due: Due) {
        let (asked_before, looked) = match self.find(&due.order_id).await {
            Ok(order) => (order.asked_at(), self.look_once(&order, &due).await),
            Err(problem) => (None, Err(problem)),
        };
        self.metrics.count(Counter::Looks, outcome(&looked));
        match &looked {
            Ok(Look::Moved) => tracing::info!("found out by asking, without a notification"),
            Ok(Look::Same | Look::NotFound | Look::TooSoon) => {}
            Err(problem) => tracing::warn!(why = %problem, "cannot look; it is tried again later"),
        }
        if let Err(problem) = self.plan(&due, asked_before, &looked).await {
            tracing::error!(why = %problem, "cannot plan the next look");
        }
    }

    async fn look_once(self: &Arc<Self>, order: &Order, due: &Due) -> Result<Look, Problem> {
        let attempt = attempt(order, due)?;
        if order.redundant().any(|open| open.attempt == due.number) {
            // Another attempt was paid: nobody needs to know how this one stands, but that it must end.
            self.begin_to_cancel_redundant(&due.order_id);
            return Ok(Look::Same);
        }
        let _permit = self.looking.acquire().await.map_err(|closed| anyhow!(closed))?;
        if !self.orders.may_ask(&due.order_id, self.orders.now(), self.ask_floor).await? {
            return Ok(Look::TooSoon);
        }
        let progress = match &attempt.transaction {
            None => match self.found_by_order_id(order, attempt).await {
                // Not `Heard::Charge`: a payer who comes back may still get the charge's own answer, with its deeplink.
                Ok(Some(answer)) => self.record(order, due.number, &Heard::Status(answer)).await,
                Ok(None) => return Ok(Look::NotFound),
                // The alarm was raised; to look again finds the same.
                Err(Problem::Contradiction(_)) => return Ok(Look::Same),
                Err(problem) => Err(problem),
            },
            Some(known) if self.hard_stop && self.is_over(attempt) => self.expire_at_midtrans(order, known).await,
            Some(known) if known.state().can_be_paid() && self.is_taken_back(order).await => {
                self.cancel_at_midtrans(order, known).await.map(|_| Progress::Moved)
            }
            Some(known) => self.ask(order, known).await,
        };
        match progress? {
            Progress::Moved => Ok(Look::Moved),
            Progress::Same | Progress::Stale => Ok(Look::Same),
        }
    }

    /// Whether the shop has changed or withdrawn the order. A shop that cannot say has not.
    async fn is_taken_back(&self, order: &Order) -> bool {
        match self.check_with_the_shop(&order.order_id).await {
            Ok(ShopOrder::AsRemembered) => false,
            Ok(ShopOrder::Changed { .. } | ShopOrder::Withdrawn) => true,
            Err(problem) => {
                tracing::warn!(why = %problem, "the shop cannot be asked whether it still wants this order to be paid");
                false
            }
        }
    }

    /// Whether it is still pending although it can no longer be paid: by Midtrans' own `expiry_time` and clock, and by nothing
    /// that we reckon ourselves. Where Midtrans tells neither, it is left to Midtrans to end it.
    fn is_over(&self, attempt: &Attempt) -> bool {
        let known = attempt.transaction.as_ref();
        let pending = known.filter(|known| known.transaction_status == TransactionStatus::Pending);
        let expiry_time = pending.and_then(|known| known.status.expiry_time);
        let expiry_time = expiry_time.map(|at| UnixMillis::from_seconds(at.unix_seconds()));
        expiry_time.zip(self.midtrans.time_at_midtrans()).is_some_and(|(expiry_time, now)| expiry_time < now)
    }

    /// What was recorded has planned the next look already; this is for what was not. `asked_before`: when its order was asked
    /// about before this look.
    async fn plan(
        &self,
        due: &Due,
        asked_before: Option<UnixMillis>,
        looked: &Result<Look, Problem>,
    ) -> Result<(), Problem> {
        let now = self.orders.now();
        if let Ok(Look::TooSoon) = looked {
            return Ok(self.orders.plan_look(due, Some(now.plus(self.ask_floor))).await?);
        }
        let order = self.find(&due.order_id).await?;
        let attempt = attempt(&order, due)?;
        let next = match looked {
            Ok(_) => next_look(attempt.known(), now),
            Err(_) => next_look_after_failure(attempt.known(), now),
        };
        self.orders.plan_look(due, next).await?;
        let is_open = attempt.transaction.as_ref().is_some_and(|known| !known.is_final());
        let is_overdue = asked_before.is_some_and(|before| attempt.known().is_overdue_since(before, now));
        match next {
            Some(_) if is_overdue && (is_open || looked.is_err()) => {
                self.metrics.count(Counter::Alarms, "given_up");
                tracing::error!(
                    "still open long after its time, or not to be asked about; look at Midtrans' dashboard"
                );
            }
            None if is_open || looked.is_err() => {
                self.metrics.count(Counter::Alarms, "given_up");
                tracing::error!(
                    "given up: still open long after its time, or never answered; look at Midtrans' dashboard"
                );
            }
            None if attempt.transaction.is_none() => tracing::info!("given up: this charge was never made"),
            Some(_) | None => {}
        }
        Ok(())
    }
}

fn attempt<'a>(order: &'a Order, due: &Due) -> Result<&'a Attempt, Problem> {
    let attempt = order.attempts.iter().find(|attempt| attempt.number == due.number);
    Ok(attempt.ok_or_else(|| anyhow!("{} has no attempt {}", due.order_id, due.number))?)
}

fn outcome(looked: &Result<Look, Problem>) -> &'static str {
    match looked {
        Ok(Look::Moved) => "moved",
        Ok(Look::Same) => "same",
        Ok(Look::NotFound) => "not_found",
        Ok(Look::TooSoon) => "too_soon",
        Err(_) => "failed",
    }
}
