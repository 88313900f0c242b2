//! `cargo xtask package`: what npm serves, in target/npm/: two packages, each as a folder and as a tarball.
//!
//! `create-gopay-shop`, which starts a shop, is in [`new_shop`]; all else is about `gopay-checkout`. The files of dist/ as they are, for script tags; an [`entry`] for bundlers; types, a manifest for editors and the tables
//! of docs/reference.md, all three written from npm/element.json ([`element`]).

mod dist_files;
mod element;
mod entry;
mod manifest;
mod new_shop;
mod tables;
mod typescript;

use crate::command::{command, root, run};
use anyhow::{Context, Result, bail};
use dist_files::DistFiles;
use element::Element;
use serde_json::json;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use tables::Tables;

/// The widget's package on npm, and its folder.
const NAME: &str = "gopay-checkout";

/// The package's handwritten files, in npm/.
const BY_HAND: [&str; 7] =
    ["define.js", "define.d.ts", "react.d.ts", "vue.d.ts", "svelte.d.ts", "README.md", "README.id.md"];

/// The files from the workspace's root.
const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// The version in npm/package.json, in whose place the workspace's comes.
const NO_VERSION: &str = "\"version\": \"0.0.0\"";

/// The line of npm/package.json above which the repository stands.
const TYPE: &str = "  \"type\": \"module\",\n";

/// Options of `cargo xtask package`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Choice {
    /// Only the tables of docs/reference.md.
    #[arg(long)]
    tables: bool,
}

/// Writes the tables, and the package unless only they are chosen.
pub(crate) fn run_for(choice: Choice) -> Result<()> {
    write_tables()?;
    if choice.tables {
        return Ok(());
    }
    if let Err(why) = DistFiles::read() {
        eprintln!("xtask: building dist/ first, which takes some minutes: {why:#}");
        crate::dist::run()?;
    }
    for tarball in tarballs()? {
        println!("{} is what `npm publish` takes.", shown(&tarball));
    }
    Ok(())
}

/// Builds the packages, of dist/ as it is; where their tarballs are. The second depends on the first.
pub(crate) fn tarballs() -> Result<[PathBuf; 2]> {
    crate::tools::npm()?;
    crate::tools::minifier()?;
    let made = root().join("target/npm");
    crate::dist::remove(&made)?;
    fill(&made.join(NAME))?;
    new_shop::fill(&made.join(new_shop::NAME))?;
    Ok([pack(&made, NAME)?, pack(&made, new_shop::NAME)?])
}

/// Packs one folder; where its tarball is.
fn pack(made: &Path, name: &str) -> Result<PathBuf> {
    run(command("npm").current_dir(made).args(["pack", "--loglevel=warn"]).arg(Path::new(".").join(name)))?;
    let tarball = made.join(format!("{name}-{}.tgz", env!("CARGO_PKG_VERSION")));
    if tarball.is_file() { Ok(tarball) } else { bail!("npm pack has not written {}", tarball.display()) }
}

/// Writes every file of the package.
fn fill(package: &Path) -> Result<()> {
    let element = Element::read()?;
    let files = DistFiles::read()?;
    fs::create_dir_all(package.join("core"))?;
    for path in files.paths().chain(["integrity.json"]) {
        copy(&dist_files::folder().join(path), &package.join(path))?;
    }
    for file in LICENSES {
        copy(&root().join(file), &package.join(file))?;
    }
    for file in BY_HAND {
        copy(&root().join("npm").join(file), &package.join(file))?;
    }
    readmes_lead_to_repository(package, "npm", built_of().as_deref())?;
    let settings = fs::read_to_string(root().join("npm/package.json"))?;
    let (before, after) =
        settings.split_once(NO_VERSION).with_context(|| format!("npm/package.json must hold {NO_VERSION}"))?;
    let settings = format!("{before}\"version\": \"{}\"{after}", env!("CARGO_PKG_VERSION"));
    write(package, "package.json", with_repository(settings, built_of().as_deref())?)?;

    let work = package.parent().unwrap_or(package);
    write(package, "index.js", entry::entry(&files, work)?)?;
    let by_hand = fs::read_to_string(root().join("npm/types.d.ts")).context("cannot read npm/types.d.ts")?;
    write(package, "index.d.ts", typescript::declarations(&element, &by_hand)?)?;
    write(package, "custom-elements.json", format!("{:#}\n", manifest::manifest(&element)))
}

/// The repository in which GitHub's workflow builds; elsewhere none is known.
fn built_of() -> Option<String> {
    let named = |name| env::var(name).ok().filter(|value| !value.is_empty());
    Some(format!("git+{}/{}.git", named("GITHUB_SERVER_URL")?, named("GITHUB_REPOSITORY")?))
}

/// Address of the repository as a browser has it.
fn site(repository: &str) -> Option<&str> {
    repository.strip_prefix("git+")?.strip_suffix(".git")
}

