//! build · port · `run_until_stopped`: production and tests start the same way.

use crate::backend::CheckoutBackend;
use crate::router::demo_shop;
use crate::settings::Settings;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A merchant that listens, and answers once it runs.
pub struct Application {
    listener: TcpListener,
    address: SocketAddr,
    checkout: CheckoutBackend,
    site: axum::Router,
    stop_limit: Duration,
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
        let (address, site_dir) = (settings.listen.address.clone(), settings.browser.site_dir.clone());
        let (midtrans, stop_limit) = (settings.midtrans.base_url.clone(), settings.stop.limit);
        let checkout = CheckoutBackend::builder(settings).build().await?;
        let listen = |source| StartProblem::Listen { address: address.clone(), source };
        let listener = TcpListener::bind(&address).await.map_err(listen)?;
        let address = listener.local_addr()?;
        if checkout.merchant.faults.is_some() {
            tracing::warn!("MERCHANT_FAULTS is on: whoever reaches this port can break its answers");
        }
        tracing::info!(%address, midtrans = midtrans.as_str(), "the merchant listens");
        let site = demo_shop(&checkout, site_dir.as_deref());
        Ok(Self { listener, address, checkout, site, stop_limit })
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

    /// What is served, to be told that it is to drain.
    #[must_use]
    pub fn checkout(&self) -> CheckoutBackend {
        self.checkout.clone()
    }

    /// Answers until `stop` is done, then lets everything that was begun finish; status streams end at once. What is
    /// not finished after `MERCHANT_STOP_LIMIT_SECONDS` is left, and said to be.
    ///
    /// # Errors
    /// When the server cannot go on listening.
    pub async fn run_until_stopped(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartProblem> {
        let Self { listener, checkout, site, stop_limit, .. } = self;
        let told = CancellationToken::new();
        let stopped = {
            let (checkout, told) = (checkout.clone(), told.clone());
            async move {
                stop.await;
                checkout.drain();
                checkout.end_streams();
                told.cancel();
            }
        };
        let serve = async {
            axum::serve(listener, site).with_graceful_shutdown(stopped).await?;
            checkout.stop().await;
            Ok::<(), StartProblem>(())
        };
        let too_long = async {
            told.cancelled().await;
            tokio::time::sleep(stop_limit).await;
        };
        tokio::select! {
            served = serve => {
                served?;
                tracing::info!("the merchant has stopped");
            }
            () = too_long => {
                let half_done = checkout.merchant.background.half_done();
                tracing::warn!(half_done, limit_s = stop_limit.as_secs(), "stopped with work left undone");
            }
        }
        Ok(())
    }
}
