//! Load test of one merchant process: its limits, and whether anything is lost at them. `cargo xtask load` builds and
//! runs it.
//!
//! Three programs on one machine, over loopback: the merchant, the sandbox in Midtrans' place, and this one, which is all
//! the payers. They share the processors, so the numbers are of the three together. Every lane of requests waits for its
//! answer before it sends the next. Times are told and judged by nobody; what is lost or doubled ends the run with an
//! error.

mod bare;
mod connection;
mod history;
mod lanes;
mod ledger;
mod machine;
mod notifications;
mod orders;
mod report;
mod server;
mod stage;
mod status_reads;
mod stream;
mod watchers;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use report::Report;
use stage::Stage;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The whole run ends by then, whatever hangs.
const TIME_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Loads a merchant process.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// A tenth of everything, in under a minute: shows that it works, and no numbers to keep.
    #[arg(long)]
    quick: bool,
    /// The merchant's `MERCHANT_DATABASE_URL`: an empty database. Default: a SQLite file that is thrown away.
    #[arg(long, value_name = "URL", env = "LOAD_DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
    /// Compares a merchant with so many finished orders in its database with one that has none, and does nothing else.
    #[arg(long, value_name = "ORDERS")]
    history: Option<u64>,
    #[command(subcommand)]
    part: Option<Part>,
}

/// The other programs that this one can be, when it starts itself.
#[derive(Subcommand)]
enum Part {
    /// The server that status reads are compared with: axum, one route, always the same bytes.
    #[command(hide = true)]
    Bare {
        /// The file with the bytes.
        bytes: PathBuf,
        /// Port to listen on, on this machine.
        port: u16,
    },
}

/// Size of the test.
struct Scale {
    watchers: usize,
    read_rounds: usize,
    read_time: Duration,
    small_fan_outs: usize,
    settled_a_second: usize,
    settling_time: Duration,
    notifications: usize,
}

impl Scale {
    const FULL: Self = Self {
        watchers: 10_000,
        read_rounds: 3,
        // As long as Midtrans is left alone about one order: each is asked about once in every round, no oftener.
        read_time: Duration::from_secs(10),
        small_fan_outs: 10,
        settled_a_second: 100,
        settling_time: Duration::from_secs(20),
        notifications: 2_000,
    };
    const QUICK: Self = Self {
        watchers: 1_000,
        read_rounds: 3,
        read_time: Duration::from_secs(1),
        small_fan_outs: 3,
        settled_a_second: 50,
        settling_time: Duration::from_secs(4),
        notifications: 200,
    };
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.part {
        Some(Part::Bare { bytes, port }) => bare::serve(bytes, *port).await,
        None => match tokio::time::timeout(TIME_LIMIT, run(&arguments)).await {
            Ok(done) => done,
            Err(_) => Err(anyhow::anyhow!("not finished after {} s", TIME_LIMIT.as_secs())),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("gopay-load: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let scale = if arguments.quick { Scale::QUICK } else { Scale::FULL };
    let files = machine::raise_the_file_limit()?;
    // A few for everything that is not a watcher.
    let watchers = scale.watchers.min(usize::try_from(files)?.saturating_sub(200));
    println!("{}", machine::describe(files));
    if watchers < scale.watchers {
        println!("only {watchers} watchers: a process may open {files} files here");
    }
    if let Some(count) = arguments.history {
        let report = history::compare(arguments.database.as_deref(), count).await?;
        print!("{report}");
        return Ok(());
    }
    let stage = Stage::set(arguments.database.as_deref()).await?;
    println!("the merchant stores in {}\n", stage.database);
    let mut report = Report::default();

    let asked_about = orders::charge(&stage, status_reads::ORDERS, None).await.context("charging")?;
    status_reads::compare(&stage, &asked_about, &scale, &mut report).await.context("status reads")?;
    let count = scale.small_fan_outs + 1 + watchers;
    let orders = orders::charge(&stage, count, Some(&mut report)).await.context("charging")?;
    let mut left = orders.as_slice();
    let mut take = |count: usize| {
        let (taken, rest) = left.split_at(count.min(left.len()));
        left = rest;
        taken
    };
    stage.notifications_go_to_the_merchant().await?;
    watchers::hundred_on_one(&stage, take(scale.small_fan_outs), &mut report).await.context("100 watchers")?;
    watchers::all_on_one(&stage, take(1), watchers, &mut report).await.context("watchers of one order")?;
    let settled = scale.settled_a_second * usize::try_from(scale.settling_time.as_secs())?;
    let each = take(watchers);
    let (paid, pending) = each.split_at(settled.min(each.len()));
    watchers::each_on_its_own(&stage, each, paid.len(), scale.settled_a_second, &mut report)
        .await
        .context("watchers of an order each")?;
    stage.notifications_go_nowhere().await?;
    let notified = &pending[..scale.notifications.min(pending.len())];
    notifications::send(&stage, notified, &mut report).await.context("notifications")?;

    let first_paid = orders.len() - each.len() - left.len();
    let paid = orders[..first_paid + paid.len() + notified.len()].to_vec();
    let all: Vec<_> = asked_about.iter().chain(orders.iter()).cloned().collect();
    ledger::compare(&stage, &all, paid, &mut report).await.context("the ledger")?;
    report.memory("the merchant at its largest", stage.merchant()?.memory()?.most, Some(report::MEMORY_AIM));
    print!("{report}");
    match report.wrong() {
        0 => Ok(()),
        wrong => bail!("{wrong} things were lost, doubled or wrong: they stand above"),
    }
}
