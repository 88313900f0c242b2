//! What is checked: the type of a row, and all rows in their order.

use crate::case::Case;
use crate::checks;
use crate::verdict::Verdict;
use futures_util::future::BoxFuture;
use std::fmt;

/// A rule that is held against the merchant.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its name, which does not change.
    pub id: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// Where the rule stands: a section of the contract, or Midtrans' own documents.
    pub rule: &'static str,
    /// The rule, as a promise that the merchant keeps.
    pub promise: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do where it fails.
    pub fix: &'static str,
    /// How many orders it uses up.
    pub orders: usize,
    pub(crate) run: Run,
}

/// The check itself.
pub(crate) type Run = fn(&Case) -> BoxFuture<'_, Verdict>;

/// What a check belongs to.
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
    /// What Midtrans tells, §3.4.
    Notifications,
    /// Midtrans in trouble.
    Trouble,
    /// §2.5.
    Errors,
    /// Who may ask.
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
            Self::Trouble => "trouble",
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

/// Every check, in the order in which they are run.
#[must_use]
pub fn all() -> Vec<Check> {
    checks::ALL.iter().flat_map(|checks| checks.iter().copied()).collect()
}
