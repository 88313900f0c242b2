//! [`Orders`] in a SQL database: one text of every statement, for SQLite and PostgreSQL.
//!
//! A record is read, decided and written in one transaction with a lock; how that is begun, and how other processes are
//! notified, is what a [`Dialect`] differs in.

mod claims;
mod connections;
mod dialect;

pub(super) use connections::Connections;
pub(crate) use connections::is_unavailable;
pub(super) use dialect::{
    Dialect, Record, Value, attempt_columns, beside_later_ones, mark_polled, order_columns, runs_statements, take_due,
};

use super::changes::{Announcer, Change, Changes};
use super::progress::merged;
use super::rows::{AttemptRow, NotificationKey, OrderRow, rupiah, storable};
use super::schedule::LONGEST as LONGEST_PAUSE;
use super::{
    Attempt, LeasedAttempt, MidtransAnswer, NewOrder, NotificationOutcome, Order, Orders, PlaceError, PollHistory,
    Progress, Result, StoreError, Sweep, SweepCursor, UnknownAttempt, next_poll,
};
use crate::clock::{StorageClock, UnixMillis};
use anyhow::{Context, bail};
use async_trait::async_trait;
use claims::ClaimRequest;
use connections::TransactionResult;
use gopay_contract::midtrans::Notification;
use gopay_contract::{OrderId, TransactionId};
use sqlx::{ConnectOptions as _, Connection as _, Database};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Orders in a SQL database.
#[derive(Clone, Debug)]
pub struct SqlOrders<D: Database> {
    pub(super) connections: Connections<D>,
    pub(super) announcer: Announcer,
    pub(super) clock: StorageClock,
    /// Resources that live until the last clone is dropped.
    pub(super) _kept: Arc<dyn Any + Send + Sync>,
}

/// How long writing fails before it is checked whether only this process is affected. Longer than most faults of a database.
const STUCK_AFTER: Duration = Duration::from_secs(30);
/// How long each of the two checks may take.
const CHECK_TIME_LIMIT: Duration = Duration::from_secs(2);

/// Checks that the database can be written, and has every migration of this program. A row is really written, and its
/// commit waits for the disk: a full disk would let an empty transaction pass.
async fn check<D: Dialect>(connection: &mut D::Connection) -> Result<()> {
    D::execute(connection, "UPDATE orders SET order_id = order_id WHERE FALSE", &[]).await?;
    // The last bit of a number that nobody reads: SQLite writes nothing where a value is the same as before.
    let write = "UPDATE _sqlx_migrations SET execution_time = execution_time + 1 - 2 * (execution_time % 2)
                 WHERE version = (SELECT MIN(version) FROM _sqlx_migrations)";
    D::execute(connection, write, &[]).await?;
    let done: Vec<(i64,)> = D::fetch(connection, "SELECT version FROM _sqlx_migrations WHERE success", &[]).await?;
    // More than ours may have been done: by a newer program, while this one is being replaced.
    match D::migrations().iter().find(|ours| !done.contains(&(ours.version,))) {
        Some(missing) => bail!("migration {} is missing", missing.version),
        None => Ok(()),
    }
}

#[async_trait]
impl<D: Dialect> Orders for SqlOrders<D> {
    fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    async fn place(&self, order: &NewOrder, now: UnixMillis) -> std::result::Result<(), PlaceError> {
        let insert = async |connection: &mut D::Connection| {
            let placed: Vec<(String,)> = D::fetch(
                connection,
                "INSERT INTO orders (order_id, gross_amount, description, charge_data, created_at)
                 SELECT $1, CAST($2 AS BIGINT), $3, $4, CAST($5 AS BIGINT)
                 WHERE NOT EXISTS (SELECT 1 FROM deleted_orders WHERE order_id = $1)
                 ON CONFLICT DO NOTHING
                 RETURNING order_id",
                &[
                    order.order_id.as_str().into(),
                    rupiah(order.gross_amount)?.into(),
                    order.description.as_str().into(),
                    serde_json::to_string(&order.charge_data)?.into(),
                    order.made_at.unwrap_or(now).0.into(),
                ],
            )
            .await?;
            if !placed.is_empty() {
                return Ok(Ok(()));
            }
            let deleted: Vec<(String,)> = D::fetch(
                connection,
                "SELECT order_id FROM deleted_orders WHERE order_id = $1",
                &[order.order_id.as_str().into()],
            )
            .await?;
            Ok(Err(if deleted.is_empty() { PlaceError::Exists } else { PlaceError::Deleted }))
        };
        self.connections.write(insert).await.map_err(StoreError)?
    }

