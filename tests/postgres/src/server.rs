//! A server and its supervisor.

use crate::authority::Certificate;
use crate::caretaker::{Caretaker, Database};
use crate::programs;
use anyhow::{Context, Result};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, io};

/// Names the socket where there is no other. No TCP port is taken for it.
const USUAL_PORT: u16 = 5432;
/// A free port may be somebody else's a moment later.
const TRIES: usize = 5;

/// Small, quiet, and room for many tests at a time.
const OPTIONS: &[&str] = &[
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

/// How a server is reached.
#[derive(Debug)]
struct Reached<'a> {
    port: u16,
    over_tcp: bool,
    certificate: Option<&'a Certificate>,
}

impl Reached<'_> {
    /// What the server is told of it, once what it needs is in its home.
    fn options(&self, home: &Path) -> Result<Vec<String>> {
        let address = if self.over_tcp { "127.0.0.1" } else { "" };
        let mut options = vec![format!("port={}", self.port), format!("listen_addresses={address}")];
        if let Some(certificate) = self.certificate {
            let (shown, key) = (home.join("server.pem"), home.join("server.key"));
            fs::copy(&certificate.shown, &shown)?;
            fs::copy(&certificate.key, &key)?;
            fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
            options.push("ssl=on".to_owned());
            options.push(format!("ssl_cert_file={}", shown.display()));
            options.push(format!("ssl_key_file={}", key.display()));
        }
        Ok(options)
    }
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
        let reached = Reached { port: USUAL_PORT, over_tcp: false, certificate: None };
        Self::try_start(durability, &reached).unwrap_or_else(|why| panic!("no PostgreSQL for the tests: {why:#}"))
    }

    /// Starts one that can be reached over TCP too, on this machine; with a certificate by TLS as well as without.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn start_on_a_port(certificate: Option<&Certificate>) -> Self {
        let start = || {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            Self::try_start(Durability::Careless, &Reached { port, over_tcp: true, certificate })
        };
        let mut last = start();
        for _ in 1..TRIES {
            if last.is_ok() {
                break;
            }
            last = start();
        }
        last.unwrap_or_else(|why| panic!("no PostgreSQL for the tests: {why:#}"))
    }

    fn try_start(durability: Durability, reached: &Reached<'_>) -> Result<Self> {
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
        for option in reached.options(&home)? {
            command.args(["-c", &option]);
        }
        if let Some(user) = programs::unprivileged_user()? {
            for path in home.read_dir()?.map(|entry| Ok(entry?.path())).chain([Ok::<_, io::Error>(home.clone())]) {
                chown(path?, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
            }
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        // A group of its own: Ctrl-C at a terminal is for the tests, and the pipe's end tells the supervisor.
        command.current_dir(&home).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut supervisor = command.spawn().context("sh does not start")?;
        let is_alive = || matches!(supervisor.try_wait(), Ok(None));
        match Caretaker::begin(&home, reached.port, is_alive) {
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
