//! A check: a rule with its texts, the function that tests it, and the result of that.

use crate::case::Case;
use futures_util::future::BoxFuture;
use std::fmt;

/// A rule and the check that tests it.
#[derive(Clone, Copy)]
pub struct Check {
    /// The stable id.
    pub id: &'static str,
    /// The group in the report.
    pub group: Group,
    /// The source of the rule: a section of the contract, or Midtrans' own documents.
    pub rule: &'static str,
    /// The rule, as a promise that the merchant keeps.
    pub promise: &'static str,
    /// The consequence of a failure.
    pub why: &'static str,
    /// The fix.
    pub fix: &'static str,
    /// Number of orders that it uses up.
    pub orders: usize,
    pub(crate) run: Run,
}

/// The check itself.
pub(crate) type Run = fn(&Case) -> BoxFuture<'_, CheckResult>;

/// Groups of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Contract §2.1.
    Charge,
    /// Starting over, §2.1.
    Retry,
    /// Several attempts at one order, §3.4, §3.6.
    Attempts,
    /// §2.2.
    Status,
    /// §2.3.
    Events,
    /// §2.4.
    Cancel,
    /// Notifications from Midtrans, §3.4.
    Notifications,
    /// Failures of Midtrans.
    Failures,
    /// §2.5.
    Errors,
    /// Access to orders.
    Access,
}

impl Group {
    /// Its name, in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Retry => "retry",
            Self::Attempts => "attempts",
            Self::Status => "status",
            Self::Events => "events",
            Self::Cancel => "cancel",
            Self::Notifications => "notifications",
            Self::Failures => "failures",
            Self::Errors => "errors",
            Self::Access => "access",
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.id).finish()
    }
}

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
