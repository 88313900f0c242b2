//! The report, as a table or as JSON.

mod json;
mod table;

pub use json::json;
pub use table::{heading, row, summary};

use crate::run::{Finding, Outcome};

/// Numbers of passed, failed and skipped checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rules that the merchant keeps.
    pub passed: usize,
    /// Rules that it breaks.
    pub failed: usize,
    /// Rules about endpoints that it does not have.
    pub skipped: usize,
}

impl Tally {
    /// Counts the findings by outcome.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut tally = Self::default();
        for finding in findings {
            match finding.outcome {
                Outcome::Pass => tally.passed += 1,
                Outcome::Fail(_) => tally.failed += 1,
                Outcome::Skipped(_) => tally.skipped += 1,
            }
        }
        tally
    }
}
