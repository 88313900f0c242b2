//! Shared fixture: one shop and one browser for all rows, opened for the first row and closed after the last.

use crate::runner::run_row;
use crate::table::Row;
use gopay_e2e::{Device, Shop};
use libtest_mimic::Failed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use tokio::runtime::Runtime;

/// A row to run, and the channel for its result.
type Call = (&'static Row, Sender<Result<(), String>>);

pub(crate) struct Fixture {
    handle: FixtureHandle,
    thread: JoinHandle<()>,
}

/// Sends rows to the fixture's thread.
#[derive(Clone)]
pub(crate) struct FixtureHandle(Sender<Call>);

impl Fixture {
    pub(crate) fn new() -> Self {
        let (calls, called) = channel();
        Self { handle: FixtureHandle(calls), thread: thread::spawn(move || run(&called)) }
    }

    pub(crate) fn handle(&self) -> FixtureHandle {
        self.handle.clone()
    }

    /// Ends the fixture. Returns whether that succeeded; it fails, for example, where a secret was logged.
    pub(crate) fn closes(self) -> bool {
        drop(self.handle);
        self.thread.join().is_ok()
    }
}

impl FixtureHandle {
    pub(crate) fn runs(&self, row: &'static Row) -> Result<(), Failed> {
        let (result, results) = channel();
        let gone = "the fixture did not start, or panicked: see above";
        self.0.send((row, result)).map_err(|_| gone)?;
        Ok(results.recv().map_err(|_| gone)??)
    }
}

fn run(called: &Receiver<Call>) {
    // Listing the tests opens nothing.
    let Ok(first) = called.recv() else { return };
    let runtime = Runtime::new().expect("a runtime");
    let _entered = runtime.enter();
    let shop = runtime.block_on(Shop::opens());
    let payer = runtime.block_on(shop.welcomes(Device::Desktop));
    for (row, result) in std::iter::once(first).chain(called) {
        let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run_row(row, &shop, &payer))));
        let outcome = outcome.map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
        });
        // The receiver is gone only when the whole run was aborted.
        let _ = result.send(outcome);
    }
}
