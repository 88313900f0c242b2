//! Commands of operators: how an order stands, asking Midtrans about it now, delivering it again, counts, and a health check.
//!
//! They work beside a running merchant, on the same database. What only reads cannot write: the database itself refuses it. What
//! changes something writes one audit line to the log first. Nothing that a command prints has a secret in it: no server key,
//! order token, signature or `Idempotency-Key`, no query of a deeplink, and nothing of the shop's customers.

mod healthcheck;
mod reconcile;
mod report;
mod stats;

use crate::backend::use_our_cryptography;
use crate::error::{ApiError, StartError};
use crate::orders::{self, Access, Beside, Order};
use crate::settings::{InvalidSetting, ListenSettings, Settings};
use clap::{Args, Subcommand};
use gopay_contract::OrderId;
use report::OrderReport;
use serde::Serialize;
use std::fmt::{self, Display};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A command of an operator, for the program's own and for a shop's.
#[derive(Clone, Debug, Subcommand)]
pub enum OperatorCommand {
    /// How one order stands, and what an operator can do about it.
    #[command(subcommand)]
    Orders(OrderCommand),
    /// Counts orders, attempts by status, what is due, and the outbox. Reads the whole database, and changes nothing.
    Stats {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Asks the merchant that listens where these settings say whether it is healthy. Needs no secret. Exit code 0 if it is.
    Healthcheck {
        /// Asks whether it is ready (`/readyz`) instead of whether it lives (`/healthz`).
        #[arg(long)]
        ready: bool,
    },
}

/// A command about one order.
#[derive(Clone, Debug, Subcommand)]
pub enum OrderCommand {
    /// Shows the order, its attempts and notifications, its place in the outbox, and alerts. Changes nothing.
    Show(OnOrder),
    /// Asks Midtrans now about every attempt that is not final or may be paid late, stores the answers, and shows what changed.
    Reconcile(Change),
    /// Puts the order into the outbox again, and waits up to ten seconds for a merchant with a `PaymentListener` to deliver it.
    Resend(Change),
}

/// The order, and the form of the output.
#[derive(Clone, Debug, Args)]
pub struct OnOrder {
    /// The shop's `order_id`.
    #[arg(value_name = "ORDER")]
    order_id: String,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// The order to change, and the operator who does it.
#[derive(Clone, Debug, Args)]
pub struct Change {
    #[command(flatten)]
    on: OnOrder,
    /// Name for the audit line; without it the user of `SUDO_USER` or `USER`.
    #[arg(long, value_name = "NAME", value_parser = name)]
    by: Option<String>,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no such order in the database.
    #[error("there is no order {0:?} in this merchant's database")]
    UnknownOrder(String),
    /// Retention has deleted the order.
    #[error("the order {0:?} was deleted by MERCHANT_RETENTION_DAYS, {1}")]
    DeletedOrder(String, String),
    /// No name is known for the audit line.
    #[error("say who you are, for the audit line: --by NAME")]
    Nameless,
    /// A setting is missing or bad.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The database cannot be opened, or the client of Midtrans not be made.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It was done in part, or not at all.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    /// The exit code: 2 where the command was about nothing that is there, else 1.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::UnknownOrder(_) | Self::DeletedOrder(..) | Self::Nameless => ExitCode::from(2),
            Self::Setting(_) | Self::Start(_) | Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

impl From<anyhow::Error> for CommandError {
    fn from(why: anyhow::Error) -> Self {
        Self::Failed(orders::in_one_line(&why))
    }
}

impl From<ApiError> for CommandError {
    fn from(why: ApiError) -> Self {
        Self::Failed(why.to_string())
    }
}

impl OperatorCommand {
    /// Carries it out with the settings of the environment and of `env_file`, and prints to standard output.
    ///
    /// # Errors
    /// [`CommandError`], with the exit code.
    pub async fn run(&self, env_file: Option<&Path>) -> Result<(), CommandError> {
        use_our_cryptography();
        match self {
            Self::Orders(OrderCommand::Show(on)) => show(&Settings::from_environment(env_file)?, on).await,
            Self::Orders(OrderCommand::Reconcile(change)) => {
                reconcile::run(&Settings::from_environment(env_file)?, change).await
            }
            Self::Orders(OrderCommand::Resend(change)) => resend(&Settings::from_environment(env_file)?, change).await,
            Self::Stats { json } => stats::run(&Settings::from_environment(env_file)?, *json).await,
            Self::Healthcheck { ready } => healthcheck::run(&ListenSettings::from_environment(env_file)?, *ready).await,
        }
    }
}

async fn show(settings: &Settings, on: &OnOrder) -> Result<(), CommandError> {
    let beside = open(settings, Access::Read).await?;
    let order = find(&beside, on).await?;
    let report = OrderReport::of(&beside, &order).await?;
    beside.orders.close().await;
    print(&report, on.json)
}

async fn open(settings: &Settings, access: Access) -> Result<Beside, CommandError> {
    let beside = orders::open_beside(&settings.database, access).await;
    Ok(beside.map_err(|why| StartError::database(&settings.database.url, &why))?)
}

/// The order, or that there is none.
async fn find(beside: &Beside, on: &OnOrder) -> Result<Order, CommandError> {
    let unknown = || CommandError::UnknownOrder(on.order_id.clone());
    let order_id = OrderId::parse(&on.order_id).map_err(|_| unknown())?;
    if let Some(order) = beside.orders.find(&order_id).await? {
        return Ok(order);
    }
    match beside.inspection.deleted_at(&order_id).await? {
        Some(at) => Err(CommandError::DeletedOrder(on.order_id.clone(), report::text(at))),
        None => Err(unknown()),
    }
}

impl Change {
    /// Name for the audit line: as given, or the system's user. Behind `sudo -u`, `USER` is the merchant's own.
    fn by(&self) -> Result<String, CommandError> {
        let known = |variable| std::env::var(variable).ok().and_then(|found| name(&found).ok());
        self.by.clone().or_else(|| known("SUDO_USER")).or_else(|| known("USER")).ok_or(CommandError::Nameless)
    }

