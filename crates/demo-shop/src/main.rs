//! The program `gopay-demo-shop`: the reference merchant with the demo shop around it.

use clap::Parser;
use gopay_demo_shop::Demo;
use gopay_merchant::telemetry::{self, LogFormat};
use gopay_merchant::{OperatorCommand, Settings, Signals};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// As in `gopay-merchant`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A demo shop around the reference merchant, for a sandbox in Midtrans' place. The merchant's own settings come from the
/// environment: `gopay-merchant --help` lists them.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Reads the merchant's settings from this file of NAME=value lines; the real environment wins.
    #[arg(long, value_name = "FILE", global = true)]
    env_file: Option<PathBuf>,
    /// How log lines are written to standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// A folder of static files served at `/`; its `index.html` also at `/selesai/`.
    #[arg(long, value_name = "FOLDER")]
    site_dir: Option<PathBuf>,
    /// How long orders can be paid (`custom_expiry`), in seconds; without it Midtrans' fifteen minutes.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(20..=604_800))]
    payable_for: Option<u64>,
    #[command(subcommand)]
    command: Option<OperatorCommand>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    telemetry::start(arguments.log_format);
    if let Some(command) = &arguments.command {
        return match command.run(arguments.env_file.as_deref()).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("gopay-demo-shop: {error}");
                error.exit_code()
            }
        };
    }
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gopay-demo-shop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let signals = Signals::listen()?;
    let settings = Settings::from_environment(arguments.env_file.as_deref())?;
    let demo = Demo {
        site_dir: arguments.site_dir,
        payable_for: arguments.payable_for.map(Duration::from_secs),
        ..Demo::default()
    };
    demo.build(settings).await?.run_until_signalled(signals).await?;
    Ok(())
}
