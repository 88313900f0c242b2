//! `cargo xtask test`: every promise, in five stages, and one line at the end that counts them.

mod end_to_end;

pub(crate) use end_to_end::Choice;

use crate::command::{self, cargo};
use crate::dist;
use crate::package;
use crate::tally::Tally;
use crate::tools::{self, Missing, WASM_TARGET, backends, browsers, web_servers};
use anyhow::{Result, anyhow, bail};
use clap::ValueEnum;
use end_to_end::{Build, Suite};
use std::fmt;
use std::process::Command;
use std::thread;
use std::time::Instant;

/// Stages of the tests, in the order in which they run: the quick ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Machine, contract, merchant, sandbox (with Midtrans' own libraries), these commands and the documents.
    Native,
    /// The example backends in Node, Python, PHP, Java and Go, each before the doctor.
    Backends,
    /// The widget's wasm in headless Chromium.
    Browser,
    /// The built dist/, merchant and sandbox, as a payer uses them: in Chromium, Firefox and WebKit.
    E2e,
    /// The npm package made of it, and pages of React, Vue, Svelte and Leptos, in Chromium.
    Hosts,
}

/// A part with a tally of its own.
enum Part {
    Native,
    Backends,
    Browser,
    E2e(Suite),
    Hosts(Build),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native => f.write_str("native"),
            Self::Backends => f.write_str("backends"),
            Self::Browser => f.write_str("browser"),
            Self::E2e(suite) => suite.fmt(f),
            Self::Hosts(build) => write!(f, "hosts, {} build", build.name()),
        }
    }
}

/// Runs all stages, or only `stage`, or of the last only what is chosen; stops at the first part that fails.
pub(crate) fn run(stage: Option<Stage>, choice: Choice) -> Result<()> {
    let only = match stage {
        Some(Stage::Native | Stage::Backends | Stage::Browser | Stage::Hosts) if choice.is_made() => {
            bail!("--engine and --build are for `e2e` only")
        }
        None if choice.is_made() => Some(Stage::E2e),
        stage => stage,
    };
    let mut parts = Vec::new();
    let all = vec![Stage::Native, Stage::Backends, Stage::Browser, Stage::E2e, Stage::Hosts];
    for stage in only.map_or(all, |only| vec![only]) {
        match stage {
            Stage::Native => parts.push(Part::Native),
            Stage::Backends => parts.push(Part::Backends),
            Stage::Browser => parts.push(Part::Browser),
            Stage::E2e => parts.extend(choice.suites().into_iter().map(Part::E2e)),
            Stage::Hosts => parts.extend([Part::Hosts(Build::Wasm), Part::Hosts(Build::Js)]),
        }
    }

    let mut sum = Tally::default();
    let mut skipped = Skipped::default();
    let mut done = Ok(());
    let mut is_built = false;
    let is_dist_tested = parts.iter().any(|part| matches!(part, Part::E2e(_) | Part::Hosts(_)));
    for part in parts {
        eprintln!("\n== {part} ==");
        let started = Instant::now();
        let mut tally = Tally::default();
        // Before the first part, and not before the one that needs it: a build above its limits fails early.
        let built = if is_dist_tested { build_once(&mut is_built) } else { Ok(()) };
        done = built.and_then(|()| part.run(&mut tally, &mut skipped));
        if done.is_err() && tally.failed == 0 {
            // It did not even come to counting: that is a failure too, and the last line must say so.
            tally.failed = 1;
        }
        sum += &tally;
        let verdict = match (&done, tally.passed) {
            (Ok(()), 0) => "skipped",
            (Ok(()), _) => "passed",
            (Err(_), _) => "FAILED",
        };
        eprintln!("== {part} {verdict} after {} s: {tally} ==", started.elapsed().as_secs());
        if done.is_err() {
            break;
        }
    }
    print!("\n{skipped}");
    println!("{sum}");
    done
}

/// Parts that were skipped, because this machine lacks something that xtask may not install.
#[derive(Debug, Default)]
struct Skipped {
    lines: Vec<(String, Missing)>,
}

