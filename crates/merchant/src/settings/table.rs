//! The README's table of settings, for `--help`. `tests/settings_table.rs` holds it against what is really read.

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// The variable.
    pub name: &'static str,
    /// What holds where it is not set: a value, or a word about it (`required`, `none`).
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// All settings, as the README has them.
pub fn setting_table() -> impl Iterator<Item = SettingRow> {
    const README: &str = include_str!("../../README.md");
    let section = README.split("\n## ").find_map(|section| section.strip_prefix("Settings\n")).unwrap_or_default();
    section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.strip_suffix(" |")?.splitn(3, " | ");
        let name = cells.next()?.strip_suffix('`')?;
        Some(SettingRow { name, default: cells.next()?.trim_matches('`'), meaning: cells.next()? })
    })
}
