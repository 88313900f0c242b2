//! Tools: finds them, compares their versions with the project's, and installs what is missing or different, with a
//! message.
//!
//! Tools of cargo and npm are installed into `target/tools` and `node_modules`, never over a developer's own; Debian's packages
//! only where the user is root.

pub(crate) mod backends;
pub(crate) mod browsers;
pub(crate) mod web_servers;

use crate::command::{ask, cargo, command, exists, root, run, tools_folder};
use anyhow::{Context, Result, bail, ensure};
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The widget's compilation target.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// 0.22 wants a newer compiler than ours. Trunk.toml names the same.
const TRUNK: &str = "0.21.14";

/// Must equal the `wasm-bindgen` crate in Cargo.lock, or its command refuses the wasm. Trunk.toml names it too.
const WASM_BINDGEN: &str = "0.2.130";

/// Reads deny.toml.
const CARGO_DENY: &str = "0.20.2";

/// A program that is not installed, and that xtask may not install here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Its name, as the tests that need it say it: `cannot be tried without PostgreSQL`.
    pub(crate) what: &'static str,
    /// The command, or what to do.
    pub(crate) install: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing. {}", self.what, self.install)
    }
}

impl std::error::Error for Missing {}

/// Everything, for all verbs.
pub(crate) fn everything() -> Result<()> {
    cargo_deny()?;
    spell_checker()?;
    to_build_the_widget()?;
    trunk()?;
    rust_src()?;
    browsers::chromium()?;
    browsers::firefox()?;
    browsers::webkit()?;
    postgresql()?;
    pgbouncer()?;
    sqlite()?;
    web_servers::everything()?;
    official_sdk_for_node()?;
    official_sdk_for_python()?;
    backends::LANGUAGES.iter().try_for_each(|language| language.install())
}

/// Installs the tools that build the widget for browsers.
pub(crate) fn to_build_the_widget() -> Result<()> {
    wasm_target()?;
    wasm_bindgen()?;
    minifier()
}

/// Trunk, which serves the preview.
pub(crate) fn trunk() -> Result<()> {
    // Without its default features, which are TLS and the look for a newer version: it downloads nothing, because every tool it
    // wants is there.
    let flags = ["--locked", "--no-default-features"];
    cargo_tool("trunk", TRUNK, &flags, "builds and serves the preview (about 3 minutes on 2 cores)")
}

/// wasm-opt and esbuild.
pub(crate) fn minifier() -> Result<()> {
    npm_packages(Path::new("."), "wasm-opt and esbuild, which make the widget small")
}

/// npm, with Node.js.
pub(crate) fn npm() -> Result<()> {
    if !exists("npm") {
        debian_packages(&["nodejs", "npm"], "npm", "Install Node.js 20 or newer with npm.")?;
    }
    Ok(())
}

/// `trunk serve`, without its look for a newer version.
pub(crate) fn trunk_serve() -> Command {
    let mut trunk = command("trunk");
    trunk.arg("serve");
    trunk.env("TRUNK_SKIP_VERSION_CHECK", "true");
    if env::var_os("NO_COLOR").is_some() {
        // Everybody else takes any value for yes; Trunk 0.21 refuses to start with `NO_COLOR=1`.
        trunk.env("NO_COLOR", "true");
    }
    trunk
}

/// The compiler's own part for wasm.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = ask(command("rustc").args(["--print", "sysroot"])).context("there is no rustc on PATH")?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    say("the compiler's wasm target", "the widget is compiled to it");
    if !exists("rustup") {
        bail!("rustc at {sysroot} has no {WASM_TARGET} target, and there is no rustup to add it: install it by hand");
    }
    run(command("rustup").args(["target", "add", WASM_TARGET]))
}

/// The sources of the compiler's own standard library.
pub(crate) fn rust_src() -> Result<()> {
    let sysroot = ask(command("rustc").args(["--print", "sysroot"])).context("there is no rustc on PATH")?;
    if Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.lock").is_file() {
        return Ok(());
    }
    say("the compiler's rust-src component", "std is built anew for the widget, for size");
    if !exists("rustup") {
        bail!("rustc at {sysroot} has no rust-src, and no rustup to add it: try `cargo xtask dist --shipped-std`");
    }
    run(command("rustup").args(["component", "add", "rust-src"]))
}

