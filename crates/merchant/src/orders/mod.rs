//! The store: orders, every attempt to charge them, and Midtrans' answers.
//!
//! [`Orders`] is its interface; `sql.rs` implements it for SQLite (`sqlite.rs`) or PostgreSQL (`postgres.rs`). Two rules are
//! enforced here, because only the database can enforce them across processes: an attempt is claimed once, and a status never
//! moves backwards.

pub mod attempts;
mod changes;
pub(crate) mod inspection;
mod new_order;
mod order;
mod ownership;
mod postgres;
mod progress;
mod retention;
mod rows;
mod schedule;
mod schema_status;
mod sql;
mod sqlite;

pub use changes::{Change, Changes};
pub use new_order::{InvalidOrder, NewOrder, PlaceError, StoreError};
#[cfg(test)]
pub(crate) use order::tests::order_of;
pub use order::{Attempt, NextStep, Order, Transaction};
pub use ownership::{Adoption, UnclaimableAttempt, adoption, owners};
pub use postgres::PostgresOrders;
pub use progress::Progress;
pub use retention::{SweepCursor, cutoff, may_be_deleted};
pub use schedule::{PollHistory, next_poll, next_poll_after_failure};
pub use schema_status::SchemaStatus;
pub(crate) use sql::is_unavailable;
pub use sqlite::SqliteOrders;

use crate::clock::UnixMillis;
use crate::settings::{DatabaseSettings, DatabaseUrl};
use async_trait::async_trait;
use gopay_contract::midtrans::Notification;
use gopay_contract::{Answer, OrderId, TransactionId};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use std::time::Duration;

/// Result of the store. Its errors are internal: logged, and never sent.
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
pub struct LeasedAttempt {
    /// The shop's own id.
    pub order_id: OrderId,
    /// The attempt's number.
    pub number: u32,
    /// Until when it is leased.
    pub(super) taken_until: UnixMillis,
}

/// One batch of a retention sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The deleted orders.
    pub deleted: Vec<OrderId>,
    /// How many orders were checked and kept.
    pub kept: usize,
    /// Where to continue. `None`: the sweep is complete.
    pub next: Option<SweepCursor>,
}

/// An attempt that Midtrans knows and the store does not, although it has the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAttempt {
    /// The shop's own id.
    pub order_id: OrderId,
    /// The attempt's number.
    pub number: u32,
    /// Its id at Midtrans.
    pub midtrans_order_id: OrderId,
}

/// The outcome of a signed notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationOutcome {
    /// get-status confirmed it.
    Confirmed,
    /// get-status did not confirm it (yet), or failed.
    Unconfirmed,
    /// It repeats what was known, or is older.
    Known,
    /// It is about another amount or order than ours.
    Mismatch,
}

impl NotificationOutcome {
    /// Its name in the table and in the metrics.
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

/// Store of orders, attempts and notifications.
#[async_trait]
pub trait Orders: Send + Sync {
    /// The time for everything that is stored: by the database's clock where several processes share it, else by this
    /// machine's. Stored times are compared with no other clock.
    fn now(&self) -> UnixMillis;

    /// Stores a new order.
    async fn place(&self, order: &NewOrder, now: UnixMillis) -> std::result::Result<(), PlaceError>;

    /// Returns an order with its attempts.
    async fn find(&self, order_id: &OrderId) -> Result<Option<Order>>;

    /// Returns the order and attempt of a notification: by transaction, or by Midtrans' order id where the charge's own answer
    /// is not stored yet.
    async fn find_attempt(
        &self,
        transaction_id: &TransactionId,
        midtrans_order_id: &OrderId,
    ) -> Result<Option<(OrderId, u32)>>;

    /// Claims attempt `number` for `lease`, so that no other process charges it meanwhile. `None`: it is claimed, or its
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

    /// Releases a claim whose charge could not be made (yet). Releases only this attempt's claim: a process that has taken it
    /// over since keeps it.
    async fn release(&self, order_id: &OrderId, attempt: &Attempt) -> Result<()>;

    /// Records an answer, if it changes the status or tells more of it; see [`Progress`]. Durable once it returns.
    async fn record(
        &self,
        order_id: &OrderId,
        number: u32,
        received: &MidtransAnswer,
        now: UnixMillis,
    ) -> Result<Progress>;

    /// Claims the next poll of this order: true at most once per `floor`, for one caller in one process. The caller then polls.
    async fn try_claim_poll(&self, order_id: &OrderId, now: UnixMillis, floor: Duration) -> Result<bool>;

    /// Leases up to `most` attempts that are due for reconciliation: no other process takes them for `lease`, and none is lost
    /// with the process that took it.
    async fn take_due(&self, now: UnixMillis, lease: Duration, most: u32) -> Result<Vec<LeasedAttempt>>;

    /// Schedules the next poll of an attempt that was taken. A poll that was scheduled by a record meanwhile stays.
    async fn schedule_poll(&self, due: &LeasedAttempt, next: Option<UnixMillis>) -> Result<()>;

