//! [`Inspection`] in a SQL database.

use super::{Dialect, SqlOrders};
use crate::clock::UnixMillis;
use crate::orders::Result;
use crate::orders::inspection::{AttemptRecord, Inspection, NotificationRecord, Statistics};
use async_trait::async_trait;
use gopay_contract::OrderId;

/// A row of `attempts`: number, `next_poll_at`, version, `delivered_version`, claims, refusals.
type AttemptColumns = (i64, Option<i64>, i64, i64, i64, i64);
/// A row of `notifications`, in the order of [`NotificationRecord`].
type NotificationColumns = (String, String, String, String, i64, i64, i64);

/// The attempts that are neither final nor ended, by their words.
macro_rules! is_open {
    () => {
        "(transaction_status IS NULL
          OR transaction_status NOT IN ('expire', 'cancel', 'deny', 'failure', 'refund', 'partial_refund'))"
    };
}

async fn count<D: Dialect>(connection: &mut D::Connection, statement: &'static str) -> Result<i64> {
    let counted: Vec<(i64,)> = D::fetch(connection, statement, &[]).await?;
    Ok(counted.first().map_or(0, |(count,)| *count))
}

#[async_trait]
impl<D: Dialect> Inspection for SqlOrders<D> {
    async fn attempt_records(&self, order_id: &OrderId) -> Result<Vec<AttemptRecord>> {
        let select = async |connection: &mut D::Connection| {
            let rows: Vec<AttemptColumns> = D::fetch(
                connection,
                "SELECT number, next_poll_at, version, delivered_version, claims, refusals FROM attempts
                 WHERE order_id = $1 ORDER BY number",
                &[order_id.as_str().into()],
            )
            .await?;
            Ok(rows)
        };
        let rows = self.connections.read(select).await?;
        let record = |(number, next_poll_at, version, delivered_version, claims, refusals): AttemptColumns| {
            Ok(AttemptRecord {
                number: u32::try_from(number)?,
                next_poll_at: next_poll_at.map(UnixMillis),
                version,
                delivered_version,
                claims,
                refusals,
            })
        };
        rows.into_iter().map(record).collect()
    }

    async fn notification_records(&self, order_id: &OrderId) -> Result<Vec<NotificationRecord>> {
        let select = async |connection: &mut D::Connection| {
            let rows: Vec<NotificationColumns> = D::fetch(
                connection,
                "SELECT midtrans_order_id, transaction_status, fraud_status, outcome, deliveries, first_at, last_at
                 FROM notifications
                 WHERE midtrans_order_id IN (SELECT midtrans_order_id FROM attempts WHERE order_id = $1)
                 ORDER BY last_at, first_at, transaction_status, outcome",
                &[order_id.as_str().into()],
            )
            .await?;
            Ok(rows)
        };
        let record = |row: NotificationColumns| {
            let (midtrans_order_id, transaction_status, fraud_status, outcome, deliveries, first_at, last_at) = row;
            NotificationRecord {
                midtrans_order_id,
                transaction_status,
                fraud_status,
                outcome,
                deliveries,
                first_at: UnixMillis(first_at),
                last_at: UnixMillis(last_at),
            }
        };
        Ok(self.connections.read(select).await?.into_iter().map(record).collect())
    }

    async fn deleted_at(&self, order_id: &OrderId) -> Result<Option<UnixMillis>> {
        let select = async |connection: &mut D::Connection| {
            let rows: Vec<(i64,)> = D::fetch(
                connection,
                "SELECT deleted_at FROM deleted_orders WHERE order_id = $1",
                &[order_id.as_str().into()],
            )
            .await?;
            Ok(rows.first().map(|(deleted_at,)| UnixMillis(*deleted_at)))
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
            let oldest: Vec<(String, i64)> = D::fetch(
                connection,
                concat!(
                    "SELECT order_id, claimed_at FROM attempts WHERE next_poll_at IS NOT NULL AND ",
                    is_open!(),
                    " ORDER BY claimed_at LIMIT 1"
                ),
                &[],
            )
            .await?;
            let outbox: Vec<(i64, Option<i64>)> = D::fetch(
                connection,
                "SELECT COUNT(DISTINCT order_id), MIN(moved_at) FROM attempts WHERE version > delivered_version",
                &[],
            )
            .await?;
            let (undelivered, undelivered_since) = outbox.first().copied().unwrap_or_default();
            let delivered = count::<D>(
                connection,
                "SELECT COUNT(*) FROM (SELECT 1 FROM attempts WHERE delivered_version > 0 LIMIT 1) AS delivered",
            )
            .await?;
            Ok(Statistics {
                orders: count::<D>(connection, "SELECT COUNT(*) FROM orders").await?,
                never_charged: count::<D>(
                    connection,
                    "SELECT COUNT(*) FROM orders
                     WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.order_id = orders.order_id)",
                )
                .await?,
                deleted: count::<D>(connection, "SELECT COUNT(*) FROM deleted_orders").await?,
                attempts,
                scheduled: count::<D>(connection, "SELECT COUNT(*) FROM attempts WHERE next_poll_at IS NOT NULL")
                    .await?,
                due: due.first().map_or(0, |(due,)| *due),
                given_up: count::<D>(
                    connection,
                    "SELECT COUNT(*) FROM attempts
                     WHERE next_poll_at IS NULL AND transaction_status IN ('pending', 'authorize')",
                )
                .await?,
                oldest_open: oldest.into_iter().next().map(|(order_id, at)| (order_id, UnixMillis(at))),
                undelivered,
                undelivered_since: undelivered_since.map(UnixMillis),
                has_delivered: delivered > 0,
                notifications,
            })
        };
        self.connections.read(select).await
    }

    async fn undeliver(&self, order_id: &OrderId) -> Result<bool> {
        let update = async |connection: &mut D::Connection| {
            let rows: Vec<(i64,)> = D::fetch(
                connection,
                "UPDATE attempts SET delivered_version = 0 WHERE order_id = $1 AND version > 0 RETURNING number",
                &[order_id.as_str().into()],
            )
            .await?;
            Ok(!rows.is_empty())
        };
        self.connections.write(update).await
    }
}
