//! `cargo xtask bench`: numbers, for people. Time is measured here and in no test.

use crate::command::{self, cargo};
use crate::{dist, test};
use anyhow::Result;

/// Asks in virtual time, then payments in a real browser.
pub(crate) fn run() -> Result<()> {
    command::run(cargo().args(["bench", "--package", "gopay-checkout", "--bench", "asks"]))?;
    dist::run()?;
    // The debug profile that the tests have built: what is measured is the browser and the network between them.
    let mut detection = cargo();
    detection.args(["bench", "--profile", "dev", "--package", "gopay-e2e", "--bench", "detection"]);
    test::in_chromium(&mut detection)?;
    command::run(&mut detection)
}
