//! Result and error of a check.

use std::fmt;

/// Result of a check's step: success, or the reason for an early end.
pub(crate) type CheckResult<T = ()> = Result<T, CheckError>;

/// The reason why a check ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CheckError {
    /// The merchant broke the rule.
    Failed(Violation),
    /// The merchant does not have what the check is about.
    NotOffered(String),
    /// The sandbox, or the shop's way to make orders, failed: nothing can be said about the merchant.
    Broken(String),
}

/// A failure: what was seen, and what was expected instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The observation.
    pub seen: String,
    /// The expectation.
    pub expected: String,
}

impl CheckError {
    /// The merchant did `seen` instead of `expected`.
    pub(crate) fn failed(seen: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Failed(Violation { seen: seen.into(), expected: expected.into() })
    }

    /// The check cannot be decided, for this reason.
    pub(crate) fn broken(what: &str, why: impl fmt::Display) -> Self {
        Self::Broken(format!("{what}: {why}"))
    }
}

/// Continues if `is_so`; else the check has failed.
pub(crate) fn expect(is_so: bool, seen: impl FnOnce() -> String, expected: &str) -> CheckResult {
    if is_so { Ok(()) } else { Err(CheckError::failed(seen(), expected)) }
}