/// The wasm-bindgen command, and the runner of wasm tests that comes with it.
pub(crate) fn wasm_bindgen() -> Result<()> {
    // Without --locked: one of the dependencies that its lock file names has been withdrawn since. Without its default feature,
    // TLS: a browser's driver on this machine speaks HTTP.
    let optimized = ["walrus", "wasmparser", "wasm-encoder", "wasm-bindgen-cli-support"];
    let optimized = optimized.map(|package| format!("--config=profile.dev.package.{package}.opt-level=2"));
    let flags: Vec<&str> =
        std::iter::once("--no-default-features").chain(optimized.iter().map(String::as_str)).collect();
    cargo_tool("wasm-bindgen", WASM_BINDGEN, &flags, "joins wasm and JavaScript (about 2 minutes on 2 cores)")
}

/// `cargo deny`.
pub(crate) fn cargo_deny() -> Result<()> {
    cargo_tool("cargo-deny", CARGO_DENY, &["--locked"], "checks what we depend on (about 3 minutes on 2 cores)")
}

/// Installs `program` into target/tools, unless PATH has it in this version: prebuilt by cargo-binstall if that is there, else
/// compiled.
fn cargo_tool(program: &str, version: &str, flags: &[&str], why: &str) -> Result<()> {
    let installed = || ask(command(program).arg("--version")).and_then(|text| version_in(&text));
    match installed() {
        Some(found) if found == version => return Ok(()),
        Some(found) => say(&format!("{program} {version} into target/tools, beside your {found}"), why),
        None => say(&format!("{program} {version} into target/tools"), why),
    }
    let package = if program == "wasm-bindgen" { "wasm-bindgen-cli" } else { program };
    let package = format!("{package}@{version}");
    let prebuilt = exists("cargo-binstall")
        && run(cargo().args(["binstall", "--no-confirm", "--root"]).arg(tools_folder()).arg(&package)).is_ok();
    if !prebuilt {
        // A debug build, without what debuggers read: it is there sooner, and its work takes hardly longer.
        let install = ["install", "--force", "--debug", "--config=profile.dev.debug=false", "--root"];
        run(cargo().args(install).arg(tools_folder()).args(flags).arg(&package))?;
    }
    let found = installed();
    ensure!(
        found.as_deref() == Some(version),
        "{program} {version} was installed, but `{program} --version` says {}",
        found.as_deref().unwrap_or("nothing")
    );
    Ok(())
}

