//! Proof that a charge may be sent. Before every request to charge an order, Midtrans is asked about each other attempt that may
//! hold money of which the merchant was not told, whatever led to the request: a first charge, one more after an end, a charge
//! that is sent again because it was refused, not answered or interrupted, minutes or days later.
//!
//! [`MidtransClient::charge`](crate::midtrans::MidtransClient::charge) wants a [`ClearedToCharge`], and only this file can make one.

use super::Payments;
use crate::error::ApiError;
use crate::midtrans::{MidtransError, unreachable_because};
use crate::orders::attempts::AttemptState;
use crate::orders::{Attempt, MidtransAnswer, Order, Progress};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long what Midtrans said is good for. Between it and the charge is a claim in the database; a request that took longer
/// than that, and is repeated, is cleared again.
const GOOD_FOR: Duration = Duration::from_secs(10);
/// How many attempts are asked about at a time.
const AT_ONCE: usize = 8;

/// Midtrans has said, a moment ago, that no other attempt of the order holds money.
#[derive(Debug)]
pub(crate) struct ClearedToCharge {
    attempt: u32,
    polled_at: Instant,
}

impl ClearedToCharge {
    /// True if it is good for a request to charge this attempt now.
    pub(super) fn is_good_for(&self, attempt: u32) -> bool {
        self.attempt == attempt && self.polled_at.elapsed() < GOOD_FOR
    }
}

/// Result of polling the other attempts.
#[derive(Debug)]
pub(super) enum Clearance {
    /// None of them holds money.
    Cleared(ClearedToCharge),
    /// The status of one of them has changed: the order is to be read again, and decided about anew.
    StatusChanged,
}

impl Payments {
    /// Asks about the attempts in `ask_first`, so that attempt `number` may be charged.
    ///
    /// # Errors
    /// Where Midtrans does not say of one of them that it ended without money: then nothing is charged.
    pub(super) async fn clear_to_charge(
        self: &Arc<Self>,
        order: &Order,
        number: u32,
        ask_first: &[u32],
    ) -> Result<Clearance, ApiError> {
        let polled_at = Instant::now();
        let others = order.attempts.iter().filter(|attempt| ask_first.contains(&attempt.number));
        let asking: Vec<_> = others.map(|attempt| self.ask_whether_it_ended(order, attempt).boxed()).collect();
        let progress: Vec<Progress> = stream::iter(asking).buffer_unordered(AT_ONCE).try_collect().await?;
        if progress.contains(&Progress::StatusChanged) {
            return Ok(Clearance::StatusChanged);
        }
        Ok(Clearance::Cleared(ClearedToCharge { attempt: number, polled_at }))
    }

    async fn ask_whether_it_ended(self: &Arc<Self>, order: &Order, attempt: &Attempt) -> Result<Progress, ApiError> {
        let answer = match &attempt.transaction {
            Some(known) => self.midtrans.status(&known.transaction_id).await.map_err(not_told)?,
            None => match self.found_by_order_id(order, attempt).await {
                Ok(Some(found)) => found,
                // It was never made.
                Ok(None) => return Ok(Progress::Same),
                Err(ApiError::Midtrans(why)) => return Err(not_told(why).into()),
                Err(error) => return Err(error),
            },
        };
        let told = answer.transaction_status.as_ref();
        let told = told.map(|status| AttemptState::of(status, answer.fraud_status.as_ref()));
        let has_ended = told.is_some_and(|told| has_ended(attempt, told));
        // A notification has stored the payment since the order was read.
        let is_paid_since = told.is_some_and(AttemptState::was_paid) && !attempt.state().was_paid();
        let progress = self.check_and_record(order, attempt.number, &MidtransAnswer::Status(answer)).await?;
        match progress {
            Progress::StatusChanged => Ok(progress),
            Progress::Same | Progress::Stale if has_ended => Ok(progress),
            Progress::Same | Progress::Stale if is_paid_since => Ok(Progress::StatusChanged),
            Progress::Same | Progress::Stale => {
                Err(unreachable_because("get-status of another attempt does not say that it ended").into())
            }
        }
    }
}

/// True if this answer leaves nothing to wait for but what is known already: an attempt that can be paid, for all we know, is the
/// one whose own answer is asked for again, or is being cancelled.
fn has_ended(attempt: &Attempt, told: AttemptState) -> bool {
    told.ended_unpaid() || (told.can_be_paid() && attempt.state().can_be_paid())
}

/// Not to be told is not to be told "no": nothing is charged beside what may be paid.
fn not_told(why: MidtransError) -> MidtransError {
    match why {
        MidtransError::Refused(body) => unreachable_because(format!(
            "get-status of another attempt: {} {}",
            body.status_code.0, body.status_message
        )),
        MidtransError::ServerKey { .. } | MidtransError::Unreachable { .. } => why,
    }
}
