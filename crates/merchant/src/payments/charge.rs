//! Charging an order: once, whatever is pressed, reloaded, or opened in another tab. An attempt is claimed, its charge is sent, answered or
//! looked for, and recorded.

use super::Payments;
use super::clearance::{Clearance, ClearedToCharge};
use super::shop_order::ShopOrder;
use crate::clock::UnixMillis;
use crate::error::ApiError;
use crate::midtrans::{MidtransError, unreachable_because};
use crate::orders::attempts::AttemptState;
use crate::orders::{Attempt, MidtransAnswer, NextStep, Order, Transaction, is_unavailable};
use anyhow::anyhow;
use gopay_contract::midtrans::{ChargeRequest, OptionalData, TransactionDetails};
use gopay_contract::{ActionName, Answer, GopayOptions, JakartaTime, OrderId, PaymentType, StatusCode, TransactionId};
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

/// How long to wait before the one repeat of a charge that was not answered.
const REPEAT_PAUSE: Duration = Duration::from_millis(300);
/// Midtrans forgets an Idempotency-Key after five minutes; a minute is left for two clocks that disagree.
const KEY_IS_KEPT: Duration = Duration::from_secs(4 * 60);

/// An attempt that is claimed, and is to be charged.
#[derive(Clone, Copy)]
pub(super) struct Sending<'a> {
    pub(super) order: &'a Order,
    pub(super) attempt: &'a Attempt,
    /// The attempts that Midtrans is asked about before.
    pub(super) ask_first: &'a [u32],
    pub(super) gopay: Option<&'a GopayOptions>,
}

/// Why an attempt has no charge.
pub(super) struct NotCharged {
    pub(super) error: ApiError,
    /// True if Midtrans refused every request: then there is no transaction.
    pub(super) is_refused: bool,
}

impl<P: Into<ApiError>> From<P> for NotCharged {
    fn from(error: P) -> Self {
        Self { error: error.into(), is_refused: false }
    }
}

impl Payments {
    pub(super) async fn send_and_record(
        self: &Arc<Self>,
        sending: Sending<'_>,
        cleared: ClearedToCharge,
    ) -> Result<(), NotCharged> {
        let Sending { order, attempt, .. } = sending;
        let mut answer = self.send(sending, cleared).await?;
        answer.actions.retain(|action| is_for_browsers(&action.name));
        let order = Order { attempts: vec![attempt.clone()], ..order.clone() };
        self.check_and_record(&order, attempt.number, &MidtransAnswer::Charge(answer)).await?;
        Ok(())
    }

    /// Gets Midtrans to answer about this attempt, charging at most once. Every repeat carries the attempt's own
    /// `Idempotency-Key`; where that may not help, Midtrans is asked what it knows before it is asked to charge.
    async fn send(self: &Arc<Self>, sending: Sending<'_>, cleared: ClearedToCharge) -> Result<Answer, NotCharged> {
        let Sending { order, attempt, gopay, .. } = sending;
        let charge = ChargeRequest {
            payment_type: PaymentType::Gopay,
            transaction_details: TransactionDetails {
                order_id: attempt.midtrans_order_id.clone(),
                gross_amount: order.gross_amount,
            },
            gopay: gopay.cloned(),
            optional: self.optional_data(order),
        };
        let key_is_kept = !attempt.claimed_at.plus(KEY_IS_KEPT).is_due(self.orders.now(), KEY_IS_KEPT);
        if !key_is_kept && let Some(found) = self.find_lost(order, attempt).await? {
            return Ok(found);
        }
        let cleared = self.still_cleared(sending, cleared).await?;
        let mut answer = self.midtrans.charge(cleared, &charge, &attempt.idempotency_key).await;
        let mut is_refused = matches!(answer, Err(MidtransError::Refused(_)));
        if let Err(MidtransError::Unreachable { why }) = &answer {
            tracing::warn!(%why, "a charge was not answered; asking again with the same Idempotency-Key");
            sleep(REPEAT_PAUSE).await;
            let cleared = self.clear_again(sending).await?;
            answer = self.midtrans.charge(cleared, &charge, &attempt.idempotency_key).await;
            is_refused = false;
        }
        match answer {
            Ok(answer) if answer.transaction_status.is_some() => Ok(answer),
            Ok(_) => Err(ApiError::Contradiction("a charge's answer has no transaction_status".to_owned()).into()),
            // The order_id is taken, or nothing was heard at all: perhaps the charge was made.
            Err(why) if is_doubtful(&why) => match self.find_lost(order, attempt).await {
                Ok(Some(found)) => Ok(found),
                Ok(None) => Err(why.into()),
                // That it was refused is not known to be all: it may be there, and be found by the next who asks.
                Err(ApiError::Midtrans(unknown)) => Err(unreachable_because(format!("{why}; then: {unknown}")).into()),
                Err(error) => Err(error.into()),
            },
            Err(refused) => Err(NotCharged { error: refused.into(), is_refused }),
        }
    }