    async fn find(&self, order_id: &OrderId) -> Result<Option<Order>> {
        let select = async |connection: &mut D::Connection| {
            let order: Option<OrderRow> = D::fetch(
                connection,
                concat!("SELECT ", order_columns!(), " FROM orders WHERE order_id = $1"),
                &[order_id.as_str().into()],
            )
            .await?
            .pop();
            let Some(order) = order else { return Ok(None) };
            let attempts: Vec<AttemptRow> = D::fetch(
                connection,
                concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE order_id = $1 ORDER BY number"),
                &[order_id.as_str().into()],
            )
            .await?;
            Ok(Some((order, attempts)))
        };
        let found = self.connections.read(select).await?;
        found.map(|(order, attempts)| order.into_order(order_id.clone(), attempts)).transpose()
    }

    async fn find_attempt(
        &self,
        transaction_id: &TransactionId,
        midtrans_order_id: &OrderId,
    ) -> Result<Option<(OrderId, u32)>> {
        let select = async |connection: &mut D::Connection| {
            let found: Option<(String, i64)> = D::fetch(
                connection,
                "SELECT order_id, number FROM attempts
                 WHERE transaction_id = $1 OR (midtrans_order_id = $2 AND transaction_id IS NULL)",
                &[transaction_id.as_str().into(), midtrans_order_id.as_str().into()],
            )
            .await?
            .pop();
            Ok(found)
        };
        let found = self.connections.read(select).await?;
        found.map(|(order_id, number)| Ok((OrderId::parse(&order_id)?, u32::try_from(number)?))).transpose()
    }

    async fn claim(
        &self,
        order_id: &OrderId,
        number: u32,
        retry_of: Option<&TransactionId>,
        now: UnixMillis,
        lease: Duration,
    ) -> Result<Option<Attempt>> {
        let request = ClaimRequest { order_id, number, retry_of, now, lease };
        self.connections
            .write(async |connection: &mut D::Connection| claims::claim::<D>(connection, &request).await)
            .await
    }

    async fn adopt(&self, unknown: &UnknownAttempt, next_poll_at: UnixMillis) -> Result<bool> {
        self.connections
            .write(async |connection: &mut D::Connection| claims::adopt::<D>(connection, unknown, next_poll_at).await)
            .await
    }

    async fn release(&self, order_id: &OrderId, attempt: &Attempt) -> Result<()> {
        let release = async |connection: &mut D::Connection| claims::release::<D>(connection, order_id, attempt).await;
        self.connections.write(release).await
    }

    async fn record(
        &self,
        order_id: &OrderId,
        number: u32,
        received: &MidtransAnswer,
        now: UnixMillis,
    ) -> Result<Progress> {
        let transaction_id = received.answer().transaction_id.as_ref().context("an answer without transaction_id")?;
        let merge = async |connection: &mut D::Connection| {
            let attempt: AttemptRow = D::fetch(connection, D::LOCK_ATTEMPT, &[order_id.as_str().into(), number.into()])
                .await?
                .pop()
                .context("no such attempt")?;
            let attempt = Attempt::try_from(attempt)?;
            let known = &attempt.transaction;
            if let Some(known) = known.as_ref().filter(|known| known.transaction_id != *transaction_id) {
                bail!(
                    "attempt {number} is transaction {}, and the answer is about {transaction_id}",
                    known.transaction_id
                );
            }
            let progress = Progress::between(known.as_ref().map(|known| &known.status), received.answer());
            if let MidtransAnswer::Charge(answer) = received {
                D::execute(
                    connection,
                    "UPDATE attempts SET charge_answer = $3, claimed_until = 0 WHERE order_id = $1 AND number = $2",
                    &[order_id.as_str().into(), number.into(), serde_json::to_string(answer)?.into()],
                )
                .await?;
            }
            let status_changed = progress == Progress::StatusChanged;
            if progress != Progress::Stale {
                let status = merged(known.as_ref().map(|known| &known.status), received.answer());
                // What a clock that was ahead has written is older than now, whatever it says.
                let moved_at = if status_changed { now } else { attempt.moved_at.min(now) };
                let word = status.transaction_status.as_ref().map(|status| storable(status.as_str()));
                let next_poll_at = next_poll(PollHistory { status: Some(&status), moved_at, ..attempt.known() }, now);
                D::execute(
                    connection,
                    "UPDATE attempts SET transaction_id = $3, transaction_status = $4, status_answer = $5,
                                         version = version + $6, polled_at = $7, moved_at = $8, next_poll_at = $9
                     WHERE order_id = $1 AND number = $2",
                    &[
                        order_id.as_str().into(),
                        number.into(),
                        transaction_id.as_str().into(),
                        word.as_deref().into(),
                        serde_json::to_string(&status)?.into(),
                        status_changed.into(),
                        now.0.into(),
                        moved_at.0.into(),
                        next_poll_at.map(|at| at.0).into(),
                    ],
                )
                .await?;
            }
            if let Some(announce) = D::ANNOUNCE.filter(|_| status_changed) {
                D::execute(connection, announce, &[order_id.as_str().into()]).await?;
            }
            Ok(progress)
        };
        let TransactionResult { done: progress, committed } = self.connections.transaction(merge).await?;
        // Also where the commit's answer was lost: it may have been made.
        if progress == Progress::StatusChanged {
            self.announcer.publish(Change::Here(order_id.clone()));
        }
        committed?;
        Ok(progress)
    }

