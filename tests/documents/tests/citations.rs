//! Every "contract §…" and "facts §…" leads to a section of docs/contract.md and docs/midtrans.md.

use gopay_documents::{documents, files, root};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Endings of the files in which a citation may stand.
const CITING: [&str; 13] = ["rs", "md", "js", "mjs", "ts", "css", "html", "toml", "json", "py", "php", "java", "sql"];

/// The section numbers of a document: of its numbered headings, and of the numbered rules below them.
fn sections(path: &str) -> BTreeSet<String> {
    let document = documents().into_iter().find(|it| it.path == Path::new(path)).expect("the document is there");
    let (mut found, mut section) = (BTreeSet::new(), String::new());
    for line in document.text.lines() {
        let numbered = line.trim_start_matches('#').trim_start();
        let number = numbered.split(' ').next().unwrap_or_default().trim_end_matches('.');
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            continue;
        }
        if line.starts_with('#') {
            number.clone_into(&mut section);
            found.insert(section.clone());
        } else if line.starts_with(number) {
            found.insert(format!("{section}.{number}"));
        }
    }
    found
}

/// The cited sections of a text: the numbers behind each `word`, a space and "§".
fn cited(text: &str, word: &str) -> Vec<String> {
    let mark = format!("{word} §");
    let numbers = text.split(&mark).skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        rest[..end].trim_end_matches('.').to_owned()
    });
    numbers.collect()
}

#[test]
fn every_section_of_the_contract_and_of_the_facts_that_is_cited_is_there() {
    let mut missing = Vec::new();
    for (word, path, least) in [("contract", "docs/contract.md", 100), ("facts", "docs/midtrans.md", 4)] {
        let known = sections(path);
        let mut citations = 0;
        for file in files(&CITING).into_iter().filter(|file| !file.ends_with("tests/documents/tests/citations.rs")) {
            let text = fs::read_to_string(&file).expect("a text file");
            for number in cited(&text, word) {
                citations += 1;
                if !number.contains('…') && !number.is_empty() && !known.contains(&number) {
                    let file = file.strip_prefix(root()).expect("below the root");
                    missing.push(format!("{}: {word} §{number}", file.display()));
                }
            }
        }
        assert!(citations >= least, "{citations} citations of the {word} were found");
    }
    assert!(missing.is_empty(), "no such section:\n{}", missing.join("\n"));
}

#[test]
fn a_section_that_is_not_there_is_found() {
    let known = sections("docs/contract.md");
    assert!(known.contains("2.1") && known.contains("3.6"), "{known:?}");
    assert!(!known.contains("9.9"));
    assert_eq!(cited("as contract §9.9, says; contract §2.", "contract"), ["9.9", "2"]);
}