/// `node_modules` of `folder`, as its lock file says. No package's own scripts are run: none needs them.
fn npm_packages(folder: &Path, why: &str) -> Result<()> {
    let folder = root().join(folder);
    let lock = folder.join("package-lock.json");
    // npm writes this one last, so it is younger than a lock file that it has followed.
    let followed = folder.join("node_modules/.package-lock.json");
    let age = |file: &Path| file.metadata().and_then(|it| it.modified()).ok();
    if age(&followed).is_some() && age(&followed) >= age(&lock) {
        return Ok(());
    }
    say(&format!("npm packages in {}", shown(&folder)), why);
    npm()?;
    run(command("npm").current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    // A lock file may carry a time of the future (a clock that was set back): then the line above would run for ever.
    std::fs::File::options().append(true).open(&followed)?.set_modified(std::time::SystemTime::now())?;
    Ok(())
}

/// A Python environment in `folder`, with exactly what its requirements.txt pins.
fn python_packages(folder: &Path, why: &str) -> Result<()> {
    let folder = root().join(folder);
    let wanted = std::fs::read_to_string(folder.join("requirements.txt"))?;
    let (venv, followed) = (folder.join(".venv"), folder.join(".venv/followed-requirements.txt"));
    let python = venv.join("bin/python");
    if std::fs::read_to_string(&followed).is_ok_and(|followed| followed == wanted) && python.exists() {
        return Ok(());
    }
    say(&format!("Python packages in {}", shown(&venv)), why);
    let make = || run(command("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    if make().is_err() {
        debian_packages(&["python3-venv"], "Python", "Install Python 3 with its venv module.")?;
        make()?;
    }
    let pip = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--requirement", "requirements.txt"];
    run(Command::new(&python).current_dir(&folder).args(pip))?;
    Ok(std::fs::write(followed, wanted)?)
}

/// Folder in which Midtrans' own libraries are installed, which the sandbox must satisfy.
const OFFICIAL_SDKS: &str = "crates/sandbox/tests/sdk";

/// Midtrans' own library for Node.
pub(crate) fn official_sdk_for_node() -> Result<()> {
    npm_packages(Path::new(OFFICIAL_SDKS), "Midtrans' own Node library, run against the sandbox")
}

/// Midtrans' own library for Python.
pub(crate) fn official_sdk_for_python() -> Result<()> {
    python_packages(Path::new(OFFICIAL_SDKS), "Midtrans' own Python library, run against the sandbox")?;
    suite_of_the_python_sdk(&root().join(OFFICIAL_SDKS))
}

/// The Python library's own tests, which only its source package has, in `.venv/suite`.
fn suite_of_the_python_sdk(folder: &Path) -> Result<()> {
    let venv = folder.join(".venv");
    // `python_packages` makes the environment anew for each change of the pins, and the suite goes with it.
    if venv.join("suite/tests").is_dir() {
        return Ok(());
    }
    say("the tests of Midtrans' own Python library", "run against the sandbox");
    let wanted = std::fs::read_to_string(folder.join("requirements.txt"))?;
    let pin =
        wanted.lines().find(|line| line.starts_with("midtransclient==")).context("midtransclient is not pinned")?;
    let python = venv.join("bin/python");
    let download = ["-m", "pip", "download", "--disable-pip-version-check", "--quiet", "--no-deps", "--no-binary"];
    let version = pin.trim_start_matches("midtransclient==");
    let package = format!("midtransclient-{version}");
    run(Command::new(&python).current_dir(&venv).args(download).args(["midtransclient", "--dest", ".", pin]))?;
    run(Command::new(&python).current_dir(&venv).args(["-m", "tarfile", "-e", &format!("{package}.tar.gz"), "."]))?;
    Ok(std::fs::rename(venv.join(package), venv.join("suite"))?)
}

/// Python, which parses the documents' snippets in Python, XML and TOML.
pub(crate) fn python() -> Result<()> {
    let by_hand = "Install Python 3 with its venv module.";
    let why = "it parses snippets of the documents";
    debian_program(|| exists("python3"), "Python", why, &["python3", "python3-venv"], by_hand)
}

/// esbuild, which looks at snippets that nothing here can run (`tests/documents`).
pub(crate) fn to_read_documents() -> Result<()> {
    npm_packages(Path::new("."), "esbuild, which reads the documents' snippets")
}

/// Installs the widgets that ours is compared with in `tests/e2e/benches/time_to_pay`.
pub(crate) fn contenders() -> Result<()> {
    npm_packages(Path::new("tests/e2e/benches/time_to_pay"), "adyen-web, which the benchmark races against the widget")
}

/// Frameworks and libraries on whose pages the widget is tried (`tests/e2e/frameworks`).
pub(crate) fn frameworks() -> Result<()> {
    npm_packages(Path::new("tests/e2e/frameworks"), "frameworks on whose pages the widget is tried")
}

/// Folder of the spell checker: its packages, its settings, and the words that are in no dictionary.
pub(crate) const SPELLING: &str = "tests/spelling";

/// cspell, with its Indonesian dictionary.
pub(crate) fn spell_checker() -> Result<()> {
    npm_packages(Path::new(SPELLING), "cspell, which checks the documents' spelling")
}

/// PostgreSQL's `initdb` and `postgres`, with which the merchant's tests start a server of their own. They look for them
/// where we do (tests/postgres/src/programs.rs).
pub(crate) fn postgresql() -> Result<()> {
    let by_hand = "Install PostgreSQL 13 or newer, its initdb and postgres on PATH.";
    let why = "the merchant's tests run on it too, in a throwaway server of their own";
    debian_program(find_postgresql, "PostgreSQL", why, &["postgresql"], by_hand)
}

/// `PgBouncer`, before a server of the tests' own. They look for it where we do (tests/postgres/src/programs.rs).
pub(crate) fn pgbouncer() -> Result<()> {
    if exists("pgbouncer") || Path::new("/usr/sbin/pgbouncer").is_file() {
        return Ok(());
    }
    say("PgBouncer", "the merchant's tests run behind it too");
    debian_packages(&["pgbouncer"], "PgBouncer", "Install PgBouncer 1.12 or newer.")
}

/// SQLite's shell, by which operators back a database up (docs/operations.md).
pub(crate) fn sqlite() -> Result<()> {
    let by_hand = "Install SQLite's command-line program, sqlite3.";
    debian_program(|| exists("sqlite3"), "SQLite", "the documents' commands for backups are run", &["sqlite3"], by_hand)
}

/// `POSTGRES_BIN` comes before any other place, as in the tests.
fn find_postgresql() -> bool {
    let is_in = |folder: PathBuf| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file());
    if let Some(named) = env::var_os("POSTGRES_BIN") {
        return is_in(named.into());
    }
    let debian = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    debian.map(|version| version.path().join("bin")).any(is_in)
        || ["initdb", "postgres"].iter().all(|program| exists(program))
}

/// Installs Debian's packages unless the program `is_there`.
fn debian_program(
    is_there: impl Fn() -> bool,
    what: &'static str,
    why: &str,
    packages: &[&str],
    by_hand: &str,
) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    say(what, why);
    debian_packages(packages, what, by_hand)?;
    ensure!(is_there(), "{} is installed, and {what} is not found. {by_hand}", packages.join(" "));
    Ok(())
}

