//! Charging an order: once, whatever is pressed, reloaded, or opened in another tab.

use super::Payments;
use super::clearance::{Clearance, ClearedToCharge};
use super::send::Sending;
use super::shop_order::ShopOrder;
use crate::clock::UnixMillis;
use crate::error::ApiError;
use crate::orders::{Attempt, NextStep, Transaction, is_unavailable};
use anyhow::anyhow;
use gopay_contract::{GopayOptions, OrderId, TransactionId};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many requests to Midtrans one charge may need: the charge, its repeat, and get-status.
const MOST_REQUESTS: u32 = 3;
/// Time for which an attempt stays claimed beyond those requests.
const LEASE_MARGIN: Duration = Duration::from_secs(15);
/// How often to look whether another process has finished the same charge.
const CLAIM_PAUSE: Duration = Duration::from_millis(200);
/// How often to try to give a claim back that the database did not take back.
const RELEASE_PAUSE: Duration = Duration::from_secs(1);
/// More attempts than a payer makes. It keeps a faulty page from charging for ever.
const MOST_ATTEMPTS: u32 = 50;

/// The charge that counts, and whether this request made it.
#[derive(Debug)]
pub(crate) struct Charged {
    pub(crate) transaction: Transaction,
    pub(crate) is_new: bool,
}

impl Payments {
    /// Charges `order_id`, or finds its charge again. `retry_of` is the ended transaction that the payer wants replaced.
    pub(crate) async fn charge(
        self: &Arc<Self>,
        order_id: &OrderId,
        retry_of: Option<TransactionId>,
        gopay: Option<GopayOptions>,
    ) -> Result<Charged, ApiError> {
        let (payments, order) = (Arc::clone(self), order_id.clone());
        let work = async move { payments.charge_locked(&order, retry_of.as_ref(), gopay.as_ref()).await };
        self.with_order_locked(order_id, work).await
    }

    async fn charge_locked(
        self: &Arc<Self>,
        order_id: &OrderId,
        retry_of: Option<&TransactionId>,
        gopay: Option<&GopayOptions>,
    ) -> Result<Charged, ApiError> {
        let lease = self.time_limit * MOST_REQUESTS + LEASE_MARGIN;
        let give_up = Instant::now() + lease;
        let (mut cleared, mut is_verified) = (None, self.source.is_none());
        loop {
            let order = match self.orders.find(order_id).await? {
                Some(order) => order,
                None if is_verified => return Err(ApiError::NoTransaction),
                None => {
                    self.verify_amount(order_id).await?.into_problem()?;
                    is_verified = true;
                    continue;
                }
            };
            let step = order.next_step(retry_of);
            if !is_verified && step.is_payable() {
                match self.verify_amount(order_id).await? {
                    ShopOrder::Unchanged => {}
                    shop @ (ShopOrder::Changed { .. } | ShopOrder::Withdrawn) => {
                        return self.cancel_withdrawn(&order, shop).await;
                    }
                }
                is_verified = true;
            }
            let (number, replaced, ask_first) = match step {
                NextStep::Answer(known) => return Ok(Charged { transaction: *known, is_new: false }),
                NextStep::Charge { number, retry_of, ask_first } => (number, retry_of, ask_first),
                NextStep::Stop => return Err(ApiError::Contradiction("a person has to look at this order".to_owned())),
            };
            if number > MOST_ATTEMPTS {
                return Err(ApiError::invalid(format!("transaction_details.order_id was tried {MOST_ATTEMPTS} times")));
            }
            let clearance = match cleared.take().filter(|permit: &ClearedToCharge| permit.is_good_for(number)) {
                Some(permit) => Clearance::Cleared(permit),
                None => self.clear_to_charge(&order, number, &ask_first).await?,
            };
            let Clearance::Cleared(clearance) = clearance else { continue };
            let now = self.orders.now();
            let claimed = match self.orders.claim(order_id, number, replaced.as_ref(), now, lease).await {
                Err(why) if is_unavailable(&why) => {
                    self.release_later(order_id, number, now.plus(lease), false);
                    return Err(why.into());
                }
                claimed => claimed?,
            };
            match claimed {
                Some(attempt) => {
                    let sending = Sending { order: &order, attempt: &attempt, ask_first: &ask_first, gopay };
                    if let Err(why) = self.send_and_record(sending, clearance).await {
                        let is_refused = why.is_refused;
                        self.release(order_id, &Attempt { is_refused, ..attempt }).await;
                        return Err(why.error);
                    }
                    // What counts may be another attempt: one that was paid late, just now.
                    let order = self.find(order_id).await?;
                    let transaction = order.effective().cloned().ok_or_else(|| anyhow!("a charge was not recorded"))?;
                    return Ok(Charged { transaction, is_new: true });
                }
                None if Instant::now() >= give_up => return Err(ApiError::Busy),
                None => {
                    cleared = Some(clearance);
                    sleep(CLAIM_PAUSE).await;
                }
            }
        }
    }

    async fn release(self: &Arc<Self>, order_id: &OrderId, attempt: &Attempt) {
        if let Err(why) = self.orders.release(order_id, attempt).await {
            tracing::error!(why = format!("{why:#}"), "a claim cannot be given back; trying again");
            self.release_later(order_id, attempt.number, attempt.claimed_until, attempt.is_refused);
        }
    }

    /// Gives a claim back behind the answer, as soon as the database works again: the payer who comes back must not wait until
    /// it lapses. Also a claim that was perhaps not made, because the answer to it was lost.
    fn release_later(self: &Arc<Self>, order_id: &OrderId, number: u32, claimed_until: UnixMillis, is_refused: bool) {
        let (payments, order_id) = (Arc::clone(self), order_id.clone());
        let is_it = move |attempt: &Attempt| attempt.number == number && attempt.claimed_until == claimed_until;
        let again = async move {
            while payments.orders.now() < claimed_until {
                sleep(RELEASE_PAUSE).await;
                // What is not there yet may still come: the database may do late what it was asked to.
                let Ok(Some(order)) = payments.orders.find(&order_id).await else { continue };
                let Some(attempt) = order.attempts.into_iter().find(&is_it) else { continue };
                if payments.orders.release(&order_id, &Attempt { is_refused, ..attempt }).await.is_ok() {
                    return;
                }
            }
        };
        self.background.finish(self.background.shutdown().clone().until_jobs_end(again));
    }
}
