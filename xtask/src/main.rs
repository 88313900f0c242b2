//! `cargo xtask preview | test | dist | package | sandbox | lint | bench | load | release`: the words that a person, the README and CI all use.
//!
//! One file a verb. Needs nothing but cargo (and, for what only npm and Debian have, npm and root): [`tools`] installs the
//! rest and says why.

mod bench;
mod command;
mod dist;
mod http;
mod lint;
mod package;
mod preview;
mod release;
mod sandbox;
mod sizes;
mod tally;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    verb: Verb,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Start the demo shop, its merchant and the Midtrans sandbox on this machine. Ctrl-C ends all of them.
    Preview,
    /// Run the tests, all stages or one of them. Closes on one line: `N passed, N failed`.
    Test {
        /// Only this stage.
        stage: Option<test::Stage>,
        #[command(flatten)]
        choice: test::Choice,
    },
    /// Build what a merchant hosts, small, into dist/; tell its sizes, and fail if they are above the limits.
    Dist {
        #[command(flatten)]
        choice: dist::Choice,
    },
    /// Make the npm package of dist/, in target/npm/. Writes the tables of docs/reference.md anew too.
    Package {
        #[command(flatten)]
        choice: package::Choice,
    },
    /// Build the Midtrans sandbox as one static program, in target/, and try it: in an empty folder, with an empty
    /// environment. Linux only; two minutes the first time, on two cores.
    Sandbox,
    /// Formatting, lints, documentation, warnings denied; the crates for crates.io, packed and built; licences, sources and
    /// known vulnerabilities of dependencies.
    Lint,
    /// Measure: how often the widget asks, and how soon it knows. Prints; asserts nothing.
    Bench,
    /// Load one merchant process: charges, status reads, notifications, watchers. Prints; fails only on what is lost or doubled.
    Load {
        /// A tenth of everything.
        #[arg(long)]
        quick: bool,
        /// The merchant's database: an empty one. Default: a SQLite file that is thrown away.
        #[arg(long, value_name = "URL")]
        database: Option<String>,
        /// Instead: compare a merchant with so many finished orders in its database with one that has none.
        #[arg(long, value_name = "ORDERS")]
        history: Option<u64>,
    },
    /// Make every file of a release, in target/release-files/: dist/, npm package, crates, static programs, SBOMs, hashes and
    /// notes. Publishes nothing.
    Release {
        #[command(flatten)]
        choice: release::Choice,
    },
    /// Install what the other verbs need and this machine lacks.
    Tools,
}

fn main() -> ExitCode {
    let done = match Xtask::parse().verb {
        Verb::Preview => preview::run(),
        Verb::Test { stage, choice } => test::run(stage, choice),
        Verb::Dist { choice } => dist::within_limits(choice),
        Verb::Package { choice } => package::run_for(choice),
        Verb::Sandbox => sandbox::run(),
        Verb::Lint => lint::run(),
        Verb::Bench => bench::run(),
        Verb::Load { quick, database, history } => bench::load(quick, database.as_deref(), history),
        Verb::Release { choice } => release::run(&choice),
        Verb::Tools => tools::everything(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\nxtask: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        super::Xtask::command().debug_assert();
    }
}
