//! Vite's development server.

use crate::fresh_install::{FreshInstall, Host};
use gopay_e2e::{Shop, eventually};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A running server. It stops when dropped.
#[derive(Debug)]
pub struct DevServer {
    // Killed when it is dropped. Should this process be killed itself: the server ends with its input, which ends then.
    _process: Child,
    port: u16,
}

impl DevServer {
    /// Starts it for the page of this host, with the shop as its backend.
    pub async fn starts(fresh: &FreshInstall, host: Host, shop: &Shop) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.expect("this machine has a free port").port();
        let mut command = Command::new("node");
        command.arg(fresh.path("node_modules/vite/bin/vite.js")).args(["dev", "--strictPort", "--host", "127.0.0.1"]);
        command.args(["--port", &port.to_string()]).current_dir(fresh.path(host.name()));
        command.env("MERCHANT_URL", shop.address("")).env_remove("CI");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
        let process = command.spawn().expect("there is Node.js");
        eventually("Vite's server listens", async || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map(drop).map_err(|error| error.to_string())
        })
        .await;
        Self { _process: process, port }
    }

    /// The page's address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}
