//! `gopay-doctor`: the command line around [`gopay_doctor::run`].

mod command_line;

use clap::Parser as _;
use command_line::{CommandLine, Format};
use gopay_doctor::report::{self, Tally};
use gopay_doctor::{Finding, Group, all};
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Exit code: at least one check failed.
const FAILED: u8 = 1;
/// Exit code: the merchant could not be checked; clap's own code for a bad command line, too.
const CANNOT: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    match examined(&CommandLine::parse()).await {
        Ok(code) => code,
        Err(why) => {
            eprintln!("gopay-doctor: {why:#}");
            ExitCode::from(CANNOT)
        }
    }
}

async fn examined(wanted: &CommandLine) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout();
    if wanted.list {
        for check in all() {
            writeln!(out, "{:<55} {}", check.id, check.promise)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let is_table = wanted.format == Format::Table;
    let mut group = None;
    let findings = gopay_doctor::run_until(wanted.plan()?, interrupted(), |finding| {
        if is_table {
            // Shown at once. A closed pipe is no error.
            let mut now = io::stdout();
            drop(write!(now, "{}", line(finding, &mut group)).and_then(|()| now.flush()));
        }
    })
    .await?;
    let tally = Tally::of(&findings);
    if is_table {
        write!(out, "{}", report::summary(tally))?;
    } else {
        writeln!(out, "{:#}", report::json(&findings))?;
    }
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Completes when the program is asked to end, by Ctrl-C or `kill`.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    drop(tokio::signal::ctrl_c().await);
}

fn line(finding: &Finding, group: &mut Option<Group>) -> String {
    let is_next = group.replace(finding.check.group) != Some(finding.check.group);
    let heading = if is_next { report::heading(finding.check.group) } else { String::new() };
    format!("{heading}{}", report::row(finding))
}
