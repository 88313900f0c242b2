//! The README's table of checks is made of the very list that is run.

use gopay_doctor::all;
use std::collections::BTreeSet;

const BEGINS: &str = "| check | rule | promise |\n|---|---|---|\n";

#[test]
fn the_readme_lists_every_check_as_it_is() {
    let readme = include_str!("../../README.md");
    let rows: String =
        all().iter().map(|check| format!("| `{}` | {} | {} |\n", check.id, check.rule, check.promise)).collect();
    let (_, after) = readme.split_once(BEGINS).expect("the table's head");
    let table = after.split("\n\n").next().expect("the table").trim_end();
    assert!(table == rows.trim_end(), "crates/doctor/README.md is stale; its table is to be\n{BEGINS}{rows}");
}

#[test]
fn every_check_has_a_name_of_its_own_and_says_why_and_how() {
    let all = all();
    let names: BTreeSet<&str> = all.iter().map(|check| check.id).collect();
    assert_eq!(names.len(), all.len(), "two checks share a name");
    for check in all {
        let is_slug = check.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(is_slug, "{} is not a name like charge-is-idempotent", check.id);
        for text in [check.promise, check.why, check.fix] {
            assert!(text.ends_with('.') && !text.contains('|'), "{}: {text:?}", check.id);
        }
    }
}

#[test]
fn the_readme_says_how_many_orders_are_needed() {
    let needed: usize = all().iter().map(|check| check.orders).sum();
    assert!(include_str!("../../README.md").contains(&format!(" {needed} unpaid orders")), "it is {needed} of them");
}
