//! [`Orders`] in one SQLite file.
//!
//! Writes begin with `BEGIN IMMEDIATE`, so that what was read in a transaction is still true when it is written back.
//! `synchronous = FULL`: Midtrans is answered 200 only for what a power cut cannot take away again.

use super::progress::merged;
use super::sqlite_owner::SqliteOwner;
use super::{Attempt, Heard, NewOrder, NotificationOutcome, Order, Orders, Progress, Result, Transaction};
use crate::clock::UnixMillis;
use anyhow::{Context, bail};
use async_trait::async_trait;
use gopay_contract::midtrans::Notification;
use gopay_contract::{Answer, FraudStatus, GrossAmount, OrderId, TransactionId, TransactionStatus};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, SqliteConnection};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a writer waits for another one before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Orders in a SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteOrders {
    pool: SqlitePool,
    _owner: Arc<SqliteOwner>,
}

impl SqliteOrders {
    /// Opens the file (or makes it), and brings its tables up to date.
    ///
    /// # Errors
    /// When the URL cannot be read, the file not opened, another process works on it, or a migration fails.
    pub async fn open(url: &str) -> Result<Self> {
        let options: SqliteConnectOptions = url.parse().context("not a SQLite URL")?;
        let options = options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let file = options.get_filename().to_owned();
        let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await?;
        let owner = SqliteOwner::of(&file).await?;
        MIGRATIONS.run(&pool).await.context("cannot bring its tables up to date")?;
        // One process works on a SQLite file. Whatever is still claimed now was left behind by one that is gone.
        sqlx::query("UPDATE attempts SET claimed_until = 0").execute(&pool).await?;
        Ok(Self { pool, _owner: Arc::new(owner) })
    }
}

