//! Charging an order: once, whatever is pressed, reloaded, or opened in another tab.
//!
//! The work runs in a task of its own, so that a payer who closes the page half-way does not leave it half done.

use super::Cashier;
use crate::clock::UnixMillis;
use crate::core_api::CoreApiError;
use crate::orders::{NextStep, Order, Transaction};
use crate::problem::Problem;
use anyhow::anyhow;
use gopay_contract::{GopayOptions, OrderId, TransactionId};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// How long a browser waits for its answer. The work goes on behind, and the next request finds what it made.
const ANSWER_TIME_LIMIT: Duration = Duration::from_secs(25);
/// How many requests to Midtrans one charge may need: the charge, its repeat, and get-status.
const MOST_REQUESTS: u32 = 3;
/// What an attempt stays claimed beyond the time that those may take.
const LEASE_MARGIN: Duration = Duration::from_secs(15);
/// How often to look whether another process has finished the same charge.
const CLAIM_PAUSE: Duration = Duration::from_millis(200);
/// Nobody starts over this often. It keeps a page gone wild from charging for ever.
const MOST_ATTEMPTS: u32 = 50;

/// The charge that counts, and whether this request made it.
#[derive(Debug)]
pub(crate) struct Charged {
    pub(crate) transaction: Transaction,
    pub(crate) is_new: bool,
}

impl Cashier {
    /// Charges `order_id`, or finds its charge again. `retry_of` is the ended transaction that the payer wants replaced.
    pub(crate) async fn charge(
        self: &Arc<Self>,
        order_id: &OrderId,
        retry_of: Option<TransactionId>,
        gopay: Option<GopayOptions>,
    ) -> Result<Charged, Problem> {
        let deadline = Instant::now() + ANSWER_TIME_LIMIT;
        let turn = timeout_at(deadline, self.locks.turn(order_id)).await.map_err(|_| Problem::Busy)?;
        let (cashier, order_id) = (Arc::clone(self), order_id.clone());
        let work = async move {
            let _turn = turn;
            cashier.charge_alone(&order_id, retry_of.as_ref(), gopay.as_ref()).await
        };
        match timeout_at(deadline, self.background.finish(work)).await {
            Ok(Ok(charged)) => charged,
            Ok(Err(panic)) => Err(Problem::Internal(anyhow!(panic).context("the charge's task"))),
            Err(_) => Err(Problem::Busy),
        }
    }

    async fn charge_alone(
        self: &Arc<Self>,
        order_id: &OrderId,
        retry_of: Option<&TransactionId>,
        gopay: Option<&GopayOptions>,
    ) -> Result<Charged, Problem> {
        let lease = self.time_limit * MOST_REQUESTS + LEASE_MARGIN;
        let give_up = Instant::now() + lease;
        let (mut is_sure_it_ended, mut is_as_the_shop_has_it) = (false, self.source.is_none());
        loop {
            let order = match self.orders.find(order_id).await? {
                Some(order) => order,
                None if is_as_the_shop_has_it => return Err(Problem::NoTransaction),
                None => {
                    self.hold_against_the_shop(order_id).await?;
                    is_as_the_shop_has_it = true;
                    continue;
                }
            };
            let (number, replaced) = match order.next_step(retry_of) {
                NextStep::Answer(known) => return Ok(Charged { transaction: *known, is_new: false }),
                NextStep::Charge { number, retry_of } => (number, retry_of),
            };
            if number > MOST_ATTEMPTS {
                return Err(Problem::invalid(format!("transaction_details.order_id was tried {MOST_ATTEMPTS} times")));
            }
            if !is_as_the_shop_has_it {
                self.hold_against_the_shop(order_id).await?;
                is_as_the_shop_has_it = true;
            }
            // Before a second charge: was the first one paid after all?
            if let Some(ended) = self.ended(&order, number).filter(|_| !is_sure_it_ended) {
                self.ask_whether_it_ended(&order, ended).await?;
                is_sure_it_ended = true;
                continue;
            }
            match self.orders.claim(order_id, number, replaced.as_ref(), UnixMillis::now(), lease).await? {
                Some(attempt) => {
                    let sent = self.send_and_record(&order, &attempt, gopay).await;
                    if sent.is_err() {
                        self.orders.release(order_id, &attempt).await?;
                    }
                    sent?;
                    // What counts may be another attempt: one that was paid late, just now.
                    let order = self.find(order_id).await?;
                    let transaction = order.deciding().cloned().ok_or_else(|| anyhow!("a charge was not recorded"))?;
                    return Ok(Charged { transaction, is_new: true });
                }
                None if Instant::now() >= give_up => return Err(Problem::Busy),
                None => sleep(CLAIM_PAUSE).await,
            }
        }
    }

    /// The transaction that attempt `number` would replace, if that attempt does not exist yet.
    fn ended<'a>(&self, order: &'a Order, number: u32) -> Option<&'a Transaction> {
        order.attempts.last().filter(|latest| latest.number < number)?.transaction.as_ref()
    }

    async fn ask_whether_it_ended(self: &Arc<Self>, order: &Order, ended: &Transaction) -> Result<(), Problem> {
        match self.ask(order, ended).await {
            // Midtrans keeps no transaction for some of what it denies.
            Ok(_) | Err(Problem::Midtrans(CoreApiError::Refused(_))) => Ok(()),
            Err(problem) => Err(problem),
        }
    }
}
