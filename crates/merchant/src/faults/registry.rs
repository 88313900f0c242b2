//! The faults of a running merchant.

use super::{Fault, FaultKind, Faults, Operation};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Registry of the faults that were asked for.
#[derive(Debug)]
pub(crate) struct FaultRegistry {
    faults: Mutex<Faults>,
    closed: watch::Sender<bool>,
}

impl FaultRegistry {
    pub(crate) fn open() -> Self {
        Self { faults: Mutex::default(), closed: watch::Sender::new(false) }
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.lock().add(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.lock().list().to_vec()
    }

    pub(super) fn next_fault(&self, operation: Operation) -> Option<FaultKind> {
        self.lock().next_fault(operation)
    }

    /// Ends the waiting of requests that time out: the process is stopping.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Waits until the registry is closed.
    pub(super) fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut closed = self.closed.subscribe();
        async move {
            // Fails only when the registry itself is gone, which is an end too.
            let _ = closed.wait_for(|closed| *closed).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        // Nothing that is done under this lock can leave the list half changed.
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