    async fn try_claim_poll(&self, order_id: &OrderId, now: UnixMillis, floor: Duration) -> Result<bool> {
        let mark = async |connection: &mut D::Connection| {
            let (after, until) = (now.minus(floor).0, now.furthest(Duration::ZERO).0);
            let marked: Vec<(i64,)> = D::fetch(
                connection,
                D::MARK_POLLED,
                &[now.0.into(), order_id.as_str().into(), after.into(), until.into()],
            )
            .await?;
            Ok(!marked.is_empty())
        };
        self.connections.write(mark).await
    }

    async fn take_due(&self, now: UnixMillis, lease: Duration, most: u32) -> Result<Vec<LeasedAttempt>> {
        self.connections.read_clock(&self.clock).await?;
        let taken_until = now.plus(lease);
        let take = async |connection: &mut D::Connection| {
            let furthest = now.furthest(LONGEST_PAUSE.max(lease)).0;
            let taken: Vec<(String, i64)> =
                D::fetch(connection, D::TAKE_DUE, &[now.0.into(), taken_until.0.into(), most.into(), furthest.into()])
                    .await?;
            Ok(taken)
        };
        let due = |(order_id, number): (String, i64)| {
            Ok(LeasedAttempt { order_id: OrderId::parse(&order_id)?, number: u32::try_from(number)?, taken_until })
        };
        self.connections.write(take).await?.into_iter().map(due).collect()
    }

    async fn schedule_poll(&self, due: &LeasedAttempt, next: Option<UnixMillis>) -> Result<()> {
        let update = async |connection: &mut D::Connection| {
            D::execute(
                connection,
                "UPDATE attempts SET next_poll_at = $3 WHERE order_id = $1 AND number = $2 AND next_poll_at = $4",
                &[
                    due.order_id.as_str().into(),
                    due.number.into(),
                    next.map(|at| at.0).into(),
                    due.taken_until.0.into(),
                ],
            )
            .await
        };
        self.connections.write(update).await
    }

    async fn poll_by(&self, order_id: &OrderId, number: u32, by: UnixMillis) -> Result<()> {
        let update = async |connection: &mut D::Connection| {
            D::execute(
                connection,
                "UPDATE attempts SET next_poll_at = $3
                 WHERE order_id = $1 AND number = $2 AND (next_poll_at IS NULL OR next_poll_at > $3)",
                &[order_id.as_str().into(), number.into(), by.0.into()],
            )
            .await
        };
        self.connections.write(update).await
    }

    async fn record_notification(
        &self,
        notification: &Notification,
        outcome: NotificationOutcome,
        now: UnixMillis,
    ) -> Result<()> {
        let key = NotificationKey::of(notification)?;
        let insert = async |connection: &mut D::Connection| {
            D::execute(
                connection,
                "INSERT INTO notifications (transaction_id, transaction_status, fraud_status, refund_amount, outcome,
                                            midtrans_order_id, gross_amount, first_at, last_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
                 ON CONFLICT (transaction_id, transaction_status, fraud_status, refund_amount, outcome)
                 DO UPDATE SET deliveries = notifications.deliveries + 1, last_at = excluded.last_at",
                &[
                    key.transaction_id.into(),
                    (&*key.transaction_status).into(),
                    (&*key.fraud_status).into(),
                    key.refund_amount.into(),
                    outcome.as_str().into(),
                    notification.order_id.as_str().into(),
                    rupiah(notification.gross_amount)?.into(),
                    now.0.into(),
                ],
            )
            .await
        };
        self.connections.write(insert).await
    }

