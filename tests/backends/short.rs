//! A model that nobody reads to its end is none.

use crate::language::Language;
use std::fs;

/// Lines of code: neither blank, nor a comment, nor PHP's opening tag.
const MOST_LINES: usize = 120;
/// Characters; or the lines could simply be long.
const WIDEST: usize = 130;

fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !(line.is_empty() || line.starts_with("//") || line.starts_with('#') || line == "<?php")
}

#[test]
fn every_backend_is_one_file_of_at_most_120_lines() {
    for language in Language::ALL {
        let text = fs::read_to_string(language.source()).unwrap();
        let lines = text.lines().filter(|line| is_code(line)).count();
        assert!((1..=MOST_LINES).contains(&lines), "{language:?} has {lines} lines of code");
        let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= WIDEST, "{language:?} has a line of more than {WIDEST} characters: {widest}");
    }
}

#[test]
fn only_code_counts() {
    assert_eq!(["a();", "  b();", "", "  // c", "# d", "<?php"].into_iter().filter(|line| is_code(line)).count(), 2);
}
