//! The faults of a running merchant.

use super::{Fault, FaultKind, Faults, Operation};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Where faults are asked for.
#[derive(Debug)]
pub(crate) struct FaultDesk {
    faults: Mutex<Faults>,
    closed: watch::Sender<bool>,
}

impl FaultDesk {
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

    pub(super) fn strike(&self, operation: Operation) -> Option<FaultKind> {
        self.lock().strike(operation)
    }

    /// Whoever is kept waiting for ever waits no longer: the process is stopping.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Waits for that.
    pub(super) fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut closed = self.closed.subscribe();
        async move {
            // Fails only when the desk itself is gone, which is an end too.
            let _ = closed.wait_for(|closed| *closed).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        // Nothing that is done under this lock can leave the list half changed.
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
