//! What a storage tells of its own accord: that something was recorded, here or by another process.

use gopay_contract::OrderId;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Beyond this many changes that nobody took in yet, one [`Change::Unknown`] stands for all of them.
const MOST_WAITING: usize = 4096;

/// Something was recorded. It carries no status: whoever cares looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// About this order.
    Of(OrderId),
    /// Perhaps about any: changes may have been missed.
    Unknown,
}

/// The changes from now on.
#[derive(Debug)]
pub struct Changes(broadcast::Receiver<Change>);

impl Changes {
    /// Waits for the next one. `None`: the storage is gone.
    pub async fn next(&mut self) -> Option<Change> {
        match self.0.recv().await {
            Ok(change) => Some(change),
            Err(RecvError::Lagged(_)) => Some(Change::Unknown),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Where a storage says what was recorded.
#[derive(Clone, Debug)]
pub(super) struct Announcer(broadcast::Sender<Change>);

impl Announcer {
    pub(super) fn new() -> Self {
        Self(broadcast::Sender::new(MOST_WAITING))
    }

    pub(super) fn publish(&self, change: Change) {
        // Nobody listening is no error.
        drop(self.0.send(change));
    }

    pub(super) fn listen(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}
