//! Host page in Leptos, built by cargo.

use crate::fresh_install::{output_of, root, target};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Builds `examples/leptos_page.rs` with its page, `examples/hosts/leptos/index.html`, as any Leptos page is built. Returns
/// the folder with the result.
///
/// # Panics
/// If it does not build.
#[must_use]
pub fn leptos_page() -> PathBuf {
    let wasm = ["--target", "wasm32-unknown-unknown"];
    cargo_builds(
        &[&["--package", "gopay-checkout", "--example", "leptos_page", "--features", "csr"], &wasm[..]].concat(),
    );
    let page = target().join("hosts-leptos");
    bind("examples/leptos_page.wasm", &page);
    fs::copy(root().join("examples/hosts/leptos/index.html"), page.join("index.html")).expect("its page is there");
    page
}

/// Runs `cargo build` in the workspace.
pub(crate) fn cargo_builds(arguments: &[&str]) {
    cargo_runs(&[&["build"], arguments].concat());
}

/// Runs cargo in the workspace.
pub(crate) fn cargo_runs(arguments: &[&str]) {
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(arguments).current_dir(root());
    // Cargo's variables name the package under test. Build scripts that read them would run again, and half of the
    // dependencies would be rebuilt, now and at the next test run.
    let of_this_package = |name: &OsString| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|it| starts_with(name, it));
    for name in env::vars_os().map(|(name, _)| name).filter(of_this_package) {
        build.env_remove(name);
    }
    output_of(build);
}

fn starts_with(name: &OsStr, beginning: &str) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(beginning))
}

/// Runs wasm-bindgen on wasm that cargo has built, into `folder`.
pub(crate) fn bind(wasm: &str, folder: &Path) {
    let wasm = target().join("wasm32-unknown-unknown/debug").join(wasm);
    let mut bindgen = Command::new("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(folder).arg(wasm);
    output_of(bindgen);
}
