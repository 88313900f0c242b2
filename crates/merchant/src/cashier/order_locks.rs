//! One at a time per order, in this process. Across processes the claim in the database does it; this only keeps a
//! process from waiting for itself.

use gopay_contract::OrderId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as TurnLock, OwnedMutexGuard};

/// Above this many entries the dead ones are swept out.
const SWEEP_ABOVE: usize = 1024;

/// One lock per order that is being worked on.
#[derive(Debug, Default)]
pub(super) struct OrderLocks {
    locks: Mutex<HashMap<OrderId, Weak<TurnLock<()>>>>,
}

impl OrderLocks {
    /// Waits for the order's turn, which lasts until the guard is dropped.
    pub(super) async fn turn(&self, order_id: &OrderId) -> OwnedMutexGuard<()> {
        self.of(order_id).lock_owned().await
    }

    fn of(&self, order_id: &OrderId) -> Arc<TurnLock<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
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
