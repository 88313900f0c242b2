//! [`Orders`](super::Orders) in one SQLite file, which one process works on.
//!
//! Writes begin with `BEGIN IMMEDIATE`, so that what was read in a transaction is still true when it is written back.
//! `synchronous = FULL`: Midtrans is answered 200 only for what a power cut cannot take away again.

use super::Result;
use super::changes::Announcer;
use super::found::{self, Applied, Found};
use super::sql::{Dialect, SqlOrders, attempt_columns, beside_later_ones, mark_asked, take_due};
use super::sqlite_owner::SqliteOwner;
use anyhow::{Context, bail};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| beside_later_ones(sqlx::migrate!("migrations/sqlite")));

/// How long a writer waits for another one before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Orders in a SQLite file.
pub type SqliteOrders = SqlOrders<Sqlite>;

impl Dialect for Sqlite {
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const ATTEMPT_TO_WRITE: &'static str =
        concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE order_id = $1 AND number = $2");
    const MARK_ASKED: &'static str = mark_asked!("", "");
    const TAKE_DUE: &'static str = take_due!("");
    /// There is no other process.
    const ANNOUNCE: Option<&'static str> = None;

    fn migrations() -> &'static Migrator {
        &MIGRATIONS
    }
}

impl SqliteOrders {
    /// Opens the file (or makes it) with at most this many connections, and brings its tables up to date.
    ///
    /// # Errors
    /// When the URL cannot be read, the file not opened, another process works on it, or a migration fails.
    pub async fn open(url: &str, connections: u32) -> Result<Self> {
        let options: SqliteConnectOptions = url.parse().context("not a SQLite URL")?;
        let options = options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let file = options.get_filename().to_owned();
        // No connection to a file is ever lost, so none is tried before it is used.
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        let owner = SqliteOwner::of(&file).await?;
        MIGRATIONS.run(&pool).await.context("cannot bring its tables up to date")?;
        // One process works on a SQLite file. Whatever is still claimed now was left behind by one that is gone.
        sqlx::query("UPDATE attempts SET claimed_until = 0").execute(&pool).await?;
        Ok(Self { pool, announcer: Announcer::new(), writers: Arc::new(Semaphore::new(1)), _kept: Arc::new(owner) })
    }
}

/// What [`SqliteOrders::open`] would find.
pub(super) async fn inspect(url: &str) -> Result<Found> {
    let options: SqliteConnectOptions = url.parse().context("not a SQLite URL")?;
    let file = options.get_filename().to_owned();
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    if !folder.is_dir() {
        bail!("{} is no folder", folder.display());
    }
    // Beside the file SQLite keeps its log, and we a lock.
    writable(folder)?;
    if !file.try_exists()? {
        return Ok(Found::Absent(found::all(&MIGRATIONS)));
    }
    writable(&file)?;
    SqliteOwner::could_be_of(&file)?;
    // Whoever reads a file that has a log reads the log too, and makes one where there is none. `immutable` makes none: the
    // last merchant has tidied up, and what is in the file is all.
    let has_log = beside(&file, "-wal").try_exists()?;
    let options = options.read_only(true).immutable(!has_log).busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.connect().await?;
    let is_migrated: Option<(i64,)> = sqlx::query_as("SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'")
        .fetch_optional(&mut connection)
        .await?;
    let applied: Vec<Applied> = match is_migrated {
        Some(_) => sqlx::query_as(found::APPLIED).fetch_all(&mut connection).await?,
        None => Vec::new(),
    };
    connection.close().await?;
    found::compare(&MIGRATIONS, &applied)
}

/// Another file of the same name with this behind it.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.to_owned().into_os_string();
    path.push(ending);
    path.into()
}

#[cfg(unix)]
fn writable(path: &Path) -> Result<()> {
    use rustix::fs::{Access, access};
    access(path, Access::WRITE_OK).with_context(|| format!("{} cannot be written", path.display()))
}

/// Only the start finds out.
#[cfg(not(unix))]
fn writable(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_commit_that_is_answered_is_on_disk_and_readers_do_not_wait_for_writers() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let file = folder.path().join("shop.sqlite3");
        let orders = SqliteOrders::open(&format!("sqlite:{}", file.display()), 2).await.expect("it opens");
        // Of each connection, and not of the first alone.
        let mut connections = Vec::new();
        for _ in 0..2 {
            let mut connection = orders.pool.acquire().await.expect("a connection");
            let journal: String =
                sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await.expect("asked");
            let synchronous: i64 =
                sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await.expect("asked");
            let foreign_keys: i64 =
                sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut *connection).await.expect("asked");
            assert_eq!((&*journal, synchronous, foreign_keys), ("wal", 2, 1), "WAL, FULL, and on");
            connections.push(connection);
        }
    }
}
