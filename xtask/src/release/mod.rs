//! `cargo xtask release`: every file of a release, in target/release-files/, and the step to the next version.
//!
//! Nothing is sent anywhere: `.github/workflows/release.yml` does that with the files made here.

mod changelog;
mod crates;
mod programs;
mod sbom;
mod version;

use crate::command::{self, ask, command, root, shown};
use crate::dist;
use anyhow::{Context, Result, bail, ensure};
use changelog::Changelog;
pub(crate) use crates::pack as pack_crates;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use version::Version;

/// Options of `cargo xtask release`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Choice {
    /// Write this version into every file that names one, close the changelog's section, and stop there.
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["only", "draft", "tag"])]
    bump: Option<Version>,
    /// Make only this part.
    #[arg(long)]
    only: Option<Part>,
    /// Make the files although the changelog has no section of this version yet, or something is not committed.
    #[arg(long)]
    draft: bool,
    /// Fail unless this tag is the version's: `v0.1.0`.
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
}

/// Parts of a release, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// dist/ as a tarball, to be hosted.
    Dist,
    /// The crates for crates.io, packed and built.
    Crates,
    /// Merchant, sandbox and doctor as static programs (Linux).
    Programs,
    /// The npm packages. The one that starts a shop knows the hash of the programs.
    Npm,
    /// Software bills of materials, in CycloneDX.
    Sbom,
}

impl Part {
    const ALL: [Self; 5] = [Self::Dist, Self::Crates, Self::Programs, Self::Npm, Self::Sbom];

    fn make(self, version: &Version) -> Result<()> {
        match self {
            Self::Dist => pack_dist(version),
            Self::Npm => npm(),
            Self::Crates => crates::make(version),
            Self::Programs => programs::make(version),
            Self::Sbom => sbom::make(version),
        }
    }
}

/// Goes to the next version, or makes the files of this one.
pub(crate) fn run(choice: &Choice) -> Result<()> {
    if let Some(next) = &choice.bump {
        return bump(next);
    }
    let version = Version::current()?;
    version.stands_everywhere()?;
    if let Some(tag) = &choice.tag {
        ensure!(*tag == format!("v{version}"), "the tag is {tag}, and the version {version}");
    }
    let changelog = Changelog::read()?;
    let notes = match changelog.section(&version) {
        Some(notes) => notes,
        None if choice.draft => changelog.unreleased()?,
        None => bail!("CHANGELOG.md has no section [{version}]: `cargo xtask release --bump {version}`, or --draft"),
    };
    let changed = ask(command("git").args(["status", "--porcelain"])).context("`git status` failed")?;
    ensure!(choice.draft || changed.is_empty(), "commit first, or --draft:\n{changed}");

    if choice.only.is_none() {
        // All that lies there is published: nothing may be left of another version.
        remake(&folder())?;
    }
    fs::create_dir_all(folder())?;
    for part in Part::ALL.into_iter().filter(|part| choice.only.is_none_or(|only| only == *part)) {
        part.make(&version).with_context(|| format!("the release's part {part:?}"))?;
    }
    fs::write(folder().join("notes.md"), notes)?;
    let sums = sums(&folder())?;
    fs::write(folder().join("SHA256SUMS"), &sums)?;
    print!("\n{sums}");
    println!("\n{} holds version {version}. Nothing was published.", shown(&folder()));
    Ok(())
}

/// Writes the next version into every file.
fn bump(next: &Version) -> Result<()> {
    let before = Version::current()?;
    before.stands_everywhere()?;
    let changelog = Changelog::read()?;
    let today = ask(command("date").args(["-u", "+%Y-%m-%d"])).context("`date` failed")?;
    let closed = changelog.closed(next, &today)?;
    ensure!(next >= &before, "{next} is before {before}");
    for file in before.replaced_by(next)? {
        println!("{file}");
    }
    fs::write(root().join(changelog::FILE), closed)?;
    // Cargo.lock names the workspace's own versions; nothing else of it may change.
    command::run(command::cargo().args(["update", "--workspace", "--offline", "--quiet"]))?;
    println!("\nVersion {next}. Look at it, commit it, tag it v{next}, and push the tag.");
    Ok(())
}

/// Folder of all files.
fn folder() -> PathBuf {
    root().join("target/release-files")
}

/// Packs the files that a site hosts: dist/ without the demo shop.
fn pack_dist(version: &Version) -> Result<()> {
    dist::run_within_limits()?;
    let name = format!("gopay-checkout-{version}");
    let stage = folder().join("stage").join(&name);
    remake(&stage)?;
    for entry in fs::read_dir(root().join("dist"))? {
        let entry = entry?;
        let file_name = entry.file_name();
        let is_hosted =
            ["gopay-checkout.js", "integrity.json"].iter().any(|start| file_name.to_string_lossy().starts_with(start));
        if is_hosted {
            copy(&entry.path(), &stage.join(&file_name))?;
        }
    }
    fs::create_dir_all(stage.join("core"))?;
    for entry in fs::read_dir(root().join("dist/core"))? {
        let entry = entry?;
        copy(&entry.path(), &stage.join("core").join(entry.file_name()))?;
    }
    pack(&folder().join("stage"), &name, &format!("{name}-dist.tar.gz"))
}

/// The tarballs that `npm publish` takes, and what npm would say.
fn npm() -> Result<()> {
    for tarball in crate::package::tarballs()? {
        let name = tarball.file_name().context("npm's tarball has no name")?;
        copy(&tarball, &folder().join(name))?;
        let npm = ["publish", "--dry-run", "--loglevel=warn", "--access=public"];
        command::run(command("npm").current_dir(folder()).args(npm).arg(Path::new(".").join(name)))?;
    }
    Ok(())
}

/// A tarball with the same bytes wherever it is packed: sorted, without an owner, from the time of the commit.
fn pack(stage: &Path, name: &str, tarball: &str) -> Result<()> {
    let time = ask(command("git").args(["log", "-1", "--format=%ct"])).context("`git log` failed")?;
    let mut tar = command("tar");
    tar.current_dir(stage).args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rw,go+r,go-w"]);
    tar.arg(format!("--mtime=@{time}")).args(["--use-compress-program", "gzip -n9", "--create", "--file"]);
    command::run(tar.arg(folder().join(tarball)).arg(name))?;
    fs::remove_dir_all(stage).with_context(|| format!("cannot remove {}", stage.display()))
}

fn remake(folder: &Path) -> Result<()> {
    dist::remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// Checksums of the folder's files, as `sha256sum` prints them.
fn sums(folder: &Path) -> Result<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && name != "SHA256SUMS" {
            names.push(name);
        }
    }
    names.sort();
    let mut sums = String::new();
    for name in names {
        sums += &format!("{}  {name}\n", sha256(&fs::read(folder.join(&name))?));
    }
    Ok(sums)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_sha256sum_in_the_order_of_the_names_without_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("b", "two"), ("a", "one"), ("SHA256SUMS", "old")] {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        fs::create_dir(folder.path().join("programs")).expect("a folder");
        assert_eq!(
            sums(folder.path()).expect("sums"),
            "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  a\n\
             3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3  b\n"
        );
    }
}