    async fn last_unconfirmed(&self, transaction_id: &TransactionId, now: UnixMillis) -> Result<Option<UnixMillis>> {
        let select = async |connection: &mut D::Connection| {
            let last: Option<(i64,)> = D::fetch(
                connection,
                "SELECT last_at FROM notifications WHERE transaction_id = $1 AND outcome = $2 AND last_at <= $3
                 ORDER BY last_at DESC LIMIT 1",
                &[
                    transaction_id.as_str().into(),
                    NotificationOutcome::Unconfirmed.as_str().into(),
                    now.furthest(Duration::ZERO).0.into(),
                ],
            )
            .await?
            .pop();
            Ok(last.map(|(last_at,)| UnixMillis(last_at)))
        };
        self.connections.read(select).await
    }

    async fn undelivered(&self, after: Option<&OrderId>, limit: u32) -> Result<Vec<OrderId>> {
        let select = async |connection: &mut D::Connection| {
            let undelivered: Vec<(String,)> = D::fetch(
                connection,
                "SELECT DISTINCT order_id FROM attempts WHERE version > delivered_version AND order_id > $1
                 ORDER BY order_id LIMIT $2",
                &[after.map_or("", OrderId::as_str).into(), limit.into()],
            )
            .await?;
            Ok(undelivered)
        };
        let undelivered = self.connections.read(select).await?;
        undelivered.iter().map(|(order_id,)| Ok(OrderId::parse(order_id)?)).collect()
    }

    fn outbox_poll_interval(&self) -> Duration {
        // Where other processes are told of changes, for what one of them recorded before it died; else also for what an
        // operator's command has put there.
        Duration::from_secs(if D::ANNOUNCE.is_some() { 30 } else { 2 })
    }

    async fn mark_delivered(&self, order: &Order) -> Result<()> {
        let update = async |connection: &mut D::Connection| {
            // The first before the second, as whoever else writes both of them does.
            for known in order.attempts.iter().filter_map(|attempt| attempt.transaction.as_ref()) {
                D::execute(
                    connection,
                    "UPDATE attempts SET delivered_version = $3
                     WHERE order_id = $1 AND number = $2 AND delivered_version < $3",
                    &[order.order_id.as_str().into(), known.attempt.into(), known.version.into()],
                )
                .await?;
            }
            Ok(())
        };
        self.connections.transaction(update).await?.committed
    }

    async fn delete_ended(
        &self,
        from: &SweepCursor,
        before: UnixMillis,
        has_listener: bool,
        most: u32,
    ) -> Result<Sweep> {
        let listener_and_now = (has_listener, self.clock.now());
        let delete = async |connection: &mut D::Connection| {
            super::retention::delete_ended::<D>(connection, from, before, listener_and_now, most).await
        };
        let TransactionResult { done: sweep, committed } = self.connections.transaction(delete).await?;
        for order_id in &sweep.deleted {
            self.announcer.publish(Change::Here(order_id.clone()));
        }
        committed?;
        Ok(sweep)
    }

    async fn check(&self) -> Result<()> {
        D::check_room(&self.connections.writers.connect_options())?;
        self.connections.write(async |connection: &mut D::Connection| check::<D>(connection).await).await
    }

    async fn is_stuck(&self) -> bool {
        if !self.connections.have_failed_for(STUCK_AFTER) {
            return false;
        }
        let options = self.connections.writers.connect_options();
        let anew = async {
            let mut connection = options.connect().await?;
            self.connections.anew(&mut connection, async |it: &mut D::Connection| check::<D>(it).await).await?;
            connection.close().await?;
            Ok::<_, anyhow::Error>(())
        };
        // The new connection first: a database that recovers in between is none that this process is stuck at.
        timeout(CHECK_TIME_LIMIT, anew).await.is_ok_and(|checked| checked.is_ok())
            && !timeout(CHECK_TIME_LIMIT, self.check()).await.is_ok_and(|checked| checked.is_ok())
            && self.connections.have_failed_for(STUCK_AFTER)
    }

    async fn close(&self) {
        self.connections.close().await;
    }

    fn changes(&self) -> Changes {
        self.announcer.listen()
    }
}
