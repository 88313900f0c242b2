//! Dependencies of the example backends: packages of npm and pip beside their sources; PHP, Java and Go with their
//! libraries from Debian.

use super::{debian_program, npm_packages, python_packages};
use crate::command::{ask, command, exists};
use anyhow::Result;
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
    let has_modules = || {
        let modules = ask(command("php").arg("-m")).unwrap_or_default();
        ["curl", "pdo_sqlite"].iter().all(|wanted| modules.lines().any(|module| module == *wanted))
    };
    let by_hand = "Install PHP 8.2 or newer on PATH, such that `php -m` names curl and pdo_sqlite.";
    let packages = ["php-cli", "php-curl", "php-sqlite3"];
    debian_program(has_modules, "PHP", "the backend in PHP runs on it", &packages, by_hand)
}

fn java() -> Result<()> {
    let has_jdk = || exists("javac");
    let has_jars = || JARS.iter().all(|jar| Path::new(jar).exists());
    let mut packages = Vec::new();
    if !has_jdk() {
        packages.push("default-jdk-headless");
    }
    if !has_jars() {
        packages.extend(["libgoogle-gson-java", "libxerial-sqlite-jdbc-java"]);
    }
    let why = "the backend in Java runs on it, with Gson and a driver for SQLite";
    let by_hand =
        format!("Install a JDK 17 or newer, and put Gson and SQLite's JDBC driver at {}.", JARS.join(" and "));
    debian_program(|| has_jdk() && has_jars(), "Java", why, &packages, &by_hand)
}

fn go() -> Result<()> {
    let has_go = || exists("go");
    let has_driver = || Path::new(GO_DRIVER).exists();
    let mut packages = Vec::new();
    if !has_go() {
        packages.push("golang-go");
    }
    if !has_driver() {
        packages.push("golang-github-mattn-go-sqlite3-dev");
    }
    let by_hand = format!("Install Go 1.19 or newer, and put github.com/mattn/go-sqlite3 at {GO_DRIVER}.");
    let why = "the backend in Go runs on it, with a driver for SQLite";
    debian_program(|| has_go() && has_driver(), "Go", why, &packages, &by_hand)
}
