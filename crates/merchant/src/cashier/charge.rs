//! Charging an order: once, whatever is pressed, reloaded, or opened in another tab.

use super::Cashier;
use crate::clock::UnixMillis;
use crate::core_api::{CoreApiError, unreachable_because};
use crate::orders::{NextStep, Order, Progress, Transaction};
use crate::problem::Problem;
use anyhow::anyhow;
use gopay_contract::{GopayOptions, OrderId, TransactionId};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many requests to Midtrans one charge may need: the charge, its repeat, and get-status.
const MOST_REQUESTS: u32 = 3;
/// What an attempt stays claimed beyond the time that those may take.
const LEASE_MARGIN: Duration = Duration::from_secs(15);
/// How often to look whether another process has finished the same charge.
const CLAIM_PAUSE: Duration = Duration::from_millis(200);
/// Nobody starts over this often. It keeps a page gone wild from charging for ever.
const MOST_ATTEMPTS: u32 = 50;
/// How many of those that ended before are asked about before another one is made. What is older has been looked at by itself.
const MOST_ASKED: usize = 10;

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
        let (cashier, order) = (Arc::clone(self), order_id.clone());
        let work = async move { cashier.charge_alone(&order, retry_of.as_ref(), gopay.as_ref()).await };
        self.in_turn(order_id, work).await
    }

    async fn charge_alone(
        self: &Arc<Self>,
        order_id: &OrderId,
        retry_of: Option<&TransactionId>,
        gopay: Option<&GopayOptions>,
    ) -> Result<Charged, Problem> {
        let lease = self.time_limit * MOST_REQUESTS + LEASE_MARGIN;
        let give_up = Instant::now() + lease;
        let (mut is_sure_they_ended, mut is_as_the_shop_has_it) = (false, self.source.is_none());
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
            // Before another charge: was one of those before it paid after all?
            if !is_sure_they_ended && order.attempts.last().is_some_and(|latest| latest.number < number) {
                self.ask_whether_they_ended(&order).await?;
                is_sure_they_ended = true;
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

    /// Asks about every attempt that money may still have reached, whoever asked about it just now.
    async fn ask_whether_they_ended(self: &Arc<Self>, order: &Order) -> Result<(), Problem> {
        for ended in order.may_be_paid_late().take(MOST_ASKED) {
            match self.ask(order, ended).await {
                Ok(Progress::Moved) => return Ok(()),
                Ok(Progress::Same | Progress::Stale) => {}
                // Not to be told is not to be told "no": nothing is charged beside what may be paid.
                Err(Problem::Midtrans(CoreApiError::Refused(body))) => {
                    let why = format!("get-status of an ended attempt: {} {}", body.status_code.0, body.status_message);
                    return Err(unreachable_because(why).into());
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(())
    }
}
