//! What a shop brings with it: its orders, who may open them, and what it does once a payment has moved on.
//!
//! The shop's own table of orders stays the shop's. An order is asked for when it is charged, and remembered from then
//! on; what it cost then is what is collected.

use crate::orders::{NewOrder, Order};
use async_trait::async_trait;
use axum::http::request::Parts;
use gopay_contract::{Answer, FraudStatus, GrossAmount, OrderId};

/// Where the shop's orders are.
#[async_trait]
pub trait OrderSource: Send + Sync {
    /// The order that the shop made under this id, or `None` where it made none, or one that must not be paid (any
    /// more). Asked before every charge, and never because a browser only wants to know how a payment stands.
    ///
    /// # Errors
    /// When the shop cannot say. Nothing is charged then, and the browser is asked to try again.
    async fn order(&self, order_id: &OrderId) -> anyhow::Result<Option<NewOrder>>;
}

/// Who may pay, see and cancel an order. Without one of the shop's own, whoever has its order token.
#[async_trait]
pub trait OrderAuthorization: Send + Sync {
    /// Whether this request may open this order. `request` is its head: headers, and the extensions that the shop's own
    /// middleware has put there.
    ///
    /// # Errors
    /// [`Unauthorized`]
    async fn opens(&self, request: &Parts, order_id: &OrderId) -> Result<(), Unauthorized>;
}

/// Why a request may not open an order.
#[derive(Debug, thiserror::Error)]
pub enum Unauthorized {
    /// Nobody knows who is asking: HTTP 401.
    #[error("sign in to open this order")]
    Unknown,
    /// It is somebody else's order: HTTP 403.
    #[error("this order is somebody else's")]
    OfAnother,
    /// The shop cannot say. Fails closed: HTTP 500.
    #[error(transparent)]
    Trouble(#[from] anyhow::Error),
}

/// Whom the shop wants told when a payment has moved on: to hand out the goods, or to write the order off.
#[async_trait]
pub trait PaymentListener: Send + Sync {
    /// How the payment of an order stands now.
    ///
    /// Told at least once for every change, after it was recorded: again after a crash, after an error, and by every
    /// process that works on the same database. So it must do no harm twice: `payment.is_paid` once the goods were
    /// handed out means nothing new. Of several changes in quick succession only the newest may be told.
    ///
    /// # Errors
    /// Whatever keeps the shop from taking it in. It is told again: after a second, two, four, up to a minute.
    async fn moved(&self, payment: &Payment) -> anyhow::Result<()>;
}

/// How the payment of an order stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    /// The shop's own id.
    pub order_id: OrderId,
    /// What was asked for.
    pub gross_amount: GrossAmount,
    /// Whether the money is there: `settlement` or `capture`, and no doubt about fraud. Not so any more once all or
    /// some of it was given back.
    pub is_paid: bool,
    /// The status of the attempt that counts, in Midtrans' own words.
    pub status: Answer,
}

impl Payment {
    /// The payment of an order, once Midtrans knows of any.
    pub(crate) fn of(order: &Order) -> Option<Self> {
        let known = order.deciding()?;
        let is_paid = known.transaction_status.is_paid() && FraudStatus::lets_pass(known.status.fraud_status.as_ref());
        let (order_id, gross_amount) = (order.order_id.clone(), order.gross_amount);
        Some(Self { order_id, gross_amount, is_paid, status: known.status.clone() })
    }
}
