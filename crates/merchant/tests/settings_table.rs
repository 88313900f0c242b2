//! The README and `--help` list the settings as they are defined. `GOPAY_BLESS=1 cargo test --test settings_table` writes the
//! README's table.

use gopay_merchant::{SettingRow, setting_table};
use std::fs;
use std::process::Command;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const HEAD: &str = "| variable | default | meaning |\n|---|---|---|\n";

#[test]
fn the_readme_lists_the_settings_as_they_are_defined() {
    let row = |SettingRow { name, default, meaning }: SettingRow| match default.as_str() {
        "required" | "none" => format!("| `{name}` | {default} | {meaning} |\n"),
        _ => format!("| `{name}` | `{default}` | {meaning} |\n"),
    };
    let table: String = setting_table().into_iter().map(row).collect();
    let readme = fs::read_to_string(README).expect("the README");
    let (before, rest) = readme.split_once(HEAD).expect("a table of settings");
    let (_, after) = rest.split_once("\n\n").expect("its end");
    let expected = format!("{before}{HEAD}{table}\n{after}");
    if std::env::var_os("GOPAY_BLESS").is_some() {
        fs::write(README, expected).expect("written");
    } else {
        assert!(readme == expected, "stale: GOPAY_BLESS=1 cargo test --workspace --test settings_table");
    }
}

#[test]
fn help_lists_every_variable_with_its_default() {
    let output = Command::new(env!("CARGO_BIN_EXE_gopay-merchant")).arg("--help").output().expect("it runs");
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).expect("text");
    for SettingRow { name, default, .. } in setting_table() {
        let line = help.lines().find(|line| line.trim_start().starts_with(&format!("{name} ")));
        assert!(line.is_some_and(|line| line.contains(&default)), "{name} is not in\n{help}");
    }
}