    /// Writes the audit line. Its target is in the log whatever `RUST_LOG` says.
    fn audit(&self, command: &'static str, by: &str, order: &Order) {
        tracing::info!(target: crate::telemetry::AUDIT, by, command, order_id = %order.order_id, "an operator's command");
    }
}

/// Reads a name that is safe in a line of the log.
fn name(text: &str) -> Result<String, String> {
    let is_plain = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if is_plain { Ok(text.to_owned()) } else { Err("1 to 64 characters in one line".to_owned()) }
}

fn print(report: &(impl Serialize + Display), json: bool) -> Result<(), CommandError> {
    let text = if json {
        serde_json::to_string_pretty(report).map_err(anyhow::Error::from)? + "\n"
    } else {
        report.to_string()
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(|why| CommandError::Failed(format!("cannot print: {why}")))
}

/// How long `orders resend` waits for a merchant to deliver.
const RESEND_PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks.
const RESEND_PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, Serialize)]
struct Resent {
    order_id: String,
    /// `delivered` or `undelivered`.
    outbox: &'static str,
}

/// Puts an order into the outbox again, and waits for a merchant to deliver it.
async fn resend(settings: &Settings, change: &Change) -> Result<(), CommandError> {
    let by = change.by()?;
    let beside = open(settings, Access::Write).await?;
    let order = find(&beside, &change.on).await?;
    if order.effective().is_none() {
        let why = format!("nothing is known of a payment of order {} yet: there is nothing to deliver", order.order_id);
        return Err(CommandError::Failed(why));
    }
    change.audit("orders resend", &by, &order);
    beside.inspection.undeliver(&order.order_id).await?;
    let give_up = Instant::now() + RESEND_PATIENCE;
    let outbox = loop {
        let records = beside.inspection.attempt_records(&order.order_id).await?;
        if records.iter().all(|record| record.version <= record.delivered_version) {
            break "delivered";
        }
        if Instant::now() >= give_up {
            break "undelivered";
        }
        sleep(RESEND_PAUSE).await;
    };
    beside.orders.close().await;
    print(&Resent { order_id: order.order_id.to_string(), outbox }, change.on.json)
}

impl fmt::Display for Resent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { order_id, outbox } = self;
        match *outbox {
            "delivered" => writeln!(f, "order {order_id} was delivered to the shop's listener again"),
            _ => writeln!(
                f,
                "order {order_id} is in the outbox, and nothing has delivered it within {RESEND_PATIENCE:?}: a merchant with a \
                 PaymentListener does once it runs, and tries again where its listener fails, as its log says"
            ),
        }
    }
}
