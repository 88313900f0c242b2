//! A server and its supervisor.

use crate::authority::Certificate;
use crate::caretaker::{Caretaker, Database};
use crate::programs;
use anyhow::{Context, Result};
use std::io::Write as _;
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

/// Options of a server that has standbys.
const REPLICATION: &[&str] = &["wal_level=replica", "max_wal_senders=4", "max_connections=60"];

/// Durability of commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// PostgreSQL's default.
    Durable,
    /// `fsync = off`: quicker, and good enough where no test asks what a power cut leaves.
    Careless,
}

/// The address of a server.
#[derive(Debug)]
struct Reached<'a> {
    port: u16,
    over_tcp: bool,
    certificate: Option<&'a Certificate>,
    replication: Replication,
}

/// A server's role in replication.
#[derive(Clone, Debug)]
enum Replication {
    None,
    Primary,
    /// A standby of the server at this URL.
    Standby(String),
}

impl Reached<'_> {
    /// The server's options, once what it needs is in its home.
    fn options(&self, home: &Path) -> Result<Vec<String>> {
        let address = if self.over_tcp { "127.0.0.1" } else { "" };
        let mut options = vec![format!("port={}", self.port), format!("listen_addresses={address}")];
        match self.replication {
            Replication::None => {}
            Replication::Primary | Replication::Standby(_) => {
                options.extend(REPLICATION.iter().map(|&it| it.to_owned()));
            }
        }
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
        let replication = Replication::None;
        let reached = Reached { port: USUAL_PORT, over_tcp: false, certificate: None, replication };
        Self::try_start(durability, &reached).unwrap_or_else(|why| panic!("no PostgreSQL for the tests: {why:#}"))
    }

    /// Starts one that can be reached over TCP too, on this machine; with a certificate by TLS as well as without.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn start_on_a_port(certificate: Option<&Certificate>) -> Self {
        Self::start_anywhere(Durability::Careless, certificate, &Replication::None)
    }

    /// Starts one that can be reached over TCP, waits for the disk, and can have a [standby](Server::standby).
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn start_to_replicate() -> Self {
        Self::start_anywhere(Durability::Durable, None, &Replication::Primary)
    }

    /// Starts a standby of this server, which was [started to replicate](Server::start_to_replicate). It can be read, and
    /// follows every change until it is [promoted](Server::promote).
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn standby(&self) -> Self {
        Self::start_anywhere(Durability::Durable, None, &Replication::Standby(self.caretaker.url()))
    }

    fn start_anywhere(durability: Durability, certificate: Option<&Certificate>, replication: &Replication) -> Self {
        let start = || {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let replication = replication.clone();
            Self::try_start(durability, &Reached { port, over_tcp: true, certificate, replication })
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
        command.arg(match &reached.replication {
            Replication::None | Replication::Primary => "",
            Replication::Standby(primary) => primary,
        });
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

    /// The port of this machine that it is reached at.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.caretaker.port()
    }

    /// Ends it as a crash does: every session at once, with nothing tidied up.
    ///
    /// # Panics
    /// When its supervisor is gone. The same goes for the two below.
    pub fn crash(&mut self) {
        self.ask("crash");
    }

    /// Starts it again after a [crash](Server::crash).
    pub fn start_again(&mut self) {
        self.ask("start");
    }

    /// Makes a standby a primary, which can be written.
    pub fn promote(&mut self) {
        self.ask("promote");
    }

    fn ask(&mut self, word: &str) {
        let supervisor = self.supervisor.stdin.as_mut().expect("its other end is held until the end");
        writeln!(supervisor, "{word}").expect("the server's supervisor runs");
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
