//! The fault table, played: one row, one test, in Chromium, through the built dist. `docs/faults.md` is written from it.
//!
//! A harness of our own (`libtest-mimic`, which looks and is steered like the usual one), because one browser serves all
//! rows, a fresh page and a fresh order each: to open a browser for every row would take most of the time.

mod page;
mod play;
mod stage;
mod table;

use libtest_mimic::{Arguments, Trial};
use stage::Stage;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let stage = Stage::new();
    let mut trials: Vec<_> = table::ROWS
        .iter()
        .map(|row| {
            let door = stage.door();
            Trial::test(row.promise(), move || door.plays(row))
        })
        .collect();
    trials.push(Trial::test("the_table_in_docs_is_the_one_that_is_played", page::is_up_to_date));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if stage.closes() { conclusion.exit_code() } else { ExitCode::FAILURE }
}
