//! The state of a sandbox as one value, and the file of `--file` that holds it: replaced in one step, and never touched if
//! another program wrote it.

use crate::{
    Behaviour,
    faults::FaultRegistry,
    ledger::{KeyedAnswer, Transaction},
    lock,
    notifier::Queue,
    sandbox::Sandbox,
};
use axum::{body::Bytes, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// The state that is written and read back. The server key, and all settings of the start, are not in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Milliseconds by which the clock is ahead of the machine's.
    pub(crate) clock_ahead_millis: u64,
    pub(crate) behaviour: Behaviour,
    pub(crate) notification_url: Option<String>,
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) refunds_made: u64,
    pub(crate) answers: Vec<KeyedAnswer<StoredAnswer>>,
    /// The notifications: waiting, in flight and sent.
    pub(crate) notifications: Queue,
    pub(crate) faults: FaultRegistry,
}

/// A stored answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "WrittenAnswer", into = "WrittenAnswer")]
pub(crate) struct StoredAnswer {
    pub(crate) http_status: StatusCode,
    pub(crate) body: Bytes,
}

/// A stored answer as written to a file.
#[derive(Serialize, Deserialize)]
struct WrittenAnswer {
    http_status: u16,
    body: String,
}

impl From<StoredAnswer> for WrittenAnswer {
    fn from(answer: StoredAnswer) -> Self {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        Self { http_status: answer.http_status.as_u16(), body }
    }
}

impl TryFrom<WrittenAnswer> for StoredAnswer {
    type Error = axum::http::status::InvalidStatusCode;

    fn try_from(written: WrittenAnswer) -> Result<Self, Self::Error> {
        Ok(Self { http_status: StatusCode::from_u16(written.http_status)?, body: written.body.into() })
    }
}

/// Version of the file format. A file of another version is refused and not guessed at.
const VERSION: u32 = 1;

/// Pause before a write, so that what changes together is written together; with a big file, ten times as long as the
/// last write took.
const PAUSE: Duration = Duration::from_millis(100);

/// Pause after a write that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Error: the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read, or nothing can be written beside it.
    #[error("cannot use {} as the sandbox's file", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The content is not a sandbox's. It is left as it is.
    #[error("{} does not hold the state of a sandbox, and is left as it is: move it away, or name another file", .0.display())]
    Broken(PathBuf, #[source] serde_json::Error),
    /// Another version wrote the file.
    #[error("{} was written by another version of the sandbox ({found}; this one reads {VERSION}): name another file", .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Another sandbox uses the file.
    #[error("{} is in use by another sandbox", .0.display())]
    InUse(PathBuf),
}

#[derive(Serialize, Deserialize)]
struct Written<S> {
    version: u32,
    state: S,
}

/// An open state file. Its lock ends with it.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// True while it may be written; the lock allows one write at a time, and none after the last one.
    is_open: Mutex<bool>,
    lock: File,
}

impl StateFile {
    /// Locks the file for this process, and reads its state: the default if there is none yet.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<State>), FileError> {
        let io = |error| FileError::Io(path.to_owned(), error);
        // A file of its own, because the other one is replaced at each write.
        let beside = beside(path, ".lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(beside).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FileError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let file = Self { path: path.to_owned(), is_open: Mutex::new(true), lock };
        let state = match fs::read(path) {
            Ok(bytes) => Some(read(path, &bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(io(error)),
        };
        Ok((file, state))
    }

    /// Writes the current state.
    pub(crate) fn write(&self, sandbox: &Sandbox) -> Result<(), FileError> {
        let is_open = lock(&self.is_open);
        // Taken only now: a write that waited for another one has what is newer.
        if *is_open { self.put(&sandbox.state()) } else { Ok(()) }
    }

    /// Writes for the last time, and unlocks the file.
    pub(crate) fn close(&self, sandbox: &Sandbox) -> Result<(), FileError> {
        let mut is_open = lock(&self.is_open);
        *is_open = false;
        self.put(&sandbox.state())?;
        self.lock.unlock().map_err(|error| FileError::Io(self.path.clone(), error))
    }

    /// Writes beside the file, then renames: a reader finds the old or the new state.
    fn put(&self, state: &State) -> Result<(), FileError> {
        let io = |error| FileError::Io(self.path.clone(), error);
        let bytes = serde_json::to_vec(&Written { version: VERSION, state })
            .map_err(|error| FileError::Broken(self.path.clone(), error))?;
        let new = beside(&self.path, ".new");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        // Signatures and callback URLs are in it: no other user of this machine may read it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new).map_err(io)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(io)?;
        fs::rename(&new, &self.path).map_err(io)
    }

    /// Writes after each change, until the sandbox ends. A write that fails is told and tried again.
    pub(crate) async fn keep(self: Arc<Self>, sandbox: Arc<Sandbox>) {
        let mut changes = sandbox.changes.listen();
        let mut pause = PAUSE;
        let mut is_behind = false;
        while is_behind || changes.changed().await.is_ok() {
            tokio::time::sleep(pause).await;
            if changes.borrow_and_update().is_none() {
                return;
            }
            let (file, sandbox) = (Arc::clone(&self), Arc::clone(&sandbox));
            let started = Instant::now();
            let written = tokio::task::spawn_blocking(move || file.write(&sandbox)).await;
            is_behind = match written {
                Ok(Err(error)) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the sandbox's file could not be written"
                    );
                    true
                }
                Ok(Ok(())) | Err(_) => false,
            };
            pause = if is_behind { AFTER_FAILURE } else { PAUSE.max(started.elapsed() * 10) };
        }
    }
}

fn read(path: &Path, bytes: &[u8]) -> Result<State, FileError> {
    let broken = |error| FileError::Broken(path.to_owned(), error);
    let Written { version, state } = serde_json::from_slice::<Written<serde_json::Value>>(bytes).map_err(broken)?;
    if version != VERSION {
        return Err(FileError::Version { path: path.to_owned(), found: version });
    }
    serde_json::from_value(state).map_err(broken)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
