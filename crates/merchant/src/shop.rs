//! Interfaces that a shop implements: its orders, who may open them, and what happens when a payment changes.
//!
//! The shop keeps its own table of orders. An order is read when it is first charged, and stored from then on; what it cost
//! then is what is collected.

use crate::orders::attempts::Alert;
use crate::orders::{NewOrder, Order};
use async_trait::async_trait;
use axum::http::request::Parts;
use gopay_contract::{Answer, GrossAmount, OrderId};

/// Why the shop's own code failed. Any error becomes one by `?`. It is logged, and never sent.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Source of the shop's orders.
#[async_trait]
pub trait OrderSource: Send + Sync {
    /// Returns the order that the shop made under this id, or `None` where it made none, or one that must not be paid (any
    /// more). Called before every charge, when a browser asks again for a charge that can still be paid, and when such a
    /// charge is reconciled in the background; never for a status. Where the
    /// order is `None` or costs another amount by then, its charge is cancelled at Midtrans.
    ///
    /// # Errors
    /// When the shop cannot say. Nothing is charged or answered as payable then, nothing is cancelled, and the browser is
    /// asked to try again.
    async fn order(&self, order_id: &OrderId) -> Result<Option<NewOrder>, BoxError>;
}

/// Decides who may pay, see and cancel an order. Without one, order tokens decide.
#[async_trait]
pub trait OrderAuthorization: Send + Sync {
    /// Checks that this request may open this order. `request` is its head: headers, and the extensions that the shop's own
    /// middleware has put there.
    ///
    /// # Errors
    /// [`Unauthorized`]
    async fn authorize(&self, request: &Parts, order_id: &OrderId) -> Result<(), Unauthorized>;
}

/// Why a request may not open an order.
#[derive(Debug, thiserror::Error)]
pub enum Unauthorized {
    /// It is not known who sent the request: HTTP 401.
    #[error("sign in to open this order")]
    Unknown,
    /// It is somebody else's order: HTTP 403.
    #[error("this order is somebody else's")]
    OfAnother,
    /// The shop cannot say. Fails closed: HTTP 500.
    #[error("{0}")]
    Failed(#[source] BoxError),
}

/// Receives every change of a payment, to hand out the goods or to write the order off.
#[async_trait]
pub trait PaymentListener: Send + Sync {
    /// Receives the current state of an order's payment.
    ///
    /// Called at least once for every change, after it was recorded: again after a crash, after an error, and by every
    /// process that works on the same database. So it must be idempotent: `payment.is_paid` after the goods were handed out
    /// means nothing new. Of several changes in quick succession only the newest may be delivered: a payment of which a part
    /// was refunded at once is delivered as paid, with its `refund_amount`, and one that was all refunded as not paid.
    ///
    /// A few orders are delivered at a time, and each once at a time.
    ///
    /// # Errors
    /// Error if the shop could not store it. It is delivered again: after a second, two, four, up to a minute.
    async fn payment_changed(&self, payment: &Payment) -> Result<(), BoxError>;
}

/// The payment of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    /// The shop's own id.
    pub order_id: OrderId,
    /// The total of the order.
    pub gross_amount: GrossAmount,
    /// True if the money is there: an attempt at `settlement` or `capture`, and no doubt about fraud. Still so when a part of
    /// it was given back (`partial_refund`), and not any more when all of it was, unless another attempt holds money too.
    pub is_paid: bool,
    /// How much was given back.
    pub refund_amount: Option<GrossAmount>,
    /// True if the payer has paid twice, for two attempts at this order: one of them late, after it had ended. Somebody has
    /// to give one back, which this backend never does by itself.
    pub is_paid_twice: bool,
    /// The status of the attempt that counts, in Midtrans' own words.
    pub status: Answer,
}

impl Payment {
    /// The payment of an order. `None` until Midtrans has a transaction.
    pub(crate) fn of(order: &Order) -> Option<Self> {
        let (decision, known) = (order.decision(), order.effective()?);
        Some(Self {
            order_id: order.order_id.clone(),
            gross_amount: order.gross_amount,
            is_paid: decision.is_paid,
            refund_amount: known.status.refund_amount,
            is_paid_twice: decision.alerts.contains(&Alert::PaidTwice),
            status: known.status.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::order_of;
    use gopay_contract::FraudStatus;

    fn payment(attempts: &[(&str, Option<FraudStatus>)]) -> Payment {
        Payment::of(&order_of(attempts)).expect("something is known")
    }

    #[test]
    fn only_money_that_is_there_without_a_doubt_is_a_payment() {
        for (status, fraud_status, is_paid) in [
            ("settlement", None, true),
            ("settlement", Some(FraudStatus::Accept), true),
            ("capture", Some(FraudStatus::Accept), true),
            ("settlement", Some(FraudStatus::Challenge), false),
            ("settlement", Some(FraudStatus::Deny), false),
            ("pending", None, false),
            ("expire", None, false),
            ("refund", None, false),
            ("chargeback", None, false),
        ] {
            let told = payment(&[(status, fraud_status.clone())]);
            assert_eq!(told.is_paid, is_paid, "{status} {fraud_status:?}");
        }
    }

    #[test]
    fn a_part_that_was_given_back_does_not_undo_the_payment() {
        let mut order = order_of(&[("partial_refund", Some(FraudStatus::Accept))]);
        let refund_amount = GrossAmount::from_rupiah(4000);
        order.attempts[0].transaction.as_mut().expect("known").status.refund_amount = refund_amount;
        let told = Payment::of(&order).expect("something is known");
        assert!(told.is_paid);
        assert_eq!((told.refund_amount, refund_amount.is_some()), (refund_amount, true));
    }

    #[test]
    fn two_payments_of_one_order_are_told_as_such_until_one_is_given_back() {
        assert!(payment(&[("settlement", None), ("settlement", None)]).is_paid_twice);
        for attempts in [["settlement", "refund"], ["refund", "settlement"]] {
            let told = payment(&attempts.map(|status| (status, None)));
            assert!(told.is_paid && !told.is_paid_twice, "{attempts:?}");
            let status = told.status.transaction_status.expect("a status");
            assert_eq!(status.as_str(), "settlement", "{attempts:?}: whichever was given back");
        }
        assert!(!payment(&[("refund", None), ("refund", None)]).is_paid);
        assert!(!payment(&[("expire", None), ("settlement", None)]).is_paid_twice);
    }
}
