//! `cargo xtask bench`: numbers, for people. Time is measured here and in no test. `cargo xtask load`: how much one merchant process
//! bears.

use crate::command::{self, cargo, command, root, target};
use crate::{dist, test, tools};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// Asks in virtual time, then payments in a real browser, then a race to something payable.
pub(crate) fn run() -> Result<()> {
    command::run(cargo().args(["bench", "--package", "gopay-checkout", "--bench", "polling"]))?;
    dist::run()?;
    // The debug profile that the tests have built: what is measured is the browser and the network between them.
    let mut detection = cargo();
    detection.args(["bench", "--profile", "dev", "--workspace", "--bench", "detection"]);
    test::in_chromium(&mut detection)?;
    command::run(&mut detection)?;
    let mut race = cargo();
    race.args(["bench", "--profile", "dev", "--workspace", "--bench", "time_to_pay"]);
    race.env("GOPAY_BENCH_CONTENDERS", contenders()?);
    test::in_chromium(&mut race)?;
    command::run(&mut race)
}

/// The widgets that ours is compared with, minified by the same esbuild into a folder.
fn contenders() -> Result<PathBuf> {
    let sources = root().join("tests/e2e/benches/time_to_pay");
    tools::contenders()?;
    let folder = root().join("target/contenders");
    fs::create_dir_all(&folder)?;
    for name in ["floor.js", "adyen.js"] {
        let mut esbuild = command("esbuild");
        esbuild.arg(sources.join(name)).args(["--bundle", "--format=esm", "--minify", "--target=es2022"]);
        esbuild.args(["--legal-comments=none", "--log-level=warning"]);
        esbuild.arg(format!("--outfile={}", folder.join(name).display()));
        command::run(&mut esbuild)?;
    }
    fs::copy(sources.join("node_modules/@adyen/adyen-web/dist/es/adyen.css"), folder.join("adyen.css"))?;
    Ok(folder)
}

/// Builds the three, then runs.
pub(crate) fn load(quick: bool, database: Option<&str>, history: Option<u64>) -> Result<()> {
    let packages = ["gopay-merchant", "midtrans-sandbox", "gopay-load"];
    command::run(
        cargo().args(["build", "--profile", "load"]).args(packages.map(|package| format!("--package={package}"))),
    )?;
    let mut load = command(&target().join("load/gopay-load").display().to_string());
    if quick {
        load.arg("--quick");
    }
    if let Some(count) = history {
        load.arg("--history").arg(count.to_string());
    }
    if let Some(url) = database {
        // Not as an argument: it may hold a password, and arguments are shown.
        load.env("LOAD_DATABASE_URL", url);
    }
    command::run(&mut load)
}
