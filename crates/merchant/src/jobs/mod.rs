//! Background tasks: charges whose payer has left, and jobs that run as long as the process.
//!
//! On shutdown jobs are told to end, unfinished tasks are finished, and only then does the process exit.

pub(crate) mod outbox;
pub(crate) mod retention;

use crate::lock;
use crate::orders::Orders;
use crate::shutdown::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::sleep;
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

#[cfg(test)]
mod tests {
    use super::*;
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
}
