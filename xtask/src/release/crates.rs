//! The crates for crates.io: packed, and built from what was packed, in the order in which they are published.

use super::version::Version;
use super::{copy, folder};
use crate::command::{self, cargo, root};
use crate::tools::{self, WASM_TARGET};
use anyhow::Result;
use std::env;
use std::path::PathBuf;

/// A crate comes after those that it needs.
const ORDER: [&str; 2] = ["gopay-contract", "gopay-checkout"];

/// Packs and builds them.
pub(super) fn make(version: &Version) -> Result<()> {
    tools::wasm_target()?;
    let mut package = cargo();
    // Cargo finds the first among what is packed, before crates.io knows it.
    package.args(["package", "--quiet", "--locked", "--allow-dirty", "--target", WASM_TARGET]);
    package.args(ORDER.iter().flat_map(|name| ["--package", name]));
    command::run(package.args(["--features", "gopay-checkout/csr"]))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    for name in ORDER {
        let file = format!("{name}-{version}.crate");
        copy(&target.join("package").join(&file), &folder().join(&file))?;
    }
    Ok(())
}
