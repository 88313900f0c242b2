//! Every decision about an order that needs Midtrans: charge it once, poll its status, cancel it, confirm a notification.
//!
//! Routes speak HTTP and call [`Payments`]. It calls Midtrans, checks each answer against our own order
//! ([`Payments::check_and_record`]) and stores it. An answer about another order or amount is rejected.

mod cancel;
mod charge;
mod clearance;
mod notification;
mod order_lock;
mod reconcile;
mod refresh;
mod shop_order;

pub(crate) use charge::Charged;
pub(crate) use clearance::ClearedToCharge;
pub(crate) use notification::Received;

use crate::error::ApiError;
use crate::jobs::Background;
use crate::metrics::{Counter, Metrics};
use crate::midtrans::MidtransClient;
use crate::orders::attempts::{Alert, Decision};
use crate::orders::{Adoption, Attempt, MidtransAnswer, Order, Orders, Progress, adoption};
use crate::settings::MidtransSettings;
use crate::shop::OrderSource;
use crate::status_hub::StatusHub;
use anyhow::anyhow;
use gopay_contract::{Answer, Currency, OrderId, TransactionStatus};
use notification::ForeignOrders;
use order_lock::OrderLocks;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Most status polls in flight at once, for payers and for reconciliation.
const MAX_POLLS: usize = 16;
/// Most status requests in flight at once to confirm notifications. More than polls: each is news, and a payer waits for it.
const MAX_CONFIRMATIONS: usize = 48;

/// Charges orders, polls and cancels their transactions, and confirms notifications.
pub(crate) struct Payments {
    orders: Arc<dyn Orders>,
    source: Option<Arc<dyn OrderSource>>,
    midtrans: MidtransClient,
    hub: StatusHub,
    metrics: Metrics,
    background: Background,
    locks: OrderLocks,
    /// One notification of an order at a time. Not `locks`: a charge must not keep its own notification waiting.
    notification_locks: OrderLocks,
    foreign_orders: ForeignOrders,
    /// Permits for status polls in flight.
    poll_permits: Semaphore,
    /// Permits for status requests in flight that confirm a notification.
    confirm_permits: Semaphore,
    /// The shortest time between two polls of one order.
    min_poll_interval: Duration,
    /// True: an attempt still pending after its `expiry_time` is expired at Midtrans.
    expire_overdue: bool,
    /// How long one request to Midtrans may take.
    time_limit: Duration,
}

/// The dependencies of [`Payments`].
pub(crate) struct PaymentDeps {
    pub(crate) orders: Arc<dyn Orders>,
    /// Where the shop's own orders are, if not in `orders`.
    pub(crate) source: Option<Arc<dyn OrderSource>>,
    pub(crate) midtrans: MidtransClient,
    pub(crate) hub: StatusHub,
    pub(crate) metrics: Metrics,
    pub(crate) background: Background,
    pub(crate) settings: MidtransSettings,
}

impl Payments {
    pub(crate) fn new(deps: PaymentDeps) -> Self {
        let PaymentDeps { orders, source, midtrans, hub, metrics, background, settings } = deps;
        Self {
            orders,
            source,
            midtrans,
            hub,
            metrics,
            background,
            locks: OrderLocks::default(),
            notification_locks: OrderLocks::default(),
            foreign_orders: ForeignOrders::default(),
            poll_permits: Semaphore::new(MAX_POLLS),
            confirm_permits: Semaphore::new(MAX_CONFIRMATIONS),
            min_poll_interval: settings.min_poll_interval,
            expire_overdue: settings.expire_overdue,
            time_limit: settings.time_limit,
        }
    }

    async fn find(&self, order_id: &OrderId) -> Result<Order, ApiError> {
        self.orders.find(order_id).await?.ok_or(ApiError::NoTransaction)
    }

    /// Checks an answer against our order and stores it. The store publishes the change.
    async fn check_and_record(
        self: &Arc<Self>,
        order: &Order,
        number: u32,
        received: &MidtransAnswer,
    ) -> Result<Progress, ApiError> {
        let answer = received.answer();
        let attempt = order.attempts.iter().find(|attempt| attempt.number == number);
        let attempt = attempt.ok_or_else(|| anyhow!("{} has no attempt {number}", order.order_id))?;
        let is_found = matches!(received, MidtransAnswer::Status(_)) && attempt.transaction.is_none();
        let reason_not_ours = || if is_found { self.reason_not_ours(order, attempt, answer) } else { None };
        if let Some(why) = contradiction(order, attempt, answer).or_else(reason_not_ours) {
            self.metrics.count(Counter::Alerts, Alert::Contradiction.as_str());
            return Err(ApiError::Contradiction(why));
        }
        let progress = self.orders.record(&order.order_id, number, received, self.orders.now()).await?;
        // The one invalidation that waits for no subscription: a request that comes after this answer must see it. The same
        // status again may have more detail than before, although no subscriber needs it.
        self.hub.cache().invalidate(&order.order_id);
        let Some(status) = answer.transaction_status.as_ref().filter(|_| progress == Progress::StatusChanged) else {
            return Ok(progress);
        };
        self.metrics.count(Counter::Statuses, word(status));
        tracing::info!(
            order_id = %order.order_id,
            transaction_id = answer.transaction_id.as_ref().map(tracing::field::display),
            transaction_status = %status,
            "the transaction's status changed"
        );
        // Not only where this one was paid: it may be the later one, received of after the earlier one was paid.
        if number > 1 || order.attempts.len() > 1 {
            self.begin_to_cancel_redundant(&order.order_id);
        }
        Ok(progress)
    }

