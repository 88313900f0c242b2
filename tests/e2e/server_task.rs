//! Server that runs as a task beside the test, until it is stopped or dropped.

use std::future::Future;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Time limit for a graceful shutdown.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

pub(crate) struct ServerTask {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl ServerTask {
    /// Runs `serve`, which gets a future that completes when it is to stop.
    pub(crate) fn run<E: std::fmt::Debug, F>(serve: impl FnOnce(Stopped) -> F) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        let serving = serve(Box::pin(async move {
            // A sender that is dropped ends it too.
            let _ = stopped.await;
        }));
        let task = tokio::spawn(async move {
            serving.await.expect("the server serves until it is stopped");
        });
        Self { stop, task }
    }

    /// Stops the server and waits until it has ended and its port is free.
    pub(crate) async fn stops(self) {
        drop(self.stop);
        tokio::time::timeout(STOP_TIMEOUT, self.task).await.expect("it ends in time").expect("it does not panic");
    }
}

pub(crate) type Stopped = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