    /// An earlier answer is good for the request if it was said just now.
    async fn still_cleared(
        self: &Arc<Self>,
        sending: Sending<'_>,
        cleared: ClearedToCharge,
    ) -> Result<ClearedToCharge, ApiError> {
        if cleared.is_good_for(sending.attempt.number) { Ok(cleared) } else { self.clear_again(sending).await }
    }

    /// Asks about the other attempts anew. Where the status of one has changed, the payer's next request finds out what it became.
    async fn clear_again(self: &Arc<Self>, sending: Sending<'_>) -> Result<ClearedToCharge, ApiError> {
        let Sending { order, attempt, ask_first, .. } = sending;
        match self.clear_to_charge(order, attempt.number, ask_first).await? {
            Clearance::Cleared(cleared) => Ok(cleared),
            Clearance::StatusChanged => Err(ApiError::Busy),
        }
    }

    /// The optional data of a charge that is made now: by Midtrans' clock, which is the one that Midtrans holds
    /// an `order_time` against.
    fn optional_data(&self, order: &Order) -> OptionalData {
        let now = self.midtrans.time_at_midtrans().unwrap_or_else(|| self.orders.now());
        let now = JakartaTime::from_unix_seconds(now.seconds());
        let (optional, clamped) = order.charge_data.to_send(now);
        if let Some(clamped) = clamped {
            tracing::warn!(
                asked_seconds = clamped.asked_seconds,
                sent_seconds = clamped.sent_seconds,
                "custom_expiry is outside of what Midtrans takes (20 s to 7 days); the nearest is sent"
            );
        }
        optional
    }

    /// The charge of an attempt whose answer was lost, with the one action that can be made again.
    async fn find_lost(self: &Arc<Self>, order: &Order, attempt: &Attempt) -> Result<Option<Answer>, ApiError> {
        let Some(mut answer) = self.found_by_order_id(order, attempt).await? else { return Ok(None) };
        if let Some(transaction_id) = &answer.transaction_id {
            answer.actions = vec![self.midtrans.qr_code(transaction_id)];
        }
        Ok(Some(answer))
    }

    /// The transaction that Midtrans has under an attempt's id, if it is the attempt's own. An older one that ended without money leaves the id
    /// to be charged; any other older one is no reason to charge beside it.
    pub(super) async fn found_by_order_id(
        self: &Arc<Self>,
        order: &Order,
        attempt: &Attempt,
    ) -> Result<Option<Answer>, ApiError> {
        let answer = match self.midtrans.status_of_order(&attempt.midtrans_order_id).await {
            Ok(answer) => answer,
            Err(MidtransError::Refused(body)) if body.status_code == StatusCode(404) => return Ok(None),
            Err(why) => return Err(why.into()),
        };
        match self.reason_not_ours(order, attempt, &answer) {
            None => Ok(Some(answer)),
            Some(_) if has_ended_unpaid(&answer) => Ok(None),
            Some(why) => {
                self.raise(order, &order.decision_if(attempt.number, AttemptState::OlderThanOrder));
                Err(ApiError::Contradiction(why))
            }
        }
    }
}

fn has_ended_unpaid(answer: &Answer) -> bool {
    let status = answer.transaction_status.as_ref();
    status.is_some_and(|status| AttemptState::of(status, answer.fraud_status.as_ref()).ended_unpaid())
}

/// Midtrans' own get-status and cancel need the server key, and so may a name that we do not know: nobody who reads an
/// answer of ours has it.
fn is_for_browsers(action: &ActionName) -> bool {
    match action {
        ActionName::GenerateQrCode | ActionName::GenerateQrCodeV2 | ActionName::DeeplinkRedirect => true,
        ActionName::GetStatus | ActionName::Cancel | ActionName::Other(_) => false,
    }
}

/// True if a failed charge may have been made all the same.
fn is_doubtful(error: &MidtransError) -> bool {
    match error {
        MidtransError::Refused(body) => body.status_code == StatusCode(406),
        MidtransError::Unreachable { .. } => true,
        MidtransError::ServerKey { .. } => false,
    }
}
