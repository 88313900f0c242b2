//! The crates for crates.io: packed, and built from what was packed, in the order in which they are published.

use super::version::Version;
use super::{copy, folder};
use crate::command::{self, cargo};
use crate::tools::{self, WASM_TARGET};
use anyhow::Result;

/// A crate comes after those that it needs.
const ORDER: [&str; 2] = ["gopay-contract", "gopay-checkout"];

/// Packs them, and compiles what was packed, alone, as an application in the browser has it.
pub(crate) fn pack() -> Result<()> {
    tools::wasm_target()?;
    let mut package = cargo();
    // Cargo finds the first among what is packed, before crates.io knows it. What is not committed yet is packed too.
    package.args(["package", "--quiet", "--locked", "--allow-dirty", "--target", WASM_TARGET]);
    package.args(ORDER.iter().flat_map(|name| ["--package", name]));
    command::run(package.args(["--features", "gopay-checkout/csr"]))
}

/// Packs them into the release.
pub(super) fn make(version: &Version) -> Result<()> {
    pack()?;
    for name in ORDER {
        let file = format!("{name}-{version}.crate");
        copy(&command::target().join("package").join(&file), &folder().join(&file))?;
    }
    Ok(())
}
