//! `cargo xtask lint`: formatting, the documents' spelling, clippy for the machine and for WebAssembly, documentation, warnings
//! denied, what crates.io would be given, and what we depend on.

use crate::command::{self, cargo, command};
use crate::deny;
use crate::tools::{self, WASM_TARGET};
use anyhow::Result;

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
    packages()?;
    deny::run()
}

/// Checks the spelling of all documents, in English and Indonesian, with the words of the glossary.
fn spelling() -> Result<()> {
    tools::spell_checker()?;
    let [checker, settings] =
        ["node_modules/cspell/bin.mjs", "cspell.json"].map(|it| format!("{}/{it}", tools::SPELLING));
    command::run(command("node").args([&checker, "lint", "--config", &settings, "--no-progress", "--gitignore"]))
}

/// The crates that crates.io is given: packs them, and compiles what was packed, alone, as an application in the browser has it.
fn packages() -> Result<()> {
    let mut package = cargo();
    // Of the second, crates.io need not know the first yet: cargo looks for it among what is packed, too.
    package.args(["package", "--quiet", "--package", "gopay-contract", "--package", "gopay-checkout"]);
    package.args(["--features", "gopay-checkout/csr", "--target", WASM_TARGET]);
    // What is not committed yet is held against the same rules.
    command::run(package.arg("--allow-dirty"))
}