/// Installs Debian's packages, if this is such a system and we are root there. Otherwise fails with what is [`Missing`];
/// `by_hand` is for systems without apt.
fn debian_packages(packages: &[&str], what: &'static str, by_hand: &str) -> Result<()> {
    let install = format!("apt-get install {}", packages.join(" "));
    if !exists("apt-get") {
        bail!(Missing { what, install: by_hand.to_owned() });
    }
    if !is_root() {
        bail!(Missing { what, install: format!("Run as root: {install}. Or: {by_hand}") });
    }
    run(command("apt-get").args(["update", "--quiet"]))?;
    let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
    run(command("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(install).args(packages))
}

/// Makes xtask behave as if its user were not root: nothing is installed system-wide. For trying out what is then skipped.
const NOT_ROOT: &str = "XTASK_NOT_ROOT";

#[cfg(unix)]
fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root() && env::var_os(NOT_ROOT).is_none()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn say(what: &str, why: &str) {
    eprintln!("\nxtask: installing {what}: {why}");
}

fn shown(path: &Path) -> String {
    let inside = crate::command::shown(path);
    if inside.is_empty() || inside == "." { "the root".to_owned() } else { inside }
}

/// The first word that looks like a version: `trunk 0.21.14` → `0.21.14`.
fn version_in(text: &str) -> Option<String> {
    let is_version = |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    text.split_whitespace().find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say_of_themselves() {
        for (text, version) in [
            ("trunk 0.21.14", Some("0.21.14")),
            ("wasm-bindgen 0.2.130", Some("0.2.130")),
            ("Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)", Some("156.0.8078.79")),
            ("ChromeDriver 156.0.8078.79 (abcdef)", Some("156.0.8078.79")),
            ("Google Chrome", None),
        ] {
            assert_eq!(version_in(text).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn every_file_that_names_a_tools_version_names_the_same() {
        let read = |file: &str| std::fs::read_to_string(root().join(file)).expect(file);
        let lock = read("Cargo.lock");
        let trunk = read("Trunk.toml");
        let locked = format!("name = \"wasm-bindgen\"\nversion = \"{WASM_BINDGEN}\"\n");
        assert!(lock.contains(&locked), "Cargo.lock: cargo update -p wasm-bindgen --precise {WASM_BINDGEN}");
        assert!(trunk.contains(&format!("wasm_bindgen = \"{WASM_BINDGEN}\"")), "Trunk.toml");
        assert!(trunk.contains(&format!("trunk-version = \"^{TRUNK}\"")), "Trunk.toml");
        let binaryen = trunk.split("version_").nth(1).and_then(|rest| rest.split('"').next()).expect("wasm_opt");
        assert!(read("package.json").contains(&format!("\"binaryen\": \"{binaryen}.0.0\"")), "package.json");
    }
}
