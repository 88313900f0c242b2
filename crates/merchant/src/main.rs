//! Settings → application → run until told to stop.

use clap::Parser;
use gopay_merchant::core_dump;
use gopay_merchant::telemetry::{self, LogFormat};
use gopay_merchant::{Application, Check, SettingRow, Settings, setting_table};
use std::path::PathBuf;
use std::process::ExitCode;

/// Not the C library's: under load its threads wait for each other to allocate and free (some 8 % of a status read, as
/// `perf` shows). A shop that nests the library chooses its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The reference merchant backend for the GoPay checkout widget.
#[derive(Parser)]
#[command(version, about, after_help = settings_in_words())]
struct Arguments {
    /// Reads settings from this file of NAME=value lines; the real environment wins.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// How log lines are written to standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// Prints the endpoints as `OpenAPI` 3.1, and does nothing else.
    #[arg(long)]
    openapi: bool,
    /// Says whether a start would succeed, and starts nothing: reads the settings, connects to the database and says which
    /// migrations it lacks, binds the addresses to listen at and lets them go. Writes nothing and asks Midtrans nothing. Exit
    /// code 1 where something is wrong, which it names.
    #[arg(long, conflicts_with = "openapi")]
    check: bool,
}

/// The README's table, for a terminal.
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
    core_dump::forbid();
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

fn say(check: &Check) -> ExitCode {
    for sentence in &check.fine {
        println!("gopay-merchant: {sentence}");
    }
    for error in &check.wrong {
        eprintln!("gopay-merchant: {error}");
    }
    if check.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    // Listening for signals begins before anything else: whoever sends one early must not kill a half-started process.
    let mut told = Signals::listen()?;
    let settings = Settings::from_environment(arguments.env_file.as_deref())?;
    if arguments.check {
        return Ok(say(&Check::of(&settings).await));
    }
    let drain = settings.stop.drain;
    let application = Application::build(settings).await?;
    let checkout = application.checkout();
    let stop = async move {
        told.wait().await;
        tracing::info!(drain_s = drain.as_secs(), "told to stop");
        checkout.drain();
        tokio::select! {
            () = tokio::time::sleep(drain) => {}
            () = told.wait() => tracing::info!("told again"),
        }
    };
    application.run_until_stopped(stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C, or SIGTERM from whatever supervises the process.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn wait(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }
}
