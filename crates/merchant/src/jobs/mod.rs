//! Background tasks: charges whose payer has left, and jobs that run as long as the process; and [`Shutdown`], the one handle by
//! which everything in the process learns that it is stopping, stage by stage.
//!
//! On shutdown jobs are told to end, unfinished tasks are finished, and only then does the process exit.

pub(crate) mod outbox;
pub(crate) mod retention;

use crate::lock;
use crate::orders::Orders;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Tasks and jobs that run behind the answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Background {
    tracker: TaskTracker,
    shutdown: Shutdown,
    jobs: Arc<Mutex<Vec<(&'static str, AbortHandle)>>>,
}

impl Background {
    /// Spawns a task that is finished before the process exits.
    pub(crate) fn finish<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tracker.spawn(work.in_current_span())
    }

    /// Starts a job that runs until the jobs end; see [`Background::dead_jobs`].
    pub(crate) fn job(&self, name: &'static str, job: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tracker.spawn(job.instrument(tracing::info_span!("job", job = name))).abort_handle();
        lock(&self.jobs).push((name, handle));
    }

    /// The handle by which they are told to end.
    pub(crate) fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// The number of unfinished tasks, jobs included.
    pub(crate) fn unfinished(&self) -> usize {
        self.tracker.len()
    }

    /// The jobs that have ended before [`Background::stop`]: they panicked, and only a new process brings them back.
    pub(crate) fn dead_jobs(&self) -> Vec<&'static str> {
        if self.shutdown.is_at_jobs() {
            return Vec::new();
        }
        let jobs = lock(&self.jobs);
        jobs.iter().filter(|(_, handle)| handle.is_finished()).map(|(name, _)| *name).collect()
    }

    /// Tells the jobs to end, and waits for them and for unfinished tasks.
    pub(crate) async fn stop(&self) {
        self.shutdown.end_jobs();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// How often the watchdog checks. It asks nothing of the database before writing has failed for a while.
const WATCHDOG_PAUSE: Duration = Duration::from_secs(5);

/// Watches whether this process can still recover by itself ([`Orders::is_stuck`]), so that `/healthz` answers at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct DatabaseWatchdog(Arc<AtomicBool>);

impl DatabaseWatchdog {
    /// True if only a restart helps, as the last check found.
    pub(crate) fn is_stuck(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Checks for ever.
    pub(crate) async fn run(self, orders: Arc<dyn Orders>) {
        loop {
            let is_stuck = orders.is_stuck().await;
            if is_stuck {
                tracing::error!("unhealthy: the database works, and not the connections of this process; restart it");
            }
            self.0.store(is_stuck, Ordering::Relaxed);
            sleep(WATCHDOG_PAUSE).await;
        }
    }
}

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
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn what_was_begun_is_finished_before_it_stops() {
        let background = Background::default();
        let (go, gone) = oneshot::channel::<()>();
        let begun = background.finish(async { drop(gone.await) });
        let shutdown = background.shutdown().clone();
        let stop = tokio::spawn({
            let background = background.clone();
            async move { background.stop().await }
        });
        shutdown.jobs_end().await;
        assert!(!stop.is_finished(), "something is half done");
        drop(go);
        stop.await.expect("it stops");
        assert!(begun.is_finished());
    }

    #[tokio::test]
    async fn a_job_that_panics_is_missed_and_one_that_was_told_to_end_is_not() {
        let background = Background::default();
        background.job("steady", background.shutdown().clone().until_jobs_end(std::future::pending()));
        assert!(background.dead_jobs().is_empty());
        let panics = async { panic!("on purpose") };
        background.job("shaky", panics);
        while background.dead_jobs().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(background.dead_jobs(), ["shaky"]);
        background.stop().await;
        assert!(background.dead_jobs().is_empty());
    }

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
