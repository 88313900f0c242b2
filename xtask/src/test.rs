//! `cargo xtask test`: every promise, in five stages, and one line at the end that counts them.

mod end_to_end;

pub(crate) use end_to_end::Choice;

use crate::command::{self, cargo};
use crate::dist;
use crate::package;
use crate::tally::Tally;
use crate::tools::{self, WASM_TARGET, backends, browsers};
use anyhow::{Result, bail};
use clap::ValueEnum;
use end_to_end::{Build, Suite};
use std::fmt;
use std::process::Command;
use std::time::Instant;

/// What is tested together. In the order in which they run: the quick ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Machine, contract, merchant, sandbox (with Midtrans' own libraries), these commands and the documents.
    Native,
    /// The example backends in Node, Python, PHP and Java, each before the doctor.
    Backends,
    /// The widget's wasm in headless Chromium.
    Browser,
    /// The built dist/, merchant and sandbox, as a payer uses them: in Chromium, Firefox and WebKit.
    E2e,
    /// The npm package made of it, and pages of React, Vue, Svelte and Leptos, in Chromium.
    Hosts,
}

/// What has a tally of its own.
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
    let mut done = Ok(());
    let mut is_built = false;
    for part in parts {
        eprintln!("\n== {part} ==");
        let started = Instant::now();
        let mut tally = Tally::default();
        done = part.run(&mut is_built, &mut tally);
        if done.is_err() && tally.failed == 0 {
            // It did not even come to counting: that is a failure too, and the last line must say so.
            tally.failed = 1;
        }
        sum += tally;
        let verdict = if done.is_ok() { "passed" } else { "FAILED" };
        eprintln!("== {part} {verdict} after {} s: {tally} ==", started.elapsed().as_secs());
        if done.is_err() {
            break;
        }
    }
    println!("\n{sum}");
    done
}

impl Part {
    /// `is_built` tells whether dist/ is.
    fn run(&self, is_built: &mut bool, tally: &mut Tally) -> Result<()> {
        let mut tests = match self {
            Self::Native => {
                tools::cargo_deny()?;
                tools::official_sdks()?;
                tools::postgresql()?;
                tools::to_read_documents()?;
                let mut tests = cargo();
                let others = ["gopay-backends", "gopay-e2e", "gopay-hosts"];
                tests.args(["test", "--workspace", "--no-fail-fast"]);
                tests.args(others.iter().flat_map(|other| ["--exclude", other]));
                tests
            }
            Self::Backends => {
                backends::everything()?;
                let mut tests = cargo();
                tests.args(["test", "--package", "gopay-backends", "--no-fail-fast"]);
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
            Self::E2e(suite) => {
                build_once(is_built)?;
                suite.tests()?
            }
            Self::Hosts(build) => {
                build_once(is_built)?;
                package::tarball()?;
                let mut tests = cargo();
                tests.args(["test", "--package", "gopay-hosts", "--no-fail-fast", "--", "--test-threads=1"]);
                if *build == Build::Js {
                    // What a bundler makes of it is another; all else is the same.
                    tests.arg("the_tarball");
                }
                tests.env("GOPAY_E2E_BUILD", build.name());
                in_chromium(&mut tests)?;
                tests
            }
        };
        let status = command::watch(&mut tests, |line| tally.read(line))?;
        if !status.success() {
            bail!("`{self}` failed: look above for `FAILED` and `error`");
        }
        if tally.passed == 0 {
            bail!("`{self}` ran no test: that proves nothing");
        }
        Ok(())
    }
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
