//! Connection pools of a database. A connection is acquired for one piece of work, and returns to its pool only after work
//! that succeeded.
//!
//! Work that failed, took too long or was abandoned half-way leaves a connection in an unknown state. SQLite ends a
//! transaction by itself when the disk is full or fails, while sqlx believes that it is still open; a PostgreSQL server that
//! vanished without a word leaves a socket that is never answered. Such a connection is closed, and the next work opens a
//! new one.

use super::Dialect;
use crate::clock::{StorageClock, UnixMillis};
use crate::lock;
use crate::orders::Result;
use anyhow::Context as _;
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};
use std::ops::AsyncFnOnce;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long a piece of work may take once it has its connection. Longer than a lock is waited for, so that the database's
/// own words come first.
const WORK_TIME_LIMIT: Duration = Duration::from_secs(5);

const COMMIT: &str = "COMMIT";

/// The connection pools of one database.
#[derive(Clone, Debug)]
pub(in crate::orders) struct Connections<D: Database> {
    /// For work that writes nothing.
    pub(in crate::orders) readers: Pool<D>,
    /// For work that writes. In SQLite it is one connection, because there is one writer at a time: whoever waits for it
    /// holds none of the connections that readers need. In PostgreSQL it is the same pool as [`Self::readers`].
    pub(in crate::orders) writers: Pool<D>,
    /// Since when all work that writes has failed because of the database.
    failing_since: Arc<Mutex<Option<Instant>>>,
    /// How long a piece of work may take once it has its connection.
    time_limit: Duration,
    /// How a transaction begins behind a pooler of transactions. `None`: there is none.
    pooled: Option<&'static str>,
}

/// Result of a transaction. Its commit may have been made although its answer was lost.
pub(in crate::orders) struct TransactionResult<T> {
    /// Result of the work.
    pub(in crate::orders) done: T,
    /// Success if it is certain that it was committed.
    pub(in crate::orders) committed: Result<()>,
}

impl<D: Dialect> Connections<D> {
    pub(in crate::orders) fn new(readers: Pool<D>, writers: Pool<D>) -> Self {
        Self { readers, writers, failing_since: Arc::default(), time_limit: WORK_TIME_LIMIT, pooled: None }
    }

    /// The same, for work that a person waits for and that may take longer.
    pub(in crate::orders) fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// The same behind a pooler of transactions, which begin with `begin`: outside of one, each statement may be another
    /// session's, so that nothing that a session was told holds. All work is a transaction then.
    pub(in crate::orders) fn pooled(self, begin: &'static str) -> Self {
        Self { pooled: Some(begin), ..self }
    }

    /// Does work that writes nothing.
    pub(in crate::orders) async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut D::Connection) -> Result<T>,
    ) -> Result<T> {
        Acquired::from(&self.readers).await?.work(work, self.time_limit, self.pooled).await
    }

    /// Reads the database's clock, if it has one. Done before each reconciliation pass, so once a second.
    pub(in crate::orders) async fn read_clock(&self, clock: &StorageClock) -> Result<()> {
        let Some(question) = D::CLOCK else { return Ok(()) };
        let ask = async |connection: &mut D::Connection| {
            let asked = Instant::now();
            let now = D::fetch(connection, question, &[]).await?.pop();
            let (now,): (UnixMillis,) = now.context("the database does not say what time it is")?;
            clock.set(now, asked, Instant::now());
            Ok(())
        };
        self.read(ask).await
    }

    /// Does work whose statements each commit by themselves.
    pub(in crate::orders) async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut D::Connection) -> Result<T>,
    ) -> Result<T> {
        let done = async { Acquired::from(&self.writers).await?.work(work, self.time_limit, self.pooled).await }.await;
        self.note(&done, true);
        done
    }

    /// Does work in one transaction.
    pub(in crate::orders) async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut D::Connection) -> Result<T>,
    ) -> Result<TransactionResult<T>> {
        // Not sqlx's own transaction: it counts on a rollback that succeeds. A connection that is closed needs none.
        let begun = async {
            let mut acquired = Acquired::from(&self.writers).await?;
            let in_transaction = async {
                D::run(&mut acquired.connection, self.pooled.unwrap_or(D::BEGIN)).await?;
                work(&mut acquired.connection).await
            };
            let done = timeout(self.time_limit, in_transaction).await;
            Ok((done.map_err(|_| DatabaseTimeout(self.time_limit))??, acquired))
        };
        let begun = begun.await;
        self.note(&begun, false);
        let (done, acquired) = begun?;
        let commit = async |connection: &mut D::Connection| D::run(connection, COMMIT).await;
        let committed = acquired.work(commit, self.time_limit, None).await;
        self.note(&committed, true);
        Ok(TransactionResult { done, committed })
    }

    /// Does work that writes on a new connection, as [`Connections::write`] would.
    pub(in crate::orders) async fn anew<T>(
        &self,
        connection: &mut D::Connection,
        work: impl AsyncFnOnce(&mut D::Connection) -> Result<T>,
    ) -> Result<T> {
        whole::<D, T>(connection, self.pooled, work).await
    }

    /// True if work that writes has failed for a while, each time because of the database.
    pub(in crate::orders) fn have_failed_for(&self, time: Duration) -> bool {
        self.failing_since().is_some_and(|since| since.elapsed() >= time)
    }

    /// Remembers how work that writes went, or a part of it.
    fn note<T>(&self, went: &Result<T>, is_whole: bool) {
        let mut since = self.failing_since();
        match went {
            Err(why) if is_unavailable(why) => *since = since.or_else(|| Some(Instant::now())),
            Ok(_) if !is_whole => {}
            Ok(_) | Err(_) => *since = None,
        }
    }

    fn failing_since(&self) -> MutexGuard<'_, Option<Instant>> {
        lock(&self.failing_since)
    }

    /// Closes every connection once it is back.
    pub(in crate::orders) async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// A connection of a pool. Dropped before its work succeeded, it is closed instead of returned.
