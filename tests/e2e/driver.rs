//! A program that drives a browser: one for each browser, on a free port, gone with it and with all that it started.

use crate::supervised::{Supervised, read_on};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::Command;

/// How often to try a port that nobody listens at yet, and how many times.
const KNOCK: (Duration, u32) = (Duration::from_millis(20), 1_500);

pub(crate) struct Driver {
    _process: Supervised,
    port: u16,
}

impl Driver {
    /// Starts one that takes any free port when it is told `--port=0`, and says behind `words` which it took.
    pub(crate) async fn says_its_port(mut command: Command, words: &str) -> Self {
        let (process, mut lines) = Supervised::starts(command.arg("--port=0"));
        let port = loop {
            let line = lines.next_line().await.expect("its output is text").expect("it names its port before it ends");
            let Some((_, port)) = line.split_once(words) else { continue };
            break port.trim_end_matches('.').parse().expect("a port is a number");
        };
        tokio::spawn(read_on(lines));
        Self { _process: process, port }
    }

    /// Starts one that must be told its port, and says nothing.
    pub(crate) async fn is_told_its_port(mut command: Command) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.expect("this machine has a free port").port();
        let (process, lines) = Supervised::starts(command.arg(format!("--port={port}")));
        tokio::spawn(read_on(lines));
        for _ in 0..KNOCK.1 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
                return Self { _process: process, port };
            }
            tokio::time::sleep(KNOCK.0).await;
        }
        panic!("nobody listens at port {port}: {command:?}");
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
