//! Keyed mutex: work on one order runs one at a time, and is finished once begun.
//!
//! A payer who closes the page half-way does not leave a charge half done. This lock holds within one process only; across
//! processes the claim in the database does the same.

use super::Payments;
use crate::error::ApiError;
use crate::lock;
use anyhow::anyhow;
use gopay_contract::OrderId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::sync::{Mutex as OrderLock, OwnedMutexGuard};
use tokio::time::{Instant, timeout_at};

/// Above this many entries, those of idle orders are removed.
const SWEEP_ABOVE: usize = 1024;
/// How long a browser waits for its answer. The work goes on behind, and the next request finds what it made.
const ANSWER_TIME_LIMIT: Duration = Duration::from_secs(25);

/// One lock per order.
#[derive(Debug, Default)]
pub(super) struct OrderLocks {
    locks: Mutex<HashMap<OrderId, Weak<OrderLock<()>>>>,
}

impl OrderLocks {
    /// Waits for the order's lock, and holds it until the guard is dropped.
    pub(super) async fn lock(&self, order_id: &OrderId) -> OwnedMutexGuard<()> {
        self.of(order_id).lock_owned().await
    }

    fn of(&self, order_id: &OrderId) -> Arc<OrderLock<()>> {
        let mut locks = lock(&self.locks);
        if locks.len() > SWEEP_ABOVE {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        if let Some(lock) = locks.get(order_id).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::default();
        locks.insert(order_id.clone(), Arc::downgrade(&lock));
        lock
    }
}

impl Payments {
    /// Runs `work` with the order locked, in a task of its own.
    ///
    /// # Errors
    /// The work's own; [`ApiError::Busy`] where it is not done in time; [`ApiError::Internal`] where it panics.
    pub(super) async fn with_order_locked<T: Send + 'static>(
        self: &Arc<Self>,
        order_id: &OrderId,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let deadline = Instant::now() + ANSWER_TIME_LIMIT;
        let guard = timeout_at(deadline, self.locks.lock(order_id)).await.map_err(|_| ApiError::Busy)?;
        let work = async move {
            let _guard = guard;
            work.await
        };
        match timeout_at(deadline, self.background.finish(work)).await {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => Err(ApiError::Internal(anyhow!(panic).context("the order's task"))),
            Err(_) => Err(ApiError::Busy),
        }
    }
}
