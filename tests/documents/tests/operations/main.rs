//! The operators' files: alert rules, dashboard and runbooks agree with the merchant and with each other, each alert is raised by
//! the fault that it is for, the commands of docs/operations.md do what they say, and docs/scaling.md has the model's tables.

mod alerts;
mod capacity;
mod monitoring;
mod procedures;
mod world;

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;

/// A promise, how it is kept, and what must be installed to try it.
type Promise = (&'static str, fn() -> Result<(), String>, &'static [&'static str]);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let promises = monitoring::PROMISES.iter().chain(&capacity::PROMISES).chain(&procedures::PROMISES);
    let trials = promises.map(|&(name, keeps, needs)| {
        let is_missing = needs.iter().any(|program| gopay_documents::installed(program).is_none());
        Trial::test(name, move || keeps().map_err(Failed::from)).with_ignored_flag(is_missing)
    });
    libtest_mimic::run(&arguments, trials.chain(alerts::trials()).collect()).exit_code()
}
