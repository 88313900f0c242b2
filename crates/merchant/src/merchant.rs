//! The state that all routes share, and its health.

use crate::guard::Guard;
use crate::jobs::{Background, DatabaseWatchdog};
use crate::log_limit::LogLimit;
use crate::metrics::Metrics;
use crate::order_token::OrderTokens;
use crate::orders::Orders;
use crate::payments::Payments;
use crate::settings::{BrowserSettings, LimitSettings};
use crate::shop::OrderAuthorization;
use crate::status_hub::StatusHub;
use anyhow::Context as _;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take to answer the readiness check.
const DATABASE_TIME_LIMIT: Duration = Duration::from_secs(2);

/// The state that all routes share.
pub(crate) struct Merchant {
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) payments: Arc<Payments>,
    pub(crate) order_tokens: OrderTokens,
    /// The shop's own, instead of order tokens.
    pub(crate) authorization: Option<Arc<dyn OrderAuthorization>>,
    pub(crate) hub: StatusHub,
    pub(crate) metrics: Metrics,
    pub(crate) log_limit: LogLimit,
    pub(crate) background: Background,
    pub(crate) server_key: SecretString,
    pub(crate) browser: BrowserSettings,
    pub(crate) guard: Arc<Guard>,
    pub(crate) limits: LimitSettings,
    pub(crate) stream_refresh: Duration,
    pub(crate) watchdog: DatabaseWatchdog,
}

/// Why a merchant is not ready. The cause is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It is about to stop.
    #[error("stopping")]
    Stopping,
    /// Its database cannot be reached or written, is silent for two seconds, has a full disk, or lacks a table.
    #[error("database")]
    Database,
    /// A job has died; only a new process brings it back.
    #[error("job")]
    Job,
}

/// Why a merchant is unhealthy: only a new process helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unhealthy {
    /// Its database works, and its own connections have not for half a minute.
    #[error("database")]
    Database,
    /// A job has died.
    #[error("job")]
    Job,
}

impl Merchant {
    pub(crate) fn healthy(&self) -> Result<(), Unhealthy> {
        if let Some(job) = self.background.dead_jobs().first() {
            tracing::error!(job, "unhealthy: a job has died");
            return Err(Unhealthy::Job);
        }
        if self.watchdog.is_stuck() { Err(Unhealthy::Database) } else { Ok(()) }
    }

    pub(crate) async fn ready(&self) -> Result<(), NotReady> {
        if self.background.shutdown().is_draining() {
            return Err(NotReady::Stopping);
        }
        if let Some(job) = self.background.dead_jobs().first() {
            tracing::error!(job, "not ready: a job has died");
            return Err(NotReady::Job);
        }
        let checked = timeout(DATABASE_TIME_LIMIT, self.orders.check()).await;
        checked.context("it does not answer").flatten().map_err(|why| {
            tracing::error!(why = format!("{why:#}"), "not ready: the database cannot be worked with");
            NotReady::Database
        })
    }
}