impl Skipped {
    /// True if it is installed; if not, that is remembered for `part` and printed at once.
    fn unless(&mut self, part: &Part, installed: Result<()>) -> Result<bool> {
        let Err(error) = installed else { return Ok(true) };
        let missing = error.downcast::<Missing>()?;
        eprintln!("xtask: skipped in {part}: {missing}");
        self.lines.push((part.to_string(), missing));
        Ok(false)
    }

    /// The missing programs of `part`.
    fn in_part(&self, part: &Part) -> Vec<&'static str> {
        let part = part.to_string();
        self.lines.iter().filter(|(skipped, _)| *skipped == part).map(|(_, missing)| missing.what).collect()
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (part, missing) in &self.lines {
            writeln!(f, "skipped in {part}: {missing}")?;
        }
        Ok(())
    }
}

impl Part {
    fn run(&self, tally: &mut Tally, skipped: &mut Skipped) -> Result<()> {
        // Without its browser nothing of a part can be tried.
        let browser = match self {
            Self::Native | Self::Backends => Ok(()),
            Self::Browser | Self::Hosts(_) => browsers::chromium().map(drop),
            Self::E2e(suite) => suite.engine().programs().map(drop),
        };
        if !skipped.unless(self, browser)? {
            tally.skipped += 1;
            return Ok(());
        }
        let mut tests = match self {
            Self::Native => {
                // One waits for downloads while the other computes.
                thread::scope(|scope| {
                    let compiled = scope.spawn(compile_native);
                    self.install_for_native(skipped)?;
                    compiled.join().map_err(|_| anyhow!("nothing was compiled"))?
                })?;
                let mut tests = cargo_test();
                tests.args(["--no-fail-fast", "--"]).args(SLOW_CHECKS.iter().flat_map(|name| ["--skip", name]));
                tests
            }
            Self::Backends => {
                for language in backends::LANGUAGES {
                    skipped.unless(self, language.install())?;
                }
                let mut tests = cargo_test();
                // Nearly all of such a test is waiting.
                tests.args(["--no-fail-fast", "--test", "backends", "--", "--test-threads=4"]);
                tests
            }
            Self::Browser => {
                tools::wasm_target()?;
                tools::wasm_bindgen()?;
                let mut tests = cargo();
                tests.args(["test", "--package", "gopay-checkout", "--target", WASM_TARGET, "--no-fail-fast"]);
                // The runner gives all tests together this long, in seconds; its own twenty are few on a busy machine.
                tests.env("WASM_BINDGEN_TEST_TIMEOUT", "120");
                in_chromium(&mut tests)?;
                tests
            }
            Self::E2e(suite) => suite.tests()?,
            Self::Hosts(build) => {
                package::tarballs()?;
                let mut tests = cargo_test();
                tests.args(["--no-fail-fast", "--test", "hosts", "--", "--test-threads=1"]);
                if *build == Build::Js {
                    // What a bundler makes of it is another; all else is the same.
                    tests.arg("the_tarball");
                }
                tests.env("GOPAY_E2E_BUILD", build.name());
                in_chromium(&mut tests)?;
                tests
            }
        };
        tally.excuse(&skipped.in_part(self));
        let slow = if matches!(self, Self::Native) { slow_tests() } else { Vec::new() };
        let beside: Vec<_> = slow.into_iter().map(|mut tests| thread::spawn(move || tests.output())).collect();
        let mut has_passed = command::watch(&mut tests, |line| tally.read(line))?.success();
        for tests in beside {
            let done = tests.join().map_err(|_| anyhow!("the slow tests were not run"))??;
            // What runs stands in the one, and how it ended in the other.
            for output in [&done.stderr, &done.stdout] {
                for line in String::from_utf8_lossy(output).lines() {
                    println!("{line}");
                    tally.read(line);
                }
            }
            has_passed &= done.status.success();
        }
        if !has_passed && !tally.is_excused() {
            bail!("`{self}` failed: look above for `FAILED` and `error`");
        }
        if tally.passed == 0 {
            bail!("`{self}` ran no test: that proves nothing");
        }
        Ok(())
    }

