//! Statements of the polling schedule: claiming polls, leasing due attempts, scheduling the next.

use super::Dialect;
use crate::clock::UnixMillis;
use crate::orders::schedule::LONGEST as LONGEST_PAUSE;
use crate::orders::{Due, Result};
use gopay_contract::OrderId;
use std::time::Duration;

pub(super) async fn try_claim_poll<D: Dialect>(
    connection: &mut D::Connection,
    order_id: &OrderId,
    now: UnixMillis,
    floor: Duration,
) -> Result<bool> {
    let marked: Vec<(i64,)> = D::fetch(
        connection,
        D::MARK_POLLED,
        &[now.0.into(), order_id.as_str().into(), now.minus(floor).0.into(), now.furthest(Duration::ZERO).0.into()],
    )
    .await?;
    Ok(!marked.is_empty())
}

pub(super) async fn take_due<D: Dialect>(
    connection: &mut D::Connection,
    now: UnixMillis,
    lease: Duration,
    most: u32,
) -> Result<Vec<Due>> {
    let taken_until = now.plus(lease);
    let taken: Vec<(String, i64)> = D::fetch(
        connection,
        D::TAKE_DUE,
        &[now.0.into(), taken_until.0.into(), most.into(), now.furthest(LONGEST_PAUSE.max(lease)).0.into()],
    )
    .await?;
    let due = |(order_id, number): (String, i64)| {
        Ok(Due { order_id: OrderId::parse(&order_id)?, number: u32::try_from(number)?, taken_until })
    };
    taken.into_iter().map(due).collect()
}

pub(super) async fn plan<D: Dialect>(
    connection: &mut D::Connection,
    due: &Due,
    next: Option<UnixMillis>,
) -> Result<()> {
    D::execute(
        connection,
        "UPDATE attempts SET next_poll_at = $3 WHERE order_id = $1 AND number = $2 AND next_poll_at = $4",
        &[due.order_id.as_str().into(), due.number.into(), next.map(|at| at.0).into(), due.taken_until.0.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn by<D: Dialect>(
    connection: &mut D::Connection,
    order_id: &OrderId,
    number: u32,
    by: UnixMillis,
) -> Result<()> {
    D::execute(
        connection,
        "UPDATE attempts SET next_poll_at = $3
         WHERE order_id = $1 AND number = $2 AND (next_poll_at IS NULL OR next_poll_at > $3)",
        &[order_id.as_str().into(), number.into(), by.0.into()],
    )
    .await?;
    Ok(())
}
