//! A second build of dist/, from clean and in another folder: byte by byte the same, or a failure.
//!
//! So a release that is built again with the same compiler can be compared with the files that a CDN serves.

use crate::command::{ROOT, root, run};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs, process};

/// Files and folders that are no source of any build, at any depth.
const NOT_COPIED: [&str; 6] = [".git", ".venv", "dist", "node_modules", "target", "vendor"];

/// Builds again, and compares with dist/.
pub(super) fn check() -> Result<()> {
    let copy = env::temp_dir().join(format!("gopay-checkout-reproduced-{}", process::id()));
    let checked = check_in(&copy);
    super::remove(&copy)?;
    checked
}

fn check_in(copy: &Path) -> Result<()> {
    copy_sources(root(), copy)?;
    let mut again = Command::new(env::current_exe().context("xtask does not know where it is")?);
    run(again.arg("dist").current_dir(copy).env(ROOT, copy))?;
    let (first, second) = (read(&root().join("dist"))?, read(&copy.join("dist"))?);
    let differing = differing(&first, &second);
    if !differing.is_empty() {
        bail!("a second build, from clean in {}, differs in {}", copy.display(), differing.join(", "));
    }
    println!("a second build, from clean in another folder, has the same bytes: {} files", first.len());
    Ok(())
}

/// Copies what dist/ is built from.
fn copy_sources(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        if NOT_COPIED.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_sources(&from, &to)?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
    }
    Ok(())
}

type Files = BTreeMap<String, Vec<u8>>;

/// Every file below `dist` by its path.
fn read(dist: &Path) -> Result<Files> {
    let mut names = std::collections::BTreeSet::new();
    super::contents::list(dist, dist, &mut names)?;
    names.into_iter().map(|name| Ok((name.clone(), fs::read(dist.join(name))?))).collect()
}

/// Files that only one of them has, or whose bytes differ.
fn differing(first: &Files, second: &Files) -> Vec<String> {
    let mut names: Vec<_> =
        first.keys().chain(second.keys()).filter(|name| first.get(*name) != second.get(*name)).cloned().collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_and_one_file_more_are_differences() {
        let files = |files: &[(&str, &str)]| -> Files {
            files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
        };
        let first = files(&[("a.js", "1"), ("b.wasm", "2"), ("c.js", "3")]);
        assert_eq!(differing(&first, &first.clone()), [""; 0]);
        let second = files(&[("a.js", "1"), ("b.wasm", "2 "), ("d.js", "3")]);
        assert_eq!(differing(&first, &second), ["b.wasm", "c.js", "d.js"]);
    }

    #[test]
    fn sources_are_copied_without_what_was_built() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for file in
            ["src/core.js", "target/debug/xtask", "node_modules/esbuild/index.js", ".cargo/config.toml", "dist/a"]
        {
            let file = from.join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, "x").expect("written");
        }
        copy_sources(&from, &to).expect("copied");
        let copied = read(&to).expect("read");
        assert_eq!(copied.keys().collect::<Vec<_>>(), [".cargo/config.toml", "src/core.js"]);
    }
}