    fn install_for_native(&self, skipped: &mut Skipped) -> Result<()> {
        tools::cargo_deny()?;
        tools::to_read_documents()?;
        for installed in [
            tools::official_sdk_for_node(),
            tools::python().and_then(|()| tools::official_sdk_for_python()),
            tools::postgresql(),
            tools::pgbouncer(),
            tools::sqlite(),
        ] {
            skipped.unless(self, installed)?;
        }
        for server in web_servers::ALL {
            skipped.unless(self, server.install())?;
        }
        Ok(())
    }
}

/// The merchant's tests with killed processes and failing databases. `cargo test` does not run them (its Cargo.toml).
const PROCESSES: [&str; 2] = ["--test", "processes"];

/// Compiles the tests of the native stage.
fn compile_native() -> Result<()> {
    for tests in [&[][..], &PROCESSES] {
        command::run(cargo_test().args(["--quiet", "--no-run"]).args(tests))?;
    }
    Ok(())
}

/// Tests of the doctor that run all of its checks.
const SLOW_CHECKS: [&str; 3] = [
    "every_check_finds_the_flaw_that_it_is_there_for_each_time",
    "a_shop_without_a_flaw_keeps_every_rule",
    "the_reference_merchant_keeps_every_rule_and_offers_everything",
];

/// Tests that wait for most of their four minutes. They run beside the others, but not beside the compiler, which would keep the
/// requests of a race apart.
fn slow_tests() -> Vec<Command> {
    let mut doctor = cargo_test();
    doctor.args(["--test", "doctor", "--"]).args(SLOW_CHECKS);
    let mut processes = cargo_test();
    processes.args(PROCESSES);
    vec![doctor, processes]
}

/// Tests of the workspace. Always of all of it, also where only one test of it is run: cargo unifies the features of dependencies
/// over the packages that are selected, and builds three hundred of them again for another selection.
fn cargo_test() -> Command {
    let mut tests = cargo();
    tests.args(["test", "--workspace"]);
    tests
}

/// Builds dist/, if that has not been done yet.
fn build_once(is_built: &mut bool) -> Result<()> {
    if !*is_built {
        dist::run()?;
        *is_built = true;
    }
    Ok(())
}

/// Tells the tests where Chromium is.
pub(crate) fn in_chromium(tests: &mut Command) -> Result<()> {
    tests.envs(browsers::chromium()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(what: &'static str) -> Result<()> {
        Err(Missing { what, install: format!("Run as root: apt-get install {}", what.to_lowercase()) }.into())
    }

    #[test]
    fn what_is_missing_is_skipped_where_it_is_missing_and_listed_with_the_command() {
        let mut skipped = Skipped::default();
        assert!(skipped.unless(&Part::Native, Ok(())).expect("nothing is missing"));
        assert!(!skipped.unless(&Part::Native, missing("PostgreSQL")).expect("missing is no failure"));
        assert!(!skipped.unless(&Part::Backends, missing("PHP")).expect("missing is no failure"));
        assert_eq!(skipped.in_part(&Part::Native), ["PostgreSQL"]);
        assert_eq!(skipped.in_part(&Part::Browser), [""; 0]);
        assert_eq!(
            skipped.to_string(),
            "skipped in native: PostgreSQL is missing. Run as root: apt-get install postgresql\n\
             skipped in backends: PHP is missing. Run as root: apt-get install php\n"
        );
    }

    #[test]
    fn an_installation_that_fails_is_a_failure_and_nothing_to_skip() {
        let mut skipped = Skipped::default();
        let failed = skipped.unless(&Part::Native, Err(anyhow::anyhow!("`npm ci` failed")));
        assert_eq!(failed.expect_err("it failed").to_string(), "`npm ci` failed");
        assert_eq!(skipped.to_string(), "");
    }
}
