//! `cargo xtask test`: every promise, in three stages, and one line at the end that counts them.

use crate::command::{self, cargo};
use crate::dist;
use crate::tally::Tally;
use crate::tools::{self, WASM_TARGET};
use anyhow::{Result, bail};
use clap::ValueEnum;
use std::fmt;
use std::process::Command;
use std::time::Instant;

/// What is tested together. In the order in which they run: the quick ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Machine, contract, merchant, sandbox (with Midtrans' own libraries) and these commands.
    Native,
    /// The widget's wasm in headless Chromium.
    Browser,
    /// The built dist/, merchant and sandbox, in headless Chromium, as a payer uses them.
    E2e,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Browser => "browser",
            Self::E2e => "e2e",
        })
    }
}

/// Runs all stages, or only `stage`; stops at the first that fails.
pub(crate) fn run(stage: Option<Stage>) -> Result<()> {
    let stages = stage.map_or(vec![Stage::Native, Stage::Browser, Stage::E2e], |only| vec![only]);
    let mut sum = Tally::default();
    let mut done = Ok(());
    for stage in stages {
        eprintln!("\n== {stage} ==");
        let started = Instant::now();
        let mut tally = Tally::default();
        done = stage.run(&mut tally);
        if done.is_err() && tally.failed == 0 {
            // It did not even come to counting: that is a failure too, and the last line must say so.
            tally.failed = 1;
        }
        sum += tally;
        let verdict = if done.is_ok() { "passed" } else { "FAILED" };
        eprintln!("== {stage} {verdict} after {} s: {tally} ==", started.elapsed().as_secs());
        if done.is_err() {
            break;
        }
    }
    println!("\n{sum}");
    done
}

impl Stage {
    fn run(self, tally: &mut Tally) -> Result<()> {
        let mut tests = match self {
            Self::Native => {
                tools::official_sdks()?;
                tools::postgresql()?;
                let mut tests = cargo();
                tests.args(["test", "--workspace", "--exclude", "gopay-e2e", "--no-fail-fast"]);
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
            Self::E2e => {
                dist::run()?;
                let mut tests = cargo();
                // One browser at a time: two of them on a small machine wait for each other more than for us.
                tests.args(["test", "--package", "gopay-e2e", "--no-fail-fast", "--", "--test-threads=1"]);
                in_chromium(&mut tests)?;
                tests
            }
        };
        let status = command::watch(&mut tests, |line| tally.read(line))?;
        if !status.success() {
            bail!("stage `{self}` failed: look above for `FAILED` and `error`");
        }
        if tally.passed == 0 {
            bail!("stage `{self}` ran no test: that proves nothing");
        }
        Ok(())
    }
}

/// Tells the tests where Chromium is.
pub(crate) fn in_chromium(tests: &mut Command) -> Result<()> {
    let chromium = tools::to_run_a_browser()?;
    tests.env("CHROMEDRIVER", chromium.driver).env("CHROME", chromium.browser);
    Ok(())
}
