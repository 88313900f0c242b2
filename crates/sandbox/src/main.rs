//! `midtrans-sandbox`: settings, then serve until told to stop.

use anyhow::Context;
use clap::Parser;
use midtrans_sandbox::{Application, Behaviour, DEFAULT_SERVER_KEY, Settings};
use std::{net::SocketAddr, time::Duration};
use url::Url;

/// Midtrans' Core API for GoPay, offline: fake but stateful.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "SANDBOX_BIND", default_value = "127.0.0.1:7081")]
    bind: SocketAddr,
    /// Base of the URLs in `actions`, if not the address above.
    #[arg(long, env = "SANDBOX_PUBLIC_URL")]
    public_url: Option<Url>,
    /// The one server key that is let in.
    #[arg(long, env = "SANDBOX_SERVER_KEY", default_value = DEFAULT_SERVER_KEY, hide_env_values = true)]
    server_key: String,
    /// Where notifications go.
    #[arg(long, env = "SANDBOX_NOTIFICATION_URL")]
    notification_url: Option<Url>,
    /// Factor on the pauses between a notification's retries: 1 is real time (2 min to 3.5 h).
    #[arg(long, env = "SANDBOX_RETRY_SCALE", default_value = "1", value_parser = read_scale, allow_negative_numbers = true)]
    retry_scale: f64,
    /// Seconds that a notification may take.
    #[arg(long, env = "SANDBOX_NOTIFICATION_TIMEOUT", default_value_t = 15)]
    notification_timeout: u64,
    /// Switches as JSON, for example `{"expiry_job_delay_seconds":0}`.
    #[arg(long, env = "SANDBOX_BEHAVIOUR", value_parser = read_behaviour)]
    behaviour: Option<Behaviour>,
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
        Self {
            bind: arguments.bind,
            public_url: arguments.public_url,
            server_key: arguments.server_key.into(),
            notification_url: arguments.notification_url,
            retry_scale: arguments.retry_scale,
            notification_timeout: Duration::from_secs(arguments.notification_timeout),
            behaviour: arguments.behaviour.unwrap_or_default(),
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let application = Application::build(Arguments::parse().into()).await?;
    tracing::info!(url = application.url(), "sandbox is listening");
    application.run_until_stopped(told_to_stop()).await.context("the sandbox stopped serving")
}

/// Ctrl-C, or SIGTERM where there is one.
async fn told_to_stop() {
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
