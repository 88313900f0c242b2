//! Differences between SQLite and PostgreSQL, and the parts that their statements share.

use crate::orders::Result;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Database, FromRow};
use std::borrow::Cow;

/// The statements and rules in which SQLite and PostgreSQL differ, and how they run a statement.
///
/// Values are a [`Value`], and rows a [`Record`], instead of all that sqlx can bind and read: of a database that is a type
/// parameter sqlx wants to know for each type that it can (`for<'q> i64: Encode<'q, D> + Type<D>` …), a trait cannot imply
/// such bounds, and so every function would repeat them. Of SQLite and of PostgreSQL the compiler knows them.
pub(in crate::orders) trait Dialect: Database {
    /// Begins a transaction that will write.
    const BEGIN: &'static str;
    /// Reads and locks attempt `$2` of order `$1`.
    const LOCK_ATTEMPT: &'static str;
    /// Reads the database's clock. `None`: it is a file, which has no clock.
    const CLOCK: Option<&'static str>;
    /// Marks every attempt of order `$2` as polled at `$1`, if none was between `$3` and `$4`, the first attempt's row
    /// before the second's.
    const MARK_POLLED: &'static str;
    /// Leases what is due by `$1` until `$2`, at most `$3` attempts, skipping those that another process is leasing. What is
    /// scheduled for later than `$4` is due as well.
    const TAKE_DUE: &'static str;
    /// Reads and locks order `$1`, so that it gets no other attempt.
    const ORDER_TO_DELETE: &'static str;
    /// Notifies other processes of a change of order `$1`, once the transaction is committed.
    const ANNOUNCE: Option<&'static str>;

    /// Runs a statement, and returns its rows. All of them, though it be one: SQLite commits when a statement has come to its
    /// end.
    fn fetch<R: Record>(
        connection: &mut Self::Connection,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<R>>> + Send;

    /// Runs a statement without rows.
    fn execute(
        connection: &mut Self::Connection,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Runs what has no values and no rows, perhaps several statements, without preparing it.
    fn run(connection: &mut Self::Connection, statements: &'static str) -> impl Future<Output = Result<()>> + Send;

    /// True if what is prepared on this connection is found there again. Behind a pooler of transactions it is not: there the
    /// next transaction may be another session's.
    fn keeps_statements(_connection: &Self::Connection) -> bool {
        true
    }

    /// Its migrations.
    fn migrations() -> &'static Migrator;

    /// Fails where the disk has no room left, as far as this process can see the disk.
    fn check_room(_options: &<Self::Connection as Connection>::Options) -> Result<()> {
        Ok(())
    }
}

/// A value to bind to a statement.
#[derive(Debug)]
pub(in crate::orders) enum Value<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(Some(number.into()))
    }
}

impl From<bool> for Value<'_> {
    fn from(is: bool) -> Self {
        Self::Int(Some(is.into()))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

/// A row that both databases can read.
pub(in crate::orders) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Record for R {}

/// [`Dialect::fetch`] and [`Dialect::execute`].
macro_rules! runs_statements {
    () => {
        async fn fetch<R: Record>(
            connection: &mut Self::Connection,
            statement: &'static str,
            values: &[Value<'_>],
        ) -> Result<Vec<R>> {
            let query = sqlx::query_as::<Self, R>(statement).persistent(Self::keeps_statements(connection));
            let query = values.iter().fold(query, |query, value| match value {
                Value::Int(number) => query.bind(*number),
                Value::Text(text) => query.bind(text.as_deref()),
            });
            Ok(query.fetch_all(connection).await?)
        }

        async fn execute(
            connection: &mut Self::Connection,
            statement: &'static str,
            values: &[Value<'_>],
        ) -> Result<()> {
            let query = sqlx::query::<Self>(statement).persistent(Self::keeps_statements(connection));
            let query = values.iter().fold(query, |query, value| match value {
                Value::Int(number) => query.bind(*number),
                Value::Text(text) => query.bind(text.as_deref()),
            });
            query.execute(connection).await?;
            Ok(())
        }

        async fn run(connection: &mut Self::Connection, statements: &'static str) -> Result<()> {
            sqlx::raw_sql(statements).execute(connection).await?;
            Ok(())
        }
    };
}
pub(in crate::orders) use runs_statements;

/// Ignores unknown newer migrations, for rolling deploys and rollbacks: they only add (CONTRIBUTING.md).
pub(in crate::orders) fn beside_later_ones(mut ours: Migrator) -> Migrator {
    ours.set_ignore_missing(true);
    ours
}

/// The columns of an `AttemptRow`, by name: a process that is older than the tables must not trip over a new column.
macro_rules! attempt_columns {
    () => {
        "number, midtrans_order_id, idempotency_key, retry_of, claimed_at, claimed_until, claims, refusals, moved_at,
         polled_at, transaction_id, transaction_status, status_answer, charge_answer, version"
    };
}
pub(in crate::orders) use attempt_columns;

/// The columns of an `OrderRow`, by name.
macro_rules! order_columns {
    () => {
        "gross_amount, description, charge_data, created_at"
    };
}
pub(in crate::orders) use order_columns;

/// [`Dialect::MARK_POLLED`], among which rows. All attempts are marked: of two processes that try at once, the later one finds them
/// marked, whichever attempt it means.
macro_rules! mark_polled {
    ($first:literal, $among:literal) => {
        concat!(
            $first,
            "UPDATE attempts SET polled_at = $1 WHERE order_id = $2 AND NOT (polled_at > $3 AND polled_at <= $4)",
            $among,
            " AND NOT EXISTS (SELECT 1 FROM attempts AS other
                              WHERE other.order_id = $2 AND other.polled_at > $3 AND other.polled_at <= $4)
             RETURNING number"
        )
    };
}
pub(in crate::orders) use mark_polled;

/// [`Dialect::TAKE_DUE`], with how rows are passed over.
macro_rules! take_due {
    ($skip:literal) => {
        concat!(
            "UPDATE attempts SET next_poll_at = $2,
                    moved_at = CASE WHEN moved_at = 0 OR moved_at > $1 THEN $1 ELSE moved_at END
             WHERE (order_id, number) IN
                 (SELECT order_id, number FROM attempts
                  WHERE next_poll_at IS NOT NULL AND (next_poll_at <= $1 OR next_poll_at > $4) ORDER BY next_poll_at LIMIT $3",
            $skip,
            ") RETURNING order_id, number"
        )
    };
}
pub(in crate::orders) use take_due;
