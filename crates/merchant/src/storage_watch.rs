//! Watches whether this process still recovers by itself, so that `/healthz` answers at once and tells a supervisor the truth.

use crate::orders::Orders;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// How often to look. Nothing is asked of the database before writing has failed for a while.
const PAUSE: Duration = Duration::from_secs(5);

/// Whether only a restart helps: see [`Orders::is_stuck`].
#[derive(Clone, Debug, Default)]
pub(crate) struct StorageWatch(Arc<AtomicBool>);

impl StorageWatch {
    /// What the last look found.
    pub(crate) fn is_stuck(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Watches for ever.
    pub(crate) async fn run(self, orders: Arc<dyn Orders>) {
        loop {
            let is_stuck = orders.is_stuck().await;
            if is_stuck {
                tracing::error!("unhealthy: the database works, and not the connections of this process; restart it");
            }
            self.0.store(is_stuck, Ordering::Relaxed);
            sleep(PAUSE).await;
        }
    }
}
