//! Statements of the polling schedule: claiming polls, leasing due attempts, scheduling the next.

use super::Dialect;
use crate::clock::UnixMillis;
use crate::orders::schedule::LONGEST as LONGEST_PAUSE;
use crate::orders::{Due, Result};
use gopay_contract::OrderId;
use sqlx::{Encode, Executor, FromRow, IntoArguments, Type, query, query_as};
use std::time::Duration;

pub(super) async fn try_claim_poll<D: Dialect>(
    connection: &mut D::Connection,
    order_id: &OrderId,
    now: UnixMillis,
    floor: Duration,
) -> Result<bool>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
    for<'r> (i64,): FromRow<'r, D::Row>,
{
    let marked: Vec<(i64,)> = query_as(D::MARK_POLLED)
        .bind(now.0)
        .bind(order_id.as_str())
        .bind(now.minus(floor).0)
        .bind(now.furthest(Duration::ZERO).0)
        .fetch_all(&mut *connection)
        .await?;
    Ok(!marked.is_empty())
}

pub(super) async fn take_due<D: Dialect>(
    connection: &mut D::Connection,
    now: UnixMillis,
    lease: Duration,
    most: u32,
) -> Result<Vec<Due>>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
    for<'r> (String, i64): FromRow<'r, D::Row>,
{
    let taken_until = now.plus(lease);
    let taken: Vec<(String, i64)> = query_as(D::TAKE_DUE)
        .bind(now.0)
        .bind(taken_until.0)
        .bind(i64::from(most))
        .bind(now.furthest(LONGEST_PAUSE.max(lease)).0)
        .fetch_all(&mut *connection)
        .await?;
    let due = |(order_id, number): (String, i64)| {
        Ok(Due { order_id: OrderId::parse(&order_id)?, number: u32::try_from(number)?, taken_until })
    };
    taken.into_iter().map(due).collect()
}

pub(super) async fn plan<D: Dialect>(connection: &mut D::Connection, due: &Due, next: Option<UnixMillis>) -> Result<()>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
    for<'q> Option<i64>: Encode<'q, D> + Type<D>,
{
    query("UPDATE attempts SET next_poll_at = $3 WHERE order_id = $1 AND number = $2 AND next_poll_at = $4")
        .bind(due.order_id.as_str())
        .bind(i64::from(due.number))
        .bind(next.map(|at| at.0))
        .bind(due.taken_until.0)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

pub(super) async fn by<D: Dialect>(
    connection: &mut D::Connection,
    order_id: &OrderId,
    number: u32,
    by: UnixMillis,
) -> Result<()>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
{
    query("UPDATE attempts SET next_poll_at = $3 WHERE order_id = $1 AND number = $2 AND (next_poll_at IS NULL OR next_poll_at > $3)")
        .bind(order_id.as_str())
        .bind(i64::from(number))
        .bind(by.0)
        .execute(&mut *connection)
        .await?;
    Ok(())
}
