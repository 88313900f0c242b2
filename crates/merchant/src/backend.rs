//! The backend as a library: build it, nest its router into the shop's own app, stop it at the end.

use crate::error::StartError;
use crate::guard::Guard;
use crate::jobs::retention::Retention;
use crate::jobs::{Background, DatabaseWatchdog, outbox};
use crate::metrics::Metrics;
use crate::midtrans::MidtransClient;
use crate::order_token::OrderTokens;
use crate::orders::{self, NewOrder, Orders, PlaceError};
use crate::payments::{PaymentDeps, Payments};
use crate::router::{api_layers, page_layers, payment_routes};
use crate::settings::{BrowserSettings, LimitSettings, Settings};
use crate::shop::{OrderAuthorization, OrderSource, PaymentListener};
use crate::status_hub::StatusHub;
use crate::telemetry::LogLimit;
use anyhow::Context as _;
use axum::Router;
use gopay_contract::OrderId;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The payment backend: charges, statuses, notifications, and background jobs.
///
/// ```no_run
/// # use gopay_merchant::{CheckoutBackend, OrderSource, Settings};
/// # async fn shop(my_orders: impl OrderSource + 'static) -> Result<(), Box<dyn std::error::Error>> {
/// let settings = Settings::from_environment(None)?;
/// let checkout = CheckoutBackend::builder(settings).order_source(my_orders).build().await?;
/// let app = axum::Router::<()>::new().nest("/pay", checkout.router());
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// // With the peers' addresses: without them no limit per client holds.
/// let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
/// let (stop, served) = (checkout.clone(), axum::serve(listener, app));
/// let ctrl_c = async move {
///     drop(tokio::signal::ctrl_c().await);
///     stop.end_streams();
/// };
/// served.with_graceful_shutdown(ctrl_c).await?;
/// checkout.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CheckoutBackend {
    pub(crate) merchant: Arc<Merchant>,
}

/// Builder of a [`CheckoutBackend`].
#[must_use = "nothing is opened or started before build()"]
pub struct CheckoutBackendBuilder {
    settings: Settings,
    source: Option<Arc<dyn OrderSource>>,
    authorization: Option<Arc<dyn OrderAuthorization>>,
    listener: Option<Arc<dyn PaymentListener>>,
}

impl CheckoutBackendBuilder {
    /// Sets the source of the shop's orders. Without one, only orders given to [`CheckoutBackend::place`] can be paid.
    pub fn order_source(mut self, source: impl OrderSource + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Sets who may open an order. Without it, order tokens decide.
    pub fn authorization(mut self, authorization: impl OrderAuthorization + 'static) -> Self {
        self.authorization = Some(Arc::new(authorization));
        self
    }

    /// Sets the listener that receives every change of a payment.
    pub fn payment_listener(mut self, listener: impl PaymentListener + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Opens the database and starts the jobs.
    ///
    /// # Errors
    /// [`StartError`], naming the variable to look at.
    pub async fn build(self) -> Result<CheckoutBackend, StartError> {
        use_our_cryptography();
        let Self { settings, source, authorization, listener } = self;
        let orders = orders::open(&settings.database).await;
        let orders = orders.map_err(|why| StartError::database(&settings.database.url, &why))?;
        let hub = StatusHub::new(settings.midtrans.min_poll_interval);
        let (metrics, background) = (Metrics::default(), Background::default());
        let midtrans = MidtransClient::new(&settings.midtrans, metrics.clone())?;
        let payments = Arc::new(Payments::new(PaymentDeps {
            orders: Arc::clone(&orders),
            source,
            midtrans: midtrans.clone(),
            hub: hub.clone(),
            metrics: metrics.clone(),
            background: background.clone(),
            settings: settings.midtrans.clone(),
        }));
        let (shutdown, watchdog) = (background.shutdown().clone(), DatabaseWatchdog::default());
        background.job("status_hub", shutdown.clone().until_jobs_end(hub.clone().follow(orders.changes())));
        background.job("storage", shutdown.clone().until_jobs_end(watchdog.clone().run(Arc::clone(&orders))));
        background.job("reconcile", Arc::clone(&payments).reconcile());
        if let Some(keep) = settings.retention.keep {
            let (orders, metrics, has_listener) = (Arc::clone(&orders), metrics.clone(), listener.is_some());
            let retention = Retention { orders, midtrans, metrics, keep, has_listener };
            background.job("retention", retention.run(shutdown.clone()));
        }
        if let Some(listener) = listener {
            background.job("outbox", outbox::deliver(Arc::clone(&orders), listener, metrics.clone(), shutdown));
        }
        let merchant = Merchant {
            orders,
            payments,
            order_tokens: OrderTokens::new(&settings.order_token),
            authorization,
            hub,
            log_limit: LogLimit::new(metrics.clone()),
            metrics,
            background,
            server_key: settings.midtrans.server_key,
            browser: settings.browser,
            guard: Arc::new(Guard::new(&settings.limits)),
            limits: settings.limits,
            stream_refresh: settings.streams.refresh,
            watchdog,
        };
        Ok(CheckoutBackend { merchant: Arc::new(merchant) })
    }
}

/// Installs the TLS library's cryptography, unless the process has installed one already.
pub(crate) fn use_our_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl CheckoutBackend {
    /// Begins a backend with these settings. Ignores `listen`.
    pub fn builder(settings: Settings) -> CheckoutBackendBuilder {
        CheckoutBackendBuilder { settings, source: None, authorization: None, listener: None }
    }

    /// The widget's four endpoints and Midtrans' notifications, for an app with any state, below any prefix:
    /// `POST /charge`, `GET /orders/{order_id}`, `GET …/events`, `POST …/cancel`, `POST /notifications`. Limits, CORS and
    /// cache headers of its own are around it. The limits for each client need to know who asks: serve the app with
    /// `into_make_service_with_connect_info::<SocketAddr>()`. Without it they do not hold, and the first such request is
    /// logged as an error. The number of connections, and how slowly a request's head may come, is for your server to limit.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        payment_routes(&self.merchant)
    }

    /// Puts around routes of the shop's own what is around [`CheckoutBackend::router`]: limits of size and time, CORS, refusal of
    /// foreign pages, a log line, and headers that keep answers out of caches and frames.
    pub fn api_layers<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        api_layers(routes, &self.merchant)
    }

