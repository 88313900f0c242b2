//! Checks Cargo.lock: licences and sources, crates that are not wanted, and known vulnerabilities.

use crate::command::{self, cargo};
use crate::tools;
use anyhow::{Context, Result};
use std::process::Command;

/// Fails for whatever deny.toml does not allow. Known vulnerabilities are looked for where RustSec's database can be fetched;
/// where it cannot, one line says so and why.
pub(crate) fn run() -> Result<()> {
    tools::cargo_deny()?;
    command::run(&mut deny(&["check", "licenses", "bans", "sources"]))?;
    // Not `ask`: why it failed is wanted, too.
    let fetched = deny(&["--color", "never", "fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0").output();
    let fetched = fetched.context("cannot start `cargo deny`")?;
    if fetched.status.success() {
        return command::run(&mut deny(&["check", "advisories"]));
    }
    eprintln!("{}", not_looked_for(&String::from_utf8_lossy(&fetched.stderr)));
    Ok(())
}

fn deny(words: &[&str]) -> Command {
    let mut deny = cargo();
    deny.args(["deny", "--workspace"]).args(words);
    deny
}

fn not_looked_for(why: &str) -> String {
    let why = why.trim().lines().last().unwrap_or("git said nothing");
    format!("xtask: known vulnerabilities were NOT looked for: RustSec's database cannot be fetched here ({why})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_vulnerabilities_were_not_looked_for_is_said_with_the_reason() {
        let said = not_looked_for("cloning\nfatal: no way there\n");
        assert!(said.contains("NOT looked for") && said.contains("(fatal: no way there)"), "{said}");
    }
}
