//! [`Orders`] in a SQL database: one text of every statement, for SQLite and for PostgreSQL.
//!
//! What is recorded is read, decided and written in one transaction that nobody else can write into; how that is begun,
//! and who is told afterwards, is all that a [`Dialect`] differs in.

mod claims;
mod dialect;
mod looks;
mod notifications;

pub(super) use dialect::{Dialect, attempt_columns, beside_later_ones, mark_asked, take_due};

use super::changes::{Announcer, Change, Changes};
use super::progress::merged;
use super::rows::{AttemptRow, OrderRow, rupiah, storable};
use super::{Attempt, Due, Heard, Known, NewOrder, NotificationOutcome, Order, Orders, Progress, Result, next_look};
use crate::clock::UnixMillis;
use anyhow::{Context, bail};
use async_trait::async_trait;
use claims::Wanted;
use gopay_contract::midtrans::Notification;
use gopay_contract::{OrderId, TransactionId};
use sqlx::{Database, Encode, Executor, FromRow, IntoArguments, Pool, Type, query, query_as};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Orders in a SQL database.
#[derive(Clone, Debug)]
pub struct SqlOrders<D: Database> {
    pub(super) pool: Pool<D>,
    pub(super) announcer: Announcer,
    /// Whose turn it is to write. SQLite has one writer at a time: who waits for it waits here, and holds none of the
    /// connections that readers need.
    pub(super) writers: Arc<Semaphore>,
    /// What is held or runs beside, until the last clone is dropped.
    pub(super) _kept: Arc<dyn Any + Send + Sync>,
}

impl<D: Database> SqlOrders<D> {
    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        Ok(self.writers.acquire().await?)
    }
}

