//! A display that nobody sees, for a browser that wants one. Gone when dropped.

use std::process::Stdio;
use std::{env, str};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Larger than any device.
const SCREEN: &str = "1600x1400x24";

pub(crate) struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts the X server that `XVFB` names, or else the one on PATH.
    pub(crate) async fn starts() -> Self {
        let program = env::var("XVFB").unwrap_or_else(|_| "Xvfb".to_owned());
        let mut server = Command::new(&program)
            .args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}. `cargo xtask test` installs it"));
        let mut lines = BufReader::new(server.stdout.take().expect("its output is piped")).lines();
        let number = lines.next_line().await.expect("its output is text").expect("it names its display");
        Self { server, name: format!(":{}", number.trim()) }
    }

    /// For `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(unix)]
impl Drop for Display {
    fn drop(&mut self) {
        use nix::{sys::signal, unistd::Pid};
        let Some(server) = self.server.id().and_then(|id| i32::try_from(id).ok()) else { return };
        // Asked and not killed, so that it takes the lock of its number with it.
        let _ = signal::kill(Pid::from_raw(server), signal::Signal::SIGTERM);
    }
}

#[cfg(not(unix))]
impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.start_kill();
    }
}
