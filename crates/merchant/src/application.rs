//! The application: the backend, an app around it and the listeners. Production and tests start it the same way. And `--check`:
//! whether a start would succeed, without starting.

use crate::backend::{CheckoutBackend, use_our_cryptography};
use crate::error::StartError;
use crate::guard::AdminEndpoints;
use crate::metrics::Metrics;
use crate::midtrans::MidtransClient;
use crate::orders;
use crate::router::{admin_router, program, public};
use crate::serving::serve;
use crate::settings::Settings;
use axum::Router;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// A merchant whose listeners are bound. It answers once [`Application::run_until_stopped`] runs.
pub struct Application {
    listener: TcpListener,
    admin_listener: Option<TcpListener>,
    address: SocketAddr,
    checkout: CheckoutBackend,
    routes: Router,
    drain: Duration,
    stop_limit: Duration,
}

impl Application {
    /// Opens the database, starts the jobs and binds the listeners (port 0 for any free one). The public one has the payment
    /// routes below `/api/gopay`.
    ///
    /// # Errors
    /// [`StartError`], naming the variable to look at.
    pub async fn build(settings: Settings) -> Result<Self, StartError> {
        Self::build_with(settings, |checkout| program(&checkout.merchant)).await
    }

    /// The same with an app of the shop's own, which nests [`CheckoutBackend::router`]. `/healthz` is added to it, and the admin
    /// endpoints, where they are public.
    ///
    /// # Errors
    /// [`StartError`], naming the variable to look at.
    pub async fn build_with(
        settings: Settings,
        app: impl FnOnce(&CheckoutBackend) -> Router,
    ) -> Result<Self, StartError> {
        let (listens, admin_endpoints) = (settings.listen.clone(), AdminEndpoints::by(&settings));
        let (midtrans, stop) = (settings.midtrans.base_url.clone(), settings.stop);
        let checkout = CheckoutBackend::builder(settings).build().await?;
        let listener = listen("MERCHANT_BIND", &listens.address).await?;
        let admin_listener = match &listens.admin_address {
            Some(address) => Some(listen("MERCHANT_ADMIN_BIND", address).await?),
            None => None,
        };
        let address = listener.local_addr()?;
        tracing::info!(%address, midtrans = midtrans.as_str(), "the merchant listens");
        if admin_endpoints == AdminEndpoints::Nowhere {
            tracing::warn!("the admin endpoints are nowhere: MERCHANT_ADMIN_BIND opens a listener for them");
        }
        let routes = public(&checkout.merchant, admin_endpoints, app(&checkout));
        let (drain, stop_limit) = (stop.drain, stop.limit);
        Ok(Self { listener, admin_listener, address, checkout, routes, drain, stop_limit })
    }

    /// The port of the public listener.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The URL of the public listener, for this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// The backend, to drain it.
    #[must_use]
    pub fn checkout(&self) -> CheckoutBackend {
        self.checkout.clone()
    }

    /// The URL of the admin endpoints, if they have a listener of their own.
    #[must_use]
    pub fn admin_url(&self) -> Option<String> {
        let address = self.admin_listener.as_ref()?.local_addr().ok()?;
        Some(format!("http://127.0.0.1:{}", address.port()))
    }

    /// Serves until SIGTERM or Ctrl-C, and stops as [`Application::run_until_stopped`] does: after `MERCHANT_DRAIN_SECONDS`,
    /// which a second signal cuts short.
    ///
    /// # Errors
    /// When the server cannot go on listening.
    pub async fn run_until_signalled(self, mut signals: Signals) -> Result<(), StartError> {
        let (checkout, drain) = (self.checkout(), self.drain);
        self.run_until_stopped(async move {
            signals.next().await;
            tracing::info!(drain_s = drain.as_secs(), "stopping on a signal");
            checkout.drain();
            tokio::select! {
                () = tokio::time::sleep(drain) => {}
                () = signals.next() => tracing::info!("a second signal cuts draining short"),
            }
        })
        .await
    }

