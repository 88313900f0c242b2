//! An attempt that Midtrans knows and a restored backup does not.

use super::Dialect;
use crate::clock::UnixMillis;
use crate::orders::{Result, UnknownAttempt};
use sqlx::{Encode, Executor, IntoArguments, Type, query};
use uuid::Uuid;

/// Stores the attempt. Its claim is dated as the order, because it cannot have been made earlier.
pub(super) async fn adopt<D: Dialect>(
    connection: &mut D::Connection,
    unknown: &UnknownAttempt,
    next_poll_at: UnixMillis,
) -> Result<bool>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
    for<'q> String: Encode<'q, D> + Type<D>,
    for<'r> (i64,): sqlx::FromRow<'r, D::Row>,
{
    query(
        "INSERT INTO attempts
             (order_id, number, midtrans_order_id, idempotency_key, claimed_at, claimed_until, next_poll_at)
         SELECT order_id, $2, $3, $4, created_at, 0, $5 FROM orders WHERE order_id = $1
         ON CONFLICT DO NOTHING",
    )
    .bind(unknown.order_id.as_str())
    .bind(i64::from(unknown.number))
    .bind(unknown.midtrans_order_id.as_str())
    .bind(Uuid::new_v4().to_string())
    .bind(next_poll_at.0)
    .execute(&mut *connection)
    .await?;
    let found: Option<(i64,)> =
        sqlx::query_as("SELECT number FROM attempts WHERE order_id = $1 AND midtrans_order_id = $2")
            .bind(unknown.order_id.as_str())
            .bind(unknown.midtrans_order_id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
    Ok(found == Some((i64::from(unknown.number),)))
}