    fn begin_to_cancel_redundant(self: &Arc<Self>, order_id: &OrderId) {
        let (payments, order_id) = (Arc::clone(self), order_id.clone());
        self.background.finish(payments.cancel_redundant_boxed(order_id));
    }

    /// Cancels what the payer must not pay any more: an earlier attempt was paid late, while a later one waits. Boxed, because
    /// cancelling an attempt records again.
    fn cancel_redundant_boxed(self: Arc<Self>, order_id: OrderId) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move { self.cancel_redundant(&order_id).await })
    }

    async fn cancel_redundant(self: &Arc<Self>, order_id: &OrderId) {
        let _guard = self.locks.lock(order_id).await;
        let order = match self.find(order_id).await {
            Ok(order) => order,
            Err(error) => return tracing::error!(why = %error, "cannot look for attempts to cancel"),
        };
        for transaction in order.redundant() {
            match self.cancel_at_midtrans(&order, transaction).await {
                Ok(_) => tracing::info!(attempt = transaction.attempt, "cancelled: another attempt counts"),
                Err(error) => tracing::error!(attempt = transaction.attempt, why = %error,
                    "could not cancel, although another attempt counts"),
            }
        }
        self.raise(&order, &order.decision());
    }

    /// Counts and logs what a person has to look at.
    fn raise(&self, order: &Order, decision: &Decision) {
        let order_id = &order.order_id;
        for alert in &decision.alerts {
            self.metrics.count(Counter::Alerts, alert.as_str());
            match alert {
                Alert::PaidTwice => {
                    tracing::error!(%order_id, "the order was paid twice: refund one of its transactions");
                }
                Alert::Contradiction => {
                    tracing::error!(%order_id, "Midtrans has another transaction under the order's id");
                }
            }
        }
    }

    /// Why a transaction whose charge's answer was lost is not this attempt's own.
    fn reason_not_ours(&self, order: &Order, attempt: &Attempt, answer: &Answer) -> Option<String> {
        match adoption(order, answer, self.orders.now(), self.midtrans.time_at_midtrans()) {
            Adoption::Ours => None,
            Adoption::OlderThanOrder => {
                Some(format!("the transaction under order_id {} is older than the order", attempt.midtrans_order_id))
            }
            Adoption::Undated => Some("transaction_time is missing in an answer about a lost charge".to_owned()),
        }
    }
}

/// Why this answer cannot be about this attempt at this order.
fn contradiction(order: &Order, attempt: &Attempt, answer: &Answer) -> Option<String> {
    if let Some(order_id) = answer.order_id.as_ref().filter(|order_id| **order_id != attempt.midtrans_order_id) {
        return Some(format!("order_id is {order_id}, not {}", attempt.midtrans_order_id));
    }
    match (&answer.transaction_id, &attempt.transaction) {
        (None, _) => return Some("transaction_id is missing".to_owned()),
        (Some(received), Some(known)) if *received != known.transaction_id => {
            return Some(format!("transaction_id is {received}, not {}", known.transaction_id));
        }
        (Some(_), _) => {}
    }
    if let Some(amount) = answer.gross_amount.filter(|amount| *amount != order.gross_amount) {
        return Some(format!("gross_amount is {amount}, not {}", order.gross_amount));
    }
    // An answer that claims money says of how much, and for which order: Midtrans' own always does.
    if answer.transaction_status.as_ref().is_some_and(claims_money) {
        if answer.gross_amount.is_none() {
            return Some("gross_amount is missing in an answer about money".to_owned());
        }
        if answer.order_id.is_none() {
            return Some("order_id is missing in an answer about money".to_owned());
        }
    }
    match &answer.currency {
        Some(Currency::Other(currency)) => Some(format!("currency is {currency:?}, not IDR")),
        Some(Currency::Idr) | None => None,
    }
}

/// True if the word says that money came, even if it went back since.
const fn claims_money(status: &TransactionStatus) -> bool {
    match status {
        TransactionStatus::Settlement
        | TransactionStatus::Capture
        | TransactionStatus::Refund
        | TransactionStatus::PartialRefund => true,
        TransactionStatus::Pending
        | TransactionStatus::Authorize
        | TransactionStatus::Expire
        | TransactionStatus::Cancel
        | TransactionStatus::Deny
        | TransactionStatus::Failure
        | TransactionStatus::Unknown(_) => false,
    }
}

/// The label of a status in the metrics: never a word of somebody else's.
fn word(status: &TransactionStatus) -> &'static str {
    match status {
        TransactionStatus::Pending => "pending",
        TransactionStatus::Settlement => "settlement",
        TransactionStatus::Capture => "capture",
        TransactionStatus::Authorize => "authorize",
        TransactionStatus::Expire => "expire",
        TransactionStatus::Cancel => "cancel",
        TransactionStatus::Deny => "deny",
        TransactionStatus::Failure => "failure",
        TransactionStatus::Refund => "refund",
        TransactionStatus::PartialRefund => "partial_refund",
        TransactionStatus::Unknown(_) => "unknown",
    }
}
