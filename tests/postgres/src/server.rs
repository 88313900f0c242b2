//! A server and its supervisor.

use crate::caretaker::{Caretaker, Database};
use crate::programs;
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Small, quiet, and room for many tests at a time.
const OPTIONS: &[&str] = &[
    "listen_addresses=",
    "max_connections=400",
    "shared_buffers=16MB",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "log_min_messages=warning",
];

/// Whether what is committed must be on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As PostgreSQL is shipped.
    Durable,
    /// `fsync = off`: quicker, and good enough where no test asks what a power cut leaves.
    Careless,
}

/// A PostgreSQL server. It ends with this value, or with this process, whichever is first.
#[derive(Debug)]
pub struct Server {
    supervisor: Child,
    caretaker: Caretaker,
    databases: AtomicU32,
}

impl Server {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no PostgreSQL, saying what to install, or when it does not start, with what it wrote.
    #[must_use]
    pub fn start(durability: Durability) -> Self {
        Self::try_start(durability).unwrap_or_else(|why| panic!("no PostgreSQL for the tests: {why:#}"))
    }

    fn try_start(durability: Durability) -> Result<Self> {
        let programs = programs::folder()?;
        let home = tempfile::Builder::new().prefix("throwaway-postgres-").tempdir()?.keep();
        let mut command = Command::new("sh");
        command.args(["-c", include_str!("supervise.sh"), "supervise"]).arg(programs).arg(&home);
        let careless: &[&str] = match durability {
            Durability::Durable => &[],
            Durability::Careless => &["fsync=off", "full_page_writes=off"],
        };
        for option in OPTIONS.iter().chain(careless) {
            command.args(["-c", option]);
        }
        if let Some(user) = programs::unprivileged_user()? {
            chown(&home, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        // A group of its own: Ctrl-C at a terminal is for the tests, and the pipe's end tells the supervisor.
        command.current_dir(&home).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut supervisor = command.spawn().context("sh does not start")?;
        let is_alive = || matches!(supervisor.try_wait(), Ok(None));
        match Caretaker::begin(&home, is_alive) {
            Ok(caretaker) => Ok(Self { supervisor, caretaker, databases: AtomicU32::new(0) }),
            Err(why) => {
                let written = fs::read_to_string(home.join("log")).unwrap_or_default();
                end(&mut supervisor);
                drop(fs::remove_dir_all(&home));
                Err(why.context(format!("the server in {} wrote:\n{written}", home.display())))
            }
        }
    }

    /// A new, empty database.
    ///
    /// # Panics
    /// When the server does not make one.
    #[must_use]
    pub fn database(&self) -> Database {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.caretaker.database(name).unwrap_or_else(|why| panic!("no database for the test: {why:#}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.supervisor);
    }
}

/// Lets go of the pipe, and waits until the supervisor has cleaned up.
fn end(supervisor: &mut Child) {
    drop(supervisor.stdin.take());
    drop(supervisor.wait());
}
