//! `PgBouncer` before a server: transactions of many clients share a few of the server's connections.

use crate::programs;
use anyhow::{Context, Result, bail};
use sqlx::postgres::PgConnectOptions;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Long enough for a busy machine; reached only when something is wrong.
const START_TIME_LIMIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// A `PgBouncer` with `pool_mode = transaction`. It ends with this value, or with this process, whichever is first.
#[derive(Debug)]
pub struct Pooler {
    supervisor: Child,
    home: PathBuf,
    port: u16,
    servers: u32,
}

impl Pooler {
    /// Starts one before the server and database of this URL, which it has at most so many connections to.
    ///
    /// # Panics
    /// When there is no `PgBouncer`, saying what to install, or when it does not start, with what it wrote.
    #[must_use]
    pub fn start(server_url: &str, servers: u32) -> Self {
        Self::try_start(server_url, servers).unwrap_or_else(|why| panic!("no PgBouncer for the tests: {why:#}"))
    }

    fn try_start(server_url: &str, servers: u32) -> Result<Self> {
        let program = programs::pgbouncer()?;
        let home = tempfile::Builder::new().prefix("throwaway-pgbouncer-").tempdir()?.keep();
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("sh");
        command.args(["-c", include_str!("supervise_pooler.sh"), "supervise"]).arg(program).arg(&home);
        // It refuses to run as root, as the server does.
        if let Some(user) = programs::unprivileged_user()? {
            chown(&home, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        fs::write(home.join("pgbouncer.ini"), configuration(server_url, port, servers)?)?;
        command.current_dir(&home).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let supervisor = command.spawn().context("sh does not start")?;
        let mut pooler = Self { supervisor, home, port, servers };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let is_gone = pooler.supervisor.try_wait()?.is_some();
            if is_gone || started.elapsed() > START_TIME_LIMIT {
                bail!("it wrote:\n{}", fs::read_to_string(pooler.home.join("log")).unwrap_or_default());
            }
            std::thread::sleep(PAUSE);
        }
        Ok(pooler)
    }

    /// The URL whose transactions are pooled.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/transactions", self.port)
    }

    /// The URL by which a client has one connection of the server for as long as it stays.
    #[must_use]
    pub fn session_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/sessions", self.port)
    }

    /// Leads to another server from now on, as an operator does it: another configuration, and RELOAD.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn leads_to(&mut self, server_url: &str) {
        let configuration = configuration(server_url, self.port, self.servers).expect("a server's URL");
        fs::write(self.home.join("pgbouncer.ini"), configuration).expect("the configuration can be written");
        let supervisor = self.supervisor.stdin.as_mut().expect("its other end is held until the end");
        writeln!(supervisor, "reload").expect("its supervisor runs");
    }
}

fn configuration(server_url: &str, port: u16, servers: u32) -> Result<String> {
    let server: PgConnectOptions = server_url.parse()?;
    let name = server.get_database().context("a database's name")?;
    let way = format!("host={} port={} dbname={name} user=postgres", server.get_host(), server.get_port());
    Ok(format!(
        "[databases]\n\
         transactions = {way}\n\
         sessions = {way} pool_mode=session pool_size=20\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = any\n\
         pool_mode = transaction\n\
         default_pool_size = {servers}\n\
         max_client_conn = 500\n\
         server_login_retry = 1\n\
         server_connect_timeout = 2\n\
         query_wait_timeout = 5\n\
         logfile = log\n"
    ))
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        drop(self.supervisor.wait());
    }
}
