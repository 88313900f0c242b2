//! The version, and every place that names it. Cargo.toml's `[workspace.package]` decides; the others follow.

use crate::command::{ask, command, root};
use anyhow::{Context, Result, bail, ensure};
use std::fmt;
use std::fs;
use std::str::FromStr;

/// A version as SemVer has it, without build metadata: `1.2.3`, `1.2.3-rc.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    numbers: [u64; 3],
    /// The pre-release part, behind the hyphen; empty if there is none.
    pre: String,
}

/// Where a version may stand in a file that is tracked, around it. `{}` is the version. Elsewhere a number of the same shape is
/// somebody else's.
const PLACES: [&str; 8] = [
    // Folders of a release, and the npm package's tarball.
    "gopay-checkout/{}/",
    "/gopay-checkout/{}\n",
    "gopay-checkout-{}.tgz",
    // Images.
    "gopay-merchant:{}",
    // Cargo.toml
    "[workspace.package]\nversion = \"{}\"\n",
    "gopay-checkout = { path = \".\", version = \"{}\" }",
    "gopay-contract = { path = \"crates/contract\", version = \"{}\" }",
    // docs/openapi.json
    "\n    \"version\": \"{}\"\n",
];

/// Endings of files that may name it.
const ENDINGS: [&str; 6] = [".md", ".toml", ".json", ".yaml", ".yml", "Containerfile"];

/// Files that name others: all that were released, and one that the contract gives as an example.
const EXEMPT: [&str; 2] = [super::changelog::FILE, "docs/contract.md"];

impl Version {
    /// The workspace's.
    pub(super) fn current() -> Result<Self> {
        let manifest = fs::read_to_string(root().join("Cargo.toml")).context("cannot read Cargo.toml")?;
        let (_, rest) =
            manifest.split_once("[workspace.package]\nversion = \"").context("Cargo.toml has no version")?;
        rest.split('"').next().unwrap_or_default().parse()
    }

    /// Fails where a file names another one in a [place](PLACES) of the version.
    pub(super) fn stands_everywhere(&self) -> Result<()> {
        let mut wrong = Vec::new();
        let mut found = 0;
        for file in tracked()? {
            let text = fs::read_to_string(root().join(&file)).unwrap_or_default();
            for place in PLACES {
                for other in versions_at(&text, place) {
                    found += 1;
                    if other != *self {
                        wrong.push(format!("{file}: {}", place.trim().replace("{}", &other.to_string())));
                    }
                }
            }
        }
        ensure!(wrong.is_empty(), "the version is {self}, and these name another one:\n{}", wrong.join("\n"));
        ensure!(found >= 10, "only {found} places name the version: they are not looked for where they stand");
        Ok(())
    }

    /// Writes `next` in its place into every file, and returns the files.
    pub(super) fn replaced_by(&self, next: &Self) -> Result<Vec<String>> {
        let mut changed = Vec::new();
        for file in tracked()? {
            let path = root().join(&file);
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let replaced = self.replaced_in(&text, next);
            if replaced != text {
                fs::write(&path, replaced).with_context(|| format!("cannot write {file}"))?;
                changed.push(file);
            }
        }
        Ok(changed)
    }

    fn replaced_in(&self, text: &str, next: &Self) -> String {
        let filled = |place: &str, version: &Self| place.replace("{}", &version.to_string());
        PLACES.iter().fold(text.to_owned(), |text, place| text.replace(&filled(place, self), &filled(place, next)))
    }
}

/// The versions that stand at a place of a text.
fn versions_at(text: &str, place: &str) -> Vec<Version> {
    let (before, after) = place.split_once("{}").unwrap_or((place, ""));
    let behind = text.split(before).skip(1);
    let is_of_version = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let versions = behind.filter_map(|rest| {
        let end = rest.find(|c: char| !is_of_version(c)).unwrap_or(rest.len());
        // A file's ending looks like a part of it.
        let word = rest[..end].strip_suffix(after).unwrap_or(&rest[..end]);
        let ends_well = after.is_empty() || rest[word.len()..].starts_with(after);
        ends_well.then(|| word.parse().ok()).flatten()
    });
    versions.collect()
}

