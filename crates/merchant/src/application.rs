//! build · port · `run_until_stopped`: production and tests start the same way.

use crate::cashier::Cashier;
use crate::core_api::CoreApi;
use crate::faults::FaultDesk;
use crate::metrics::Metrics;
use crate::order_token::OrderTokens;
use crate::orders::{Orders, SqliteOrders};
use crate::router::router;
use crate::settings::{BrowserSettings, Settings};
use crate::status_board::StatusBoard;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What every route may reach.
pub(crate) struct Merchant {
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) cashier: Arc<Cashier>,
    pub(crate) order_tokens: OrderTokens,
    pub(crate) board: StatusBoard,
    pub(crate) metrics: Metrics,
    pub(crate) server_key: SecretString,
    pub(crate) browser: BrowserSettings,
    pub(crate) trusted_host: Option<String>,
    /// There is one only where the settings want it.
    pub(crate) faults: Option<Arc<FaultDesk>>,
}

/// A merchant that listens, and answers once it runs.
pub struct Application {
    listener: TcpListener,
    address: SocketAddr,
    merchant: Arc<Merchant>,
}

/// Why the merchant cannot start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartProblem {
    /// Nobody can listen there.
    #[error("MERCHANT_BIND is {address:?}: cannot listen there: {source}")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("MERCHANT_DATABASE_URL is {url:?}: {why}")]
    Database {
        /// Which one.
        url: String,
        /// Why not.
        why: String,
    },
    /// The HTTP client cannot be made.
    #[error("no HTTP client: {0}")]
    HttpClient(#[from] reqwest::Error),
    /// The server stopped by itself.
    #[error("the server stopped: {0}")]
    Serve(#[from] std::io::Error),
}

impl Application {
    /// Opens the database, binds the port (0 for any free one) and gets everything ready.
    ///
    /// # Errors
    /// [`StartProblem`], naming the variable to look at.
    pub async fn build(settings: Settings) -> Result<Self, StartProblem> {
        // Whoever starts us may have installed one already; then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = &settings.database.url;
        let database = |e: anyhow::Error| StartProblem::Database { url: url.clone(), why: format!("{e:#}") };
        let orders: Arc<dyn Orders> = Arc::new(SqliteOrders::open(url).await.map_err(database)?);
        let midtrans = CoreApi::new(&settings.midtrans)?;
        let (board, metrics) = (StatusBoard::new(), Metrics::default());
        let cashier = Cashier::new(Arc::clone(&orders), midtrans, board.clone(), metrics.clone(), &settings.midtrans);
        let listen = |source| StartProblem::Listen { address: settings.listen.address.clone(), source };
        let listener = TcpListener::bind(&settings.listen.address).await.map_err(listen)?;
        let address = listener.local_addr()?;
        let merchant = Arc::new(Merchant {
            orders,
            cashier: Arc::new(cashier),
            order_tokens: OrderTokens::new(&settings.order_token),
            board,
            metrics,
            trusted_host: settings.midtrans.trusted_host(),
            server_key: settings.midtrans.server_key,
            browser: settings.browser,
            faults: settings.faults.on.then(|| Arc::new(FaultDesk::open())),
        });
        if merchant.faults.is_some() {
            tracing::warn!("MERCHANT_FAULTS is on: whoever reaches this port can break its answers");
        }
        tracing::info!(%address, midtrans = settings.midtrans.base_url.as_str(), "the merchant listens");
        Ok(Self { listener, address, merchant })
    }

    /// The port that was bound.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Where this machine reaches it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// Answers until `stop` is done, then lets requests finish; status streams end at once.
    ///
    /// # Errors
    /// When the server cannot go on listening.
    pub async fn run_until_stopped(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartProblem> {
        let (board, faults) = (self.merchant.board.clone(), self.merchant.faults.clone());
        let stopped = async move {
            stop.await;
            board.close();
            if let Some(faults) = faults {
                faults.close();
            }
        };
        axum::serve(self.listener, router(self.merchant)).with_graceful_shutdown(stopped).await?;
        tracing::info!("the merchant has stopped");
        Ok(())
    }
}
