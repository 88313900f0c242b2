//! Changes that the store publishes: something was recorded, here or by another process.

use gopay_contract::OrderId;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Beyond this many unread changes, a subscriber receives one [`Change::Unknown`] instead.
const MOST_WAITING: usize = 4096;

/// A change. Payload-free; receivers re-read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Of this order.
    Of(OrderId),
    /// Of any order, perhaps: changes may have been missed.
    Unknown,
}

/// Subscription to changes.
#[derive(Debug)]
pub struct Changes(broadcast::Receiver<Change>);

impl Changes {
    /// Waits for the next change. `None`: the store is gone.
    pub async fn next(&mut self) -> Option<Change> {
        match self.0.recv().await {
            Ok(change) => Some(change),
            Err(RecvError::Lagged(_)) => Some(Change::Unknown),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Publisher of the store's changes.
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
