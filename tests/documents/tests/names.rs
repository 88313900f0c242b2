//! Checks that tests, settings, metrics and events that a document names exist.

use gopay_documents::{documents, files, root};
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
            let literal = format!("\"{}\"", word.strip_suffix("_total").unwrap_or(&word));
            named += 1;
            if !known.contains(word.as_str()) && !sources.iter().any(|source| source.contains(&literal)) {
                missing.push(format!("{}: {word}", document.path.display()));
            }
        }
    }
    assert!(named > 100, "{named} names were found: they are not looked for where they stand");
    assert!(missing.is_empty(), "no such test:\n{}", missing.join("\n"));
}

/// All sources below `folder`, but for this crate's: what is wrong on purpose stands in it.
fn sources_below(folder: &str) -> String {
    let (below, own) = (root().join(folder), root().join("tests/documents"));
    let found =
        files(&["rs", "js", "mjs"]).into_iter().filter(|file| file.starts_with(&below) && !file.starts_with(&own));
    found.map(|file| fs::read_to_string(file).expect("a source")).collect()
}

/// The documents' words in back-ticks for which `holds` does not, each with its document; and how many were looked at.
fn missing(is_one: impl Fn(&str) -> bool, holds: impl Fn(&str) -> bool) -> (usize, Vec<String>) {
    let (mut looked_at, mut missing) = (0, Vec::new());
    for document in documents() {
        for word in document.code_words().into_iter().filter(|word| is_one(word)) {
            looked_at += 1;
            if !holds(&word) {
                missing.push(format!("{}: {word}", document.path.display()));
            }
        }
    }
    (looked_at, missing)
}

#[test]
fn every_setting_that_a_document_names_is_read_by_a_program() {
    let sources = sources_below("");
    let is_setting = |word: &str| {
        let name = word.split('=').next().unwrap_or_default();
        ["MIDTRANS_", "MERCHANT_", "ORDER_", "SANDBOX_"].iter().any(|start| name.starts_with(start))
    };
    let is_read = |word: &str| sources.contains(&format!("\"{}\"", word.split('=').next().unwrap_or_default()));
    let (looked_at, missing) = missing(is_setting, is_read);
    assert!(looked_at > 50, "{looked_at} settings were found");
    assert!(missing.is_empty(), "nothing reads\n{}", missing.join("\n"));
}

#[test]
fn every_metric_and_outcome_that_a_document_names_is_counted() {
    let sources = sources_below("crates/merchant/src");
    let counted = |word: &str| {
        let (name, labels) = word.split_once('{').unwrap_or((word, ""));
        let name = ["_total", "_count"].iter().fold(name, |name, end| name.strip_suffix(end).unwrap_or(name));
        let values = labels.split('"').skip(1).step_by(2);
        let known = |text: &str| sources.contains(&format!("\"{text}\""));
        (name.is_empty() || name.starts_with("outcome") || known(name)) && values.into_iter().all(known)
    };
    // Two crates and two switches are called so too.
    let others = |word: &str| {
        word.contains("::") || ["gopay_account", "gopay_app", "gopay_checkout", "gopay_merchant"].contains(&word)
    };
    let is_metric = |word: &str| word.starts_with("gopay_") && !others(word) || word.starts_with("outcome=");
    let counted_outcome =
        |word: &str| counted(&if word.starts_with("outcome=") { format!("{{{word}") } else { word.to_owned() });
    let (looked_at, missing) = missing(is_metric, counted_outcome);
    assert!(looked_at > 15, "{looked_at} metrics were found");
    assert!(missing.is_empty(), "nothing counts\n{}", missing.join("\n"));
}

#[test]
fn every_event_that_a_document_names_is_told_by_the_widget() {
    let told = sources_below("src");
    let is_event = |word: &str| word.starts_with("gopay-") && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    // Programs, packages and the element itself are called so too.
    let others = [
        "gopay-checkout",
        "gopay-merchant",
        "gopay-demo-shop",
        "gopay-doctor",
        "gopay-documents",
        "gopay-contract",
        "gopay-load",
    ];
    let is_told = |word: &str| told.contains(&format!("\"{word}\"")) || others.contains(&word);
    let (looked_at, missing) = missing(is_event, is_told);
    assert!(looked_at > 40, "{looked_at} events were found");
    assert!(missing.is_empty(), "no such event:\n{}", missing.join("\n"));
}
