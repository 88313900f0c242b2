//! [`Orders`](super::Orders) in one SQLite file, which one process works on.
//!
//! Writes begin with `BEGIN IMMEDIATE`, so that what was read in a transaction is still true when it is written back.
//! `synchronous = FULL`: Midtrans is answered 200 only for what a power cut cannot take away again.

use super::changes::Announcer;
use super::schema_status::{self, Applied, SchemaStatus};
use super::sql::{
    Connections, Dialect, Record, SqlOrders, Value, attempt_columns, beside_later_ones, mark_polled, order_columns,
    runs_statements, take_due,
};
use super::{Access, COMMAND_TIME_LIMIT, Result};
use crate::clock::{MachineClock, StorageClock};
use anyhow::{Context, anyhow, bail};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tokio::time::sleep;

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| beside_later_ones(sqlx::migrate!("migrations/sqlite")));

/// How long a writer of this process waits for another program that holds the file's lock. Shorter than its work may take.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a request waits for a connection before it fails: for a writer, until the writers before it are done.
const CONNECTION_TIME_LIMIT: Duration = Duration::from_secs(5);

/// With less room than this on its disk, in bytes, a database is not ready for the next payments. One needs some 50,000.
const LEAST_ROOM: u64 = 1 << 20;

/// One process works on a SQLite file. Whatever is still claimed at its start was left behind by one that is gone. It is among
/// what is to be looked at, of which there is an index: what has ended long ago is not gone through.
const FREE_CLAIMS: &str = "UPDATE attempts INDEXED BY attempts_due SET claimed_until = 0 WHERE next_poll_at IS NOT NULL AND claimed_until <> 0";

/// Orders in a SQLite file.
pub type SqliteOrders = SqlOrders<Sqlite>;

impl Dialect for Sqlite {
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const LOCK_ATTEMPT: &'static str =
        concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE order_id = $1 AND number = $2");
    const CLOCK: Option<&'static str> = None;
    const MARK_POLLED: &'static str = mark_polled!("", "");
    const TAKE_DUE: &'static str = take_due!("");
    const ORDER_TO_DELETE: &'static str = concat!("SELECT ", order_columns!(), " FROM orders WHERE order_id = $1");
    /// No other process uses the file.
    const ANNOUNCE: Option<&'static str> = None;

    runs_statements!();

    fn migrations() -> &'static Migrator {
        &MIGRATIONS
    }

    /// SQLite writes into pages of its log that it has already, so one small write can succeed on a full disk. The next
    /// payment may need more.
    fn check_room(options: &SqliteConnectOptions) -> Result<()> {
        match room_at(options.get_filename()) {
            Some(room) if room < LEAST_ROOM => bail!("{room} bytes are left on the disk of the database"),
            Some(_) | None => Ok(()),
        }
    }
}

/// How many bytes the disk of this file has left for us, where that can be told.
#[cfg(unix)]
fn room_at(file: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(file).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn room_at(_file: &Path) -> Option<u64> {
    None
}

impl SqliteOrders {
    /// Opens the file (or makes it) with at most this many connections for reading and one for writing, and brings its tables
    /// up to date.
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
        // One writes, the others read: a writer that waits holds none that readers need. A connection to a file is not lost
        // by itself, so none is tried before it is used.
        let pool = |most, options| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .acquire_timeout(CONNECTION_TIME_LIMIT)
                .test_before_acquire(false)
                .connect_with(options)
        };
        let writers = pool(1, options.clone()).await?;
        let owner = SqliteOwner::of(&file).await?;
        MIGRATIONS.run(&writers).await.context("cannot bring its tables up to date")?;
        sqlx::query(FREE_CLAIMS).execute(&writers).await?;
        // A connection that is opened later finds the file, or fails: an empty one in its place would be worse than none.
        let options = options.create_if_missing(false);
        writers.set_connect_options(options.clone());
        let connections = Connections::new(pool(connections, options).await?, writers);
        Ok(Self { connections, announcer: Announcer::new(), clock: StorageClock::default(), _kept: Arc::new(owner) })
    }

    /// Opens an existing file beside the merchant that may be working on it: takes no ownership, frees no claim, and runs no
    /// migration.
    pub(super) async fn open_beside(url: &str, access: Access) -> Result<Self> {
        let options: SqliteConnectOptions = url.parse().context("not a SQLite URL")?;
        let file = options.get_filename().to_owned();
        if !file.try_exists()? {
            bail!("there is no such file");
        }
        let options = options.create_if_missing(false).foreign_keys(true).busy_timeout(BUSY_TIMEOUT);
        let options = match access {
            Access::Read => options.read_only(true).immutable(!has_log(&file)?),
            Access::Write => options.synchronous(SqliteSynchronous::Full),
        };
        let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(COMMAND_TIME_LIMIT);
        let pool = pool.connect_with(options).await?;
        schema_status::must_be_up_to_date(&status(&mut *pool.acquire().await?).await?)?;
        let connections = Connections::new(pool.clone(), pool).with_time_limit(COMMAND_TIME_LIMIT);
        Ok(Self { connections, announcer: Announcer::new(), clock: StorageClock::default(), _kept: Arc::new(()) })
    }

    /// The same, in whose process it is what this clock says.
    #[must_use]
    pub fn by_clock(self, clock: MachineClock) -> Self {
        Self { clock: StorageClock::of(clock), ..self }
    }
}

