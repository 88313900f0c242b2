//! `cargo xtask lint`: formatting, clippy for both worlds, documentation, warnings denied, and what we depend on.

use crate::command::{self, cargo};
use crate::deny;
use crate::tools::{self, WASM_TARGET};
use anyhow::Result;

/// Everything that can be wrong without a test.
pub(crate) fn run() -> Result<()> {
    tools::wasm_target()?;
    // Half of the widget exists only for wasm: natively neither clippy nor rustdoc sees it.
    let native = ["--workspace"];
    let wasm = ["--package", "gopay-checkout", "--target", WASM_TARGET];

    command::run(cargo().args(["fmt", "--all", "--check"]))?;
    for what in [&native[..], &wasm[..]] {
        command::run(cargo().arg("clippy").args(what).args(["--all-targets", "--", "-D", "warnings"]))?;
    }
    for what in [&native[..], &wasm[..]] {
        let mut doc = cargo();
        doc.args(["doc", "--no-deps", "--document-private-items"]).args(what);
        command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    deny::run()
}