    /// The same around pages: limits, a log line, and headers that every page may have.
    pub fn page_layers<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        page_layers(routes, &self.merchant)
    }

    /// Stores an order that the shop has just made, where there is no [`OrderSource`].
    ///
    /// # Errors
    /// [`PlaceError`]
    pub async fn place(&self, order: &NewOrder) -> Result<(), PlaceError> {
        self.merchant.orders.place(order, self.merchant.orders.now()).await
    }

    /// Issues a token that opens this order, for the page with its widget.
    #[must_use]
    pub fn order_token(&self, order_id: &OrderId) -> String {
        self.merchant.order_tokens.issue(order_id, self.merchant.orders.now())
    }

    /// Makes [`CheckoutBackend::ready`] fail from now on, so that load balancers send new requests elsewhere. Requests that
    /// come are still served.
    pub fn drain(&self) {
        self.merchant.background.shutdown().drain();
    }

    /// Checks that it can serve: its database can be written and has all its tables, every job runs, and it is not about to
    /// stop. Midtrans is not called: while it is down every process would be unready at once, and payers would not even get
    /// the stored status.
    ///
    /// # Errors
    /// [`NotReady`], in one word.
    pub async fn ready(&self) -> Result<(), NotReady> {
        self.merchant.ready().await
    }

    /// Checks that it can recover by itself: every job runs, and its connections to the database work where new ones would. A database that is full, locked or gone does not make it unhealthy: a new process would
    /// find the same. A supervisor restarts the process on this, never on [`CheckoutBackend::ready`].
    ///
    /// # Errors
    /// [`Unhealthy`], in one word.
    pub fn healthy(&self) -> Result<(), Unhealthy> {
        self.merchant.healthy()
    }

    /// The metrics, in `OpenMetrics`' text form (`application/openmetrics-text; version=1.0.0; charset=utf-8`).
    ///
    /// # Errors
    /// Never in practice: a text can always be written to.
    pub fn metrics(&self) -> Result<String, std::fmt::Error> {
        self.merchant.metrics.render(self.merchant.hub.subscribers())
    }

    /// Drains, and ends all push streams, and every later one after its first event: the process is stopping, and a server that
    /// waits for its connections would wait for them. The widget polls until it reaches another process.
    pub fn end_streams(&self) {
        self.merchant.background.shutdown().end_streams();
    }

    /// Waits until the streams end: an app that has some of its own ends them, too.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        self.merchant.background.shutdown().when_streams_end()
    }

    /// Ends the streams and the jobs, waits for charges that are still at Midtrans, and closes the database. For after
    /// the server has stopped. It waits as long as it takes. If it is dropped instead, reconciliation finds out later what
    /// became of a charge.
    pub async fn stop(&self) {
        self.merchant.background.stop().await;
        self.merchant.orders.close().await;
    }
}

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