    /// Schedules a poll of this attempt at `by`, unless an earlier one is scheduled.
    async fn poll_by(&self, order_id: &OrderId, number: u32, by: UnixMillis) -> Result<()>;

    /// Stores a verified notification for audit; a repeat is counted.
    async fn record_notification(
        &self,
        notification: &Notification,
        outcome: NotificationOutcome,
        now: UnixMillis,
    ) -> Result<()>;

    /// When a notification of this transaction was last not confirmed by get-status. Entries of a clock ahead of `now` are
    /// ignored.
    async fn last_unconfirmed(&self, transaction_id: &TransactionId, now: UnixMillis) -> Result<Option<UnixMillis>>;

    /// Orders with undelivered changes, by `order_id`, those behind `after` and at most `limit`.
    async fn undelivered(&self, after: Option<&OrderId>, limit: u32) -> Result<Vec<OrderId>>;

    /// How often to look for undelivered changes without being woken.
    fn outbox_poll_interval(&self) -> Duration;

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

    /// Checks that the store can be reached and written, and has every migration of this program. Writes something.
    async fn check(&self) -> Result<()>;

    /// True if a new process could use the database and this one cannot, for a while already: only a restart helps. `false`
    /// while the database itself fails, because a restart would not help.
    async fn is_stuck(&self) -> bool;

    /// Finishes what is being written, and closes the database.
    async fn close(&self);

    /// Subscribes to changes from now on, by this process or by others on the same database.
    fn changes(&self) -> Changes;
}

/// Formats an error with its causes, each once: a database's errors often repeat their causes.
pub(crate) fn in_one_line(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        _ if said.ends_with(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

/// Inspects the database that the settings name, as a start would find it. Changes nothing.
///
/// # Errors
/// Fails where [`open`] would. No error carries the password.
pub async fn inspect(settings: &DatabaseSettings) -> Result<SchemaStatus> {
    match &settings.url {
        DatabaseUrl::Sqlite(url) => sqlite::inspect(url).await,
        DatabaseUrl::Postgres(url) => match &settings.direct_url {
            Some(DatabaseUrl::Postgres(direct)) => {
                postgres::inspect_pooled(url.expose_secret(), direct.expose_secret()).await
            }
            Some(DatabaseUrl::Sqlite(_)) | None => postgres::inspect(url.expose_secret()).await,
        },
    }
}

/// How long one question of a command may take. It goes through the whole database, where counts are wanted.
const COMMAND_TIME_LIMIT: Duration = Duration::from_secs(120);

/// Rights of a command on a database that it opens beside a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only read: the database itself refuses every write.
    Read,
    /// Write too.
    Write,
}

/// A database that is opened beside a merchant, which may be running.
pub(crate) struct Beside {
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) inspection: Arc<dyn inspection::Inspection>,
}

impl Beside {
    fn of(orders: impl Orders + inspection::Inspection + 'static) -> Self {
        let orders = Arc::new(orders);
        Self { orders: Arc::clone(&orders) as Arc<dyn Orders>, inspection: orders }
    }
}

/// Opens the database that the settings name for a command, beside a merchant that may be running: nothing is created or
/// migrated, no claim is freed, and no lock is taken that a merchant wants.
///
/// # Errors
/// When it cannot be opened, or its tables are older than this program. No error carries the password.
pub(crate) async fn open_beside(settings: &DatabaseSettings, access: Access) -> Result<Beside> {
    Ok(match &settings.url {
        DatabaseUrl::Sqlite(url) => {
            Beside::of(SqliteOrders::open_beside(url, access).await?.by_clock(settings.clock.clone()))
        }
        DatabaseUrl::Postgres(url) => {
            let url = match &settings.direct_url {
                Some(DatabaseUrl::Postgres(direct)) => direct,
                Some(DatabaseUrl::Sqlite(_)) | None => url,
            };
            Beside::of(PostgresOrders::open_beside(url.expose_secret(), access).await?)
        }
    })
}

/// Opens the database that the settings name, and runs its migrations.
///
/// # Errors
/// When it cannot be opened. No error carries the password.
pub async fn open(settings: &DatabaseSettings) -> Result<Arc<dyn Orders>> {
    Ok(match &settings.url {
        DatabaseUrl::Sqlite(url) => {
            Arc::new(SqliteOrders::open(url, settings.connections).await?.by_clock(settings.clock.clone()))
        }
        DatabaseUrl::Postgres(url) => match &settings.direct_url {
            Some(DatabaseUrl::Postgres(direct)) => {
                let (url, direct) = (url.expose_secret(), direct.expose_secret());
                Arc::new(PostgresOrders::open_pooled(url, direct, settings.connections).await?)
            }
            Some(DatabaseUrl::Sqlite(_)) | None => {
                Arc::new(PostgresOrders::open(url.expose_secret(), settings.connections).await?)
            }
        },
    })
}
