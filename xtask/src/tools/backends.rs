//! Dependencies of the example backends: packages of npm and pip beside their sources; PHP, Java and Go with their
//! libraries from Debian.

use super::{debian_packages, npm_packages, python_packages, say};
use crate::command::{ask, command, exists};
use anyhow::{Result, bail};
use std::path::Path;

/// Java's libraries, as Debian installs them; tests/backends/language.rs looks there too.
const JARS: [&str; 2] = ["/usr/share/java/gson.jar", "/usr/share/java/sqlite-jdbc.jar"];

/// SQLite's driver for Go, as Debian installs it; the same file looks there too.
const GO_DRIVER: &str = "/usr/share/gocode/src/github.com/mattn/go-sqlite3";

/// A language that an example backend is written in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    Node,
    Python,
    Php,
    Java,
    Go,
}

/// All five.
pub(crate) const LANGUAGES: [Language; 5] =
    [Language::Node, Language::Python, Language::Php, Language::Java, Language::Go];

impl Language {
    /// Installs what its backend runs on.
    pub(crate) fn install(self) -> Result<()> {
        let folder = Path::new("examples/backends");
        match self {
            Self::Node => npm_packages(&folder.join("node"), "Express and Midtrans' library, for the backend in Node"),
            Self::Python => {
                python_packages(&folder.join("python"), "Flask and Midtrans' library, for the backend in Python")
            }
            Self::Php => php(),
            Self::Java => java(),
            Self::Go => go(),
        }
    }
}

fn php() -> Result<()> {
    if has_php() {
        return Ok(());
    }
    say("PHP", "the backend in PHP runs on it");
    let by_hand = "Install PHP 8.2 or newer with curl and pdo_sqlite, on PATH.";
    debian_packages(&["php-cli", "php-curl", "php-sqlite3"], "PHP", by_hand)?;
    if has_php() { Ok(()) } else { bail!("PHP was installed, but `php -m` names no curl or no pdo_sqlite") }
}

fn has_php() -> bool {
    let modules = ask(command("php").arg("-m")).unwrap_or_default();
    ["curl", "pdo_sqlite"].iter().all(|wanted| modules.lines().any(|module| module == *wanted))
}

fn java() -> Result<()> {
    let mut packages = Vec::new();
    if !exists("javac") {
        packages.push("default-jdk-headless");
    }
    if !JARS.iter().all(|jar| Path::new(jar).exists()) {
        packages.extend(["libgoogle-gson-java", "libxerial-sqlite-jdbc-java"]);
    }
    if packages.is_empty() {
        return Ok(());
    }
    say("Java", "the backend in Java runs on it, with Gson and a driver for SQLite");
    let by_hand =
        format!("Install a JDK 17 or newer, and put Gson and SQLite's JDBC driver at {}.", JARS.join(" and "));
    debian_packages(&packages, "Java", &by_hand)?;
    if JARS.iter().all(|jar| Path::new(jar).exists()) { Ok(()) } else { bail!("{} are not there", JARS.join(", ")) }
}

fn go() -> Result<()> {
    let mut packages = Vec::new();
    if !exists("go") {
        packages.push("golang-go");
    }
    if !Path::new(GO_DRIVER).exists() {
        packages.push("golang-github-mattn-go-sqlite3-dev");
    }
    if packages.is_empty() {
        return Ok(());
    }
    say("Go", "the backend in Go runs on it, with a driver for SQLite");
    let by_hand = format!("Install Go 1.19 or newer, and put github.com/mattn/go-sqlite3 at {GO_DRIVER}.");
    debian_packages(&packages, "Go", &by_hand)?;
    if Path::new(GO_DRIVER).exists() { Ok(()) } else { bail!("{GO_DRIVER} is not there") }
}
