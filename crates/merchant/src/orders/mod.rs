//! What the shop must remember: its orders, every attempt to collect for them, and what Midtrans said.
//!
//! [`Orders`] is the whole surface; `sql.rs` keeps it in SQLite (`sqlite.rs`) or PostgreSQL (`postgres.rs`). Two rules are
//! the storage's own, because only it can hold them against several processes: an attempt is claimed once, and a status
//! never moves backwards.

mod adoption;
mod attempt_id;
pub mod attempts;
mod changes;
mod new_order;
mod order;
mod postgres;
mod progress;
mod retention;
mod rows;
mod schedule;
mod schema_status;
mod sql;
mod sqlite;
mod sqlite_owner;
mod unavailable;

pub use adoption::{Adoption, adoption};
pub use attempt_id::{UnclaimableAttempt, owners};
pub use changes::{Change, Changes};
pub use new_order::{InvalidOrder, NewOrder};
#[cfg(test)]
pub(crate) use order::tests::order_of;
pub use order::{Attempt, NextStep, Order, Transaction};
pub use postgres::PostgresOrders;
pub use progress::Progress;
pub use retention::{DeletedOrder, SweepCursor, cutoff, may_be_deleted};
pub use schedule::{Known, next_poll, next_poll_after_failure};
pub use schema_status::SchemaStatus;
pub use sqlite::SqliteOrders;
pub(crate) use unavailable::is_unavailable;

use crate::clock::UnixMillis;
use crate::settings::{DatabaseSettings, DatabaseUrl};
use async_trait::async_trait;
use gopay_contract::midtrans::Notification;
use gopay_contract::{Answer, OrderId, TransactionId};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use std::time::Duration;

/// How the storage fails: always our own trouble, so it is logged and never sent.
pub type Result<T> = anyhow::Result<T>;

/// An answer of Midtrans about a transaction, by the request that it answers.
#[derive(Clone, Debug)]
pub enum MidtransAnswer {
    /// The answer to its charge: the only one with actions.
    Charge(Answer),
    /// An answer to get-status, cancel or expire.
    Status(Answer),
}

impl MidtransAnswer {
    /// The answer itself.
    #[must_use]
    pub const fn answer(&self) -> &Answer {
        match self {
            Self::Charge(answer) | Self::Status(answer) => answer,
        }
    }
}

/// An attempt that was leased for reconciliation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The shop's own id.
    pub order_id: OrderId,
    /// Which attempt.
    pub number: u32,
    /// Until when it is leased.
    pub(super) taken_until: UnixMillis,
}

/// One batch of a sweep through what has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// What was deleted.
    pub deleted: Vec<OrderId>,
    /// How many orders were looked at and stay.
    pub kept: usize,
    /// Where to go on. `None`: the sweep is at its end.
    pub next: Option<SweepCursor>,
}

/// An attempt that Midtrans tells of and that is not remembered, although its order is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAttempt {
    /// The shop's own id.
    pub order_id: OrderId,
    /// Which attempt.
    pub number: u32,
    /// What Midtrans calls it.
    pub midtrans_order_id: OrderId,
}

/// What became of a notification whose signature held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationOutcome {
    /// Midtrans confirmed it when asked.
    Confirmed,
    /// Midtrans, when asked, did not say so (yet), or could not be asked.
    Unconfirmed,
    /// It tells what was known already, or what is older.
    Known,
    /// It speaks of another amount or order than ours.
    Mismatch,
}

impl NotificationOutcome {
    /// The word in the table and in the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Unconfirmed => "unconfirmed",
            Self::Known => "known",
            Self::Mismatch => "mismatch",
        }
    }
}

/// The shop's memory.
#[async_trait]
pub trait Orders: Send + Sync {
    /// What time it is, for whatever is stored here: by the database's clock where several processes share it, else by this
    /// machine's. No process compares a stored moment with any other clock.
    fn now(&self) -> UnixMillis;

    /// Remembers a new order. One whose id a deleted order had is refused with [`DeletedOrder`].
    async fn place(&self, order: &NewOrder, now: UnixMillis) -> Result<()>;

    /// An order with its attempts.
    async fn find(&self, order_id: &OrderId) -> Result<Option<Order>>;

    /// Which order and attempt a notification speaks of: by transaction, or by Midtrans' order id where the charge's
    /// own answer is not here yet.
    async fn find_attempt(
        &self,
        transaction_id: &TransactionId,
        midtrans_order_id: &OrderId,
    ) -> Result<Option<(OrderId, u32)>>;

    /// Claims attempt `number` for `lease`, so that nobody else charges it meanwhile. `None`: somebody holds it, or its
    /// charge is already answered. An attempt whose holder vanished is taken over, with its `Idempotency-Key`. One whose id
    /// another order's attempt has at Midtrans gets another id; where there is none, it fails with [`UnclaimableAttempt`].
    async fn claim(
        &self,
        order_id: &OrderId,
        number: u32,
        retry_of: Option<&TransactionId>,
        now: UnixMillis,
        lease: Duration,
    ) -> Result<Option<Attempt>>;

