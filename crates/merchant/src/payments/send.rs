//! Sending one attempt's charge: with what the shop tells beside, answered or looked for, and written down.

use super::Payments;
use super::clearance::{Clearance, ClearedToCharge};
use crate::error::ApiError;
use crate::midtrans::{MidtransError, unreachable_because};
use crate::orders::attempts::AttemptState;
use crate::orders::{Attempt, MidtransAnswer, Order};
use gopay_contract::midtrans::{ChargeRequest, OptionalData, TransactionDetails};
use gopay_contract::{ActionName, Answer, GopayOptions, JakartaTime, PaymentType, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

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

    /// Asks about the other attempts anew. Where one of them has moved, the payer's next request finds out what it became.
    async fn clear_again(self: &Arc<Self>, sending: Sending<'_>) -> Result<ClearedToCharge, ApiError> {
        let Sending { order, attempt, ask_first, .. } = sending;
        match self.clear_to_charge(order, attempt.number, ask_first).await? {
            Clearance::Cleared(cleared) => Ok(cleared),
            Clearance::Moved => Err(ApiError::Busy),
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
