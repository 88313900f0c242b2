//! `cargo xtask lint`: formatting, the documents' spelling, clippy for the machine and for WebAssembly, documentation, warnings
//! denied, what crates.io would be given, what we depend on, and the workflows.

use crate::command::{self, cargo, command};
use crate::release;
use crate::tools::{self, WASM_TARGET};
use anyhow::{Context, Result};
use std::process::Command;

/// Runs all checks that are no tests.
pub(crate) fn run() -> Result<()> {
    tools::wasm_target()?;
    // Half of the widget exists only for wasm: natively neither clippy nor rustdoc sees it. The example leptos-ssr is a server
    // natively and hydrates in the browser; as neither, there is nothing of it.
    let native = ["--workspace", "--features", "leptos-ssr/ssr"];
    let widget = ["--package", "gopay-checkout", "--package", "leptos-ssr"];
    let wasm = [&widget[..], &["--features", "leptos-ssr/hydrate", "--target", WASM_TARGET]].concat();

    command::run(cargo().args(["fmt", "--all", "--check"]))?;
    spelling()?;
    for what in [&native[..], &wasm[..]] {
        command::run(cargo().arg("clippy").args(what).args(["--all-targets", "--", "-D", "warnings"]))?;
    }
    // Those that `cargo test` does not run, too.
    command::run(cargo().arg("clippy").args(native).args(["--test", "*", "--", "-D", "warnings"]))?;
    for what in [&native[..], &wasm[..]] {
        let mut doc = cargo();
        doc.args(["doc", "--no-deps", "--document-private-items"]).args(what);
        command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    release::pack_crates()?;
    dependencies()?;
    workflows()
}

/// Checks the spelling of all documents, in English and Indonesian, with the words of the glossary.
fn spelling() -> Result<()> {
    tools::spell_checker()?;
    let [checker, settings] =
        ["node_modules/cspell/bin.mjs", "cspell.json"].map(|it| format!("{}/{it}", tools::SPELLING));
    command::run(command("node").args([&checker, "lint", "--config", &settings, "--no-progress", "--gitignore"]))
}

/// Fails for each dependency in Cargo.lock that deny.toml does not allow: by its licence, its source or its name. Known
/// vulnerabilities are looked for where RustSec's database can be fetched; where it cannot, one line says so and why.
fn dependencies() -> Result<()> {
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

/// Checks GitHub's workflows with zizmor, if it is installed. Its checks that ask GitHub are left out.
fn workflows() -> Result<()> {
    if !command::exists("zizmor") {
        eprintln!("xtask: the workflows were NOT checked: there is no zizmor here (`pip install zizmor`)");
        return Ok(());
    }
    command::run(command("zizmor").args(["--offline", "--persona", "pedantic", ".github"]))
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
