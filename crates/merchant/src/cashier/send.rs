//! Sending one attempt's charge: with what the shop tells beside, answered or looked for, and written down.

use super::Cashier;
use crate::clock::UnixMillis;
use crate::core_api::{CoreApiError, unreachable_because};
use crate::orders::{Attempt, Heard, Order};
use crate::problem::Problem;
use gopay_contract::midtrans::{ChargeRequest, OptionalData, TransactionDetails};
use gopay_contract::{ActionName, Answer, GopayOptions, JakartaTime, PaymentType, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How long to wait before the one repeat of a charge that was not answered.
const REPEAT_PAUSE: Duration = Duration::from_millis(300);
/// Midtrans forgets an Idempotency-Key after five minutes; a minute is left for two clocks that disagree.
const KEY_IS_KEPT: Duration = Duration::from_secs(4 * 60);

impl Cashier {
    pub(super) async fn send_and_record(
        self: &Arc<Self>,
        order: &Order,
        attempt: &Attempt,
        gopay: Option<&GopayOptions>,
    ) -> Result<(), Problem> {
        let mut answer = self.send(order, attempt, gopay).await?;
        answer.actions.retain(|action| is_for_browsers(&action.name));
        let order = Order { attempts: vec![attempt.clone()], ..order.clone() };
        self.record(&order, attempt.number, &Heard::Charge(answer)).await?;
        Ok(())
    }

    /// Gets Midtrans to answer about this attempt, charging at most once. Every repeat carries the attempt's own
    /// `Idempotency-Key`; where that may not help, Midtrans is asked what it knows before it is asked to charge.
    async fn send(&self, order: &Order, attempt: &Attempt, gopay: Option<&GopayOptions>) -> Result<Answer, Problem> {
        let charge = ChargeRequest {
            payment_type: PaymentType::Gopay,
            transaction_details: TransactionDetails {
                order_id: attempt.midtrans_order_id.clone(),
                gross_amount: order.gross_amount,
            },
            gopay: gopay.cloned(),
            optional: Self::optional_data(order),
        };
        let key_is_kept = UnixMillis::now() < attempt.claimed_at.plus(KEY_IS_KEPT);
        if !key_is_kept && let Some(found) = self.find_lost(attempt).await? {
            return Ok(found);
        }
        let mut answer = self.midtrans.charge(&charge, &attempt.idempotency_key).await;
        if let Err(CoreApiError::Unreachable { why }) = &answer {
            tracing::warn!(%why, "a charge was not answered; asking again with the same Idempotency-Key");
            sleep(REPEAT_PAUSE).await;
            answer = self.midtrans.charge(&charge, &attempt.idempotency_key).await;
        }
        match answer {
            Ok(answer) if answer.transaction_status.is_some() => Ok(answer),
            Ok(_) => Err(Problem::Contradiction("a charge's answer has no transaction_status".to_owned())),
            // The order_id is taken, or nothing was heard at all: perhaps the charge was made.
            Err(why) if is_doubtful(&why) => match self.find_lost(attempt).await {
                Ok(Some(found)) => Ok(found),
                Ok(None) => Err(why.into()),
                // That it was refused is not known to be all: it may be there, and be found by the next who asks.
                Err(unknown) => Err(unreachable_because(format!("{why}; then: {unknown}")).into()),
            },
            Err(refused) => Err(refused.into()),
        }
    }

    /// What the shop tells beside, for a charge that is made now.
    fn optional_data(order: &Order) -> OptionalData {
        let now = JakartaTime::from_unix_seconds(UnixMillis::now().seconds());
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
    pub(super) async fn find_lost(&self, attempt: &Attempt) -> Result<Option<Answer>, CoreApiError> {
        let mut answer = match self.midtrans.status_of_order(&attempt.midtrans_order_id).await {
            Ok(answer) => answer,
            Err(CoreApiError::Refused(body)) if body.status_code == StatusCode(404) => return Ok(None),
            Err(why) => return Err(why),
        };
        if let Some(transaction_id) = &answer.transaction_id {
            answer.actions = vec![self.midtrans.qr_code(transaction_id)];
        }
        Ok(Some(answer))
    }
}

/// Midtrans' own get-status and cancel need the server key, and so may a name that we do not know: nobody who reads an
/// answer of ours has it.
fn is_for_browsers(action: &ActionName) -> bool {
    match action {
        ActionName::GenerateQrCode | ActionName::GenerateQrCodeV2 | ActionName::DeeplinkRedirect => true,
        ActionName::GetStatus | ActionName::Cancel | ActionName::Other(_) => false,
    }
}

/// Whether a failed charge may have been made all the same.
fn is_doubtful(error: &CoreApiError) -> bool {
    match error {
        CoreApiError::Refused(body) => body.status_code == StatusCode(406),
        CoreApiError::Unreachable { .. } => true,
        CoreApiError::ServerKey { .. } => false,
    }
}
