//! CHANGELOG.md, as Keep a Changelog has it: a section for each version, and one for what is not released yet.

use super::version::Version;
use crate::command::root;
use anyhow::{Context, Result, ensure};
use std::fs;

/// The file from the workspace's root.
pub(super) const FILE: &str = "CHANGELOG.md";

/// Heading of what is not released yet.
const UNRELEASED: &str = "## [Unreleased]";

/// All of it.
#[derive(Debug)]
pub(super) struct Changelog {
    text: String,
}

impl Changelog {
    /// Reads it.
    pub(super) fn read() -> Result<Self> {
        let text = fs::read_to_string(root().join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
        Ok(Self { text })
    }

    /// The text below a heading that begins so, up to the next section.
    fn below(&self, heading: &str) -> Option<String> {
        let mut lines = self.text.lines().skip_while(|line| !line.starts_with(heading));
        lines.next()?;
        let section: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
        Some(format!("{}\n", section.join("\n").trim()))
    }

    /// The section of a version, if there is one.
    pub(super) fn section(&self, version: &Version) -> Option<String> {
        self.below(&format!("## [{version}]"))
    }

    /// The section of the unreleased changes.
    pub(super) fn unreleased(&self) -> Result<String> {
        let section = self.below(UNRELEASED).with_context(|| format!("{FILE} has no {UNRELEASED}"))?;
        ensure!(!section.trim().is_empty(), "{FILE}: there is nothing below {UNRELEASED}");
        Ok(section)
    }

    /// The file with what is not released yet as the section of `version`, and an empty one above it.
    pub(super) fn closed(&self, version: &Version, date: &str) -> Result<String> {
        let unreleased = self.unreleased()?;
        ensure!(self.section(version).is_none(), "{FILE} has a section [{version}] already");
        // Said of the first version until it is there.
        ensure!(
            !unreleased.contains("Nothing was released yet"),
            "{FILE}: say what {version} brings, in place of \"Nothing was released yet\""
        );
        let heading = format!("{UNRELEASED}\n\n## [{version}] - {date}");
        Ok(self.text.replacen(UNRELEASED, &heading, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changelog(text: &str) -> Changelog {
        Changelog { text: text.to_owned() }
    }

    fn version(text: &str) -> Version {
        text.parse().expect(text)
    }

    const TWO: &str =
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-12-01\n\n- The first.\n";

    #[test]
    fn a_section_ends_where_the_next_begins() {
        assert_eq!(changelog(TWO).unreleased().expect("one"), "### Added\n\n- A thing.\n");
        assert_eq!(changelog(TWO).section(&version("0.1.0")).expect("one"), "- The first.\n");
        assert!(changelog(TWO).section(&version("0.2.0")).is_none());
    }

    #[test]
    fn what_was_not_released_becomes_the_versions() {
        let closed = changelog(&changelog(TWO).closed(&version("0.2.0"), "2027-01-05").expect("it closes"));
        assert_eq!(closed.section(&version("0.2.0")).expect("one"), "### Added\n\n- A thing.\n");
        assert!(closed.unreleased().is_err(), "{}", closed.text);
        assert!(closed.text.contains("## [0.2.0] - 2027-01-05\n"), "{}", closed.text);
    }

    #[test]
    fn a_version_that_brings_nothing_or_is_there_already_is_not_made() {
        let empty = "## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n";
        assert!(changelog(empty).closed(&version("0.2.0"), "2027-01-05").is_err());
        assert!(changelog(TWO).closed(&version("0.1.0"), "2027-01-05").is_err());
        let first = "## [Unreleased]\n\nNothing was released yet. It will bring:\n";
        assert!(changelog(first).closed(&version("0.1.0"), "2027-01-05").is_err());
    }
}
