//! Units of systemd: their form, by systemd itself where it is installed, and that our own program takes what it is given.

use super::server::installed;
use super::shell;
use std::fs;
use std::process::Command;

/// Sections of a service's unit.
const SECTIONS: [&str; 3] = ["[Unit]", "[Service]", "[Install]"];

pub(crate) fn check(code: &str) -> Result<(), String> {
    let mut in_section = false;
    for line in code.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if SECTIONS.contains(&line) {
            in_section = true;
            continue;
        }
        let is_key = |(key, _): (&str, &str)| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric());
        if !in_section || !line.split_once('=').is_some_and(is_key) {
            return Err(format!("{line:?} is neither one of {SECTIONS:?} nor Key=value in one of them"));
        }
        if let Some(command) = line.strip_prefix("ExecStart=") {
            started(command)?;
        }
    }
    verified(code)
}

/// Our own program's arguments are put to its own parser.
fn started(command: &str) -> Result<(), String> {
    let (program, arguments) = command.split_once(' ').unwrap_or((command, ""));
    match program.rsplit('/').next() {
        Some(name @ "gopay-merchant") => shell::check("sh", &format!("cargo run -p {name} -- {arguments}\n")),
        Some(_) | None => Err(format!("{program} is no program of ours")),
    }
}

/// Checks the unit with systemd. It wants a program that is there, and knows more keys than can be listed here.
fn verified(code: &str) -> Result<(), String> {
    let Some(systemd) = installed("systemd-analyze") else { return Ok(()) };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("snippet.service");
    let there = |line: &str| {
        if line.starts_with("ExecStart=") { "ExecStart=/bin/true\n".to_owned() } else { format!("{line}\n") }
    };
    fs::write(&file, code.lines().map(there).collect::<String>()).map_err(|error| error.to_string())?;
    let said = Command::new(systemd).arg("verify").arg(&file).output().map_err(|error| error.to_string())?;
    // An unknown key is a warning to it. Of other units of the machine it speaks too.
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    if said.contains("snippet.service") { Err(said) } else { Ok(()) }
}
