//! One process at a time works on a SQLite file: it holds the lock on a file beside it, and the kernel takes the lock
//! back when the process ends, however it ends.
//!
//! Without it, a second process would free the claims of the first and charge its orders too. The lock is not on the
//! database itself: closing a second handle to that file would drop the locks that SQLite holds there.

use super::Result;
use anyhow::{Context, bail};
use std::fs::{File, TryLockError};
use std::path::Path;
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
        // Two names of one file must lead to one lock.
        let database = database.canonicalize().with_context(|| format!("cannot find {}", database.display()))?;
        let mut path = database.clone().into_os_string();
        path.push(".lock");
        let path = Path::new(&path);
        let cannot = || format!("cannot lock {}", path.display());
        let lock = File::options().create(true).truncate(false).write(true).open(path).with_context(cannot)?;
        let give_up = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _lock: lock }),
                Err(TryLockError::Error(why)) => return Err(why).with_context(cannot),
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => bail!(
                    "another merchant works on {} and holds {}. One process works on a SQLite file at a time; several \
                     need PostgreSQL: MERCHANT_DATABASE_URL=postgres://…",
                    database.display(),
                    path.display()
                ),
            }
        }
    }
}
