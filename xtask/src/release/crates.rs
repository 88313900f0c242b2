//! The crates for crates.io: packed, and built from what was packed, in the order in which they are published.

use super::version::Version;
use super::{copy, folder};
use crate::command::{self, cargo};
use crate::tools::{self, WASM_TARGET};
use anyhow::Result;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A crate comes after those that it needs.
const ORDER: [&str; 2] = ["gopay-contract", "gopay-checkout"];

/// Packs them, and compiles what was packed, alone, as an application in the browser has it.
pub(crate) fn pack() -> Result<()> {
    tools::wasm_target()?;
    forget_packed();
    let mut package = cargo();
    // Cargo finds the first among what is packed, before crates.io knows it. What is not committed yet is packed too.
    package.args(["package", "--quiet", "--locked", "--allow-dirty", "--target", WASM_TARGET]);
    package.args(ORDER.iter().flat_map(|name| ["--package", name]));
    command::run(package.args(["--features", "gopay-checkout/csr"]))
}

/// Cargo takes a packed crate of one name and version for the same for ever, and would compile the second against an earlier
/// state of the first. Removes what it has unpacked and compiled of them; a folder whose name begins with `-` is of a registry on
/// this machine.
fn forget_packed() {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let mut folders = vec![command::target().join(WASM_TARGET).join("debug/.fingerprint")];
    for kind in ["src", "cache"] {
        let registries = home.as_ref().map(|home| entries(&home.join("registry").join(kind), &["-"]));
        folders.extend(registries.into_iter().flatten());
    }
    for packed in folders.iter().flat_map(|folder| entries(folder, &ORDER)) {
        // One of these it is not.
        let _ = fs::remove_dir_all(&packed).or_else(|_| fs::remove_file(&packed));
    }
}

/// The entries of a folder, if there is one, whose names begin with one of these.
fn entries(folder: &Path, beginnings: &[&str]) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let begins = |name: OsString| beginnings.iter().any(|beginning| name.to_string_lossy().starts_with(beginning));
    all.filter(|entry| begins(entry.file_name())).map(|entry| entry.path()).collect()
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
