//! Deletes ended orders: page by page through an index, each batch in one transaction.

use super::{Dialect, attempt_columns};
use crate::clock::UnixMillis;
use crate::orders::retention::{SweepCursor, may_be_deleted};
use crate::orders::rows::{AttemptRow, OrderRow};
use crate::orders::{Result, Sweep};
use gopay_contract::OrderId;

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
) -> Result<Sweep> {
    let page: Vec<(String, i64)> = D::fetch(
        writing,
        ENDED,
        &[before.0.into(), from.ended_at.0.into(), from.order_id.as_str().into(), most.into()],
    )
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
        let order: Option<OrderRow> = D::fetch(writing, D::ORDER_TO_DELETE, &[order_id.into()]).await?.pop();
        let Some(order) = order else { continue };
        let attempts: Vec<AttemptRow> = D::fetch(
            writing,
            concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE order_id = $1 ORDER BY number"),
            &[order_id.into()],
        )
        .await?;
        let undelivered: Vec<(String,)> =
            D::fetch(writing, UNDELIVERED, &[order_id.into(), has_listener.into()]).await?;
        let order = order.into_order(OrderId::parse(order_id)?, attempts)?;
        if !undelivered.is_empty() || !may_be_deleted(&order, before) {
            kept += 1;
            continue;
        }
        let [rest @ .., tombstone] = DELETE;
        for statement in rest {
            D::execute(writing, statement, &[order_id.into()]).await?;
        }
        D::execute(writing, tombstone, &[order_id.into(), now.0.into()]).await?;
        deleted.push(order.order_id);
    }
    Ok(Sweep { deleted, kept, next })
}
