//! Checks shell snippets: their form, and that whatever they name exists. Only `--help` of our own programs is run.

use super::programs::ask;
use super::{json, programs};
use gopay_documents::{files, root};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// Programs that are not ours, and words of the shell.
const OTHERS: [&str; 40] = [
    "cd",
    "composer",
    "cp",
    "curl",
    "diff",
    "do",
    "docker",
    "done",
    "echo",
    "export",
    "for",
    "git",
    "go",
    "grep",
    "java",
    "javac",
    "jq",
    "kill",
    "kubectl",
    "ls",
    "mkdir",
    "mvn",
    "node",
    "npm",
    "npx",
    "openssl",
    "pg_dump",
    "pg_restore",
    "php",
    "pip",
    "promtool",
    "psql",
    "python3",
    "rm",
    "seq",
    "sqlite3",
    "sudo",
    "trunk",
    "wait",
    "wasm-bindgen",
];

/// Prefixes of our settings.
const SETTINGS: [&str; 5] = ["MIDTRANS_", "MERCHANT_", "ORDER_", "SANDBOX_", "GOPAY_"];

pub(crate) fn check(language: &str, code: &str) -> Result<(), String> {
    let typed = if language == "console" { typed_in(code) } else { code.to_owned() };
    ask(Command::new("bash").args(["-n", "-s"]), &typed)?;
    for command in commands(&typed) {
        check_command(&command).map_err(|why| format!("{}: {why}", command.join(" ")))?;
    }
    Ok(())
}

/// The typed part of a console: the lines with a prompt, and their continuations.
fn typed_in(code: &str) -> String {
    let mut typed = String::new();
    let mut goes_on = false;
    for line in code.lines() {
        let own = line.strip_prefix("$ ").or(goes_on.then_some(line));
        goes_on = own.is_some_and(|line| line.ends_with('\\'));
        if let Some(line) = own {
            typed.push_str(line);
            typed.push('\n');
        }
    }
    typed
}

/// Each command as words, quotes taken off.
fn commands(code: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let (mut word, mut has_word, mut quote) = (String::new(), false, None);
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None, '\'' | '"') => (quote, has_word) = (Some(c), true),
            (None, '\\') if chars.peek() == Some(&'\n') => drop(chars.next()),
            (None, '#') if !has_word => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, c) if c.is_whitespace() || "&|;()".contains(c) => {
                if std::mem::take(&mut has_word) {
                    commands.last_mut().map(|it| it.push(std::mem::take(&mut word))).unwrap_or_default();
                }
                if c == '\n' || !c.is_whitespace() {
                    commands.push(Vec::new());
                }
            }
            (_, c) => (has_word, _) = (true, word.push(c)),
        }
    }
    if has_word {
        commands.last_mut().map(|it| it.push(word)).unwrap_or_default();
    }
    commands.retain(|command| !command.is_empty());
    commands
}

fn check_command(words: &[String]) -> Result<(), String> {
    let assigned =
        |word: &&String| word.split_once('=').is_some_and(|(name, _)| !name.starts_with('-') && !name.contains('/'));
    for (name, _) in words.iter().filter(assigned).filter_map(|word| word.split_once('=')) {
        setting(name)?;
    }
    let words: Vec<&str> = words.iter().skip_while(assigned).map(String::as_str).collect();
    for pair in words.windows(2).filter(|pair| pair[0] == "-d" && pair[1].starts_with('{')) {
        json::check(pair[1])?;
    }
    match words.as_slice() {
        [] => Ok(()),
        ["cargo", "xtask", arguments @ ..] => help(&[&["xtask"], arguments].concat()),
        ["cargo", "run", "-p", program, rest @ ..] => run(program, rest),
        ["cargo", "test" | "build" | "clippy", rest @ ..] => packages(rest),
        [program, ..] if program.starts_with("target/") || program.starts_with(".venv/") => Ok(()),
        [program, ..] if OTHERS.contains(program) => Ok(()),
        [program, ..] if *program == ".ci/run" && root().join(program).is_file() => Ok(()),
        [program, ..] => Err(format!("{program:?} is neither ours nor among the known ones")),
    }
}

/// A setting of ours must be one that some program reads.
fn setting(name: &str) -> Result<(), String> {
    static SOURCES: LazyLock<String> = LazyLock::new(|| {
        let mut sources = files(&["rs", "js", "mjs", "py", "php", "java", "go"]);
        // What is wrong on purpose stands in here.
        sources.retain(|file| !file.starts_with(root().join("tests/documents")));
        sources.iter().map(|it| fs::read_to_string(it).unwrap_or_default()).collect()
    });
    let is_ours = SETTINGS.iter().any(|start| name.starts_with(start));
    let written = [format!("\"{name}\""), format!("'{name}'"), format!("env.{name}")];
    if !is_ours || written.iter().any(|it| SOURCES.contains(it)) {
        Ok(())
    } else {
        Err(format!("nothing reads {name}"))
    }
}

/// `cargo run -p program [--example …] [-- arguments]`: the program's own parser is asked.
fn run(program: &str, rest: &[&str]) -> Result<(), String> {
    packages(&["-p", program])?;
    // Neither an example nor a shop built with features of its own takes `--help`: tests/hosts runs them.
    if matches!(rest.first(), Some(&("--example" | "--features"))) {
        return packages(&[&["-p", program], rest].concat());
    }
    let arguments = rest.strip_prefix(&["--"]).unwrap_or(rest);
    match built(program) {
        Some(built) => programs::ask(Command::new(built).args(arguments).arg("--help"), ""),
        None => help(&[&["run", "--quiet", "-p", program, "--"], arguments].concat()),
    }
}

/// The program as `cargo test --workspace` has built it beside this test. `cargo run -p` would build three hundred
/// dependencies again, with the features that it alone selects.
fn built(program: &str) -> Option<PathBuf> {
    let built = std::env::current_exe().ok()?.parent()?.parent()?.join(program);
    built.is_file().then_some(built)
}

/// The command with `--help` at its end: whatever stands before it is parsed first.
fn help(arguments: &[&str]) -> Result<(), String> {
    let mut cargo = Command::new(env!("CARGO"));
    programs::ask(cargo.current_dir(root()).args(arguments).arg("--help"), "")
}

/// `-p`, `--test` and `--example` name what is there.
fn packages(arguments: &[&str]) -> Result<(), String> {
    static WORKSPACE: LazyLock<Value> = LazyLock::new(|| {
        let mut cargo = Command::new(env!("CARGO"));
        let told = cargo.current_dir(root()).args(["metadata", "--no-deps", "--format-version", "1"]).output();
        told.ok().and_then(|told| serde_json::from_slice(&told.stdout).ok()).unwrap_or_default()
    });
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let all = list(&WORKSPACE, "packages");
    let value_of = |flag: &str| arguments.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1]);
    let named = value_of("-p");
    let package = all.iter().find(|package| named.is_none_or(|name| package["name"] == name));
    let package = package.ok_or_else(|| format!("no package {named:?}"))?;
    for (flag, kind) in [("--test", "test"), ("--example", "example"), ("--bin", "bin")] {
        let Some(target) = value_of(flag) else { continue };
        let among = if named.is_some() { vec![package.clone()] } else { all.clone() };
        let is_it = |it: &Value| it["name"] == target && list(it, "kind").iter().any(|found| found == kind);
        if !among.iter().any(|package| list(package, "targets").iter().any(is_it)) {
            return Err(format!("no {kind} {target:?}"));
        }
    }
    Ok(())
}
