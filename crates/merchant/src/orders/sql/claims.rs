//! Claims: one process charges an attempt at a time, under an id that no other attempt has.

use super::{Dialect, attempt_columns};
use crate::clock::UnixMillis;
use crate::orders::ownership::with_letters;
use crate::orders::rows::AttemptRow;
use crate::orders::{Attempt, Result, UnclaimableAttempt, UnknownAttempt};
use gopay_contract::{OrderId, TransactionId};
use std::time::Duration;
use uuid::Uuid;

/// How many ids are tried. Each after the first is one of a million: the second is free but for a miracle.
const MOST_IDS: usize = 4;

/// Condition that no attempt at the order holds money, or has held it. A notification may have stored a payment since get-status
/// was asked: then nothing is claimed.
macro_rules! nothing_is_paid {
    () => {
        " AND NOT EXISTS (SELECT 1 FROM attempts AS paid WHERE paid.order_id = $1
              AND paid.transaction_status IN ('settlement', 'capture', 'partial_refund', 'refund'))"
    };
}

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
    /// An attempt at the same order has been paid.
    Paid,
    Nothing,
}

pub(super) async fn claim<D: Dialect>(
    connection: &mut D::Connection,
    request: &ClaimRequest<'_>,
) -> Result<Option<Attempt>> {
    let ClaimRequest { order_id, number, .. } = *request;
    // Two statements: one that inserts or updates can fail in PostgreSQL on the unique index that it does not name, when
    // many do it at once.
    if let Some(lapsed) = take_over::<D>(connection, request).await? {
        return Ok(Some(lapsed));
    }
    let mut midtrans_order_id = Attempt::midtrans_order_id(order_id, number)?;
    for _ in 0..MOST_IDS {
        if let Some(new) = insert::<D>(connection, request, &midtrans_order_id).await? {
            return Ok(Some(new));
        }
        match find_conflict::<D>(connection, request, &midtrans_order_id).await? {
            Conflict::Itself | Conflict::Paid => return Ok(None),
            Conflict::Another(taken_by) => midtrans_order_id = with_letters(order_id, number, taken_by)?,
            Conflict::Nothing => break,
        }
    }
    Err(UnclaimableAttempt::Unforeseen { order_id: order_id.clone(), number, midtrans_order_id }.into())
}

async fn take_over<D: Dialect>(connection: &mut D::Connection, request: &ClaimRequest<'_>) -> Result<Option<Attempt>> {
    let mut claimed: Vec<AttemptRow> = D::fetch(
        connection,
        concat!(
            "UPDATE attempts SET claimed_until = $3, next_poll_at = $3, claims = claims + 1
         WHERE order_id = $1 AND number = $2 AND charge_answer IS NULL
           AND (claimed_until <= $4 OR claimed_until > $5)",
            nothing_is_paid!(),
            " RETURNING ",
            attempt_columns!()
        ),
        &[
            request.order_id.as_str().into(),
            request.number.into(),
            request.now.plus(request.lease).0.into(),
            request.now.0.into(),
            request.now.furthest(request.lease).0.into(),
        ],
    )
    .await?;
    claimed.pop().map(Attempt::try_from).transpose()
}

async fn insert<D: Dialect>(
    connection: &mut D::Connection,
    request: &ClaimRequest<'_>,
    midtrans_order_id: &OrderId,
) -> Result<Option<Attempt>> {
    let mut claimed: Vec<AttemptRow> = D::fetch(
        connection,
        concat!(
            "INSERT INTO attempts
             (order_id, number, midtrans_order_id, idempotency_key, retry_of, claimed_at, claimed_until, next_poll_at,
              claims)
         SELECT $1, CAST($2 AS BIGINT), $3, $4, $5, CAST($6 AS BIGINT), CAST($7 AS BIGINT), CAST($7 AS BIGINT), 1
         WHERE NOT EXISTS (SELECT 1 FROM deleted_attempts WHERE midtrans_order_id = $3)
           AND NOT EXISTS (SELECT 1 FROM deleted_orders WHERE order_id = $3)",
            nothing_is_paid!(),
            " ON CONFLICT DO NOTHING
         RETURNING ",
            attempt_columns!()
        ),
        &[
            request.order_id.as_str().into(),
            request.number.into(),
            midtrans_order_id.as_str().into(),
            Uuid::new_v4().to_string().into(),
            request.retry_of.map(TransactionId::as_str).into(),
            request.now.0.into(),
            request.now.plus(request.lease).0.into(),
        ],
    )
    .await?;
    claimed.pop().map(Attempt::try_from).transpose()
}

