//! Counting tests: every stage's runner closes on `test result: ok. 3 passed; 0 failed; …`, we close on their sum.

use std::collections::BTreeSet;
use std::fmt;
use std::mem;
use std::ops::AddAssign;

/// A test's message that it cannot be tried in this run.
const ASIDE: &str = "skipped with the ";

/// The message of a test that lacks a program, before the program's name.
const WITHOUT: &str = "cannot be tried without ";

/// Numbers of passed, failed and skipped tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// `ignored` in cargo's words.
    pub(crate) skipped: u32,
    /// Said of themselves that they were not tried; the closing line will count them among the passed.
    aside: u32,
    /// Programs that this machine lacks: a test that fails for want of one counts as skipped.
    lacking: Vec<&'static str>,
    /// The failed test whose output is being read.
    failure: Option<String>,
    /// Those of this program's failed tests that lack something; the closing line will count them among the failed.
    excused: BTreeSet<String>,
    /// True while a test program has not printed its closing line.
    is_open: bool,
    /// True if a test program never printed it.
    has_died: bool,
}

impl Tally {
    /// Counts later tests that fail for want of one of these programs as skipped.
    pub(crate) fn excuse(&mut self, lacking: &[&'static str]) {
        self.lacking = lacking.to_vec();
    }

    /// True if every failure was for want of a program, and every test program came to its end.
    pub(crate) fn is_excused(&self) -> bool {
        !self.lacking.is_empty() && self.failed == 0 && !self.is_open && !self.has_died
    }

    /// Reads what a failed test has printed, which comes below its name.
    fn read_failure(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("---- ").and_then(|line| line.split_whitespace().next()) {
            self.failure = Some(name.to_owned());
        } else if let Some((_, what)) = line.split_once(WITHOUT)
            && self.lacking.iter().any(|lacking| what.starts_with(lacking))
        {
            self.excused.extend(self.failure.take());
        }
    }

    /// Adds what `line` says, if it is a closing line of libtest or of wasm-bindgen-test.
    pub(crate) fn read(&mut self, line: &str) {
        if line.contains(ASIDE) {
            self.aside += 1;
        }
        let first_word = line.split_whitespace().next();
        if first_word == Some("Running") && line.ends_with(')') || first_word == Some("Doc-tests") {
            self.has_died |= mem::replace(&mut self.is_open, true);
        }
        self.read_failure(line);
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        self.is_open = false;
        self.failure = None;
        let excused = u32::try_from(mem::take(&mut self.excused).len()).unwrap_or_default();
        for count in counts.split([';', '.']) {
            let mut words = count.split_whitespace();
            let (Some(number), Some(what), None) = (words.next(), words.next(), words.next()) else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            match what {
                "passed" => {
                    let aside = mem::take(&mut self.aside).min(number);
                    self.passed += number - aside;
                    self.skipped += aside;
                }
                "failed" => {
                    let excused = excused.min(number);
                    self.failed += number - excused;
                    self.skipped += excused;
                }
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_summed_and_other_lines_are_not_counted() {
        let mut tally = Tally::default();
        for line in [
            "test payment::a_second_tap_sends_no_second_charge ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s",
            "    Running 9 passed; 9 failed",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.85s",
        ] {
            tally.read(line);
        }
        assert_eq!((tally.passed, tally.failed, tally.skipped), (19, 2, 1));
        assert_eq!(tally.to_string(), "19 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn a_test_that_says_it_was_not_tried_has_not_passed() {
        let mut tally = Tally::default();
        for line in [
            "test scripts::files_that_neither_come_nor_fail ... skipped with the Js build: they come by import",
            "ok",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ] {
            tally.read(line);
        }
        assert_eq!(tally.to_string(), "2 passed, 0 failed, 1 skipped");
    }

    /// Cargo's output for a program with two failed tests, one of them for want of `what`.
    fn two_failed(what: &str) -> [String; 12] {
        [
            "     Running tests/orders.rs (target/debug/deps/orders-0123456789abcdef)",
            "test a_claim_is_kept::postgres ... FAILED",
            "test a_claim_is_kept::sqlite ... FAILED",
            "---- a_claim_is_kept::postgres stdout ----",
            "thread 'a_claim_is_kept::postgres' (1) panicked at tests/postgres/src/lib.rs:31:5:",
            &format!("it cannot be tried without {what}: install it"),
            "---- a_claim_is_kept::sqlite stdout ----",
            "thread 'a_claim_is_kept::sqlite' (2) panicked at crates/merchant/tests/orders.rs:60:5:",
            "the claim is gone",
            "failures:",
            "    a_claim_is_kept::postgres",
            "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ]
        .map(str::to_owned)
    }

    #[test]
    fn a_test_that_lacks_a_program_is_skipped_and_the_failure_beside_it_is_not() {
        let mut tally = Tally::default();
        tally.excuse(&["PostgreSQL"]);
        two_failed("PostgreSQL").iter().for_each(|line| tally.read(line));
        assert_eq!(tally.to_string(), "7 passed, 1 failed, 1 skipped");
        assert!(!tally.is_excused());
    }

    #[test]
    fn a_program_that_is_installed_is_no_excuse() {
        let mut tally = Tally::default();
        tally.excuse(&["PHP"]);
        two_failed("PostgreSQL").iter().for_each(|line| tally.read(line));
        assert_eq!(tally.to_string(), "7 passed, 2 failed");
    }

    #[test]
    fn a_run_is_excused_only_if_every_program_came_to_its_closing_line() {
        let lines = two_failed("PostgreSQL");
        let without_the_other: Vec<_> = lines
            .iter()
            .filter(|line| !line.contains("::sqlite") && !line.contains("the claim is gone"))
            .map(|line| line.replace("2 failed", "1 failed"))
            .collect();
        let mut tally = Tally::default();
        tally.excuse(&["PostgreSQL"]);
        without_the_other.iter().for_each(|line| tally.read(line));
        assert_eq!(tally.to_string(), "7 passed, 0 failed, 1 skipped");
        assert!(tally.is_excused());

        // A second one that is killed prints no result.
        tally.read("     Running tests/api/main.rs (target/debug/deps/api-0123456789abcdef)");
        assert!(!tally.is_excused());
    }

    #[test]
    fn a_run_that_lacks_nothing_is_never_excused() {
        let mut tally = Tally::default();
        tally.read("     Running tests/orders.rs (target/debug/deps/orders-0123456789abcdef)");
        tally.read("test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s");
        assert!(!tally.is_excused());
    }

    #[test]
    fn a_colour_around_the_verdict_changes_nothing() {
        let mut tally = Tally::default();
        tally.read("test result: \u{1b}[32mok\u{1b}[m. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(tally.to_string(), "5 passed, 0 failed");
    }
}
