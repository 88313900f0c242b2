//! `cargo xtask load`: how much one merchant process bears. The merchant, the sandbox and the payers are built to be fast
//! (`[profile.load]`), and each is a process of its own.

use crate::command::{self, cargo, command, target};
use anyhow::Result;

/// Builds the three, then runs.
pub(crate) fn run(quick: bool, database: Option<&str>, history: Option<u64>) -> Result<()> {
    let packages = ["gopay-merchant", "midtrans-sandbox", "gopay-load"];
    command::run(
        cargo().args(["build", "--profile", "load"]).args(packages.map(|package| format!("--package={package}"))),
    )?;
    let mut load = command(&target().join("load/gopay-load").display().to_string());
    if quick {
        load.arg("--quick");
    }
    if let Some(count) = history {
        load.arg("--history").arg(count.to_string());
    }
    if let Some(url) = database {
        // Not as an argument: it may hold a password, and arguments are shown.
        load.env("LOAD_DATABASE_URL", url);
    }
    command::run(&mut load)
}
