//! A check: a rule with its texts, and the function that tests it.

use crate::case::Case;
use crate::check_error::CheckResult;
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