async fn find_conflict<D: Dialect>(
    connection: &mut D::Connection,
    request: &ClaimRequest<'_>,
    midtrans_order_id: &OrderId,
) -> Result<Conflict> {
    let found: Vec<(String, i64)> = D::fetch(
        connection,
        "SELECT order_id, number FROM attempts WHERE (order_id = $1 AND number = $2) OR midtrans_order_id = $3
         UNION ALL SELECT order_id, 0 FROM deleted_attempts WHERE midtrans_order_id = $3
         UNION ALL SELECT order_id, 0 FROM deleted_orders WHERE order_id = $3
         UNION ALL SELECT order_id, -1 FROM attempts WHERE order_id = $1
             AND transaction_status IN ('settlement', 'capture', 'partial_refund', 'refund')",
        &[request.order_id.as_str().into(), request.number.into(), midtrans_order_id.as_str().into()],
    )
    .await?;
    let itself = (request.order_id.as_str(), i64::from(request.number));
    if found.iter().any(|(order_id, number)| (order_id.as_str(), *number) == itself) {
        return Ok(Conflict::Itself);
    }
    if found.iter().any(|(_, number)| *number == -1) {
        return Ok(Conflict::Paid);
    }
    Ok(match found.first() {
        Some((order_id, _)) => Conflict::Another(OrderId::parse(order_id)?),
        None => Conflict::Nothing,
    })
}

/// Releases this attempt's claim, and counts whether Midtrans refused its charge. A process that has taken it over since has
/// another `claimed_until`, and keeps it.
pub(super) async fn release<D: Dialect>(
    connection: &mut D::Connection,
    order_id: &OrderId,
    attempt: &Attempt,
) -> Result<()> {
    D::execute(
        connection,
        "UPDATE attempts SET claimed_until = 0, refusals = refusals + $4
         WHERE order_id = $1 AND number = $2 AND claimed_until = $3",
        &[order_id.as_str().into(), attempt.number.into(), attempt.claimed_until.0.into(), attempt.is_refused.into()],
    )
    .await?;
    Ok(())
}

/// Stores an attempt that Midtrans knows and a restored backup does not. Its claim gets the order's
/// time, because it cannot have been made earlier.
pub(super) async fn adopt<D: Dialect>(
    connection: &mut D::Connection,
    unknown: &UnknownAttempt,
    next_poll_at: UnixMillis,
) -> Result<bool> {
    D::execute(
        connection,
        "INSERT INTO attempts
             (order_id, number, midtrans_order_id, idempotency_key, claimed_at, claimed_until, next_poll_at)
         SELECT order_id, $2, $3, $4, created_at, 0, $5 FROM orders WHERE order_id = $1
         ON CONFLICT DO NOTHING",
        &[
            unknown.order_id.as_str().into(),
            unknown.number.into(),
            unknown.midtrans_order_id.as_str().into(),
            Uuid::new_v4().to_string().into(),
            next_poll_at.0.into(),
        ],
    )
    .await?;
    let found: Option<(i64,)> = D::fetch(
        connection,
        "SELECT number FROM attempts WHERE order_id = $1 AND midtrans_order_id = $2",
        &[unknown.order_id.as_str().into(), unknown.midtrans_order_id.as_str().into()],
    )
    .await?
    .pop();
    Ok(found == Some((i64::from(unknown.number),)))
}