    /// Stores an attempt that a restored backup does not have, unclaimed and unanswered, to be polled at `next_poll_at`. Returns
    /// whether it is stored now: not where the order is unknown, or where its number or its id is taken.
    async fn adopt(&self, unknown: &UnknownAttempt, next_poll_at: UnixMillis) -> Result<bool>;

    /// Gives a claim back: its charge could not be made (yet). Only the claim that `attempt` was had with: whoever has taken
    /// it over since keeps it.
    async fn release(&self, order_id: &OrderId, attempt: &Attempt) -> Result<()>;

    /// Records an answer, if it moves the transaction on; see [`Progress`]. Durable once it returns.
    async fn record(
        &self,
        order_id: &OrderId,
        number: u32,
        heard: &MidtransAnswer,
        now: UnixMillis,
    ) -> Result<Progress>;

    /// Claims the next poll of this order: true at most once per `floor`, for one caller in one process. The caller then polls.
    async fn try_claim_poll(&self, order_id: &OrderId, now: UnixMillis, floor: Duration) -> Result<bool>;

    /// Leases up to `most` attempts that are due for reconciliation: no other process takes them for `lease`, and none is lost
    /// with the process that took it.
    async fn take_due(&self, now: UnixMillis, lease: Duration, most: u32) -> Result<Vec<Due>>;

    /// Schedules the next poll of an attempt that was taken. A poll that was scheduled by a record meanwhile stays.
    async fn schedule_poll(&self, due: &Due, next: Option<UnixMillis>) -> Result<()>;

    /// Schedules a poll of this attempt at `by`, unless an earlier one is scheduled.
    async fn poll_by(&self, order_id: &OrderId, number: u32, by: UnixMillis) -> Result<()>;

    /// Stores a verified notification for audit; a repeat is counted.
    async fn audit(&self, notification: &Notification, outcome: NotificationOutcome, now: UnixMillis) -> Result<()>;

    /// When a notification of this transaction was last not confirmed by get-status. Entries of a clock ahead of `now` are
    /// ignored.
    async fn last_unconfirmed(&self, transaction_id: &TransactionId, now: UnixMillis) -> Result<Option<UnixMillis>>;

    /// Orders with undelivered changes, by `order_id`, those behind `after` and at most `limit`.
    async fn undelivered(&self, after: Option<&OrderId>, limit: u32) -> Result<Vec<OrderId>>;

    /// Marks the changes of this order as delivered, up to the versions that its attempts have here.
    async fn mark_delivered(&self, order: &Order) -> Result<()>;

    /// Deletes, of the next `most` attempts behind `from` that have ended before `before`, the orders that
    /// [may be deleted](may_be_deleted): all that is known of them but their ids, which are never charged again. `has_listener`: only
    /// those whose changes were delivered.
    async fn delete_ended(
        &self,
        from: &SweepCursor,
        before: UnixMillis,
        has_listener: bool,
        most: u32,
    ) -> Result<Sweep>;

    /// Fails when the storage cannot be reached or written, or lacks a migration of this program's. Something is written.
    async fn check(&self) -> Result<()>;

    /// Whether a new process could work with the storage, and this one has not been able to for a while: only a restart
    /// helps. `false` while the storage itself fails, because then no restart would.
    async fn is_stuck(&self) -> bool;

    /// Finishes what is being written, and lets go of it.
    async fn close(&self);

    /// What is recorded from now on, by this process or by another one on the same storage.
    fn changes(&self) -> Changes;
}

/// An error with its causes, each said once: a database's often repeat what is behind them.
pub(crate) fn in_one_line(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        _ if said.ends_with(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

/// Looks at the storage that the settings name, as a start would find it. Nothing is made, written, claimed or freed.
///
/// # Errors
/// Whatever would keep [`open`] from opening it. No error carries the password.
pub async fn inspect(settings: &DatabaseSettings) -> Result<SchemaStatus> {
    match &settings.url {
        DatabaseUrl::Sqlite(url) => sqlite::inspect(url).await,
        DatabaseUrl::Postgres(url) => postgres::inspect(url.expose_secret()).await,
    }
}

/// Opens the storage that the settings name, and brings its tables up to date.
///
/// # Errors
/// When it cannot be opened. No error carries the password.
pub async fn open(settings: &DatabaseSettings) -> Result<Arc<dyn Orders>> {
    Ok(match &settings.url {
        DatabaseUrl::Sqlite(url) => {
            Arc::new(SqliteOrders::open(url, settings.connections).await?.by_clock(settings.clock.clone()))
        }
        DatabaseUrl::Postgres(url) => Arc::new(PostgresOrders::open(url.expose_secret(), settings.connections).await?),
    })
}
