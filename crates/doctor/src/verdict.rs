//! How a check may end before its last line.

use std::fmt;

/// Nothing to complain about, or why the check ended early.
pub(crate) type Verdict<T = ()> = Result<T, Halt>;

/// Why a check ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The merchant did something else than the rule says.
    Failed(Complaint),
    /// The merchant does not offer what the check is about.
    NotOffered(String),
    /// The sandbox, or the shop's way to get orders, did not do its part: nothing can be said about the merchant.
    Broken(String),
}

/// What was seen, and what was expected instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What the merchant did.
    pub seen: String,
    /// What it should have done.
    pub expected: String,
}

impl Halt {
    /// The merchant did `seen` instead of `expected`.
    pub(crate) fn failed(seen: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Failed(Complaint { seen: seen.into(), expected: expected.into() })
    }

    /// Nothing can be said, because of this.
    pub(crate) fn broken(what: &str, why: impl fmt::Display) -> Self {
        Self::Broken(format!("{what}: {why}"))
    }
}

/// Goes on if `is_so`; else the check has failed.
pub(crate) fn expect(is_so: bool, seen: impl FnOnce() -> String, expected: &str) -> Verdict {
    if is_so { Ok(()) } else { Err(Halt::failed(seen(), expected)) }
}