#[async_trait]
impl Orders for SqliteOrders {
    async fn place(&self, order: &NewOrder, now: UnixMillis) -> Result<()> {
        sqlx::query(
            "INSERT INTO orders (order_id, gross_amount, description, items, created_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(order.order_id.as_str())
        .bind(rupiah(order.gross_amount)?)
        .bind(&order.description)
        .bind(serde_json::to_string(&order.items)?)
        .bind(now.0)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn find(&self, order_id: &OrderId) -> Result<Option<Order>> {
        let mut connection = self.pool.acquire().await?;
        let row = sqlx::query("SELECT * FROM orders WHERE order_id = ?")
            .bind(order_id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let attempts = sqlx::query("SELECT * FROM attempts WHERE order_id = ? ORDER BY number")
            .bind(order_id.as_str())
            .fetch_all(&mut *connection)
            .await?;
        let gross_amount = u64::try_from(row.try_get::<i64, _>("gross_amount")?)?;
        Ok(Some(Order {
            order_id: order_id.clone(),
            gross_amount: GrossAmount::from_rupiah(gross_amount).context("stored gross_amount")?,
            description: row.try_get("description")?,
            items: serde_json::from_str(row.try_get("items")?)?,
            attempts: attempts.iter().map(attempt).collect::<Result<_>>()?,
        }))
    }

    async fn find_attempt(
        &self,
        transaction_id: &TransactionId,
        midtrans_order_id: &OrderId,
    ) -> Result<Option<(OrderId, u32)>> {
        let row = sqlx::query(
            "SELECT order_id, number FROM attempts
             WHERE transaction_id = ?1 OR (midtrans_order_id = ?2 AND transaction_id IS NULL)",
        )
        .bind(transaction_id.as_str())
        .bind(midtrans_order_id.as_str())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| Ok((OrderId::parse(row.try_get("order_id")?)?, row.try_get("number")?))).transpose()
    }

    async fn claim(
        &self,
        order_id: &OrderId,
        number: u32,
        retry_of: Option<&TransactionId>,
        now: UnixMillis,
        lease: Duration,
    ) -> Result<Option<Attempt>> {
        let row = sqlx::query(
            "INSERT INTO attempts (order_id, number, midtrans_order_id, idempotency_key, retry_of, claimed_at, claimed_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (order_id, number) DO UPDATE SET claimed_until = excluded.claimed_until
             WHERE attempts.charge_answer IS NULL AND attempts.claimed_until <= ?6
             RETURNING *",
        )
        .bind(order_id.as_str())
        .bind(number)
        .bind(Attempt::midtrans_order_id(order_id, number)?.as_str())
        .bind(Uuid::new_v4().to_string())
        .bind(retry_of.map(TransactionId::as_str))
        .bind(now.0)
        .bind(now.plus(lease).0)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(attempt).transpose()
    }

    async fn release(&self, order_id: &OrderId, number: u32) -> Result<()> {
        sqlx::query("UPDATE attempts SET claimed_until = 0 WHERE order_id = ? AND number = ?")
            .bind(order_id.as_str())
            .bind(number)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn record(&self, order_id: &OrderId, number: u32, heard: &Heard, now: UnixMillis) -> Result<Progress> {
        let mut writing = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query("SELECT * FROM attempts WHERE order_id = ? AND number = ?")
            .bind(order_id.as_str())
            .bind(number)
            .fetch_one(&mut *writing)
            .await?;
        let known = attempt(&row)?.transaction;
        let progress = write(&mut writing, order_id, number, known.as_ref(), heard, now).await?;
        writing.commit().await?;
        Ok(progress)
    }

    async fn may_ask(&self, transaction_id: &TransactionId, now: UnixMillis, floor: Duration) -> Result<bool> {
        let done = sqlx::query("UPDATE attempts SET asked_at = ?1 WHERE transaction_id = ?2 AND asked_at <= ?3")
            .bind(now.0)
            .bind(transaction_id.as_str())
            .bind(now.minus(floor).0)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn note(&self, notification: &Notification, outcome: NotificationOutcome, now: UnixMillis) -> Result<()> {
        let Key { transaction_id, transaction_status, fraud_status, refund_amount } = Key::of(notification)?;
        sqlx::query(
            "INSERT INTO notifications (transaction_id, transaction_status, fraud_status, refund_amount, outcome,
                                        midtrans_order_id, gross_amount, first_at, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
             ON CONFLICT (transaction_id, transaction_status, fraud_status, refund_amount, outcome)
             DO UPDATE SET deliveries = deliveries + 1, last_at = excluded.last_at",
        )
        .bind(transaction_id)
        .bind(transaction_status)
        .bind(fraud_status)
        .bind(refund_amount)
        .bind(outcome.as_str())
        .bind(notification.order_id.as_str())
        .bind(rupiah(notification.gross_amount)?)
        .bind(now.0)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn has_confirmed(&self, notification: &Notification) -> Result<bool> {
        let Key { transaction_id, transaction_status, fraud_status, refund_amount } = Key::of(notification)?;
        let row = sqlx::query(
            "SELECT 1 FROM notifications WHERE transaction_id = ? AND transaction_status = ? AND fraud_status = ?
             AND refund_amount = ? AND outcome = ?",
        )
        .bind(transaction_id)
        .bind(transaction_status)
        .bind(fraud_status)
        .bind(refund_amount)
        .bind(NotificationOutcome::Confirmed.as_str())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }

    async fn untold(&self, after: Option<&OrderId>, limit: u32) -> Result<Vec<OrderId>> {
        let rows = sqlx::query(
            "SELECT DISTINCT order_id FROM attempts WHERE version > told_version AND order_id > ?
             ORDER BY order_id LIMIT ?",
        )
        .bind(after.map_or("", OrderId::as_str))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(OrderId::parse(row.try_get("order_id")?)?)).collect()
    }

    async fn told(&self, order: &Order) -> Result<()> {
        let mut writing = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for known in order.attempts.iter().filter_map(|attempt| attempt.transaction.as_ref()) {
            sqlx::query(
                "UPDATE attempts SET told_version = ?1 WHERE order_id = ?2 AND number = ?3 AND told_version < ?1",
            )
            .bind(known.version)
            .bind(order.order_id.as_str())
            .bind(known.attempt)
            .execute(&mut *writing)
            .await?;
        }
        writing.commit().await?;
        Ok(())
    }

    async fn check(&self) -> Result<()> {
        // Refused where the file cannot be written. Nothing is changed, so nothing goes to the disk.
        let mut writing = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE orders SET order_id = order_id WHERE FALSE").execute(&mut *writing).await?;
        let done = sqlx::query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations WHERE success")
            .fetch_all(&mut *writing)
            .await?;
        writing.rollback().await?;
        // More than ours may have been done: by a newer program, while this one is being replaced.
        match MIGRATIONS.iter().find(|ours| !done.contains(&ours.version)) {
            Some(missing) => bail!("migration {} is missing", missing.version),
            None => Ok(()),
        }
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

/// Writes what was heard over what is known, as far as [`Progress`] lets it.
async fn write(
    connection: &mut SqliteConnection,
    order_id: &OrderId,
    number: u32,
    known: Option<&Transaction>,
    heard: &Heard,
    now: UnixMillis,
) -> Result<Progress> {
    let transaction_id = heard.answer().transaction_id.as_ref().context("an answer without transaction_id")?;
    if let Some(known) = known.filter(|known| known.transaction_id != *transaction_id) {
        bail!("attempt {number} is transaction {}, but {transaction_id} was heard of", known.transaction_id);
    }
    let progress = Progress::between(known.map(|known| &known.status), heard.answer());
    if let Heard::Charge(answer) = heard {
        sqlx::query("UPDATE attempts SET charge_answer = ?, claimed_until = 0 WHERE order_id = ? AND number = ?")
            .bind(serde_json::to_string(answer)?)
            .bind(order_id.as_str())
            .bind(number)
            .execute(&mut *connection)
            .await?;
    }
    if progress != Progress::Stale {
        let status = merged(known.map(|known| &known.status), heard.answer());
        sqlx::query(
            "UPDATE attempts SET transaction_id = ?, transaction_status = ?, status_answer = ?, version = version + ?,
                                 asked_at = ?
             WHERE order_id = ? AND number = ?",
        )
        .bind(transaction_id.as_str())
        .bind(status.transaction_status.as_ref().map(TransactionStatus::as_str))
        .bind(serde_json::to_string(&status)?)
        .bind(i64::from(progress == Progress::Moved))
        .bind(now.0)
        .bind(order_id.as_str())
        .bind(number)
        .execute(&mut *connection)
        .await?;
    }
    Ok(progress)
}

/// What makes two notifications the same one.
struct Key<'a> {
    transaction_id: &'a str,
    transaction_status: &'a str,
    fraud_status: &'a str,
    refund_amount: i64,
}

impl<'a> Key<'a> {
    fn of(notification: &'a Notification) -> Result<Self> {
        Ok(Self {
            transaction_id: notification.transaction_id.as_str(),
            transaction_status: notification.transaction_status.as_str(),
            fraud_status: notification.answer.fraud_status.as_ref().map_or("", FraudStatus::as_str),
            refund_amount: notification.answer.refund_amount.map(rupiah).transpose()?.unwrap_or(0),
        })
    }
}

fn rupiah(amount: GrossAmount) -> Result<i64> {
    Ok(i64::try_from(amount.rupiah())?)
}

fn attempt(row: &SqliteRow) -> Result<Attempt> {
    let number = row.try_get("number")?;
    let charge: Option<Answer> =
        row.try_get::<Option<&str>, _>("charge_answer")?.map(serde_json::from_str).transpose()?;
    let transaction_id: Option<&str> = row.try_get("transaction_id")?;
    let retry_of: Option<&str> = row.try_get("retry_of")?;
    let transaction = match transaction_id {
        Some(transaction_id) => Some(Transaction {
            transaction_id: TransactionId::parse(transaction_id)?,
            transaction_status: TransactionStatus::parse(row.try_get("transaction_status")?),
            status: serde_json::from_str(row.try_get("status_answer")?)?,
            actions: charge.as_ref().map(|answer| answer.actions.clone()).unwrap_or_default(),
            attempt: number,
            version: row.try_get("version")?,
        }),
        None => None,
    };
    Ok(Attempt {
        number,
        midtrans_order_id: OrderId::parse(row.try_get("midtrans_order_id")?)?,
        idempotency_key: row.try_get("idempotency_key")?,
        retry_of: retry_of.map(TransactionId::parse).transpose()?,
        claimed_at: UnixMillis(row.try_get("claimed_at")?),
        charge_is_answered: charge.is_some(),
        transaction,
    })
}
