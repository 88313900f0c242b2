//! Deletes ended orders: page by page through an index, each batch in one transaction.

use super::{Dialect, attempt_columns};
use crate::clock::UnixMillis;
use crate::orders::retention::{SweepCursor, may_be_deleted};
use crate::orders::rows::{AttemptRow, OrderRow};
use crate::orders::{Result, Sweep};
use gopay_contract::OrderId;
use sqlx::{Encode, Executor, FromRow, IntoArguments, Type, query, query_as};

/// A page of what has ended before `$1`, behind `$2` and `$3`.
pub(in crate::orders) const ENDED: &str = "SELECT order_id, moved_at FROM attempts
     WHERE next_poll_at IS NULL AND moved_at < $1 AND (moved_at, order_id) > ($2, $3) ORDER BY moved_at, order_id LIMIT $4";

/// Undelivered changes of an order. Without a listener in this process (`$2` is 0), only of orders that were delivered before.
const UNDELIVERED: &str = "SELECT order_id FROM attempts
     WHERE order_id = $1 AND version > delivered_version AND ($2 = 1 OR delivered_version > 0)";

/// In this order: each needs the rows of those behind it.
pub(in crate::orders) const DELETE: [&str; 6] = [
    "INSERT INTO deleted_attempts (midtrans_order_id, order_id)
         SELECT midtrans_order_id, order_id FROM attempts WHERE order_id = $1 AND midtrans_order_id <> order_id
         ON CONFLICT DO NOTHING",
    "DELETE FROM notifications
         WHERE transaction_id IN (SELECT transaction_id FROM attempts WHERE order_id = $1 AND transaction_id IS NOT NULL)",
    "DELETE FROM notifications WHERE midtrans_order_id IN (SELECT midtrans_order_id FROM attempts WHERE order_id = $1)",
    "DELETE FROM attempts WHERE order_id = $1",
    "DELETE FROM orders WHERE order_id = $1",
    "INSERT INTO deleted_orders (order_id, deleted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
];

/// Deletes what may be deleted of the next `most` attempts that have ended before `before`, behind `from`. Each order is read
/// again and decided about in the caller's transaction, which deletes it.
pub(super) async fn delete_ended<D: Dialect>(
    writing: &mut D::Connection,
    from: &SweepCursor,
    before: UnixMillis,
    (has_listener, now): (bool, UnixMillis),
    most: u32,
) -> Result<Sweep>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
    for<'r> OrderRow: FromRow<'r, D::Row>,
    for<'r> AttemptRow: FromRow<'r, D::Row>,
    for<'r> (String,): FromRow<'r, D::Row>,
    for<'r> (String, i64): FromRow<'r, D::Row>,
{
    let page: Vec<(String, i64)> = query_as(ENDED)
        .bind(before.0)
        .bind(from.ended_at.0)
        .bind(from.order_id.as_str())
        .bind(i64::from(most))
        .fetch_all(&mut *writing)
        .await?;
    let next = page
        .last()
        .map(|(order_id, ended_at)| SweepCursor { ended_at: UnixMillis(*ended_at), order_id: order_id.clone() });
    let mut orders: Vec<&str> = page.iter().map(|(order_id, _)| order_id.as_str()).collect();
    orders.sort_unstable();
    orders.dedup();
    let (mut deleted, mut kept) = (Vec::new(), 0);
    for order_id in orders {
        // Another process may have deleted it meanwhile.
        let order: Option<OrderRow> = query_as(D::ORDER_TO_DELETE).bind(order_id).fetch_optional(&mut *writing).await?;
        let Some(order) = order else { continue };
        let attempts: Vec<AttemptRow> =
            query_as(concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE order_id = $1 ORDER BY number"))
                .bind(order_id)
                .fetch_all(&mut *writing)
                .await?;
        let undelivered: Vec<(String,)> =
            query_as(UNDELIVERED).bind(order_id).bind(i64::from(has_listener)).fetch_all(&mut *writing).await?;
        let order = order.into_order(OrderId::parse(order_id)?, attempts)?;
        if !undelivered.is_empty() || !may_be_deleted(&order, before) {
            kept += 1;
            continue;
        }
        let [rest @ .., tombstone] = DELETE;
        for statement in rest {
            query(statement).bind(order_id).execute(&mut *writing).await?;
        }
        query(tombstone).bind(order_id).bind(now.0).execute(&mut *writing).await?;
        deleted.push(order.order_id);
    }
    Ok(Sweep { deleted, kept, next })
}
