//! Shutdown: the one handle by which everything in the process learns that it is stopping, stage by stage.

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture, WaitForCancellationFutureOwned};

/// The stages of a shutdown, each of which includes those before it. Clones are one handle.
///
/// 1. *Draining*: `/readyz` says no, and load balancers send new requests elsewhere. Requests that come are served.
/// 2. *Streams end*: push streams end, listeners take no more connections, and requests that were begun are finished.
/// 3. *Jobs end*: background jobs end, and tasks that were begun are finished.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shutdown {
    draining: CancellationToken,
    streams: CancellationToken,
    jobs: CancellationToken,
}

impl Shutdown {
    /// Begins to drain.
    pub(crate) fn drain(&self) {
        self.draining.cancel();
    }

    /// Ends the streams.
    pub(crate) fn end_streams(&self) {
        self.drain();
        self.streams.cancel();
    }

    /// Ends the jobs.
    pub(crate) fn end_jobs(&self) {
        self.end_streams();
        self.jobs.cancel();
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    pub(crate) fn is_at_jobs(&self) -> bool {
        self.jobs.is_cancelled()
    }

    /// Waits until the streams end.
    pub(crate) fn streams_end(&self) -> WaitForCancellationFuture<'_> {
        self.streams.cancelled()
    }

    /// The same, for a task of its own.
    pub(crate) fn when_streams_end(&self) -> WaitForCancellationFutureOwned {
        self.streams.clone().cancelled_owned()
    }

    /// Waits until the jobs end.
    pub(crate) fn jobs_end(&self) -> WaitForCancellationFuture<'_> {
        self.jobs.cancelled()
    }

    /// Does `work` until it is done or the jobs end.
    pub(crate) async fn until_jobs_end(self, work: impl Future<Output = ()>) {
        self.jobs.run_until_cancelled(work).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn each_stage_includes_those_before_it() {
        let shutdown = Shutdown::default();
        let stages = || {
            let streams = shutdown.streams_end().now_or_never().is_some();
            (shutdown.is_draining(), streams, shutdown.jobs_end().now_or_never().is_some())
        };
        assert_eq!(stages(), (false, false, false));
        shutdown.drain();
        assert_eq!(stages(), (true, false, false));
        shutdown.end_streams();
        assert_eq!(stages(), (true, true, false));
        let another = Shutdown::default();
        another.end_jobs();
        assert!(another.is_draining() && another.is_at_jobs());
        assert!(another.streams_end().now_or_never().is_some());
    }

    #[tokio::test]
    async fn work_is_done_until_the_jobs_end() {
        let shutdown = Shutdown::default();
        shutdown.clone().until_jobs_end(async {}).await;
        shutdown.end_jobs();
        shutdown.until_jobs_end(std::future::pending()).await;
    }
}