struct Acquired<D: Database> {
    connection: PoolConnection<D>,
    succeeded: bool,
}

impl<D: Database> Acquired<D> {
    async fn from(pool: &Pool<D>) -> Result<Self> {
        Ok(Self { connection: pool.acquire().await?, succeeded: false })
    }

    /// Does the work, or the last of it, and returns the connection to its pool if that succeeded.
    async fn work<T>(
        mut self,
        work: impl AsyncFnOnce(&mut D::Connection) -> Result<T>,
        time_limit: Duration,
        begin: Option<&'static str>,
    ) -> Result<T>
    where
        D: Dialect,
    {
        let whole = whole::<D, T>(&mut self.connection, begin, work);
        let done = timeout(time_limit, whole).await.map_err(|_| DatabaseTimeout(time_limit))??;
        self.succeeded = true;
        Ok(done)
    }
}

impl<D: Database> Drop for Acquired<D> {
    fn drop(&mut self) {
        if !self.succeeded {
            self.connection.close_on_drop();
        }
    }
}

/// Does work in a transaction that begins with `begin`, if that is wanted.
async fn whole<D: Dialect, T>(
    connection: &mut D::Connection,
    begin: Option<&'static str>,
    work: impl AsyncFnOnce(&mut D::Connection) -> Result<T>,
) -> Result<T> {
    let Some(begin) = begin else { return work(connection).await };
    D::run(connection, begin).await?;
    let done = work(connection).await?;
    D::run(connection, COMMIT).await?;
    Ok(done)
}

/// The database has not answered in time. What was sent may have been done.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the database did not answer within {0:?}")]
struct DatabaseTimeout(Duration);

/// True if the database failed, and the same work may succeed later. A statement that a constraint refuses, or a row that
/// cannot be read, is another matter.
pub(crate) fn is_unavailable(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.is::<DatabaseTimeout>() || cause.downcast_ref().is_some_and(is_of_the_database))
}

