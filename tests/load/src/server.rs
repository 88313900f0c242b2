//! A server in a process of its own.

use crate::connection::Connection;
use crate::machine::{self, Memory};
use anyhow::{Context as _, Result, bail};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time limit for a server's first answer.
const START: Duration = Duration::from_secs(30);

/// A running server. It ends when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts `command` and waits until it answers `GET path`. Its log goes to `log`, as it would to a file in production.
    pub(crate) async fn start(command: &mut Command, port: u16, path: &str, log: &Path) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let log_file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file).spawn();
        let child = child.with_context(|| format!("cannot start {name}"))?;
        let mut server = Self { address: (Ipv4Addr::LOCALHOST, port).into(), child };
        let started = Instant::now();
        loop {
            if let Some(status) = server.child.try_wait()? {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                bail!("{name} ended by itself ({status}):\n{said}");
            }
            if let Ok(mut connection) = Connection::open(server.address).await
                && let Ok(answer) = connection.send(connection.get(path, None)?).await
                && answer.status.is_success()
            {
                return Ok(server);
            }
            if started.elapsed() > START {
                bail!("{name} did not answer {path} within {} s", START.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Resident memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        machine::memory_of(self.child.id())
    }

    /// Processor time so far.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        machine::processor_time_of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
