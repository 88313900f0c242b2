//! Settings → application → run until told to stop.

use clap::Parser;
use gopay_merchant::telemetry::{self, LogFormat};
use gopay_merchant::{Application, Settings};
use std::path::PathBuf;
use std::process::ExitCode;

/// The reference merchant backend for the GoPay checkout widget.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Reads settings from this file of NAME=value lines; the real environment wins.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// How log lines are written to standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    telemetry::start(arguments.log_format);
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("gopay-merchant: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    // Listening for signals begins before anything else: whoever sends one early must not kill a half-started process.
    let told_to_stop = told_to_stop()?;
    let settings = Settings::from_environment(arguments.env_file.as_deref())?;
    let application = Application::build(settings).await?;
    application.run_until_stopped(told_to_stop).await?;
    Ok(())
}

/// Ctrl-C, or SIGTERM from whatever supervises the process.
#[cfg(unix)]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("told to stop");
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        drop(tokio::signal::ctrl_c().await);
        tracing::info!("told to stop");
    })
}