fn is_of_the_database(error: &sqlx::Error) -> bool {
    let has_no_constraint = |refused: &dyn DatabaseError| matches!(refused.kind(), ErrorKind::Other);
    error.as_database_error().is_some_and(has_no_constraint)
        || matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::BeginFailed
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{Orders, PostgresOrders, SqliteOrders};
    use anyhow::anyhow;
    use sqlx::postgres::PgConnection;
    use sqlx::sqlite::SqliteConnection;
    use sqlx::{Connection as _, Executor as _, query_scalar};
    use tempfile::TempDir;

    async fn in_sqlite(folder: &TempDir) -> SqliteOrders {
        SqliteOrders::open(&url_in(folder), 1).await.expect("it opens")
    }

    fn url_in(folder: &TempDir) -> String {
        format!("sqlite:{}", folder.path().join("shop.sqlite3").display())
    }

    #[tokio::test]
    async fn a_connection_whose_transaction_sqlite_has_ended_is_not_used_again() {
        let folder = TempDir::new().expect("a folder");
        let orders = in_sqlite(&folder).await;
        let fill = async |connection: &mut SqliteConnection| {
            // As a disk without room for one more page: SQLite ends the transaction by itself.
            connection.execute("PRAGMA max_page_count = 1").await?;
            connection.execute("CREATE TABLE filler AS SELECT randomblob(100000) AS filler").await?;
            Ok(())
        };
        let full = orders.connections.transaction(fill).await.err().expect("it is full");
        assert!(format!("{full:#}").contains("full") && is_unavailable(&full), "{full:#}");
        orders.connections.transaction(async |_: &mut SqliteConnection| Ok(())).await.expect("another connection");
        orders.check().await.expect("it can be written");
    }

    #[tokio::test]
    async fn what_was_abandoned_half_way_leaves_no_lock_behind() {
        let folder = TempDir::new().expect("a folder");
        let orders = in_sqlite(&folder).await;
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let abandoned = orders.connections.transaction(async |connection: &mut SqliteConnection| {
            connection.execute("UPDATE _sqlx_migrations SET execution_time = 0").await?;
            let _ = begun.send(());
            std::future::pending::<Result<()>>().await
        });
        tokio::select! {
            _ = abandoned => panic!("it never ends"),
            begun = has_begun => begun.expect("it has begun"),
        }
        orders.check().await.expect("it can be written");
    }

    #[tokio::test]
    async fn a_statement_that_was_abandoned_half_way_takes_its_connection_with_it() {
        let database = throwaway_postgres::database();
        let orders = PostgresOrders::open(&database.url(), 1).await.expect("it opens");
        let backend = async |connection: &mut PgConnection| {
            Ok(query_scalar::<_, i32>("SELECT pg_backend_pid()").fetch_one(&mut *connection).await?)
        };
        let before = orders.connections.read(backend).await.expect("an answer");
        assert_eq!(
            orders.connections.read(backend).await.expect("an answer"),
            before,
            "what succeeded returns its connection"
        );
        let sleep = async |connection: &mut PgConnection| {
            connection.execute("SELECT pg_sleep(60)").await?;
            Ok(())
        };
        assert!(timeout(Duration::from_millis(200), orders.connections.transaction(sleep)).await.is_err());
        assert_ne!(orders.connections.read(backend).await.expect("an answer"), before);
        let refused = async |connection: &mut PgConnection| {
            connection.execute("SELECT 1 / 0").await?;
            Ok(())
        };
        let before = orders.connections.read(backend).await.expect("an answer");
        assert!(orders.connections.transaction(refused).await.is_err());
        assert_ne!(orders.connections.read(backend).await.expect("an answer"), before);
    }

    #[tokio::test]
    async fn only_where_a_new_process_could_write_is_this_one_stuck() {
        let folder = TempDir::new().expect("a folder");
        let orders = in_sqlite(&folder).await;
        let failed_long_ago =
            || *orders.connections.failing_since() = Instant::now().checked_sub(Duration::from_secs(60));
        assert!(!orders.is_stuck().await, "nothing has failed");

        failed_long_ago();
        let mut other = SqliteConnection::connect(&url_in(&folder)).await.expect("it opens");
        other.execute("BEGIN EXCLUSIVE").await.expect("locked");
        assert!(!orders.is_stuck().await, "a new process would be locked out too");
        other.execute("ROLLBACK").await.expect("free");

        failed_long_ago();
        let lost = orders.connections.writers.acquire().await.expect("the only one that writes");
        assert!(orders.is_stuck().await);
        drop(lost);
        assert!(!orders.is_stuck().await);
    }

    #[test]
    fn a_database_that_fails_is_told_from_a_request_that_it_refuses() {
        for fails in [sqlx::Error::PoolTimedOut, sqlx::Error::WorkerCrashed, sqlx::Error::BeginFailed] {
            let fails = Err::<(), _>(fails).context("a charge").expect_err("it is an error");
            assert!(is_unavailable(&fails), "{fails:#}");
        }
        assert!(is_unavailable(&anyhow!(DatabaseTimeout(Duration::from_secs(1))).context("a charge")));
        assert!(!is_unavailable(&anyhow!(sqlx::Error::RowNotFound)));
        assert!(!is_unavailable(&anyhow!("attempt 1 is another transaction")));
    }
}
