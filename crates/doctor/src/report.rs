//! The report, as a table or as JSON.

mod table;

pub use table::{heading, row, summary};

use crate::run::{Finding, Outcome};
use serde_json::{Value, json};

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

/// Version of the format.
const VERSION: u32 = 1;

/// All findings as JSON.
#[must_use]
pub fn json(findings: &[Finding]) -> Value {
    let Tally { passed, failed, skipped } = Tally::of(findings);
    let checks: Vec<Value> = findings.iter().map(check).collect();
    json!({"version": VERSION, "passed": passed, "failed": failed, "skipped": skipped, "checks": checks})
}

fn check(finding: &Finding) -> Value {
    let check = &finding.check;
    let took = u64::try_from(finding.took.as_millis()).unwrap_or(u64::MAX);
    let mut row = json!({
        "id": check.id, "group": check.group.name(), "rule": check.rule, "promise": check.promise, "took_ms": took,
    });
    let more = match &finding.outcome {
        Outcome::Pass => json!({"result": "pass"}),
        Outcome::Skipped(why) => json!({"result": "skipped", "because": why}),
        Outcome::Fail(violation) => json!({
            "result": "fail", "seen": violation.seen, "expected": violation.expected, "why": check.why, "fix": check.fix,
        }),
    };
    if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
        row.extend(more);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_error::Violation;
    use std::time::Duration;

    #[test]
    fn the_form_is_the_one_that_the_readme_describes() {
        let all = crate::all();
        let outcomes = [
            Outcome::Pass,
            Outcome::Fail(Violation { seen: "this".to_owned(), expected: "that".to_owned() }),
            Outcome::Skipped("none".to_owned()),
        ];
        let findings: Vec<Finding> = all
            .iter()
            .zip(outcomes)
            .map(|(check, outcome)| Finding { check: *check, outcome, took: Duration::from_millis(12) })
            .collect();
        let told = json(&findings);
        assert_eq!(
            (&told["version"], &told["passed"], &told["failed"], &told["skipped"]),
            (&json!(1), &json!(1), &json!(1), &json!(1))
        );
        let names = |row: usize| {
            let mut names: Vec<_> = told["checks"][row].as_object().expect("a row").keys().cloned().collect();
            names.sort();
            names
        };
        assert_eq!(names(0), ["group", "id", "promise", "result", "rule", "took_ms"]);
        assert_eq!(names(1), ["expected", "fix", "group", "id", "promise", "result", "rule", "seen", "took_ms", "why"]);
        assert_eq!(names(2), ["because", "group", "id", "promise", "result", "rule", "took_ms"]);
        let results: Vec<_> = (0..3).map(|row| told["checks"][row]["result"].clone()).collect();
        assert_eq!(results, [json!("pass"), json!("fail"), json!("skipped")]);
    }
}
