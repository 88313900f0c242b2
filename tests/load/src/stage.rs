//! The merchant and the sandbox, each in a process of its own, as they are built beside this program.

use crate::connection::Connection;
use crate::server::{Server, free_port};
use anyhow::{Context as _, Result};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// The sandbox's own key, known to everybody: it opens nothing else.
pub(crate) const SERVER_KEY: &str = "SB-Mid-server-offline-sandbox";
/// Nobody's but this program's.
pub(crate) const TOKEN_SECRET: &str = "load-order-token-secret-W8tQm2Zr5Ky7Hc3V";

/// Rate limits for one client.
const LIMITS: [&str; 4] = [
    "MERCHANT_CHARGES_PER_MINUTE",
    "MERCHANT_STATUSES_PER_MINUTE",
    "MERCHANT_CONNECTIONS_PER_CLIENT",
    "MERCHANT_STREAMS_PER_CLIENT",
];

/// The servers under load.
pub(crate) struct Stage {
    merchant: Option<Server>,
    merchant_port: u16,
    /// URL of the merchant's database.
    pub(crate) url: String,
    pub(crate) sandbox: Server,
    /// The merchant's database, without a password.
    pub(crate) database: &'static str,
    pub(crate) folder: TempDir,
}

impl Stage {
    /// Starts both. Midtrans notifies nobody until it is told to.
    pub(crate) async fn set(database: Option<&str>) -> Result<Self> {
        let folder = TempDir::new()?;
        let in_folder = |name: &str| folder.path().join(name);
        let (sandbox_port, merchant_port) = (free_port()?, free_port()?);
        let mut sandbox = Command::new(beside_us("midtrans-sandbox")?);
        sandbox.env("SANDBOX_BIND", format!("127.0.0.1:{sandbox_port}")).env("RUST_LOG", "error");
        sandbox.env("SANDBOX_SERVER_KEY", SERVER_KEY).env_remove("SANDBOX_NOTIFICATION_URL");
        let sandbox = Server::start(&mut sandbox, sandbox_port, "/healthz", &in_folder("sandbox.log")).await?;
        let url = database.map_or_else(|| format!("sqlite:{}", in_folder("shop.sqlite3").display()), str::to_owned);
        let database = if url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" };
        let mut stage = Self { merchant: None, merchant_port, url, sandbox, database, folder };
        stage.start_the_merchant().await?;
        Ok(stage)
    }

    /// The merchant, which runs.
    pub(crate) fn merchant(&self) -> Result<&Server> {
        self.merchant.as_ref().context("the merchant is stopped")
    }

    /// Ends the merchant's process at once.
    pub(crate) fn stop_the_merchant(&mut self) {
        self.merchant = None;
    }

    /// Starts it, and waits until it answers.
    pub(crate) async fn start_the_merchant(&mut self) -> Result<()> {
        let mut merchant = Command::new(beside_us("gopay-merchant")?);
        // With the log that it has by default: writing it is part of the work.
        merchant
            .env_remove("RUST_LOG")
            .env("MIDTRANS_SERVER_KEY", SERVER_KEY)
            .env("MIDTRANS_BASE_URL", format!("http://{}", self.sandbox.address))
            .env("MERCHANT_BIND", format!("127.0.0.1:{}", self.merchant_port))
            .env("MERCHANT_DATABASE_URL", &self.url)
            .env("ORDER_TOKEN_SECRET", TOKEN_SECRET);
        // All payers are one client here. The limits stay, because keeping them is part of the work too.
        for variable in LIMITS {
            merchant.env(variable, "10000000");
        }
        let log = self.folder.path().join("merchant.log");
        self.merchant = Some(Server::start(&mut merchant, self.merchant_port, "/healthz", &log).await?);
        Ok(())
    }

    /// Makes Midtrans notify the merchant.
    pub(crate) async fn notifications_go_to_the_merchant(&self) -> Result<()> {
        self.notify(&json!({"url": format!("http://{}/api/gopay/notifications", self.merchant()?.address)})).await
    }

    /// Makes Midtrans notify nobody.
    pub(crate) async fn notifications_go_nowhere(&self) -> Result<()> {
        self.notify(&json!({"url": null})).await
    }

    async fn notify(&self, url: &serde_json::Value) -> Result<()> {
        Connection::open(self.sandbox.address).await?.post("/sandbox/notification-url", url).await?;
        Ok(())
    }
}

fn beside_us(program: &str) -> Result<PathBuf> {
    let us = std::env::current_exe().context("where is this program?")?;
    Ok(us.with_file_name(program))
}
