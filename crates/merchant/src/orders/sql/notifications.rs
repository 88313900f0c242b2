//! Audit trail of signed notifications.

use crate::clock::UnixMillis;
use crate::orders::rows::{NotificationKey, rupiah};
use crate::orders::{NotificationOutcome, Result};
use gopay_contract::TransactionId;
use gopay_contract::midtrans::Notification;
use sqlx::{Database, Encode, Executor, FromRow, IntoArguments, Type, query, query_as};
use std::time::Duration;

pub(super) async fn audit<D: Database>(
    connection: &mut D::Connection,
    notification: &Notification,
    outcome: NotificationOutcome,
    now: UnixMillis,
) -> Result<()>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
{
    let key = NotificationKey::of(notification)?;
    query(
        "INSERT INTO notifications (transaction_id, transaction_status, fraud_status, refund_amount, outcome,
                                    midtrans_order_id, gross_amount, first_at, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT (transaction_id, transaction_status, fraud_status, refund_amount, outcome)
         DO UPDATE SET deliveries = notifications.deliveries + 1, last_at = excluded.last_at",
    )
    .bind(key.transaction_id)
    .bind(&*key.transaction_status)
    .bind(&*key.fraud_status)
    .bind(key.refund_amount)
    .bind(outcome.as_str())
    .bind(notification.order_id.as_str())
    .bind(rupiah(notification.gross_amount)?)
    .bind(now.0)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

pub(super) async fn last_unconfirmed<D: Database>(
    connection: &mut D::Connection,
    transaction_id: &TransactionId,
    now: UnixMillis,
) -> Result<Option<UnixMillis>>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
    for<'r> (i64,): FromRow<'r, D::Row>,
{
    let last: Option<(i64,)> = query_as(
        "SELECT last_at FROM notifications WHERE transaction_id = $1 AND outcome = $2 AND last_at <= $3
         ORDER BY last_at DESC LIMIT 1",
    )
    .bind(transaction_id.as_str())
    .bind(NotificationOutcome::Unconfirmed.as_str())
    .bind(now.furthest(Duration::ZERO).0)
    .fetch_optional(&mut *connection)
    .await?;
    Ok(last.map(|(last_at,)| UnixMillis(last_at)))
}