/// Writes the package's READMEs with links that lead to the repository, where it is known: on npm's pages no other file is near.
/// `folder` is where they stand in the repository.
fn readmes_lead_to_repository(package: &Path, folder: &str, repository: Option<&str>) -> Result<()> {
    let Some(site) = repository.and_then(site) else { return Ok(()) };
    let base = format!("{site}/blob/v{}", env!("CARGO_PKG_VERSION"));
    for name in ["README.md", "README.id.md"] {
        let text = fs::read_to_string(package.join(name)).with_context(|| format!("cannot read {name}"))?;
        write(package, name, with_absolute_links(&text, folder, &base))?;
    }
    Ok(())
}

/// A text in Markdown whose relative links begin at `base`, the address of the repository's root.
fn with_absolute_links(text: &str, folder: &str, base: &str) -> String {
    let mut parts = text.split("](");
    let mut absolute = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        absolute += "](";
        let path = part.split(')').next().unwrap_or_default();
        if !path.contains(':') && !path.starts_with('#') {
            let mut steps: Vec<&str> = folder.split('/').collect();
            let mut rest = path;
            while let Some(up) = rest.strip_prefix("../") {
                steps.pop();
                rest = up;
            }
            steps.insert(0, base);
            absolute += &format!("{}/", steps.join("/"));
            absolute += part.strip_prefix(&path[..path.len() - rest.len()]).unwrap_or(part);
        } else {
            absolute += part;
        }
    }
    absolute
}

/// npm/package.json with the repository's URL, without which npm takes no provenance.
fn with_repository(settings: String, url: Option<&str>) -> Result<String> {
    let Some(url) = url else { return Ok(settings) };
    let (before, after) = settings.split_once(TYPE).with_context(|| format!("npm/package.json must hold {TYPE:?}"))?;
    let repository = json!({ "type": "git", "url": url });
    Ok(format!("{before}  \"repository\": {repository},\n{TYPE}{after}"))
}

/// Writes anew what the tables should say and do not.
fn write_tables() -> Result<()> {
    let tables = Tables::of(&Element::read()?)?;
    if tables.are_stale() {
        fs::write(&tables.path, &tables.text).with_context(|| format!("cannot write {}", tables.path.display()))?;
        println!("{} has new tables", shown(&tables.path));
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> Result<()> {
    fs::write(folder.join(name), text).with_context(|| format!("cannot write {name} into {}", folder.display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_link_leads_into_the_repository_and_any_other_stays() {
        let text = "[a](../README.md), [b](../../docs/x.md#y) and [c](z.md)\n[d](https://e.example/f), [g](#h), `i`";
        let base = "https://forge.example/shop/gopay/blob/v1.2.3";
        assert_eq!(
            with_absolute_links(text, "npm/create-gopay-shop", base),
            format!(
                "[a]({base}/npm/README.md), [b]({base}/docs/x.md#y) and [c]({base}/npm/create-gopay-shop/z.md)\n\
                 [d](https://e.example/f), [g](#h), `i`"
            )
        );
        assert_eq!(with_absolute_links("[a](b.md)", "npm", base), format!("[a]({base}/npm/b.md)"));
    }

    #[test]
    fn every_link_of_a_packed_readme_leads_to_a_file_of_the_repository() {
        for folder in ["npm", "npm/create-gopay-shop"] {
            for name in ["README.md", "README.id.md"] {
                let text = fs::read_to_string(root().join(folder).join(name)).expect(name);
                let base = "https://forge.example/root";
                let absolute = with_absolute_links(&text, folder, base);
                let links: Vec<&str> = absolute.split(&format!("]({base}/")).skip(1).collect();
                assert!(!links.is_empty(), "{folder}/{name} has none");
                for link in links {
                    let path = link.split([')', '#']).next().expect("something");
                    assert!(root().join(path).exists(), "{folder}/{name}: {path}");
                }
                assert!(!absolute.contains("](.."), "{folder}/{name}");
            }
        }
    }

    #[test]
    fn the_package_names_the_repository_that_it_was_built_of_and_is_else_as_it_stands() {
        let settings = fs::read_to_string(root().join("npm/package.json")).expect("npm/package.json");
        let url = "git+https://forge.example/shop/gopay-checkout.git";
        let with = with_repository(settings.clone(), Some(url)).expect("it has a place");
        let mut parsed: serde_json::Value = serde_json::from_str(&with).expect("JSON");
        assert_eq!(parsed["repository"]["url"], url);
        parsed.as_object_mut().expect("an object").remove("repository");
        assert_eq!(parsed, serde_json::from_str::<serde_json::Value>(&settings).expect("JSON"));
        assert_eq!(with_repository(settings.clone(), None).expect("nothing to do"), settings);
    }
}
