//! WebDriver process (chromedriver, geckodriver, `WebKitWebDriver`): one for each browser, on a free port. It ends with the
//! browser, and so does every process that it has started.

use crate::supervised::{Supervised, read_on};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::Command;

/// Pause between attempts to connect, and their number.
const CONNECT_RETRY: (Duration, u32) = (Duration::from_millis(20), 1_500);

pub(crate) struct WebDriverProcess {
    _process: Supervised,
    port: u16,
}

impl WebDriverProcess {
    /// Starts a driver that chooses a free port itself (`--port=0`) and prints it after `words`.
    pub(crate) async fn reports_port(mut command: Command, words: &str) -> Self {
        let (process, mut lines) = Supervised::starts(command.arg("--port=0"));
        let port = loop {
            let line = lines.next_line().await.expect("its output is text").expect("it names its port before it ends");
            let Some((_, port)) = line.split_once(words) else { continue };
            break port.trim_end_matches('.').parse().expect("a port is a number");
        };
        tokio::spawn(read_on(lines));
        Self { _process: process, port }
    }

    /// Starts a driver on a free port of our choice, and waits until it listens.
    pub(crate) async fn on_free_port(mut command: Command) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.expect("this machine has a free port").port();
        let (process, lines) = Supervised::starts(command.arg(format!("--port={port}")));
        tokio::spawn(read_on(lines));
        for _ in 0..CONNECT_RETRY.1 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
                return Self { _process: process, port };
            }
            tokio::time::sleep(CONNECT_RETRY.0).await;
        }
        panic!("nobody listens at port {port}: {command:?}");
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
