//! The program that drives Chromium: one for each browser, on a free port, gone with it.

use std::env;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(crate) struct Chromedriver {
    process: Child,
    port: u16,
}

impl Chromedriver {
    /// Starts the one that `CHROMEDRIVER` names, or else the one on PATH.
    pub(crate) async fn starts() -> Self {
        let program = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut command = Command::new(&program);
        // In a group of its own, so that the browsers it starts can be ended with it.
        #[cfg(unix)]
        command.process_group(0);
        let mut process = command
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}. `cargo xtask tools` installs it"));
        let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("its output is text").expect("it names its port before it ends");
            // "ChromeDriver was started successfully on port 12345."
            let Some((_, port)) = line.split_once("started successfully on port ") else { continue };
            break port.trim_end_matches('.').parse().expect("a port is a number");
        };
        // What it says later is read too, or it would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { process, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

#[cfg(unix)]
impl Drop for Chromedriver {
    fn drop(&mut self) {
        use nix::{sys::signal, unistd::Pid};
        let Some(group) = self.process.id().and_then(|id| i32::try_from(id).ok()) else { return };
        // An error means that nobody of the group is left, which is what we want.
        let _ = signal::killpg(Pid::from_raw(group), signal::Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.process.start_kill();
    }
}
