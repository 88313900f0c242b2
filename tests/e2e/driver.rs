//! A program that drives a browser: one for each browser, on a free port, gone with it and with all that it started.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

/// How often to try a port that nobody listens at yet.
const KNOCK: Duration = Duration::from_millis(20);

pub(crate) struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts one that takes any free port when it is told `--port=0`, and says behind `words` which it took.
    pub(crate) async fn says_its_port(mut command: Command, words: &str) -> Self {
        let mut process = spawn(command.arg("--port=0"));
        let mut lines = lines_of(&mut process);
        let port = loop {
            let line = lines.next_line().await.expect("its output is text").expect("it names its port before it ends");
            let Some((_, port)) = line.split_once(words) else { continue };
            break port.trim_end_matches('.').parse().expect("a port is a number");
        };
        tokio::spawn(read_on(lines));
        Self { process, port }
    }

    /// Starts one that must be told its port, and says nothing.
    pub(crate) async fn is_told_its_port(mut command: Command) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.expect("this machine has a free port").port();
        let mut process = spawn(command.arg(format!("--port={port}")));
        tokio::spawn(read_on(lines_of(&mut process)));
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
            let ended = process.try_wait().expect("it can be asked whether it runs");
            assert!(ended.is_none(), "it ended before it listened: {ended:?}");
            tokio::time::sleep(KNOCK).await;
        }
        Self { process, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn spawn(command: &mut Command) -> Child {
    // In a group of its own, so that the browsers it starts can be ended with it.
    #[cfg(unix)]
    command.process_group(0);
    let spawned = command.kill_on_drop(true).spawn();
    spawned.unwrap_or_else(|error| {
        panic!("cannot start {:?}: {error}. `cargo xtask test` installs it", command.as_std().get_program())
    })
}

fn lines_of(process: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(process.stdout.take().expect("its output is piped")).lines()
}

/// What it says later is read too, or it would stop at a full pipe.
async fn read_on(mut lines: Lines<BufReader<ChildStdout>>) {
    while let Ok(Some(_)) = lines.next_line().await {}
}

#[cfg(unix)]
impl Drop for Driver {
    fn drop(&mut self) {
        use nix::{sys::signal, unistd::Pid};
        let Some(group) = self.process.id().and_then(|id| i32::try_from(id).ok()) else { return };
        // An error means that nobody of the group is left, which is what we want.
        let _ = signal::killpg(Pid::from_raw(group), signal::Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.start_kill();
    }
}
