//! Asking Midtrans how a transaction stands: not more often than it wishes, whoever wants to know.

use super::Cashier;
use crate::metrics::Counter;
use crate::orders::{Heard, Order, Progress, Transaction, is_unavailable};
use crate::problem::Problem;
use crate::standing::{Reading, Standing};
use anyhow::anyhow;
use gopay_contract::OrderId;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a payer's status request waits for Midtrans; then it is answered from what is stored.
const PATIENCE: Duration = Duration::from_secs(4);

impl Cashier {
    /// How an order stands, for telling: as it was read lately, if nothing was recorded since; from the orders otherwise.
    /// Asks nobody.
    pub(crate) async fn read(&self, order_id: &OrderId) -> Result<Arc<Reading>, Problem> {
        let read = async { Standing::of(&self.find(order_id).await?, self.ask_floor) };
        self.board.standings().get(order_id, read).await
    }

    /// The same for a payer who asks: what is open and old is asked of Midtrans, by one of all who want to know.
    pub(crate) async fn standing(self: &Arc<Self>, order_id: &OrderId) -> Result<Standing, Problem> {
        let reading = self.read(order_id).await?;
        if reading.is_mine_to_look_behind(self.orders.now()) {
            return Standing::of(&self.look_at(order_id).await?, self.ask_floor);
        }
        reading.standing().cloned().ok_or(Problem::NoTransaction)
    }

    /// For a watcher who is told of an end: has somebody look whether another attempt is open still, if nobody else does it.
    /// Nobody waits for it.
    pub(crate) async fn look_behind(self: &Arc<Self>, order_id: &OrderId) {
        if !self.read(order_id).await.is_ok_and(|reading| reading.is_mine_to_look_behind(self.orders.now())) {
            return;
        }
        let (cashier, order_id) = (Arc::clone(self), order_id.clone());
        self.background.finish(async move {
            if let Err(problem) = cashier.look_at(&order_id).await {
                tracing::error!(why = %problem, "a watched order cannot be looked at");
            }
        });
    }

    /// An order as it stands: from what is stored, and if that is open and old, from Midtrans. A Midtrans that cannot
    /// be asked is no reason not to answer; nor is a database that cannot be written. Midtrans is not polled then, because
    /// the rate limit is the mark that cannot be written, and an answer that cannot be stored would be forgotten again.
    pub(crate) async fn look_at(self: &Arc<Self>, order_id: &OrderId) -> Result<Order, Problem> {
        let order = self.find(order_id).await?;
        if let Err(problem) = self.look_after_redundant(&order).await {
            tracing::error!(why = %problem, "a redundant attempt cannot be cancelled now; answering from what is stored");
        }
        let Some(open) = order.effective().filter(|known| !known.is_final()) else {
            return Ok(order);
        };
        // In a task of its own: an answer that is slower than anybody's patience has used up the order's turn to be asked
        // about, so it is written down when it comes.
        let (cashier, asked, open) = (Arc::clone(self), order.clone(), open.clone());
        let ask = self.background.finish(async move { cashier.ask_if_it_is_time(&asked, &open).await });
        match timeout(PATIENCE, ask).await {
            Ok(Ok(Ok(Progress::Moved))) => self.find(order_id).await,
            Ok(Ok(Ok(Progress::Same | Progress::Stale))) => Ok(order),
            Ok(Ok(Err(Problem::Internal(why)))) if is_unavailable(&why) => {
                tracing::error!(why = format!("{why:#}"), "a poll cannot be stored; answering from what is stored");
                Ok(order)
            }
            Ok(Ok(Err(problem @ (Problem::Contradiction(_) | Problem::Internal(_))))) => Err(problem),
            Ok(Err(panic)) => Err(Problem::Internal(anyhow!(panic).context("asking"))),
            Ok(Ok(Err(problem))) => {
                tracing::warn!(why = %problem, "get-status failed; answering from what is stored");
                Ok(order)
            }
            Err(_) => {
                tracing::warn!("get-status takes too long; answering from what is stored");
                Ok(order)
            }
        }
    }

    async fn ask_if_it_is_time(self: &Arc<Self>, order: &Order, open: &Transaction) -> Result<Progress, Problem> {
        let _permit = self.looking.acquire().await.map_err(|closed| anyhow!(closed))?;
        let may_ask = self.orders.may_ask(&order.order_id, self.orders.now(), self.ask_floor).await?;
        self.metrics.count(Counter::Asks, if may_ask { "asked" } else { "held_back" });
        if may_ask { self.ask(order, open).await } else { Ok(Progress::Same) }
    }

    /// The process that was to cancel what nobody needs to pay any more may have died before it did.
    async fn look_after_redundant(self: &Arc<Self>, order: &Order) -> Result<(), Problem> {
        if order.redundant().next().is_some()
            && self.orders.may_ask(&order.order_id, self.orders.now(), self.ask_floor).await?
        {
            self.begin_to_cancel_redundant(&order.order_id);
        }
        Ok(())
    }

    /// Asks get-status and writes down what it says.
    pub(super) async fn ask(self: &Arc<Self>, order: &Order, known: &Transaction) -> Result<Progress, Problem> {
        let answer = self.midtrans.status(&known.transaction_id).await?;
        self.record(order, known.attempt, &Heard::Status(answer)).await
    }
}
