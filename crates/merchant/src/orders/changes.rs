//! Changes that the store publishes: something was recorded, here or by another process.

use gopay_contract::OrderId;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// Beyond this many unread changes, a subscriber receives one [`Change::Unknown`] instead.
const MOST_WAITING: usize = 4096;

/// A change. Payload-free; receivers re-read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This process has recorded something about this order.
    Here(OrderId),
    /// Some process has: another one, or this one, which then is told twice.
    Somewhere(OrderId),
    /// Of any order, perhaps: changes may have been missed.
    Unknown,
    /// An operator has put an order into the outbox again.
    Outbox,
}

impl Change {
    /// What other processes are told of [`Change::Outbox`]: no order has this id.
    pub(super) const OUTBOX: &str = "!outbox";

    /// Reads what a process has told.
    pub(super) fn told(text: &str) -> Self {
        match OrderId::parse(text) {
            Ok(order_id) => Self::Somewhere(order_id),
            Err(_) if text == Self::OUTBOX => Self::Outbox,
            Err(_) => Self::Unknown,
        }
    }
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

    /// Waits until this process may have something to deliver: it has recorded something, or may have, or an operator wants it.
    /// `None`: the store is gone.
    pub async fn may_deliver(&mut self) -> Option<()> {
        while let Change::Somewhere(_) = self.next().await? {}
        // Whoever looks now finds what the changes behind it are about, too.
        while !matches!(self.0.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {}
        Some(())
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
