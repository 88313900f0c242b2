//! Deletes orders some time after their end (`MERCHANT_RETENTION_DAYS`).
//!
//! A few at a time, with a pause, so that payments do not wait for it; every process on one database may do it at once. Of a
//! deleted order its ids are kept, so that it is never charged again. Nothing is deleted while this clock and Midtrans' differ.

use crate::clock::UnixMillis;
use crate::jobs::Shutdown;
use crate::metrics::{Counter, Metrics};
use crate::midtrans::MidtransClient;
use crate::orders::{Orders, SweepCursor, cutoff};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How many attempts are looked at in one transaction.
const BATCH: u32 = 50;
/// Between two of those.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two sweeps through everything that has ended.
const REST: Duration = Duration::from_secs(3600);

/// The retention job.
pub(crate) struct Retention {
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) midtrans: MidtransClient,
    pub(crate) metrics: Metrics,
    /// How long an order is kept after its end.
    pub(crate) keep: Duration,
    /// True if the shop has a listener here: then nothing is deleted that was not delivered to it.
    pub(crate) has_listener: bool,
}

/// One sweep through everything that has ended.
struct Sweeping {
    cursor: SweepCursor,
    deleted: usize,
}

impl Sweeping {
    const fn begin() -> Self {
        Self { cursor: SweepCursor::start(), deleted: 0 }
    }
}

impl Retention {
    /// Runs retention until the jobs end.
    pub(crate) async fn run(self, shutdown: Shutdown) {
        let (mut sweeping, mut has_complained) = (Sweeping::begin(), false);
        loop {
            let at_midtrans = self.midtrans.time_at_midtrans();
            let pause = match cutoff(self.orders.now(), at_midtrans, self.keep) {
                Some(before) => {
                    has_complained = false;
                    self.delete_batch(&mut sweeping, before).await
                }
                None => {
                    // Said once, until it is well again. Midtrans' clock is not known before it is first asked something.
                    if at_midtrans.is_some() && !std::mem::replace(&mut has_complained, true) {
                        self.metrics.count(Counter::Retention, "clocks_disagree");
                        tracing::error!("no order is deleted: this clock and Midtrans' are more than an hour apart");
                    }
                    PAUSE
                }
            };
            tokio::select! {
                biased;
                () = shutdown.jobs_end() => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// Deletes the next few; tells how long to wait before those after them.
    async fn delete_batch(&self, sweeping: &mut Sweeping, before: UnixMillis) -> Duration {
        let sweep = match self.orders.delete_ended(&sweeping.cursor, before, self.has_listener, BATCH).await {
            Ok(sweep) => sweep,
            Err(why) => {
                self.metrics.count(Counter::Retention, "failed");
                tracing::error!(why = format!("{why:#}"), "orders cannot be deleted; it is tried again in an hour");
                *sweeping = Sweeping::begin();
                return REST;
            }
        };
        for _ in &sweep.deleted {
            self.metrics.count(Counter::Retention, "deleted");
        }
        for _ in 0..sweep.kept {
            self.metrics.count(Counter::Retention, "kept");
        }
        sweeping.deleted += sweep.deleted.len();
        if let Some(next) = sweep.next {
            sweeping.cursor = next;
            return PAUSE;
        }
        if sweeping.deleted > 0 {
            let (deleted, days) = (sweeping.deleted, self.keep.as_secs() / 86_400);
            tracing::info!(deleted, days, "orders that ended longer ago than MERCHANT_RETENTION_DAYS are deleted");
        }
        *sweeping = Sweeping::begin();
        REST
    }
}
