//! Builds and runs the sandbox by its settings, the same way in production and in tests; and the accept loop, with a time limit for
//! each thing that a client does.

use crate::{
    ApiError, Behaviour, Chaos, FileError,
    core_api::error_response,
    router::router,
    sandbox::Sandbox,
    state::{self, StateFile},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use secrecy::SecretString;
use std::{
    future::Future,
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::Notify, task::JoinSet, time::timeout};
use tower::ServiceExt as _;
use url::Url;

/// Interval of the batch jobs. Midtrans' are slower; [`crate::Behaviour`] has their delays.
const BATCH_PERIOD: Duration = Duration::from_millis(200);

/// Time limit for requests in flight at shutdown: an answer that is late on request must not hold it up.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// A sandbox that listens and is ready to run.
pub struct Application {
    listener: TcpListener,
    port: u16,
    url: String,
    router: Router,
    sandbox: Arc<Sandbox>,
    file: Option<Arc<StateFile>>,
}

/// Error: the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: std::net::SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The HTTP client that sends notifications could not be made.
    #[error("cannot make the client for notifications")]
    Client(#[from] reqwest::Error),
    /// The file for the state cannot be used, or holds something else.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Application {
    /// Builds the sandbox and binds the port.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn build(settings: Settings) -> Result<Self, StartError> {
        // The client wants one even for plain http. An error only says that somebody else was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let bind = |source| StartError::Bind { address: settings.bind, source };
        let listener = TcpListener::bind(settings.bind).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let host = if address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
        let url = format!("http://{}", std::net::SocketAddr::new(host, address.port()));
        let public_url = settings.public_url.as_ref().map_or_else(|| url.clone(), ToString::to_string);
        let (file, state) = match settings.file.as_deref().map(StateFile::open).transpose()? {
            Some((file, state)) => (Some(Arc::new(file)), state.unwrap_or_default()),
            None => (None, state::State::default()),
        };
        let sandbox = Arc::new(Sandbox::new(&settings, public_url.trim_end_matches('/').to_owned(), state)?);
        if let Some(file) = &file {
            // At once, so that a folder that cannot be written to is known now and not at the first charge.
            file.write(&sandbox)?;
        }
        let router = router(Arc::clone(&sandbox));
        Ok(Self { listener, port: address.port(), url, router, sandbox, file })
    }

    /// The port that was bound.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Serves until `stop` resolves, then ends open requests and writes the file, if there is one.
    ///
    /// # Errors
    /// When the last write fails.
    pub async fn run_until_stopped(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let mut background = JoinSet::new();
        background.spawn(Arc::clone(&self.sandbox.notifier).run());
        let told = Arc::new(Notify::new());
        let tell = Arc::clone(&told);
        let (changes, requests) = (Arc::clone(&self.sandbox.changes), Arc::clone(&self.sandbox.requests));
        background.spawn(run_batch_jobs(Arc::clone(&self.sandbox)));
        if let Some(file) = &self.file {
            background.spawn(Arc::clone(file).keep(Arc::clone(&self.sandbox)));
        }
        let signal = async move {
            stop.await;
            changes.end();
            requests.end();
            tell.notify_one();
        };
        let impatience = async {
            told.notified().await;
            tokio::time::sleep(LAST_ANSWERS).await;
        };
        tokio::select! {
            () = serve(self.listener, self.router, self.sandbox.time_limit, signal) => {}
            () = impatience => {}
        }
        // What is under way ends first, so that the last write has it all.
        background.shutdown().await;
        if let Some(file) = &self.file {
            file.close(&self.sandbox).map_err(io::Error::other)?;
        }
        Ok(())
    }
}

async fn run_batch_jobs(sandbox: Arc<Sandbox>) {
    let mut ticks = tokio::time::interval(BATCH_PERIOD);
    loop {
        ticks.tick().await;
        sandbox.run_due_work();
    }
}

/// The default server key. Published, and good for nothing else.
pub const DEFAULT_SERVER_KEY: &str = "SB-Mid-server-offline-sandbox";

/// `merchant_id` of every answer.
pub const MERCHANT_ID: &str = "G000000000";

/// Settings of a sandbox.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address to listen on; port 0 takes a free one.
    pub bind: SocketAddr,
    /// The base of the URLs in `actions`; without it, the address that was bound.
    pub public_url: Option<Url>,
    /// The server key that is accepted, and that signs notifications.
    pub server_key: SecretString,
    /// URL for notifications; can be set later (`POST /sandbox/notification-url`).
    pub notification_url: Option<Url>,
    /// Factor on the pauses between a notification's retries (2 min to 3.5 h): 1 is real time, 0.001 turns minutes
    /// into tenths of a second.
    pub retry_scale: f64,
    /// Time limit of a notification. Midtrans: 15 s.
    pub notification_timeout: Duration,
    /// The switches.
    pub behaviour: Behaviour,
    /// Faults at random, if any; can be set later (`PUT /sandbox/chaos`).
    pub chaos: Option<Chaos>,
    /// File for the state, to survive a restart; without it, nothing is stored.
    pub file: Option<PathBuf>,
    /// Names that the sandbox answers to beside `localhost`, IP addresses, the host of [`Self::public_url`] and Midtrans'
    /// own. Requests for any other are refused with 421.
    pub allowed_hosts: Vec<String>,
    /// Time limit for a request's head, again for its body, and for an idle connection.
    pub time_limit: Duration,
}

/// Settings for tests: a free port of 127.0.0.1, the published key, no notifications.
impl Default for Settings {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            server_key: DEFAULT_SERVER_KEY.into(),
            notification_url: None,
            retry_scale: 1.0,
            notification_timeout: Duration::from_secs(15),
            behaviour: Behaviour::default(),
            chaos: None,
            file: None,
            allowed_hosts: Vec::new(),
            time_limit: Duration::from_secs(30),
        }
    }
}

/// Longest body of a request, whatever the switch `longest_body` says.
const MOST_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Pause when no connection can be accepted, mostly for want of file descriptors.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// Serves `listener` until `stop` is done, then lets every open connection finish its request. `time_limit` is for a
/// request's head, and for the time between two requests of a connection.
pub(crate) async fn serve(listener: TcpListener, router: Router, time_limit: Duration, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(time_limit);
    let open = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) if is_the_clients(error.kind()) => continue,
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_BACKOFF).await;
                continue;
            }
        };
        // Answers are small; an error here means that the client has gone already.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service =
            service_fn(move |request: hyper::Request<Incoming>| router.clone().oneshot(request.map(Body::new)));
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// True if accepting failed because of the one connection.
fn is_the_clients(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Reads the whole body before the request is handled. One that is too long, or does not come in time, is malformed as
/// Midtrans has it, and its connection is closed.
pub(crate) async fn read_body(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match timeout(sandbox.time_limit, to_bytes(body, MOST_BODY_BYTES)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Body::from(body))).await,
        Ok(Err(_)) | Err(_) => {
            let mut response = error_response(&sandbox, &ApiError::Malformed);
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}
