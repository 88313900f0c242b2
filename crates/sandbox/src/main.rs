//! `midtrans-sandbox`: reads the settings and serves until it is stopped.

use anyhow::Context;
use clap::Parser;
use midtrans_sandbox::{Application, Behaviour, Chaos, DEFAULT_SERVER_KEY, FaultName, Settings};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// Midtrans' Core API for GoPay, offline: fake but stateful.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "SANDBOX_BIND", default_value = "127.0.0.1:7081")]
    bind: SocketAddr,
    /// The port to listen on, instead of the one in --bind.
    #[arg(long, env = "SANDBOX_PORT")]
    port: Option<u16>,
    /// File for the state, to survive a restart; without it, all is forgotten.
    #[arg(long, env = "SANDBOX_FILE")]
    file: Option<PathBuf>,
    /// Base of the URLs in `actions`, if not the address above.
    #[arg(long, env = "SANDBOX_PUBLIC_URL")]
    public_url: Option<Url>,
    /// The server key to accept.
    #[arg(long, env = "SANDBOX_SERVER_KEY", default_value = DEFAULT_SERVER_KEY, hide_env_values = true)]
    server_key: String,
    /// URL for notifications.
    #[arg(long, env = "SANDBOX_NOTIFICATION_URL")]
    notification_url: Option<Url>,
    /// Factor on the pauses between a notification's retries: 1 is real time (2 min to 3.5 h).
    #[arg(long, env = "SANDBOX_RETRY_SCALE", default_value = "1", value_parser = read_scale, allow_negative_numbers = true)]
    retry_scale: f64,
    /// Time limit of a notification in seconds.
    #[arg(long, env = "SANDBOX_NOTIFICATION_TIMEOUT", default_value_t = 15)]
    notification_timeout: u64,
    /// Names that the sandbox answers to beside localhost, IP addresses and the host of --public-url, separated by commas.
    #[arg(long, env = "SANDBOX_ALLOWED_HOSTS", value_delimiter = ',', value_parser = midtrans_sandbox::checked_host)]
    allowed_hosts: Vec<String>,
    /// Time limit in seconds for a request's head, again for its body, and for an idle connection.
    #[arg(long, env = "SANDBOX_TIME_LIMIT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    time_limit: u64,
    /// Switches as JSON, for example `{"expiry_job_delay_seconds":0}`.
    #[arg(long, env = "SANDBOX_BEHAVIOUR", value_parser = read_behaviour)]
    behaviour: Option<Behaviour>,
    /// Faults at random: the same seed and the same sequence of requests have the same faults.
    #[arg(long, env = "SANDBOX_CHAOS_SEED")]
    chaos_seed: Option<u64>,
    /// One in this many requests, new transactions and notifications is struck, with --chaos-seed.
    #[arg(long, env = "SANDBOX_CHAOS_ONE_IN", requires = "chaos_seed", default_value_t = Chaos::ONE_IN, value_parser = clap::value_parser!(u32).range(1..))]
    chaos_one_in: u32,
    /// Kinds of faults, with --chaos-seed, separated by commas: `latency,error,lost_notification`. Without it, all.
    #[arg(long, env = "SANDBOX_CHAOS_KINDS", requires = "chaos_seed", value_delimiter = ',', value_parser = read_fault_name)]
    chaos_kinds: Vec<FaultName>,
}

fn read_fault_name(text: &str) -> Result<FaultName, serde_json::Error> {
    serde_json::from_value(text.into())
}

fn read_scale(text: &str) -> Result<f64, String> {
    let scale = text.parse().ok().filter(|scale: &f64| scale.is_finite() && *scale >= 0.0);
    scale.ok_or_else(|| "must be a number, at least 0".to_owned())
}

fn read_behaviour(text: &str) -> Result<Behaviour, serde_json::Error> {
    serde_json::from_str(text)
}

impl From<Arguments> for Settings {
    fn from(arguments: Arguments) -> Self {
        let mut bind = arguments.bind;
        bind.set_port(arguments.port.unwrap_or(bind.port()));
        Self {
            bind,
            file: arguments.file,
            public_url: arguments.public_url,
            server_key: arguments.server_key.into(),
            notification_url: arguments.notification_url,
            retry_scale: arguments.retry_scale,
            notification_timeout: Duration::from_secs(arguments.notification_timeout),
            allowed_hosts: arguments.allowed_hosts,
            time_limit: Duration::from_secs(arguments.time_limit),
            behaviour: arguments.behaviour.unwrap_or_default(),
            chaos: arguments.chaos_seed.map(|seed| Chaos {
                seed,
                one_in: arguments.chaos_one_in,
                kinds: arguments.chaos_kinds,
            }),
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let application = Application::build(Arguments::parse().into()).await?;
    tracing::info!(url = application.url(), "sandbox is listening");
    application.run_until_stopped(shutdown_signal()).await.context("the sandbox stopped serving")
}

/// Completes on Ctrl-C, or on SIGTERM where there is one.
async fn shutdown_signal() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for Ctrl-C");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "cannot listen for SIGTERM");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }
}
