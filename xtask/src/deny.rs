//! What stands in Cargo.lock: its licences and sources, crates that are not wanted, and holes that are known.

mod advisories;

use crate::command::{self, cargo, command, output, root};
use crate::tools;
use advisories::{Advisories, crates_of};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Where RustSec keeps its advisory database.
pub(crate) const RUSTSEC: &str = "https://github.com/RustSec/advisory-db";

/// Fails for whatever deny.toml does not allow, known holes among it: by RustSec's database, or where that cannot be
/// fetched by what advisories.toml keeps of it, which is said so that nobody overlooks it.
pub(crate) fn run() -> Result<()> {
    tools::cargo_deny()?;
    command::run(&mut deny(&["check", "licenses", "bans", "sources"]))?;
    // Not `ask`: why it failed is wanted, too.
    let fetched = deny(&["--color", "never", "fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0").output();
    let fetched = fetched.context("cannot start `cargo deny`")?;
    if fetched.status.success() {
        return command::run(&mut deny(&["check", "advisories"]));
    }
    let known = Advisories::read(&Advisories::file())?;
    let why = String::from_utf8_lossy(&fetched.stderr);
    eprintln!("{}", kept(&known, why.trim()));
    examined(&known, &crates()?)?;
    command::run(&mut by(known, &root().join("target/advisories"))?)
}

/// Writes advisories.toml anew from the database at `source`: RustSec's address, or a clone of it.
///
/// # Errors
/// It cannot be fetched or understood.
pub(crate) fn keep(source: &str) -> Result<()> {
    let clone = root().join("target/rustsec");
    empty(&clone)?;
    command::run(command("git").args(["clone", "--quiet", "--depth", "1", source]).arg(&clone))?;
    let known = Advisories::of_database(&clone, &crates()?)?;
    known.write(&Advisories::file())?;
    println!("{}: {} advisories, the newest of {}", Advisories::file().display(), known.advisories.len(), known.as_of);
    Ok(())
}

fn deny(words: &[&str]) -> Command {
    let mut deny = cargo();
    deny.args(["deny", "--workspace"]).args(words);
    deny
}

fn crates() -> Result<BTreeSet<String>> {
    crates_of(&fs::read_to_string(root().join("Cargo.lock")).context("cannot read Cargo.lock")?)
}

fn examined(known: &Advisories, crates: &BTreeSet<String>) -> Result<()> {
    let not_examined = known.not_examined(crates);
    if not_examined.is_empty() {
        return Ok(());
    }
    bail!(
        "whether these crates have known holes was never looked up: {}. Run `cargo xtask advisories` where {RUSTSEC} can be \
         fetched, and commit advisories.toml with them",
        not_examined.join(", ")
    )
}

/// `cargo deny check advisories` as deny.toml wants it, by `known` instead of RustSec's database. Works in `folder`.
fn by(known: Advisories, folder: &Path) -> Result<Command> {
    empty(folder)?;
    let database = folder.join("database");
    known.into_database(&database)?;
    // `cargo deny` reads nothing but clones of what stands at an address with a domain: git takes ours for RustSec's.
    for words in [
        &["init", "--quiet", "--initial-branch", "main"][..],
        &["add", "."],
        &["commit", "--quiet", "--message", "advisories.toml"],
    ] {
        output(command("git").current_dir(&database).args(AUTHOR).args(words))?;
    }
    let settings = fs::read_to_string(root().join("deny.toml")).context("cannot read deny.toml")?;
    let settings = with_clones_in(&folder.join("clones"), &settings)?;
    let file = folder.join("deny.toml");
    fs::write(&file, settings)?;
    let mut deny = deny(&["--config"]);
    deny.arg(&file).args(["check", "advisories"]);
    let instead =
        [("COUNT", "1"), ("KEY_0", &format!("url.file://{}.insteadOf", database.display())), ("VALUE_0", RUSTSEC)];
    deny.envs(instead.map(|(name, value)| (format!("GIT_CONFIG_{name}"), value)));
    Ok(deny)
}

/// Who commits: git will not without, and knows nobody on a new machine.
const AUTHOR: [&str; 6] = ["-c", "user.name=xtask", "-c", "user.email=xtask@localhost", "-c", "commit.gpgsign=false"];

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// `settings` with another place for clones, so that none that lies there already is taken for ours, nor ours for RustSec's.
fn with_clones_in(folder: &Path, settings: &str) -> Result<String> {
    let mut settings: toml::Table = toml::from_str(settings).context("deny.toml is not what it should be")?;
    let Some(advisories) = settings.get_mut("advisories").and_then(toml::Value::as_table_mut) else {
        bail!("deny.toml has no table [advisories]");
    };
    advisories.insert("db-path".to_owned(), folder.display().to_string().into());
    advisories.insert("db-urls".to_owned(), toml::Value::Array(vec![RUSTSEC.into()]));
    Ok(toml::to_string(&settings)?)
}

fn kept(known: &Advisories, why: &str) -> String {
    let line = "!".repeat(100);
    format!(
        "\n{line}\n!! RustSec's advisory database cannot be fetched here:\n!! {}\n\
         !! Known holes are looked for in advisories.toml instead: {} advisories, the newest of {}. NEWER ONES ARE NOT SEEN.\n\
         !! Run `cargo xtask lint` once more where the database can be fetched.\n{line}\n",
        why.lines().last().unwrap_or("git said nothing"),
        known.advisories.len(),
        known.as_of,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(advisories: &str) -> Advisories {
        let text = format!("as_of = \"2026-01-02\"\nexamined = [\"anyhow\"]\n{advisories}");
        toml::from_str(&text).expect("advisories")
    }

    #[test]
    fn that_newer_holes_are_not_seen_and_why_cannot_be_overlooked() {
        let said = kept(&known(""), "cloning\nfatal: no way there");
        assert!(said.contains("NEWER ONES ARE NOT SEEN") && said.contains("fatal: no way there"), "{said}");
        assert!(said.contains("0 advisories, the newest of 2026-01-02"), "{said}");
    }

    #[test]
    fn a_crate_that_nobody_looked_up_fails_by_name() {
        let crates = ["anyhow", "brand-new"].map(str::to_owned).into();
        let problem = examined(&known(""), &crates).expect_err("one was not looked up");
        assert!(problem.to_string().contains("never looked up: brand-new."), "{problem}");
        examined(&known(""), &["anyhow".to_owned()].into()).expect("it was looked up");
    }

    #[test]
    fn a_known_hole_in_what_stands_in_the_lock_file_fails_and_a_mended_one_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let advisory = |patched: &str| {
            let head = "id = \"RUSTSEC-2026-9999\"\npackage = \"anyhow\"\ndate = \"2026-01-02\"";
            known(&format!("[[advisory]]\n{head}\npatched = [\"{patched}\"]\n"))
        };
        let found = |patched| {
            let output = by(advisory(patched), folder.path()).and_then(|mut deny| Ok(deny.output()?)).expect("it runs");
            (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
        };
        let (is_fine, said) = found(">= 1.0.0");
        assert!(is_fine, "ours is mended: {said}");
        let (is_fine, said) = found(">= 1000.0.0");
        assert!(!is_fine && said.contains("RUSTSEC-2026-9999"), "ours is not: {said}");
    }

    #[test]
    fn settings_are_kept_but_for_where_clones_are() {
        let settings = "[advisories]\nyanked = \"warn\"\n[bans]\nwildcards = \"deny\"\n";
        let settings = with_clones_in(Path::new("/here"), settings).expect("settings");
        let settings: toml::Table = toml::from_str(&settings).expect("TOML");
        assert_eq!(settings["advisories"]["db-path"].as_str(), Some("/here"));
        assert_eq!(settings["advisories"]["yanked"].as_str(), Some("warn"));
        assert_eq!(settings["bans"]["wildcards"].as_str(), Some("deny"));
        assert!(with_clones_in(Path::new("/here"), "[bans]\n").is_err());
    }
}
