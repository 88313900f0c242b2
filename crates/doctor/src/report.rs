//! The report: as JSON; or as a table for people, a line for each check, and below a failed one what was seen, why it matters
//! and what to do.

use crate::check::Group;
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

/// Maximum width of the texts below a failed check.
const WIDTH: usize = 100;
/// Indent of the explanations.
const INDENT: usize = 16;

/// The line above a group's checks.
#[must_use]
pub fn heading(group: Group) -> String {
    format!("\n{}\n", group.name())
}

/// A check's line, or lines.
#[must_use]
pub fn row(finding: &Finding) -> String {
    let id = finding.check.id;
    match &finding.outcome {
        Outcome::Pass => format!("  pass  {id}\n"),
        Outcome::Skipped(why) => format!("  skip  {id}\n{}", paragraph("because", why)),
        Outcome::Fail(violation) => {
            let check = &finding.check;
            let told = [
                ("rule", format!("{} ({})", check.promise, check.rule)),
                ("seen", violation.seen.clone()),
                ("expected", violation.expected.clone()),
                ("why", check.why.to_owned()),
                ("fix", check.fix.to_owned()),
            ];
            let told: String = told.iter().map(|(name, text)| paragraph(name, text)).collect();
            format!("  FAIL  {id}\n{told}")
        }
    }
}

/// The last line.
#[must_use]
pub fn summary(tally: Tally) -> String {
    let Tally { passed, failed, skipped } = tally;
    format!("\n{passed} passed, {failed} failed, {skipped} skipped because it is not offered\n")
}

/// A label and its text, wrapped.
fn paragraph(name: &str, text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let is_full = lines
            .last()
            .is_some_and(|line| !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH - INDENT);
        if is_full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    names.zip(&lines).map(|(name, line)| format!("        {name:<8} {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Violation;
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

    fn finding(outcome: Outcome) -> Finding {
        let check = crate::all().into_iter().find(|check| check.id == "charge-is-idempotent").expect("a check");
        Finding { check, outcome, took: Duration::from_millis(7) }
    }

    #[test]
    fn a_kept_rule_is_one_line() {
        assert_eq!(row(&finding(Outcome::Pass)), "  pass  charge-is-idempotent\n");
    }

    #[test]
    fn a_broken_rule_says_what_was_seen_and_expected_and_what_to_do() {
        let violation = Violation { seen: "two of them".to_owned(), expected: "exactly one".to_owned() };
        let text = row(&finding(Outcome::Fail(violation)));
        for line in [
            "  FAIL  charge-is-idempotent\n",
            "        seen     two of them\n",
            "        expected exactly one\n",
            "        why      A reload or a second tab that makes a second charge lets one payer pay twice.\n",
            "        fix      Store the charge with the order, and answer from there while it is pending.\n",
        ] {
            assert!(text.contains(line), "{line:?} is not in\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 1), "{text}");
    }

    #[test]
    fn what_is_not_offered_says_why() {
        let text = row(&finding(Outcome::Skipped("there is no events URL".to_owned())));
        assert_eq!(text, "  skip  charge-is-idempotent\n        because  there is no events URL\n");
    }
}