#[async_trait]
impl<D: Dialect> Orders for SqlOrders<D>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
    for<'q> &'q str: Encode<'q, D> + Type<D>,
    for<'q> Option<i64>: Encode<'q, D> + Type<D>,
    for<'q> Option<&'q str>: Encode<'q, D> + Type<D>,
    for<'q> String: Encode<'q, D> + Type<D>,
    for<'r> OrderRow: FromRow<'r, D::Row>,
    for<'r> AttemptRow: FromRow<'r, D::Row>,
    for<'r> (String,): FromRow<'r, D::Row>,
    for<'r> (i64,): FromRow<'r, D::Row>,
    for<'r> (String, i64): FromRow<'r, D::Row>,
{
    async fn place(&self, order: &NewOrder, now: UnixMillis) -> Result<()> {
        let _turn = self.turn().await?;
        let mut connection = self.pool.acquire().await?;
        query(
            "INSERT INTO orders (order_id, gross_amount, description, charge_data, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(order.order_id.as_str())
        .bind(rupiah(order.gross_amount)?)
        .bind(order.description.as_str())
        .bind(serde_json::to_string(&order.charge_data)?)
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
        Ok(())
    }

    async fn find(&self, order_id: &OrderId) -> Result<Option<Order>> {
        let mut connection = self.pool.acquire().await?;
        let order: Option<OrderRow> =
            query_as("SELECT gross_amount, description, charge_data FROM orders WHERE order_id = $1")
                .bind(order_id.as_str())
                .fetch_optional(&mut *connection)
                .await?;
        let Some(order) = order else { return Ok(None) };
        let attempts: Vec<AttemptRow> =
            query_as(concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE order_id = $1 ORDER BY number"))
                .bind(order_id.as_str())
                .fetch_all(&mut *connection)
                .await?;
        order.into_order(order_id.clone(), attempts).map(Some)
    }

    async fn find_attempt(
        &self,
        transaction_id: &TransactionId,
        midtrans_order_id: &OrderId,
    ) -> Result<Option<(OrderId, u32)>> {
        let mut connection = self.pool.acquire().await?;
        let found: Option<(String, i64)> = query_as(
            "SELECT order_id, number FROM attempts
             WHERE transaction_id = $1 OR (midtrans_order_id = $2 AND transaction_id IS NULL)",
        )
        .bind(transaction_id.as_str())
        .bind(midtrans_order_id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
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
        let _turn = self.turn().await?;
        claims::claim(&self.pool, &Wanted { order_id, number, retry_of, now, lease }).await
    }

    async fn release(&self, order_id: &OrderId, attempt: &Attempt) -> Result<()> {
        let _turn = self.turn().await?;
        claims::release(&self.pool, order_id, attempt).await
    }

    async fn record(&self, order_id: &OrderId, number: u32, heard: &Heard, now: UnixMillis) -> Result<Progress> {
        let transaction_id = heard.answer().transaction_id.as_ref().context("an answer without transaction_id")?;
        let _turn = self.turn().await?;
        let mut writing = self.pool.begin_with(D::BEGIN).await?;
        let attempt: AttemptRow = query_as(D::ATTEMPT_TO_WRITE)
            .bind(order_id.as_str())
            .bind(i64::from(number))
            .fetch_one(&mut *writing)
            .await?;
        let attempt = Attempt::try_from(attempt)?;
        let known = &attempt.transaction;
        if let Some(known) = known.as_ref().filter(|known| known.transaction_id != *transaction_id) {
            bail!("attempt {number} is transaction {}, but {transaction_id} was heard of", known.transaction_id);
        }
        let progress = Progress::between(known.as_ref().map(|known| &known.status), heard.answer());
        if let Heard::Charge(answer) = heard {
            query("UPDATE attempts SET charge_answer = $3, claimed_until = 0 WHERE order_id = $1 AND number = $2")
                .bind(order_id.as_str())
                .bind(i64::from(number))
                .bind(serde_json::to_string(answer)?)
                .execute(&mut *writing)
                .await?;
        }
        let has_moved = progress == Progress::Moved;
        if progress != Progress::Stale {
            let status = merged(known.as_ref().map(|known| &known.status), heard.answer());
            let moved_at = if has_moved { now } else { attempt.moved_at };
            let word = status.transaction_status.as_ref().map(|status| storable(status.as_str()));
            let look_at = next_look(Known { status: Some(&status), moved_at, ..attempt.known() }, now);
            query(
                "UPDATE attempts SET transaction_id = $3, transaction_status = $4, status_answer = $5,
                                     version = version + $6, asked_at = $7, moved_at = $8, look_at = $9
                 WHERE order_id = $1 AND number = $2",
            )
            .bind(order_id.as_str())
            .bind(i64::from(number))
            .bind(transaction_id.as_str())
            .bind(word.as_deref())
            .bind(serde_json::to_string(&status)?)
            .bind(i64::from(has_moved))
            .bind(now.0)
            .bind(moved_at.0)
            .bind(look_at.map(|at| at.0))
            .execute(&mut *writing)
            .await?;
        }
        if let Some(announce) = D::ANNOUNCE.filter(|_| has_moved) {
            query(announce).bind(order_id.as_str()).execute(&mut *writing).await?;
        }
        let committed = writing.commit().await;
        // Also where the commit's answer was lost: it may have been made.
        if has_moved {
            self.announcer.tell(Change::Of(order_id.clone()));
        }
        committed?;
        Ok(progress)
    }

    async fn may_ask(&self, order_id: &OrderId, now: UnixMillis, floor: Duration) -> Result<bool> {
        let _turn = self.turn().await?;
        looks::may_ask(&self.pool, order_id, now, floor).await
    }

    async fn take_due(&self, now: UnixMillis, lease: Duration, most: u32) -> Result<Vec<Due>> {
        let _turn = self.turn().await?;
        looks::take_due(&self.pool, now, lease, most).await
    }

    async fn plan_look(&self, due: &Due, next: Option<UnixMillis>) -> Result<()> {
        let _turn = self.turn().await?;
        looks::plan(&self.pool, due, next).await
    }

    async fn look_by(&self, order_id: &OrderId, number: u32, by: UnixMillis) -> Result<()> {
        let _turn = self.turn().await?;
        looks::by(&self.pool, order_id, number, by).await
    }

    async fn note(&self, notification: &Notification, outcome: NotificationOutcome, now: UnixMillis) -> Result<()> {
        let _turn = self.turn().await?;
        notifications::note(&self.pool, notification, outcome, now).await
    }

    async fn last_unconfirmed(&self, transaction_id: &TransactionId) -> Result<Option<UnixMillis>> {
        notifications::last_unconfirmed(&self.pool, transaction_id).await
    }

    async fn untold(&self, after: Option<&OrderId>, limit: u32) -> Result<Vec<OrderId>> {
        let mut connection = self.pool.acquire().await?;
        let untold: Vec<(String,)> = query_as(
            "SELECT DISTINCT order_id FROM attempts WHERE version > told_version AND order_id > $1
             ORDER BY order_id LIMIT $2",
        )
        .bind(after.map_or("", OrderId::as_str))
        .bind(i64::from(limit))
        .fetch_all(&mut *connection)
        .await?;
        untold.iter().map(|(order_id,)| Ok(OrderId::parse(order_id)?)).collect()
    }

    async fn told(&self, order: &Order) -> Result<()> {
        let _turn = self.turn().await?;
        let mut writing = self.pool.begin_with(D::BEGIN).await?;
        // The first before the second, as whoever else writes both of them does.
        for known in order.attempts.iter().filter_map(|attempt| attempt.transaction.as_ref()) {
            query("UPDATE attempts SET told_version = $3 WHERE order_id = $1 AND number = $2 AND told_version < $3")
                .bind(order.order_id.as_str())
                .bind(i64::from(known.attempt))
                .bind(known.version)
                .execute(&mut *writing)
                .await?;
        }
        writing.commit().await?;
        Ok(())
    }

    async fn check(&self) -> Result<()> {
        let _turn = self.turn().await?;
        // Refused where nothing can be written. Nothing is changed, so nothing goes to the disk.
        let mut writing = self.pool.begin_with(D::BEGIN).await?;
        query("UPDATE orders SET order_id = order_id WHERE FALSE").execute(&mut *writing).await?;
        let done: Vec<(i64,)> =
            query_as("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(&mut *writing).await?;
        writing.rollback().await?;
        // More than ours may have been done: by a newer program, while this one is being replaced.
        match D::migrations().iter().find(|ours| !done.contains(&(ours.version,))) {
            Some(missing) => bail!("migration {} is missing", missing.version),
            None => Ok(()),
        }
    }

    async fn close(&self) {
        self.pool.close().await;
    }

    fn changes(&self) -> Changes {
        self.announcer.listen()
    }
}
