//! What stands in Cargo.lock: its licences and sources, crates that are not wanted, and holes that are known.

use crate::command::{self, cargo};
use crate::tools;
use anyhow::{Context, Result};

/// Fails for whatever deny.toml does not allow. Known holes can only be looked for where their database can be fetched;
/// where it cannot, that is said so that nobody overlooks it.
pub(crate) fn run() -> Result<()> {
    tools::cargo_deny()?;
    let deny = |words: &[&str]| {
        let mut deny = cargo();
        deny.args(["deny", "--workspace"]).args(words);
        deny
    };
    command::run(&mut deny(&["check", "licenses", "bans", "sources"]))?;
    // Not `ask`: why it failed is wanted, too.
    let fetched = deny(&["--color", "never", "fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0").output();
    let fetched = fetched.context("cannot start `cargo deny`")?;
    if fetched.status.success() {
        return command::run(&mut deny(&["check", "advisories"]));
    }
    let why = String::from_utf8_lossy(&fetched.stderr);
    eprintln!("{}", not_checked(why.trim()));
    Ok(())
}

fn not_checked(why: &str) -> String {
    let line = "!".repeat(100);
    format!(
        "\n{line}\n!! NOT CHECKED: known holes in dependencies. The RustSec advisory database cannot be fetched here:\n!! {}\n\
         !! Run `cargo xtask lint` once more where it can.\n{line}\n",
        why.lines().last().unwrap_or("git said nothing")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_checked_and_why_cannot_be_overlooked() {
        let said = not_checked("cloning\nfatal: no way there");
        assert!(said.contains("NOT CHECKED: known holes") && said.contains("fatal: no way there"), "{said}");
    }
}
