//! Builds and runs the sandbox, the same way in production and in tests.

use crate::{FileError, Settings, router::router, sandbox::Sandbox, serving::serve, state::State, state::StateFile};
use axum::Router;
use std::{future::Future, io, net::Ipv4Addr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Notify, task::JoinSet};

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
            None => (None, State::default()),
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