/// How long to wait for a predecessor that is just ending.
const OWNER_PATIENCE: Duration = Duration::from_secs(2);
/// How often to look whether it has.
const OWNER_PAUSE: Duration = Duration::from_millis(50);

/// The right to work on a SQLite file, until it is dropped or the process ends: the lock on a file beside it, which the kernel
/// takes back however the process ends.
///
/// Without it, a second process would free the claims of the first and charge its orders too. The lock is not on the database
/// itself: closing a second handle to that file would drop the locks that SQLite holds there.
#[derive(Debug)]
struct SqliteOwner {
    _lock: File,
}

impl SqliteOwner {
    /// Takes the lock that belongs to `database`, an existing file.
    ///
    /// # Errors
    /// When another process holds it, or it cannot be had at all.
    async fn of(database: &Path) -> Result<Self> {
        let path = lock_of(database)?;
        let cannot = || format!("cannot lock {}", path.display());
        let lock = File::options().create(true).truncate(false).write(true).open(&path).with_context(cannot)?;
        let give_up = Instant::now() + OWNER_PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _lock: lock }),
                Err(TryLockError::Error(why)) => return Err(why).with_context(cannot),
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => sleep(OWNER_PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(is_held(database, &path)),
            }
        }
    }

    /// Checks that the lock could be taken now. None is made, and none is kept.
    ///
    /// # Errors
    /// When another process holds it, or it could not be had at all.
    fn could_be_of(database: &Path) -> Result<()> {
        let path = lock_of(database)?;
        let cannot = || format!("cannot lock {}", path.display());
        let lock = match File::options().write(true).open(&path) {
            Ok(lock) => lock,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
            Err(why) => return Err(why).with_context(cannot),
        };
        match lock.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::Error(why)) => Err(why).with_context(cannot),
            Err(TryLockError::WouldBlock) => Err(is_held(database, &path)),
        }
    }
}

/// The file whose lock it is. Two names of one database must lead to one lock.
fn lock_of(database: &Path) -> Result<PathBuf> {
    let database = database.canonicalize().with_context(|| format!("cannot find {}", database.display()))?;
    Ok(beside(&database, ".lock"))
}

fn is_held(database: &Path, lock: &Path) -> anyhow::Error {
    anyhow!(
        "another merchant works on {} and holds {}. One process works on a SQLite file at a time; several need \
         PostgreSQL: MERCHANT_DATABASE_URL=postgres://…",
        database.display(),
        lock.display()
    )
}

/// The schema that [`SqliteOrders::open`] would find.
pub(super) async fn inspect(url: &str) -> Result<SchemaStatus> {
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
        return Ok(SchemaStatus::Absent(schema_status::all(&MIGRATIONS)));
    }
    writable(&file)?;
    SqliteOwner::could_be_of(&file)?;
    let options = options.read_only(true).immutable(!has_log(&file)?).busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.connect().await?;
    let found = status(&mut connection).await?;
    connection.close().await?;
    Ok(found)
}

/// True if a log lies beside the file. A reader of the file reads it too, and makes one where there is none.
/// `immutable` makes none: the last merchant has tidied up, and what is in the file is all.
fn has_log(file: &Path) -> Result<bool> {
    Ok(beside(file, "-wal").try_exists()?)
}

/// Compares the migrations of an open file with ours.
async fn status(connection: &mut SqliteConnection) -> Result<SchemaStatus> {
    let is_migrated: Option<(i64,)> = sqlx::query_as("SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'")
        .fetch_optional(&mut *connection)
        .await?;
    let applied: Vec<Applied> = match is_migrated {
        Some(_) => sqlx::query_as(schema_status::APPLIED).fetch_all(&mut *connection).await?,
        None => Vec::new(),
    };
    schema_status::compare(&MIGRATIONS, &applied)
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
            let mut connection = orders.connections.readers.acquire().await.expect("a connection");
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
