//! Ending what is not paid yet: because the payer does not want it, or because its time is over.

use super::Payments;
use crate::error::ApiError;
use crate::midtrans::MidtransError;
use crate::orders::{MidtransAnswer, Order, Progress, Transaction};
use gopay_contract::{Answer, OrderId, StatusCode, TransactionStatus};
use std::sync::Arc;

/// Midtrans' word for "it can no longer be cancelled".
const CANNOT_MODIFY: StatusCode = StatusCode(412);

impl Payments {
    /// Ends what can no longer be paid, at once instead of when Midtrans' own job comes by. If it can no longer be ended (it
    /// was paid in the last second), what it became is asked for.
    pub(super) async fn expire_at_midtrans(
        self: &Arc<Self>,
        order: &Order,
        known: &Transaction,
    ) -> Result<Progress, ApiError> {
        match self.midtrans.expire(&known.transaction_id).await {
            Ok(answer) => {
                self.check_and_record(order, known.attempt, &MidtransAnswer::Status(about(known, answer))).await
            }
            Err(MidtransError::Refused(body)) if body.status_code == CANNOT_MODIFY => self.poll(order, known).await,
            Err(why) => Err(why.into()),
        }
    }

    /// Cancels the charge that counts. The answer is its status after trying; `status_code` 412 in it means that it
    /// could not be cancelled any more. In turn with charges, so that no charge is made behind the back of a payer who has
    /// just cancelled.
    pub(crate) async fn cancel(self: &Arc<Self>, order_id: &OrderId) -> Result<Answer, ApiError> {
        let (payments, order) = (Arc::clone(self), order_id.clone());
        self.with_order_locked(order_id, async move { payments.cancel_locked(&order).await }).await
    }

    async fn cancel_locked(self: &Arc<Self>, order_id: &OrderId) -> Result<Answer, ApiError> {
        let order = self.find(order_id).await?;
        let known = order.effective().ok_or(ApiError::NoTransaction)?;
        let status = &known.transaction_status;
        let is_refused = *status != TransactionStatus::Cancel
            && (status.is_final() || !self.cancel_at_midtrans(&order, known).await?);
        let order = self.find(order_id).await?;
        let status = order.effective().ok_or(ApiError::NoTransaction)?.status.clone();
        if !is_refused {
            return Ok(status);
        }
        let status_message = Some("Transaction status cannot be updated.".to_owned());
        Ok(Answer { status_code: Some(CANNOT_MODIFY), status_message, ..status })
    }

    /// True if Midtrans cancelled it. Either way, what it became is written down.
    pub(super) async fn cancel_at_midtrans(
        self: &Arc<Self>,
        order: &Order,
        known: &Transaction,
    ) -> Result<bool, ApiError> {
        match self.midtrans.cancel(&known.transaction_id).await {
            Ok(answer) => {
                self.check_and_record(order, known.attempt, &MidtransAnswer::Status(about(known, answer))).await?;
                Ok(true)
            }
            Err(MidtransError::Refused(body)) if body.status_code == CANNOT_MODIFY => {
                self.poll(order, known).await?;
                Ok(false)
            }
            Err(why) => Err(why.into()),
        }
    }
}

/// The answer to a cancel or an expire is about the transaction in its URL, named or not.
fn about(known: &Transaction, answer: Answer) -> Answer {
    let transaction_id = answer.transaction_id.clone().or_else(|| Some(known.transaction_id.clone()));
    Answer { transaction_id, ..answer }
}
