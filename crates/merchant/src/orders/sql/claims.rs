//! Claims: one process charges an attempt at a time, under an id that no other attempt has.

use super::{Dialect, SqlOrders, attempt_columns};
use crate::clock::UnixMillis;
use crate::orders::attempt_id::with_letters;
use crate::orders::rows::AttemptRow;
use crate::orders::{Attempt, Result, UnclaimableAttempt, UnknownAttempt};
use gopay_contract::{OrderId, TransactionId};
use sqlx::{Encode, Executor, FromRow, IntoArguments, Type, query, query_as};
use std::time::Duration;
use uuid::Uuid;

/// How many ids are tried. Each after the first is one of a million: the second is free but for a miracle.
const MOST_IDS: usize = 4;

/// A request to claim an attempt.
pub(super) struct ClaimRequest<'a> {
    pub(super) order_id: &'a OrderId,
    pub(super) number: u32,
    pub(super) retry_of: Option<&'a TransactionId>,
    pub(super) now: UnixMillis,
    pub(super) lease: Duration,
}

/// Why an attempt could not be stored.
enum Conflict {
    /// It is stored already: another process was faster.
    Itself,
    /// An attempt of this other order has its id at Midtrans, or had it before the order was deleted.
    Another(OrderId),
    Nothing,
}