    /// Serves until `stop` is done, then finishes what has begun; push streams end at once. What is not finished after
    /// `MERCHANT_STOP_LIMIT_SECONDS` is abandoned, and logged.
    ///
    /// # Errors
    /// When the server cannot go on listening.
    pub async fn run_until_stopped(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartError> {
        let Self { listener, admin_listener, checkout, routes, stop_limit, .. } = self;
        let (shutdown, limits) = (checkout.merchant.background.shutdown(), &checkout.merchant.limits);
        let stopped = async {
            stop.await;
            shutdown.end_streams();
        };
        let operators = async {
            if let Some(listener) = admin_listener {
                serve(listener, admin_router(&checkout.merchant), limits, shutdown.streams_end()).await;
            }
        };
        let served = async {
            tokio::join!(stopped, serve(listener, routes, limits, shutdown.streams_end()), operators);
            checkout.stop().await;
        };
        let too_long = async {
            shutdown.streams_end().await;
            tokio::time::sleep(stop_limit).await;
        };
        tokio::select! {
            () = served => tracing::info!("the merchant has stopped"),
            () = too_long => {
                let unfinished = checkout.merchant.background.unfinished();
                tracing::warn!(unfinished, limit_s = stop_limit.as_secs(), "stopped with unfinished tasks");
            }
        }
        Ok(())
    }
}

pub(crate) async fn listen(variable: &'static str, address: &str) -> Result<TcpListener, StartError> {
    let error = |source| StartError::Listen { variable, address: address.to_owned(), source };
    TcpListener::bind(address).await.map_err(error)
}

/// The signals that stop the process: Ctrl-C, or SIGTERM from a supervisor. To be listened to from the very beginning, so that
/// an early one does not kill a half-started process.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Never.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }
}

/// The result of a check, each finding in a sentence.
#[derive(Debug, Default)]
pub struct Check {
    /// Findings that are fine.
    pub fine: Vec<String>,
    /// Errors that would keep it from starting.
    pub wrong: Vec<StartError>,
}

impl Check {
    /// Checks everything, also after the first finding that is wrong.
    pub async fn of(settings: &Settings) -> Self {
        use_our_cryptography();
        let mut check = Self::default();
        let base_url = &settings.midtrans.base_url;
        let client = MidtransClient::new(&settings.midtrans, Metrics::default());
        check.add(
            client
                .map_err(StartError::from)
                .map(|_| format!("the settings can be read; Midtrans at {base_url} was not asked")),
        );
        let url = &settings.database.url;
        let found = orders::inspect(&settings.database).await;
        let found = found.map_err(|why| StartError::database(url, &why));
        check.add(found.map(|found| format!("MERCHANT_DATABASE_URL is \"{url}\": {found}")));
        let admin_address = settings.listen.admin_address.as_deref();
        let addresses =
            [("MERCHANT_BIND", Some(settings.listen.address.as_str())), ("MERCHANT_ADMIN_BIND", admin_address)];
        // Held until all are bound: two that are the same cannot both be had.
        let mut bound = Vec::new();
        for (variable, address) in addresses {
            let Some(address) = address else { continue };
            check.add(match listen(variable, address).await {
                Ok(listener) => {
                    bound.push(listener);
                    Ok(format!("{variable} is {address:?}: it can be listened at"))
                }
                Err(why) => Err(why),
            });
        }
        check
    }

    fn add(&mut self, found: Result<String, StartError>) {
        match found {
            Ok(sentence) => self.fine.push(sentence),
            Err(why) => self.wrong.push(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn a_process_whose_job_has_died_is_neither_ready_nor_healthy() {
        let folder = TempDir::new().expect("a folder");
        let database = format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
        let settings = Settings::from_lookup(|name| {
            Some(match name {
                "MIDTRANS_SERVER_KEY" => "SB-Mid-server-x".to_owned(),
                "ORDER_TOKEN_SECRET" => "a secret of the shop, longer than thirty-two bytes".to_owned(),
                "MERCHANT_BIND" => "127.0.0.1:0".to_owned(),
                "MERCHANT_DATABASE_URL" => database.clone(),
                _ => return None,
            })
        });
        let application = Application::build(settings.expect("good settings")).await.expect("it starts");
        let (url, checkout) = (application.url(), application.checkout());
        let stop = CancellationToken::new();
        let running = tokio::spawn(application.run_until_stopped(stop.clone().cancelled_owned()));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let ask = async |path: &str| {
            let answer = http.get(format!("{url}{path}")).send().await.expect("an answer");
            (answer.status().as_u16(), answer.text().await.expect("text"))
        };
        for path in ["/readyz", "/healthz"] {
            assert_eq!(ask(path).await, (200, "ok\n".to_owned()), "{path}");
        }
        let panics = async { panic!("on purpose") };
        checkout.merchant.background.job("shaky", panics);
        while checkout.merchant.background.dead_jobs().is_empty() {
            tokio::task::yield_now().await;
        }
        for path in ["/readyz", "/healthz"] {
            assert_eq!(ask(path).await, (503, "job\n".to_owned()), "{path}");
        }
        stop.cancel();
        running.await.expect("no panic").expect("it stops");
    }
}
