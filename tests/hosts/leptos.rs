//! The page in Leptos, whose own build tool is cargo.

use crate::fresh::{root, said_by, target};
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// Builds `examples/leptos_page.rs` with its page, `examples/hosts/leptos/index.html`, as any Leptos page is built; where
/// it is.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn leptos_page() -> PathBuf {
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args([
        "build",
        "--package",
        "gopay-checkout",
        "--example",
        "leptos_page",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    build.current_dir(root());
    said_by(build);
    let page = target().join("hosts-leptos");
    let wasm = target().join("wasm32-unknown-unknown/debug/examples/leptos_page.wasm");
    let mut bindgen = Command::new("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&page).arg(wasm);
    said_by(bindgen);
    fs::copy(root().join("examples/hosts/leptos/index.html"), page.join("index.html")).expect("its page is there");
    page
}
