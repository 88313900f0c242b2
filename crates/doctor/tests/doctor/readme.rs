//! The README's table of checks is made of the very list that is run.

use gopay_doctor::{PROBE_ORDERS, all};
use std::collections::BTreeSet;
use std::process::Command;

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
    let needed = PROBE_ORDERS + all().iter().map(|check| check.orders).sum::<usize>();
    assert!(include_str!("../../README.md").contains(&format!(" {needed} unpaid orders")), "it is {needed} of them");
}

#[test]
fn the_readme_has_every_option_with_its_default() {
    let help = Command::new(env!("CARGO_BIN_EXE_gopay-doctor")).arg("--help").output().expect("it runs");
    let help = String::from_utf8(help.stdout).expect("text");
    let names = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '-'));
        words.filter(|word| word.starts_with("--") && word.len() > 3).map(str::to_owned).collect()
    };
    let readme = include_str!("../../README.md");
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `--")).collect();
    let listed: BTreeSet<String> =
        rows.iter().filter_map(|row| names(row.split('|').nth(1)?).into_iter().next()).collect();
    let mut known = names(&help);
    known.retain(|name| !["--help", "--version"].contains(&name.as_str()));
    // Of orders that are there already, the README tells in words.
    assert!(readme.contains("`--orders-file") && known.remove("--orders-file"));
    assert_eq!(listed, known, "left: the README's tables; right: --help");
    for line in help.lines().filter(|line| line.trim_start().starts_with("[default: ")) {
        let default = line.trim().trim_start_matches("[default: ").trim_end_matches(']');
        let is_listed = rows.iter().any(|row| row.contains(&format!("`{default}`")));
        assert!(is_listed || default == midtrans_sandbox::DEFAULT_SERVER_KEY, "{default} is in no table");
    }
}
