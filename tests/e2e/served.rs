//! A server that runs beside the journey, until it is stopped or forgotten.

use std::future::Future;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long a server may take to end in good order.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct Served {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Served {
    /// Runs `serve`, which is given what ends it.
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

    /// Ends it, and waits until it has ended: then its port is free again.
    pub(crate) async fn stops(self) {
        drop(self.stop);
        tokio::time::timeout(PATIENCE, self.task).await.expect("it ends in time").expect("it does not panic");
    }
}

pub(crate) type Stopped = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
