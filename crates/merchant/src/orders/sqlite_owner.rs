//! One process at a time works on a SQLite file: it holds the lock on a file beside it, and the kernel takes the lock
//! back when the process ends, however it ends.
//!
//! Without it, a second process would free the claims of the first and charge its orders too. The lock is not on the
//! database itself: closing a second handle to that file would drop the locks that SQLite holds there.

use super::Result;
use anyhow::{Context, anyhow};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long to wait for a predecessor that is just ending.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often to look whether it has.
const PAUSE: Duration = Duration::from_millis(50);

/// The right to work on a SQLite file, until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct SqliteOwner {
    _lock: File,
}

impl SqliteOwner {
    /// Takes the lock that belongs to `database`, an existing file.
    ///
    /// # Errors
    /// When another process holds it, or it cannot be had at all.
    pub(super) async fn of(database: &Path) -> Result<Self> {
        let path = lock_of(database)?;
        let cannot = || format!("cannot lock {}", path.display());
        let lock = File::options().create(true).truncate(false).write(true).open(&path).with_context(cannot)?;
        let give_up = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _lock: lock }),
                Err(TryLockError::Error(why)) => return Err(why).with_context(cannot),
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(is_held(database, &path)),
            }
        }
    }

    /// Checks that the lock could be taken now. None is made, and none is kept.
    ///
    /// # Errors
    /// When another process holds it, or it could not be had at all.
    pub(super) fn could_be_of(database: &Path) -> Result<()> {
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
    let mut path = database.into_os_string();
    path.push(".lock");
    Ok(path.into())
}

fn is_held(database: &Path, lock: &Path) -> anyhow::Error {
    anyhow!(
        "another merchant works on {} and holds {}. One process works on a SQLite file at a time; several need \
         PostgreSQL: MERCHANT_DATABASE_URL=postgres://…",
        database.display(),
        lock.display()
    )
}
