//! A model that nobody reads to its end is none.

use crate::language::Language;
use std::fs;
use std::path::Path;

/// Lines of code: neither blank, nor a comment, nor PHP's opening tag.
const MOST_LINES: usize = 120;
/// Characters; or the lines could simply be long.
const WIDEST: usize = 130;

fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !(line.is_empty() || line.starts_with("//") || line.starts_with('#') || line == "<?php")
}

fn is_short(file: &Path) {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| is_code(line)).count();
    assert!((1..=MOST_LINES).contains(&lines), "{} has {lines} lines of code", file.display());
    let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
    assert!(widest.chars().count() <= WIDEST, "more than {WIDEST} characters in {}: {widest}", file.display());
}

#[test]
fn every_backend_is_one_file_of_at_most_120_lines() {
    for language in Language::ALL {
        is_short(&language.source());
    }
    // What Java has no library for here.
    is_short(&Language::Java.source().with_file_name("Platform.java"));
}

#[test]
fn only_code_counts() {
    assert_eq!(["a();", "  b();", "", "  // c", "# d", "<?php"].into_iter().filter(|line| is_code(line)).count(), 2);
}
