//! The fault table, played: one row, one test, in a browser, through the built dist. `docs/faults.md` is written from it.
//! `GOPAY_E2E_FAULTS=spread` plays only one row of each kind, and counts the others as ignored.
//!
//! A harness of our own (`libtest-mimic`, which looks and is steered like the usual one), because one browser serves all
//! rows, a fresh page and a fresh order each: to open a browser for every row would take most of the time.

mod page;
mod play;
mod stage;
mod table;

use libtest_mimic::{Arguments, Trial};
use stage::Stage;
use std::env;
use std::process::ExitCode;
use table::Row;

fn main() -> ExitCode {
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let stage = Stage::new();
    let is_played: fn(&Row) -> bool = match env::var("GOPAY_E2E_FAULTS").as_deref() {
        Err(_) | Ok("all") => |_| true,
        Ok("spread") => |row| table::spread().any(|one| one.promise() == row.promise()),
        Ok(other) => panic!("GOPAY_E2E_FAULTS is {other:?}: expected all or spread"),
    };
    let mut trials: Vec<_> = table::ROWS
        .iter()
        .map(|row| {
            let door = stage.door();
            Trial::test(row.promise(), move || door.plays(row)).with_ignored_flag(!is_played(row))
        })
        .collect();
    trials.push(Trial::test("the_table_in_docs_is_the_one_that_is_played", page::is_up_to_date));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if stage.closes() { conclusion.exit_code() } else { ExitCode::FAILURE }
}
