//! `docs/sandbox-facts.md` says which test shows which fact. It must not name a test that is not there, nor lose a fact.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// How many facts each section has. One more fact is one more here.
const SECTIONS: [(u32, u32); 9] = [(0, 11), (1, 36), (2, 24), (3, 24), (4, 12), (5, 15), (6, 9), (7, 12), (12, 10)];

/// One line of the tables.
struct Fact {
    number: String,
    shown_by: String,
}

impl Fact {
    fn tests(&self) -> Vec<&str> {
        self.shown_by.split('`').skip(1).step_by(2).collect()
    }

    /// Why the sandbox does not imitate it.
    fn reason(&self) -> Option<&str> {
        self.shown_by.strip_prefix("Not imitated: ")
    }
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn facts() -> Vec<Fact> {
    let table = fs::read_to_string(crates().join("../docs/sandbox-facts.md")).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.filter(|row| row.starts_with(|c: char| c.is_ascii_digit()))
        .map(|row| {
            let cells: Vec<_> = row.split(" | ").collect();
            let [number, _, shown_by] = cells.as_slice() else { panic!("three cells are wanted: {row}") };
            Fact { number: (*number).to_owned(), shown_by: (*shown_by).to_owned() }
        })
        .collect()
}

/// Every test of the sandbox and of the contract that it is written with.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for folder in ["sandbox/src", "sandbox/tests", "contract/src"] {
        collect(&crates().join(folder), &mut tests);
    }
    tests
}

fn collect(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with(".venv") {
            collect(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = source.lines().map(str::trim).collect();
            for pair in lines.windows(2).filter(|pair| pair[0] == "#[test]" || pair[0].starts_with("#[tokio::test")) {
                let name =
                    pair[1].trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next());
                tests.extend(name.map(str::to_owned));
            }
        }
    }
}

#[test]
fn every_fact_is_numbered_and_none_is_missing() {
    let numbers: Vec<_> = facts().into_iter().map(|fact| fact.number).collect();
    let wanted: Vec<_> =
        SECTIONS.iter().flat_map(|(section, last)| (1..=*last).map(move |fact| format!("{section}.{fact}"))).collect();
    assert_eq!(numbers, wanted);
}

#[test]
fn every_fact_is_shown_by_tests_that_exist_or_says_why_it_is_not_imitated() {
    let tests = tests();
    assert!(tests.contains("every_fact_is_numbered_and_none_is_missing"), "the scan finds tests");
    let mut missing = BTreeMap::new();
    for fact in facts() {
        let named = fact.tests();
        let reasoned = fact.reason().is_some_and(|reason| reason.len() > 10);
        assert!(reasoned || !named.is_empty(), "{} has neither a test nor a reason", fact.number);
        let unknown: Vec<_> = named.into_iter().filter(|name| !reasoned && !tests.contains(*name)).collect();
        if !unknown.is_empty() {
            missing.insert(fact.number.clone(), unknown.join(", "));
        }
    }
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}