/// Files of the repository that may name the version.
fn tracked() -> Result<Vec<String>> {
    let listed = ask(command("git").args(["ls-files"])).context("`git ls-files` failed")?;
    let may = |file: &&str| ENDINGS.iter().any(|end| file.ends_with(end)) && !EXEMPT.contains(file);
    Ok(listed.lines().filter(may).map(str::to_owned).collect())
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if self.pre.is_empty() { Ok(()) } else { write!(f, "-{}", self.pre) }
    }
}

impl FromStr for Version {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
        let parts: Vec<&str> = numbers.split('.').collect();
        let is_number = |part: &&str| !part.is_empty() && (*part == "0" || !part.starts_with('0'));
        let [major, minor, patch] = parts[..] else { bail!("{text:?} is no version like 1.2.3 or 1.2.3-rc.1") };
        ensure!(parts.iter().all(is_number), "{text:?} is no version like 1.2.3 or 1.2.3-rc.1");
        let is_pre = |pre: &str| {
            let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            pre.split('.').all(is_word)
        };
        ensure!(pre.is_none_or(is_pre), "{text:?}: what stands behind the hyphen is words with dots between");
        let numbers = [major.parse()?, minor.parse()?, patch.parse()?];
        Ok(Self { numbers, pre: pre.unwrap_or_default().to_owned() })
    }
}

/// As SemVer orders them: `1.0.0-rc.1` comes before `1.0.0`.
impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let pre = |it: &Self| {
            let words = it.pre.split('.').map(|word| (word.parse::<u64>().ok(), word.to_owned()));
            words.map(|(number, word)| (number.is_none(), number, word)).collect::<Vec<_>>()
        };
        let by_pre = match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => std::cmp::Ordering::Equal,
            (true, false) => std::cmp::Ordering::Greater,
            (false, true) => std::cmp::Ordering::Less,
            (false, false) => pre(self).cmp(&pre(other)),
        };
        Some(self.numbers.cmp(&other.numbers).then(by_pre))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect(text)
    }

    #[test]
    fn every_file_names_the_workspaces_version() {
        Version::current().expect("one").stands_everywhere().expect("the same everywhere");
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for wrong in ["1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x", "1.02.3", "1.2.3-", "1.2.3-rc..1", ""] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn versions_are_ordered_as_semver_orders_them() {
        let ordered = ["0.1.0", "0.2.0-rc.1", "0.2.0-rc.2", "0.2.0-rc.10", "0.2.0", "0.10.0", "1.0.0"].map(version);
        assert!(ordered.windows(2).all(|pair| pair[0] < pair[1]), "{ordered:?}");
    }

    #[test]
    fn a_version_is_replaced_where_it_is_ours_and_nowhere_else() {
        let text = "src=\"/gopay-checkout/0.1.0/gopay-checkout.js\"\ntrunk = \"0.1.0\"\nimage: gopay-merchant:0.1.0\n";
        let replaced = version("0.1.0").replaced_in(text, &version("0.2.0"));
        assert_eq!(
            replaced,
            "src=\"/gopay-checkout/0.2.0/gopay-checkout.js\"\ntrunk = \"0.1.0\"\nimage: gopay-merchant:0.2.0\n"
        );
    }

    #[test]
    fn another_version_at_a_place_of_ours_is_found() {
        let text = "npm install gopay-checkout-0.0.9.tgz, /gopay-checkout/0.1.0/core and gopay-merchant:0.1.0";
        let found: Vec<Version> = PLACES.iter().flat_map(|place| versions_at(text, place)).collect();
        assert_eq!(found, ["0.1.0", "0.0.9", "0.1.0"].map(version));
    }
}
