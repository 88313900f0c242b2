//! What was found, for people and for machines.

mod json;
mod table;

pub use json::json;
pub use table::{heading, row, summary};

use crate::run::{Finding, Outcome};

/// How many passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rules that are kept.
    pub passed: usize,
    /// Rules that are not.
    pub failed: usize,
    /// Rules about what is not offered.
    pub skipped: usize,
}

impl Tally {
    /// Counts.
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
