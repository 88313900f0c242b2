//! Programs that a machine lacks and xtask may not install there.

use std::fmt;

/// A program that is not installed, and how a person installs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Its name, as the tests that need it say it: `cannot be tried without PostgreSQL`.
    pub(crate) what: &'static str,
    /// The command, or what to do.
    pub(crate) install: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing. {}", self.what, self.install)
    }
}

impl std::error::Error for Missing {}
