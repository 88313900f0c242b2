//! Fault tests: each row of the fault table is one test, in a browser, through the built dist. `docs/faults.md` is written
//! from the table. `GOPAY_E2E_FAULTS=spread` runs one row of each kind, and counts the others as ignored.
//!
//! The test harness is `libtest-mimic`, so that all rows share one browser, with a fresh page and order each: opening a
//! browser for every row would take most of the time.

mod document;
mod fixture;
mod runner;
mod table;

use fixture::Fixture;
use libtest_mimic::{Arguments, Trial};
use std::env;
use std::process::ExitCode;
use table::Row;

fn main() -> ExitCode {
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let fixture = Fixture::new();
    let is_selected: fn(&Row) -> bool = match env::var("GOPAY_E2E_FAULTS").as_deref() {
        Err(_) | Ok("all") => |_| true,
        Ok("spread") => |row| table::spread().any(|one| one.promise() == row.promise()),
        Ok(other) => panic!("GOPAY_E2E_FAULTS is {other:?}: expected all or spread"),
    };
    let mut trials: Vec<_> = table::ROWS
        .iter()
        .map(|row| {
            let handle = fixture.handle();
            Trial::test(row.promise(), move || handle.runs(row)).with_ignored_flag(!is_selected(row))
        })
        .collect();
    trials.push(Trial::test("docs_faults_md_is_written_from_this_table", document::is_up_to_date));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if fixture.closes() { conclusion.exit_code() } else { ExitCode::FAILURE }
}
