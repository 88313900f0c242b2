//! The README's table of settings says what the program reads, and what holds where nothing is set.

use gopay_merchant::{Settings, setting_table};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What cannot be left out.
fn required(name: &str) -> Option<&'static str> {
    match name {
        "MIDTRANS_SERVER_KEY" => Some("SB-Mid-server-offline-sandbox"),
        "ORDER_TOKEN_SECRET" => Some("kX3v9QpLr7sTzW2bYd8fGh5jNm4cVa6e"),
        _ => None,
    }
}

/// The settings with this one variable set, beside the required ones.
fn settings_with(variable: Option<(&str, &str)>) -> Settings {
    let find = |name: &str| {
        let set = variable.filter(|(set, _)| *set == name).map(|(_, value)| value);
        set.or_else(|| required(name)).map(str::to_owned)
    };
    Settings::from_lookup(find).unwrap_or_else(|e| panic!("{variable:?}: {e}"))
}

#[test]
fn every_variable_that_is_read_is_in_the_table_and_no_other_is() {
    let asked = RefCell::new(BTreeSet::new());
    let find = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        required(name).map(str::to_owned)
    };
    Settings::from_lookup(find).expect("good settings");
    let listed: BTreeSet<String> = setting_table().map(|row| row.name.to_owned()).collect();
    assert_eq!(asked.into_inner(), listed, "left: what is read; right: what the README lists");
    assert_eq!(listed.len(), setting_table().count(), "a variable is listed twice");
}

#[test]
fn every_default_in_the_table_is_the_real_one() {
    let by_default = format!("{:?}", settings_with(None));
    let mut held = BTreeMap::new();
    for row in setting_table() {
        match row.default {
            "required" => assert!(required(row.name).is_some(), "{} is not required", row.name),
            // A word about a default that is no value.
            "none" => {}
            value => {
                held.insert(row.name, value);
            }
        }
    }
    assert!(held.len() > 10, "{held:?}");
    for (name, value) in held {
        assert_eq!(format!("{:?}", settings_with(Some((name, value)))), by_default, "{name} is not {value} by default");
    }
}

#[test]
fn help_lists_every_variable_with_its_default() {
    let output = Command::new(env!("CARGO_BIN_EXE_gopay-merchant")).arg("--help").output().expect("it runs");
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).expect("text");
    for row in setting_table() {
        let line = help.lines().find(|line| line.trim_start().starts_with(&format!("{} ", row.name)));
        assert!(line.is_some_and(|line| line.contains(row.default)), "{} is not in\n{help}", row.name);
    }
}
