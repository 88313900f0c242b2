//! `cargo xtask dist`: what a merchant hosts, in dist/, and exactly that.

use crate::command::{self, command, root};
use crate::{sizes, tools};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::Path;

/// What a payer's browser fetches of the widget. The loader is the one that a merchant names.
const WIDGET: [&str; 3] = ["gopay-checkout.js", "core/gopay-checkout.js", "core/gopay-checkout_bg.wasm"];

/// The demo shop, which shows how the widget is used.
const DEMO: [&str; 3] = ["index.html", "shop.css", "shop.js"];

/// Builds dist/ and tells its sizes.
pub(crate) fn run() -> Result<()> {
    tools::to_build_the_widget()?;
    build()?;
    let dist = root().join("dist");
    println!("\ndist/ is what a merchant hosts; {} are the demo shop.\n", DEMO.join(", "));
    println!("{}", sizes::table(&dist, &WIDGET)?);
    Ok(())
}

/// Builds dist/ with what is installed.
pub(crate) fn build() -> Result<()> {
    let dist = root().join("dist");
    command::run(tools::trunk().args(["build", "--release"]))?;
    for file in WIDGET.iter().filter(|file| file.ends_with(".js")) {
        minify(&dist.join(file))?;
    }
    check(&dist)
}

/// In place: the wasm-bindgen glue loses two thirds, the loader its comments.
fn minify(file: &Path) -> Result<()> {
    let flags = ["--minify", "--format=esm", "--charset=utf8", "--legal-comments=none", "--log-level=warning"];
    command::run(
        command("esbuild").arg(file).args(flags).arg("--allow-overwrite").arg(format!("--outfile={}", file.display())),
    )
}

/// Exactly the files that are named above: one too many would be served to the world, one too few breaks every shop.
fn check(dist: &Path) -> Result<()> {
    let expected: BTreeSet<String> = WIDGET.iter().chain(&DEMO).map(|&name| name.to_owned()).collect();
    let mut found = BTreeSet::new();
    list(dist, dist, &mut found)?;
    let missing: Vec<_> = expected.difference(&found).cloned().collect();
    let more: Vec<_> = found.difference(&expected).cloned().collect();
    if missing.is_empty() && more.is_empty() {
        return Ok(());
    }
    bail!("dist/ must hold exactly the files that xtask/src/dist.rs names; missing: {missing:?}, unexpected: {more:?}")
}

fn list(dist: &Path, folder: &Path, found: &mut BTreeSet<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            list(dist, &path, found)?;
        } else {
            found.insert(path.strip_prefix(dist)?.display().to_string());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder_with(name: &str, files: &[&str]) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-dist-{name}-{}", std::process::id()));
        for file in files {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().expect("has one")).expect("temporary folder");
            fs::write(file, "x").expect("temporary file");
        }
        folder
    }

    #[test]
    fn a_file_too_many_and_a_file_too_few_are_both_refused_by_name() {
        let whole: Vec<&str> = WIDGET.iter().chain(&DEMO).copied().collect();
        let right = folder_with("right", &whole);
        assert!(check(&right).is_ok());

        fs::write(right.join("core/notes.txt"), "x").expect("temporary file");
        let problem = check(&right).expect_err("one too many").to_string();
        assert!(problem.contains("unexpected: [\"core/notes.txt\"]"), "{problem}");

        fs::remove_file(right.join("core/notes.txt")).expect("was there");
        fs::remove_file(right.join(WIDGET[0])).expect("was there");
        let problem = check(&right).expect_err("one too few").to_string();
        assert!(problem.contains("missing: [\"gopay-checkout.js\"]"), "{problem}");
        fs::remove_dir_all(right).expect("cleaned");
    }
}
