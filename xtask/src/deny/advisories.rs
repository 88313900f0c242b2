//! `advisories.toml`: what RustSec's advisory database says of the crates in Cargo.lock, for machines that cannot fetch it.
//!
//! Facts only (which versions of which crate have a hole), and the names of all crates that were looked up: a crate that
//! is in Cargo.lock and not among them has not been looked at, which is not the same as having no hole.

use crate::command::root;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const HEAD: &str = "\
# What RustSec's advisory database says of the crates in Cargo.lock: `cargo xtask lint` asks the database itself where it
# can be fetched, and this file where it cannot. Written anew by `cargo xtask advisories`.

";

/// The file.
#[derive(Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advisories {
    /// The newest advisory's day (RFC 3339, a date): whatever was found later is not in here.
    pub(crate) as_of: String,
    /// The crates that were looked up, with an advisory or without.
    examined: BTreeSet<String>,
    #[serde(default, rename = "advisory")]
    pub(crate) advisories: Vec<Advisory>,
}

/// One of them, in RustSec's own words.
/// <https://github.com/rustsec/advisory-db#advisory-format>
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Advisory {
    id: String,
    package: String,
    date: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    informational: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn: Option<String>,
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

/// An advisory's head, as RustSec stores it.
#[derive(Deserialize, Serialize)]
struct Stored {
    advisory: Head,
    #[serde(default)]
    versions: Versions,
}

#[derive(Deserialize, Serialize)]
struct Head {
    id: String,
    package: String,
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    informational: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

impl Advisories {
    /// Where it is kept.
    pub(crate) fn file() -> PathBuf {
        root().join("advisories.toml")
    }

    /// # Errors
    /// It is not there, or not such a file.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not what it should be", file.display()))
    }

    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = format!("{HEAD}{}", toml::to_string_pretty(self)?);
        fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// What the database in `folder` (a clone of RustSec's) says of `crates`.
    ///
    /// # Errors
    /// `folder` is no such database, or something in it cannot be read.
    pub(crate) fn of_database(folder: &Path, crates: &BTreeSet<String>) -> Result<Self> {
        let all = folder.join("crates");
        if !all.is_dir() {
            bail!("{} has no folder crates/: it is no clone of RustSec's advisory database", folder.display());
        }
        let mut advisories = Vec::new();
        for name in crates {
            let Ok(entries) = fs::read_dir(all.join(name)) else { continue };
            for entry in entries {
                let file = entry?.path();
                let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
                advisories.push(advisory(&text).with_context(|| format!("cannot understand {}", file.display()))?);
            }
        }
        advisories.sort_by(|one, other| (&one.package, &one.id).cmp(&(&other.package, &other.id)));
        let Some(newest) = advisories.iter().map(|advisory| &advisory.date).max() else {
            bail!("{} says nothing of any of our {} crates, which cannot be", folder.display(), crates.len());
        };
        Ok(Self { as_of: newest.clone(), examined: crates.clone(), advisories })
    }

    /// The same as a database that `cargo deny` reads, in `folder`.
    ///
    /// # Errors
    /// It cannot be written there.
    pub(crate) fn into_database(self, folder: &Path) -> Result<()> {
        for advisory in self.advisories {
            let crate_folder = folder.join("crates").join(&advisory.package);
            fs::create_dir_all(&crate_folder)?;
            let file = crate_folder.join(format!("{}.md", advisory.id));
            // The format wants a title.
            let title = format!("{} of {}", advisory.id, advisory.package);
            let Advisory { id, package, date, informational, withdrawn, patched, unaffected } = advisory;
            let head = Head { id, package, date, informational, withdrawn };
            let stored = toml::to_string(&Stored { advisory: head, versions: Versions { patched, unaffected } })?;
            fs::write(&file, format!("```toml\n{stored}```\n\n# {title}\n"))?;
        }
        Ok(())
    }

    /// Those of `crates` that were not looked up.
    pub(crate) fn not_examined<'c>(&'c self, crates: &'c BTreeSet<String>) -> Vec<&'c str> {
        crates.difference(&self.examined).map(String::as_str).collect()
    }
}

/// The head of a Markdown file whose first block is TOML.
fn advisory(text: &str) -> Result<Advisory> {
    let head = text.trim_start().strip_prefix("```toml").and_then(|rest| rest.split_once("\n```"));
    let (head, _) = head.context("it does not begin with a block of TOML")?;
    let Stored { advisory, versions } = toml::from_str(head)?;
    let Head { id, package, date, informational, withdrawn } = advisory;
    let Versions { patched, unaffected } = versions;
    Ok(Advisory { id, package, date, informational, withdrawn, patched, unaffected })
}

/// The crates in Cargo.lock (its text) that come from a registry, by name.
///
/// # Errors
/// It is no such file.
pub(crate) fn crates_of(lock: &str) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        source: Option<String>,
    }
    let lock: Lock = toml::from_str(lock).context("Cargo.lock is not what it should be")?;
    let foreign = lock.package.into_iter().filter(|package| package.source.is_some());
    Ok(foreign.map(|package| package.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
version = 4
[[package]]
name = \"ours\"
version = \"1.0.0\"
[[package]]
name = \"theirs\"
version = \"1.0.0\"
source = \"registry+somewhere\"
[[package]]
name = \"sound\"
version = \"1.0.0\"
source = \"registry+somewhere\"
";

    /// As RustSec writes them: fields that we have no use for, and words after the block.
    const STORED: &str = "\
```toml
[advisory]
id = \"RUSTSEC-2024-0001\"
package = \"theirs\"
date = \"2024-02-03\"
url = \"https://example.com/\"
informational = \"unsound\"

[versions]
patched = [\">= 1.0.1\"]
unaffected = [\"< 0.9\"]
```

# It has a hole
```rust
let _ = \"another block\";
```
";

    fn database(entries: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (file, text) in entries {
            let file = folder.path().join("crates").join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("written");
        }
        folder
    }

    #[test]
    fn only_what_others_wrote_is_looked_up() {
        let crates = crates_of(LOCK).expect("a lock file");
        assert_eq!(crates.into_iter().collect::<Vec<_>>(), ["sound", "theirs"]);
    }

    #[test]
    fn a_database_becomes_the_file_and_the_file_a_database_that_says_the_same() {
        let crates = crates_of(LOCK).expect("a lock file");
        let stored =
            database(&[("theirs/RUSTSEC-2024-0001.md", STORED), ("elsewhere/RUSTSEC-2024-0002.md", "not read")]);
        let said = Advisories::of_database(stored.path(), &crates).expect("a database");
        assert_eq!(said.as_of, "2024-02-03");
        assert_eq!(said.advisories.len(), 1);
        assert_eq!(said.advisories[0].patched, [">= 1.0.1"]);
        assert_eq!(said.advisories[0].informational.as_deref(), Some("unsound"));

        let file = stored.path().join("advisories.toml");
        said.write(&file).expect("written");
        let read = Advisories::read(&file).expect("what was written");
        assert_eq!(read, said);

        let again = tempfile::tempdir().expect("a folder");
        read.into_database(again.path()).expect("written");
        assert_eq!(Advisories::of_database(again.path(), &crates).expect("a database"), said);
    }

    #[test]
    fn a_crate_that_was_never_looked_up_is_not_taken_for_sound() {
        let stored = database(&[("theirs/RUSTSEC-2024-0001.md", STORED)]);
        let said = Advisories::of_database(stored.path(), &crates_of(LOCK).expect("a lock file")).expect("a database");
        let with_a_new_one = ["new", "sound", "theirs"].map(str::to_owned).into();
        assert_eq!(said.not_examined(&with_a_new_one), ["new"]);
    }

    #[test]
    fn an_advisory_that_cannot_be_understood_is_named_and_not_left_out() {
        let crates = crates_of(LOCK).expect("a lock file");
        for text in ["# no block", "```toml\n[advisory]\nid = \"RUSTSEC-2024-0001\"\n```\n"] {
            let stored = database(&[("theirs/RUSTSEC-2024-0001.md", text)]);
            let problem = Advisories::of_database(stored.path(), &crates).expect_err(text);
            assert!(problem.to_string().contains("theirs/RUSTSEC-2024-0001.md"), "{problem:#}");
        }
    }

    #[test]
    fn a_folder_that_is_no_database_or_knows_none_of_our_crates_is_refused() {
        let crates = crates_of(LOCK).expect("a lock file");
        let empty = tempfile::tempdir().expect("a folder");
        let problem = Advisories::of_database(empty.path(), &crates).expect_err("nothing there");
        assert!(problem.to_string().contains("no clone"), "{problem}");
        let other = database(&[("elsewhere/RUSTSEC-2024-0002.md", "not read")]);
        let problem = Advisories::of_database(other.path(), &crates).expect_err("nothing of ours");
        assert!(problem.to_string().contains("2 crates"), "{problem}");
    }
}
