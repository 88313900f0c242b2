//! Where a document names a test as its proof, there is such a test.

use gopay_documents::{documents, files};
use std::collections::BTreeSet;
use std::fs;

/// Five words at least, joined as a test's name is: `a_second_tap_sends_no_second_charge`.
fn is_name_of_test(word: &str) -> bool {
    word.split('_').count() >= 5 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let sources: Vec<String> = files(&["rs"]).iter().map(|it| fs::read_to_string(it).expect("a source")).collect();
    let known: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| source.split("fn ").skip(1))
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default())
        .collect();
    let mut named = 0;
    let mut missing = Vec::new();
    for document in documents() {
        for word in document.code_words().into_iter().filter(|word| is_name_of_test(word)) {
            // Names of metrics and faults are as long; they stand in the sources as texts.
            let literal = format!("\"{word}\"");
            named += 1;
            if !known.contains(word.as_str()) && !sources.iter().any(|source| source.contains(&literal)) {
                missing.push(format!("{}: {word}", document.path.display()));
            }
        }
    }
    assert!(named > 100, "{named} names were found: they are not looked for where they stand");
    assert!(missing.is_empty(), "no such test:\n{}", missing.join("\n"));
}
