//! README's "Fact by fact" says which test shows which fact. It must not name a test that is not there, nor lose a fact, nor
//! a section of them.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Number of facts in each section. One more fact is one more here.
const SECTIONS: [(u32, usize); 10] =
    [(0, 13), (1, 54), (2, 28), (3, 37), (4, 17), (5, 22), (6, 12), (7, 17), (12, 10), (13, 17)];

const HEADING: &str = "## Fact by fact";

/// Reasons that a row may give instead of tests, in more than a word or two.
const REASONS: [&str; 2] = ["Not imitated: ", "Advice: "];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn readme() -> String {
    fs::read_to_string(crates().join("sandbox/README.md")).unwrap()
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

/// Errors in the table, a line each; `sections` are its numbers and their rows.
fn faults(readme: &str, sections: &[(u32, usize)], tests: &BTreeSet<String>) -> Vec<String> {
    let Some((_, table)) = readme.split_once(&format!("\n{HEADING}\n")) else {
        return vec![format!("no heading {HEADING:?}")];
    };
    let table = table.split("\n## ").next().unwrap_or_default();
    let mut faults = Vec::new();
    let mut parts: Vec<_> = table.split("\n### ").skip(1).collect();
    for (section, rows) in sections {
        let place = parts.iter().position(|part| part.split(' ').next() == Some(section.to_string().as_str()));
        let Some(place) = place else {
            faults.push(format!("section {section} is missing"));
            continue;
        };
        let part = parts.remove(place);
        let found: Vec<_> = part.lines().filter(|line| line.starts_with(&format!("| {section}."))).collect();
        if found.len() != *rows {
            faults.push(format!("section {section} has {} rows in place of {rows}", found.len()));
        }
        for (at, row) in found.iter().enumerate() {
            faults.extend(fault(row, &format!("{section}.{}", at + 1), tests));
        }
    }
    faults
        .extend(parts.iter().map(|part| format!("section {:?} is not known", part.lines().next().unwrap_or_default())));
    faults
}

/// The error in one row, if there is one.
fn fault(row: &str, number: &str, tests: &BTreeSet<String>) -> Option<String> {
    let cells: Vec<_> = row.trim_start_matches("| ").trim_end_matches(" |").split(" | ").collect();
    let [found, _, shown_by] = cells.as_slice() else {
        return Some(format!("{number}: three cells are wanted: {row}"));
    };
    if *found != number {
        return Some(format!("{number} is numbered {found}"));
    }
    if let Some(reason) = REASONS.iter().find_map(|prefix| shown_by.strip_prefix(prefix)) {
        return (reason.len() < 9).then(|| format!("{number}: {reason:?} is no reason"));
    }
    let named: Vec<_> = shown_by.split('`').skip(1).step_by(2).collect();
    if named.is_empty() {
        return Some(format!("{number} has neither a test nor a reason: {shown_by}"));
    }
    let unknown: Vec<_> = named.into_iter().filter(|name| !tests.contains(*name)).collect();
    (!unknown.is_empty()).then(|| format!("{number}: no such test: {}", unknown.join(", ")))
}

#[test]
fn every_fact_has_its_number_and_tests_that_exist_or_a_reason_why_there_is_nothing_to_show() {
    let tests = tests();
    assert!(tests.contains("a_table_with_a_fault_of_any_kind_is_told_of"), "the scan finds tests");
    let faults = faults(&readme(), &SECTIONS, &tests);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_table_with_a_fault_of_any_kind_is_told_of() {
    let tests = BTreeSet::from(["it_is_so".to_owned()]);
    let table = |body: &str| format!("# Sandbox\n\n{HEADING}\n\n{body}\n\n## After\n\n| 1.9 | no fact | `nothing` |\n");
    let good = "### 1 Charge\n\n| 1.1 | A fact | `it_is_so` |\n| 1.2 | Another | Not imitated: for a reason |\n\n\
                ### 2 Errors\n\n| 2.1 | A fact | Advice: to whom it concerns |";
    let sections = [(1, 2), (2, 1)];
    assert_eq!(faults(&table(good), &sections, &tests), Vec::<String>::new());
    for (from, to, says) in [
        ("`it_is_so`", "`it_is_otherwise`", "no such test: it_is_otherwise"),
        ("`it_is_so`", "by looking", "neither a test nor a reason"),
        ("for a reason", "why", "no reason"),
        ("| 1.2 |", "| 1.3 |", "1.2 is numbered 1.3"),
        ("| 1.1 | A fact | `it_is_so` |\n", "", "section 1 has 1 rows in place of 2"),
        ("| 2.1 | A fact | Advice: to whom it concerns |", "", "section 2 has 0 rows"),
        ("### 2 Errors", "### 3 Errors", "section 2 is missing"),
        ("### 2 Errors", "### 3 Errors", "section \"3 Errors\" is not known"),
        ("| A fact |", "| A | fact |", "three cells"),
        (HEADING, "## Facts", "no heading"),
    ] {
        let told = faults(&table(good).replacen(from, to, 1), &sections, &tests).join("\n");
        assert!(told.contains(says), "{from} → {to}: {told}");
    }
}
