//! Operators' questions to the store, beside a running merchant or without one: the bookkeeping of an order, and counts.

use super::Result;
use crate::clock::UnixMillis;
use async_trait::async_trait;
use gopay_contract::OrderId;

/// Queries of operators.
#[async_trait]
pub(crate) trait Inspection: Send + Sync {
    /// The bookkeeping of an order's attempts, from the first to the latest.
    async fn attempt_records(&self, order_id: &OrderId) -> Result<Vec<AttemptRecord>>;

    /// The notifications kept for audit that are about an order, the latest last.
    async fn notification_records(&self, order_id: &OrderId) -> Result<Vec<NotificationRecord>>;

    /// When retention deleted an order of this id.
    async fn deleted_at(&self, order_id: &OrderId) -> Result<Option<UnixMillis>>;

    /// Counts over the whole database. Reads all of it.
    async fn statistics(&self, now: UnixMillis) -> Result<Statistics>;

    /// Marks the changes of this order as undelivered, so that the outbox delivers it again. Returns whether there is any.
    async fn undeliver(&self, order_id: &OrderId) -> Result<bool>;
}

/// The store's bookkeeping of an attempt, for its own jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttemptRecord {
    /// The attempt's number.
    pub(crate) number: u32,
    /// When reconciliation polls it next. `None`: never.
    pub(crate) next_poll_at: Option<UnixMillis>,
    /// Counts the changes of its status.
    pub(crate) version: i64,
    /// The version that the shop's listener has received.
    pub(crate) delivered_version: i64,
    /// How often it was claimed to be charged.
    pub(crate) claims: i64,
    /// How many of these claims Midtrans refused.
    pub(crate) refusals: i64,
}

/// A notification as it is kept for audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotificationRecord {
    pub(crate) midtrans_order_id: String,
    pub(crate) transaction_status: String,
    pub(crate) fraud_status: String,
    pub(crate) outcome: String,
    pub(crate) deliveries: i64,
    pub(crate) first_at: UnixMillis,
    pub(crate) last_at: UnixMillis,
}

/// Counts over the whole database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statistics {
    pub(crate) orders: i64,
    /// Orders that were never charged.
    pub(crate) never_charged: i64,
    /// Orders that retention has deleted.
    pub(crate) deleted: i64,
    /// Attempts by Midtrans' `transaction_status`, or `unanswered` or `refused`.
    pub(crate) attempts: Vec<(String, i64)>,
    /// Attempts that reconciliation will poll.
    pub(crate) scheduled: i64,
    /// Those of them whose time has come.
    pub(crate) due: i64,
    /// Attempts that are open and polled no more.
    pub(crate) given_up: i64,
    /// The open attempt that was claimed first, with its order.
    pub(crate) oldest_open: Option<(String, UnixMillis)>,
    /// Orders in the outbox.
    pub(crate) undelivered: i64,
    /// When the longest waiting change in the outbox was recorded.
    pub(crate) undelivered_since: Option<UnixMillis>,
    /// True if any change was ever delivered to a listener.
    pub(crate) has_delivered: bool,
    /// Notifications by outcome, and how often they came.
    pub(crate) notifications: Vec<(String, i64, i64)>,
}
