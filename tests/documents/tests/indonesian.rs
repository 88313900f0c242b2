//! Checks that documents in two languages agree in parts, snippets and named tests, and that the payer's page has the
//! widget's own words.

use gopay_documents::{Document, documents, root};
use std::fs;
use std::path::Path;

const PAIRS: [(&str, &str); 8] = [
    ("README.md", "README.id.md"),
    ("npm/README.md", "npm/README.id.md"),
    ("npm/create-gopay-shop/README.md", "npm/create-gopay-shop/README.id.md"),
    ("examples/backends/README.md", "examples/backends/README.id.md"),
    ("docs/production.md", "docs/id/production.md"),
    ("docs/operations.md", "docs/id/operations.md"),
    ("docs/from-snap.md", "docs/id/from-snap.md"),
    ("docs/site-builders.md", "docs/id/site-builders.md"),
];

/// Short pages in Indonesian: an introduction to the English page, with some of its tables.
const INTRODUCTIONS: [(&str, &str); 2] = [
    ("crates/doctor/README.md", "crates/doctor/README.id.md"),
    ("crates/sandbox/README.md", "crates/sandbox/README.id.md"),
];

fn document(path: &str) -> Document {
    let found = documents().into_iter().find(|document| document.path == Path::new(path));
    found.unwrap_or_else(|| panic!("{path} is not there"))
}

/// A snippet without what is said in it to people.
fn bare(code: &str) -> String {
    let line = |line: &str| {
        let ends = [line.find("# "), line.find("// "), line.find("<!--")];
        let end = ends.into_iter().flatten().min().unwrap_or(line.len());
        line[..end].trim_end().to_owned()
    };
    code.lines().map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn both_languages_have_the_same_parts_and_the_same_snippets() {
    for (english, indonesian) in PAIRS {
        let (one, other) = (document(english), document(indonesian));
        assert_eq!(one.anchors().len(), other.anchors().len(), "parts of {indonesian}");
        let told = |document: &Document| -> Vec<(String, String)> {
            document.snippets().into_iter().map(|it| (it.language, bare(&it.code))).collect()
        };
        assert_eq!(told(&one), told(&other), "snippets of {english} and {indonesian}");
    }
}

#[test]
fn both_languages_of_a_guide_name_the_same_rows_settings_and_tests() {
    for (english, indonesian) in &PAIRS[4..] {
        let told = |path: &str| {
            let document = document(path);
            let rows = document.text.lines().filter(|line| line.starts_with('|') || line.starts_with("- [ ]")).count();
            let mut names: Vec<String> = document.code_words();
            names.retain(|word| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && word.contains('_'));
            names.sort();
            (rows, names)
        };
        assert_eq!(told(english), told(indonesian), "{english} and {indonesian}");
    }
}

#[test]
fn an_introduction_has_the_snippets_the_options_and_the_requests_of_the_english_page() {
    for (english, indonesian) in INTRODUCTIONS {
        let (one, other) = (document(english), document(indonesian));
        let snippets: Vec<String> = one.snippets().into_iter().map(|it| bare(&it.code)).collect();
        let missing: Vec<String> =
            other.snippets().into_iter().map(|it| bare(&it.code)).filter(|code| !snippets.contains(code)).collect();
        assert!(missing.is_empty() && !other.snippets().is_empty(), "{indonesian}: {missing:#?}");
        let known: Vec<String> = one.code_words();
        let unknown: Vec<String> = other.code_words().into_iter().filter(|word| !known.contains(word)).collect();
        assert!(unknown.is_empty() && other.code_words().len() > 20, "{indonesian} alone has {unknown:?}");
        for (from, to) in [(&one, "README.id.md"), (&other, "README.md")] {
            assert!(from.links().iter().any(|link| link.to == to), "{} does not link to {to}", from.path.display());
        }
    }
}

#[test]
fn the_payers_page_says_in_bold_what_the_widget_says() {
    let page = document("docs/id/cara-bayar.md").text;
    let words = fs::read_to_string(root().join("src/text/id.rs")).expect("the widget's words");
    let bold: Vec<&str> = page.split("**").skip(1).step_by(2).collect();
    assert!(bold.len() > 10, "{bold:?}");
    for said in bold {
        assert!(words.contains(&format!("\"{said}\"")), "the widget does not say {said:?}");
    }
}
