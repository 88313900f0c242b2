//! The rules of truth (contract §3): which status is accepted, and what it changes.

use super::charge::{Charge, check_money, not_of_order, required, unknown_status};
use super::problem::Problem;
use gopay_contract::{Answer, FraudStatus, OrderId, TransactionStatus};

/// The result of checking a status against the transaction that is tracked.
pub(crate) enum StatusCheck {
    /// It is about this transaction.
    Accepted(TransactionStatus),
    /// It is about another transaction of the same order: perhaps a newer one.
    AnotherTransaction,
    /// It cannot be used.
    Rejected(Problem),
}

/// Checks a status that was polled, pushed, or answered to a cancel: order, transaction, amount, currency, and whether
/// GoPay has such a status.
pub(crate) fn check_status(answer: &Answer, charge: &Charge, shop_order: &OrderId) -> StatusCheck {
    check(answer, charge, shop_order).unwrap_or_else(StatusCheck::Rejected)
}

fn check(answer: &Answer, charge: &Charge, shop_order: &OrderId) -> Result<StatusCheck, Problem> {
    let order_id = required(answer.order_id.as_ref(), "order_id")?;
    let transaction_id = required(answer.transaction_id.as_ref(), "transaction_id")?;
    let status = required(answer.transaction_status.as_ref(), "transaction_status")?;
    let gross_amount = *required(answer.gross_amount.as_ref(), "gross_amount")?;
    if !order_id.is_attempt_at(shop_order) {
        return Err(not_of_order(order_id, shop_order));
    }
    if *transaction_id != charge.transaction_id {
        return Ok(StatusCheck::AnotherTransaction);
    }
    if *order_id != charge.order_id {
        return Err(not_of_order(order_id, &charge.order_id));
    }
    check_money(gross_amount, answer.currency.as_ref(), Some(charge.gross_amount))?;
    if let TransactionStatus::Unknown(word) = status {
        return Err(unknown_status(word));
    }
    Ok(StatusCheck::Accepted(status.clone()))
}

/// Effect of an accepted status on the payment.
pub(crate) enum StatusChange {
    /// Nothing: it is the same status, or contract §3.4 does not let the current one become it.
    None,
    /// Paid, but `fraud_status` does not accept it yet: it counts when it does.
    InReview,
    /// The transaction has a new status.
    New,
}

/// Decides what `status` does to a transaction whose status is `current`.
pub(crate) fn status_change(
    current: &TransactionStatus,
    status: &TransactionStatus,
    fraud: Option<&FraudStatus>,
) -> StatusChange {
    if is_in_review(status, fraud) {
        StatusChange::InReview
    } else if current == status || !current.may_become(status) {
        StatusChange::None
    } else {
        StatusChange::New
    }
}

/// Returns whether a paid status waits for Midtrans' or the merchant's fraud review.
pub(crate) fn is_in_review(status: &TransactionStatus, fraud: Option<&FraudStatus>) -> bool {
    status.is_paid() && !FraudStatus::is_accepted(fraud)
}

/// Returns whether money may still arrive after this final status.
pub(crate) fn may_still_settle(status: &TransactionStatus) -> bool {
    matches!(status, TransactionStatus::Expire | TransactionStatus::Cancel)
}

/// Returns whether a new attempt may replace a transaction with this status.
pub(crate) fn may_be_retried(status: &TransactionStatus) -> bool {
    matches!(
        status,
        TransactionStatus::Expire | TransactionStatus::Cancel | TransactionStatus::Deny | TransactionStatus::Failure
    )
}
