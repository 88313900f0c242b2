//! Counting tests: every stage's runner closes on `test result: ok. 3 passed; 0 failed; …`, we close on their sum.

use std::fmt;
use std::mem;
use std::ops::AddAssign;

/// What a test says that cannot be tried in this run.
const ASIDE: &str = "skipped with the ";

/// How many tests did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// `ignored` in cargo's words.
    pub(crate) skipped: u32,
    /// Said of themselves that they were not tried; the closing line will count them among the passed.
    aside: u32,
}

impl Tally {
    /// Adds what `line` says, if it is a closing line of libtest or of wasm-bindgen-test.
    pub(crate) fn read(&mut self, line: &str) {
        if line.contains(ASIDE) {
            self.aside += 1;
        }
        let Some((_, counts)) = line.split_once("test result: ") else { return };
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
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
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
        assert_eq!(tally, Tally { passed: 19, failed: 2, skipped: 1, aside: 0 });
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

    #[test]
    fn a_colour_around_the_verdict_changes_nothing() {
        let mut tally = Tally::default();
        tally.read("test result: \u{1b}[32mok\u{1b}[m. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(tally.to_string(), "5 passed, 0 failed");
    }
}
