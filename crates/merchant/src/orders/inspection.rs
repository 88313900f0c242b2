//! Operators' questions to the store, beside a running merchant or without one: the bookkeeping of an order, and counts.

use super::sql::{Dialect, SqlOrders};
use super::{Change, Result};
use crate::clock::UnixMillis;
use async_trait::async_trait;
use gopay_contract::OrderId;
use sqlx::FromRow;

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

    /// Marks the changes of this order as undelivered, and wakes the outboxes that can be woken.
    async fn undeliver(&self, order_id: &OrderId) -> Result<()>;
}

/// The store's bookkeeping of an attempt, for its own jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct AttemptRecord {
    /// The attempt's number.
    pub(crate) number: i64,
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
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
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

async fn count<D: Dialect>(connection: &mut D::Connection, statement: &'static str) -> Result<i64> {
    let counted: Vec<(i64,)> = D::fetch(connection, statement, &[]).await?;
    Ok(counted.first().map_or(0, |(count,)| *count))
}

#[async_trait]
impl<D: Dialect> Inspection for SqlOrders<D> {
    async fn attempt_records(&self, order_id: &OrderId) -> Result<Vec<AttemptRecord>> {
        let select = async |connection: &mut D::Connection| {
            let statement = "SELECT number, next_poll_at, version, delivered_version, claims, refusals FROM attempts
                             WHERE order_id = $1 ORDER BY number";
            D::fetch(connection, statement, &[order_id.as_str().into()]).await
        };
        self.connections.read(select).await
    }

    async fn notification_records(&self, order_id: &OrderId) -> Result<Vec<NotificationRecord>> {
        let select = async |connection: &mut D::Connection| {
            let statement =
                "SELECT midtrans_order_id, transaction_status, fraud_status, outcome, deliveries, first_at, last_at
                 FROM notifications
                 WHERE midtrans_order_id IN (SELECT midtrans_order_id FROM attempts WHERE order_id = $1)
                 ORDER BY last_at, first_at, transaction_status, outcome";
            D::fetch(connection, statement, &[order_id.as_str().into()]).await
        };
        self.connections.read(select).await
    }

    async fn deleted_at(&self, order_id: &OrderId) -> Result<Option<UnixMillis>> {
        let select = async |connection: &mut D::Connection| {
            let statement = "SELECT deleted_at FROM deleted_orders WHERE order_id = $1";
            let rows: Vec<(UnixMillis,)> = D::fetch(connection, statement, &[order_id.as_str().into()]).await?;
            Ok(rows.first().map(|(deleted_at,)| *deleted_at))
        };
        self.connections.read(select).await
    }

    async fn statistics(&self, now: UnixMillis) -> Result<Statistics> {
        let select = async |connection: &mut D::Connection| {
            let attempts = D::fetch(
                connection,
                "SELECT COALESCE(transaction_status,
                                 CASE WHEN claims > 0 AND claims = refusals THEN 'refused' ELSE 'unanswered' END)
                        AS status, COUNT(*)
                 FROM attempts GROUP BY 1 ORDER BY 1",
                &[],
            )
            .await?;
            let notifications = D::fetch(
                connection,
                "SELECT outcome, COUNT(*), CAST(SUM(deliveries) AS BIGINT) FROM notifications GROUP BY outcome
                 ORDER BY outcome",
                &[],
            )
            .await?;
            let due: Vec<(i64,)> = D::fetch(
                connection,
                "SELECT COUNT(*) FROM attempts WHERE next_poll_at IS NOT NULL AND next_poll_at <= $1",
                &[now.0.into()],
            )
            .await?;
            // Open: neither final nor ended, by their words.
            let oldest: Vec<(String, UnixMillis)> = D::fetch(
                connection,
                "SELECT order_id, claimed_at FROM attempts WHERE next_poll_at IS NOT NULL AND (transaction_status IS NULL
                   OR transaction_status NOT IN ('expire', 'cancel', 'deny', 'failure', 'refund', 'partial_refund'))
                 ORDER BY claimed_at LIMIT 1",
                &[],
            )
            .await?;
            let outbox: Vec<(i64, Option<UnixMillis>)> = D::fetch(
                connection,
                "SELECT COUNT(DISTINCT order_id), MIN(moved_at) FROM attempts WHERE version > delivered_version",
                &[],
            )
            .await?;
            let (undelivered, undelivered_since) = outbox.first().copied().unwrap_or_default();
            let mut counted = async |statement| count::<D>(connection, statement).await;
            Ok(Statistics {
                orders: counted("SELECT COUNT(*) FROM orders").await?,
                never_charged: counted(
                    "SELECT COUNT(*) FROM orders
                     WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.order_id = orders.order_id)",
                )
                .await?,
                deleted: counted("SELECT COUNT(*) FROM deleted_orders").await?,
                attempts,
                scheduled: counted("SELECT COUNT(*) FROM attempts WHERE next_poll_at IS NOT NULL").await?,
                due: due.first().map_or(0, |(due,)| *due),
                given_up: counted(
                    "SELECT COUNT(*) FROM attempts
                     WHERE next_poll_at IS NULL AND transaction_status IN ('pending', 'authorize')",
                )
                .await?,
                oldest_open: oldest.into_iter().next(),
                undelivered,
                undelivered_since,
                has_delivered: counted(
                    "SELECT COUNT(*) FROM (SELECT 1 FROM attempts WHERE delivered_version > 0 LIMIT 1) AS delivered",
                )
                .await?
                    > 0,
                notifications,
            })
        };
        self.connections.read(select).await
    }

    async fn undeliver(&self, order_id: &OrderId) -> Result<()> {
        let update = async |connection: &mut D::Connection| {
            let statement = "UPDATE attempts SET delivered_version = 0 WHERE order_id = $1 AND version > 0";
            D::execute(connection, statement, &[order_id.as_str().into()]).await?;
            match D::ANNOUNCE {
                Some(announce) => D::execute(connection, announce, &[Change::OUTBOX.into()]).await,
                None => Ok(()),
            }
        };
        self.connections.write(update).await
    }
}
