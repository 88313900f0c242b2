//! The one shop and the one browser that all rows share: opened for the first row, gone after the last.

use crate::play::play;
use crate::table::Row;
use gopay_e2e::{Device, Shop};
use libtest_mimic::Failed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use tokio::runtime::Runtime;

/// A row, and where to say how it went.
type Call = (&'static Row, Sender<Result<(), String>>);

pub(crate) struct Stage {
    door: Door,
    thread: JoinHandle<()>,
}

/// Through it a test reaches the stage.
#[derive(Clone)]
pub(crate) struct Door(Sender<Call>);

impl Stage {
    pub(crate) fn new() -> Self {
        let (calls, called) = channel();
        Self { door: Door(calls), thread: thread::spawn(move || run(&called)) }
    }

    pub(crate) fn door(&self) -> Door {
        self.door.clone()
    }

    /// Whether it closed in good order: nothing that is secret was logged, say.
    pub(crate) fn closes(self) -> bool {
        drop(self.door);
        self.thread.join().is_ok()
    }
}

impl Door {
    pub(crate) fn plays(&self, row: &'static Row) -> Result<(), Failed> {
        let (say, said) = channel();
        let gone = "the stage could not be set, or broke down: look above";
        self.0.send((row, say)).map_err(|_| gone)?;
        Ok(said.recv().map_err(|_| gone)??)
    }
}

fn run(called: &Receiver<Call>) {
    // Who only lists the tests opens nothing.
    let Ok(first) = called.recv() else { return };
    let runtime = Runtime::new().expect("a runtime");
    let _entered = runtime.enter();
    let shop = runtime.block_on(Shop::opens());
    let payer = runtime.block_on(shop.welcomes(Device::Desktop));
    for (row, say) in std::iter::once(first).chain(called) {
        let played = catch_unwind(AssertUnwindSafe(|| runtime.block_on(play(row, &shop, &payer))));
        let played = played.map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
        });
        // Nobody listens only when the whole run was given up.
        let _ = say.send(played);
    }
}