#[expect(private_bounds, reason = "its functions are this module's own")]
impl<D: Dialect> SqlOrders<D>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
    for<'q> Option<&'q str>: Encode<'q, D> + Type<D>,
    for<'q> String: Encode<'q, D> + Type<D>,
    for<'r> AttemptRow: FromRow<'r, D::Row>,
    for<'r> (i64,): FromRow<'r, D::Row>,
    for<'r> (String, i64): FromRow<'r, D::Row>,
{
    pub(super) async fn claim_in(
        connection: &mut D::Connection,
        request: &ClaimRequest<'_>,
    ) -> Result<Option<Attempt>> {
        let ClaimRequest { order_id, number, .. } = *request;
        // Two statements: one that inserts or updates can fail in PostgreSQL on the unique index that it does not name, when
        // many do it at once.
        if let Some(lapsed) = Self::take_over(connection, request).await? {
            return Ok(Some(lapsed));
        }
        let mut midtrans_order_id = Attempt::midtrans_order_id(order_id, number)?;
        for _ in 0..MOST_IDS {
            if let Some(new) = Self::insert(connection, request, &midtrans_order_id).await? {
                return Ok(Some(new));
            }
            match Self::find_conflict(connection, request, &midtrans_order_id).await? {
                Conflict::Itself => return Ok(None),
                Conflict::Another(taken_by) => midtrans_order_id = with_letters(order_id, number, taken_by)?,
                Conflict::Nothing => break,
            }
        }
        Err(UnclaimableAttempt::Unforeseen { order_id: order_id.clone(), number, midtrans_order_id }.into())
    }

    // `fetch_all`, though it is at most one row: SQLite commits when a statement has come to its end.

    async fn take_over(connection: &mut D::Connection, request: &ClaimRequest<'_>) -> Result<Option<Attempt>> {
        let mut claimed: Vec<AttemptRow> = query_as(concat!(
            "UPDATE attempts SET claimed_until = $3, next_poll_at = $3, claims = claims + 1
             WHERE order_id = $1 AND number = $2 AND charge_answer IS NULL
               AND (claimed_until <= $4 OR claimed_until > $5)
             RETURNING ",
            attempt_columns!()
        ))
        .bind(request.order_id.as_str())
        .bind(i64::from(request.number))
        .bind(request.now.plus(request.lease).0)
        .bind(request.now.0)
        .bind(request.now.furthest(request.lease).0)
        .fetch_all(&mut *connection)
        .await?;
        claimed.pop().map(Attempt::try_from).transpose()
    }

    async fn insert(
        connection: &mut D::Connection,
        request: &ClaimRequest<'_>,
        midtrans_order_id: &OrderId,
    ) -> Result<Option<Attempt>> {
        let mut claimed: Vec<AttemptRow> = query_as(concat!(
            "INSERT INTO attempts
                 (order_id, number, midtrans_order_id, idempotency_key, retry_of, claimed_at, claimed_until, next_poll_at, claims)
             SELECT $1, CAST($2 AS BIGINT), $3, $4, $5, CAST($6 AS BIGINT), CAST($7 AS BIGINT), CAST($7 AS BIGINT), 1
             WHERE NOT EXISTS (SELECT 1 FROM deleted_attempts WHERE midtrans_order_id = $3)
               AND NOT EXISTS (SELECT 1 FROM deleted_orders WHERE order_id = $3)
             ON CONFLICT DO NOTHING
             RETURNING ",
            attempt_columns!()
        ))
        .bind(request.order_id.as_str())
        .bind(i64::from(request.number))
        .bind(midtrans_order_id.as_str())
        .bind(Uuid::new_v4().to_string())
        .bind(request.retry_of.map(TransactionId::as_str))
        .bind(request.now.0)
        .bind(request.now.plus(request.lease).0)
        .fetch_all(&mut *connection)
        .await?;
        claimed.pop().map(Attempt::try_from).transpose()
    }

    async fn find_conflict(
        connection: &mut D::Connection,
        request: &ClaimRequest<'_>,
        midtrans_order_id: &OrderId,
    ) -> Result<Conflict> {
        let found: Vec<(String, i64)> = query_as(
            "SELECT order_id, number FROM attempts WHERE (order_id = $1 AND number = $2) OR midtrans_order_id = $3
             UNION ALL SELECT order_id, 0 FROM deleted_attempts WHERE midtrans_order_id = $3
             UNION ALL SELECT order_id, 0 FROM deleted_orders WHERE order_id = $3",
        )
        .bind(request.order_id.as_str())
        .bind(i64::from(request.number))
        .bind(midtrans_order_id.as_str())
        .fetch_all(&mut *connection)
        .await?;
        let itself = (request.order_id.as_str(), i64::from(request.number));
        if found.iter().any(|(order_id, number)| (order_id.as_str(), *number) == itself) {
            return Ok(Conflict::Itself);
        }
        Ok(match found.first() {
            Some((order_id, _)) => Conflict::Another(OrderId::parse(order_id)?),
            None => Conflict::Nothing,
        })
    }

    /// Releases this attempt's claim, and counts whether Midtrans refused its charge. A process that has taken it over since has
    /// another `claimed_until`, and keeps it.
    pub(super) async fn release_in(
        connection: &mut D::Connection,
        order_id: &OrderId,
        attempt: &Attempt,
    ) -> Result<()> {
        query(
            "UPDATE attempts SET claimed_until = 0, refusals = refusals + $4
             WHERE order_id = $1 AND number = $2 AND claimed_until = $3",
        )
        .bind(order_id.as_str())
        .bind(i64::from(attempt.number))
        .bind(attempt.claimed_until.0)
        .bind(i64::from(attempt.is_refused))
        .execute(&mut *connection)
        .await?;
        Ok(())
    }

    /// Stores an attempt that Midtrans knows and a restored backup does not. Its claim gets the order's
    /// time, because it cannot have been made earlier.
    pub(super) async fn adopt_in(
        connection: &mut D::Connection,
        unknown: &UnknownAttempt,
        next_poll_at: UnixMillis,
    ) -> Result<bool> {
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
            query_as("SELECT number FROM attempts WHERE order_id = $1 AND midtrans_order_id = $2")
                .bind(unknown.order_id.as_str())
                .bind(unknown.midtrans_order_id.as_str())
                .fetch_optional(&mut *connection)
                .await?;
        Ok(found == Some((i64::from(unknown.number),)))
    }
}
