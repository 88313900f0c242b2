//! The program `gopay-merchant`: reads settings, builds the application, and runs it until a signal.

use clap::Parser;
use gopay_merchant::telemetry::{self, LogFormat};
use gopay_merchant::{Application, Check, OperatorCommand, SettingRow, Settings, Signals, setting_table};
use std::path::PathBuf;
use std::process::ExitCode;

/// mimalloc instead of the C library's allocator: under load that one's threads wait for each other to allocate and free (some 8 % of a status read, as
/// `perf` shows). A shop that nests the library chooses its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The reference merchant backend for the GoPay checkout widget.
#[derive(Parser)]
#[command(version, about, after_help = settings_in_words())]
struct Arguments {
    /// Reads settings from this file of NAME=value lines; the real environment wins.
    #[arg(long, value_name = "FILE", global = true)]
    env_file: Option<PathBuf>,
    /// How log lines are written to standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, global = true)]
    log_format: LogFormat,
    /// Prints the endpoints as `OpenAPI` 3.1 and exits.
    #[arg(long)]
    openapi: bool,
    /// Checks whether a start would succeed, and exits: reads the settings, connects to the database and lists the migrations
    /// it lacks, binds the listen addresses and releases them. Writes nothing and does not call Midtrans. Exit code 1 if
    /// something is wrong, which it names.
    #[arg(long, conflicts_with = "openapi")]
    check: bool,
    #[command(subcommand)]
    command: Option<OperatorCommand>,
}

/// The table of settings, for `--help`.
fn settings_in_words() -> String {
    let mut text = "Settings, from the environment:\n".to_owned();
    for SettingRow { name, default, meaning } in setting_table() {
        text += &format!("  {name} [{default}]\n      {meaning}\n");
    }
    text
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.openapi {
        return print_openapi();
    }
    telemetry::start(arguments.log_format);
    forbid_core_dumps();
    if let Some(command) = &arguments.command {
        return carry_out(command, &arguments).await;
    }
    match run(&arguments).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gopay-merchant: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print_openapi() -> ExitCode {
    match serde_json::to_value(gopay_merchant::openapi()) {
        Ok(document) => {
            println!("{document:#}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("gopay-merchant: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(command: &OperatorCommand, arguments: &Arguments) -> ExitCode {
    let done = if arguments.check || arguments.openapi {
        eprintln!("gopay-merchant: --check and --openapi stand alone, without a command");
        return ExitCode::from(2);
    } else {
        command.run(arguments.env_file.as_deref()).await
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gopay-merchant: {error}");
            error.exit_code()
        }
    }
}

fn print_check(check: &Check) -> ExitCode {
    for sentence in &check.fine {
        println!("gopay-merchant: {sentence}");
    }
    for error in &check.wrong {
        eprintln!("gopay-merchant: {error}");
    }
    if check.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let signals = Signals::listen()?;
    let settings = Settings::from_environment(arguments.env_file.as_deref())?;
    if arguments.check {
        return Ok(print_check(&Check::of(&settings).await));
    }
    Application::build(settings).await?.run_until_signalled(signals).await?;
    Ok(ExitCode::SUCCESS)
}

/// Keeps the kernel from writing this process's memory, which holds the server key, to a disk when it crashes, and on Linux other programs of the same user
/// from reading it. Where that fails, it is logged.
#[cfg(unix)]
fn forbid_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let forbidden = setrlimit(Resource::Core, none);
    // A limit alone does not keep a dump from a program that takes it through a pipe, as systemd-coredump does.
    #[cfg(target_os = "linux")]
    let forbidden =
        forbidden.and_then(|()| rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable));
    if let Err(why) = forbidden {
        tracing::warn!(%why, "core dumps cannot be forbidden: one would hold the server key");
    }
}

/// There are none that a program could forbid.
#[cfg(not(unix))]
fn forbid_core_dumps() {}
