//! `cargo xtask lint`: formatting, clippy for both worlds, documentation, warnings denied, what crates.io would be given, and
//! what we depend on.

use crate::command::{self, cargo};
use crate::deny;
use crate::tools::{self, WASM_TARGET};
use anyhow::Result;

/// Runs all checks that are no tests.
pub(crate) fn run() -> Result<()> {
    tools::wasm_target()?;
    // Half of the widget exists only for wasm: natively neither clippy nor rustdoc sees it.
    let native = ["--workspace"];
    let wasm = ["--package", "gopay-checkout", "--target", WASM_TARGET];
    // This one is built as one of two things; as neither, there is nothing of it.
    let server = ["--package", "leptos-ssr", "--features", "ssr"];
    let hydrated = ["--package", "leptos-ssr", "--features", "hydrate", "--target", WASM_TARGET];

    command::run(cargo().args(["fmt", "--all", "--check"]))?;
    for what in [&native[..], &wasm[..], &server[..], &hydrated[..]] {
        command::run(cargo().arg("clippy").args(what).args(["--all-targets", "--", "-D", "warnings"]))?;
    }
    // Those that `cargo test` does not run, too.
    command::run(cargo().args(["clippy", "--workspace", "--test", "*", "--", "-D", "warnings"]))?;
    for what in [&native[..], &wasm[..]] {
        let mut doc = cargo();
        doc.args(["doc", "--no-deps", "--document-private-items"]).args(what);
        command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    packages()?;
    deny::run()
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
