//! Who is watching which order, in this process, and how the orders stand that were told of lately.
//!
//! A change carries no status: it only says "look again", and forgets what was known before.
//!
//! What changed, here or in another process, it hears from the storage alone ([`StatusBoard::follow`]). A watcher also
//! looks again by itself now and then, so that even a change of which nobody heard is late and not lost.

use crate::orders::{Change, Changes};
use crate::standing::Standings;
use gopay_contract::OrderId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Who is watching which order.
#[derive(Clone, Debug)]
pub(crate) struct StatusBoard {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    orders: Mutex<HashMap<OrderId, watch::Sender<()>>>,
    closed: watch::Sender<bool>,
    standings: Standings,
}

/// One watcher of one order. Dropping it ends the watching.
#[derive(Debug)]
pub(crate) struct Watcher {
    changes: Option<watch::Receiver<()>>,
    closed: watch::Receiver<bool>,
    order_id: OrderId,
    board: StatusBoard,
}

impl StatusBoard {
    /// `ask_floor`: how long Midtrans is left alone about one transaction.
    pub(crate) fn new(ask_floor: Duration) -> Self {
        let (orders, closed) = (Mutex::default(), watch::Sender::new(false));
        Self { inner: Arc::new(Inner { orders, closed, standings: Standings::new(ask_floor) }) }
    }

    /// How the orders stand, for telling.
    pub(crate) fn standings(&self) -> &Standings {
        &self.inner.standings
    }

    /// Starts watching. Whatever changes from now on is noticed.
    pub(crate) fn watch(&self, order_id: &OrderId) -> Watcher {
        let changes = self.lock().entry(order_id.clone()).or_insert_with(|| watch::Sender::new(())).subscribe();
        Watcher {
            changes: Some(changes),
            closed: self.inner.closed.subscribe(),
            order_id: order_id.clone(),
            board: self.clone(),
        }
    }

    /// Tells the watchers of an order to look again.
    pub(crate) fn changed(&self, order_id: &OrderId) {
        // First forget, then wake: whoever wakes reads what is true now.
        self.inner.standings.forget(order_id);
        if let Some(changes) = self.lock().get(order_id) {
            changes.send_replace(());
        }
    }

    /// Tells all watchers to look again: something may have been missed.
    pub(crate) fn all_changed(&self) {
        self.inner.standings.forget_all();
        for changes in self.lock().values() {
            changes.send_replace(());
        }
    }

    /// Passes on what the storage says, until that is gone.
    pub(crate) async fn follow(self, mut changes: Changes) {
        while let Some(change) = changes.next().await {
            match change {
                Change::Of(order_id) => self.changed(&order_id),
                Change::Unknown => self.all_changed(),
            }
        }
    }

    /// Ends all watching, now and later: the process is stopping.
    pub(crate) fn close(&self) {
        self.inner.closed.send_replace(true);
    }

    /// How many are watching.
    pub(crate) fn watchers(&self) -> usize {
        self.lock().values().map(watch::Sender::receiver_count).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, watch::Sender<()>>> {
        // Nothing that is done under this lock can leave the map half changed.
        self.inner.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a watcher wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Something was recorded about the order.
    Changed,
    /// The process is stopping.
    Closed,
}

impl Watcher {
    /// Waits for the next change, or for the end.
    pub(crate) async fn next(&mut self) -> Wake {
        let Some(changes) = &mut self.changes else { return Wake::Closed };
        tokio::select! {
            biased;
            _ = self.closed.wait_for(|closed| *closed) => Wake::Closed,
            changed = changes.changed() => if changed.is_ok() { Wake::Changed } else { Wake::Closed },
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut orders = self.board.lock();
        self.changes = None;
        if orders.get(&self.order_id).is_some_and(|changes| changes.receiver_count() == 0) {
            orders.remove(&self.order_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: &str) -> OrderId {
        OrderId::parse(id).expect("an order id")
    }

    #[tokio::test]
    async fn a_change_before_the_wait_is_not_missed() {
        let board = StatusBoard::new(Duration::from_secs(10));
        let mut watcher = board.watch(&order("order-101"));
        board.changed(&order("order-102"));
        board.changed(&order("order-101"));
        assert_eq!(watcher.next().await, Wake::Changed);
    }

    #[tokio::test]
    async fn whoever_leaves_is_forgotten() {
        let board = StatusBoard::new(Duration::from_secs(10));
        let (one, other) = (board.watch(&order("order-101")), board.watch(&order("order-101")));
        assert_eq!(board.watchers(), 2);
        drop((one, other));
        assert_eq!(board.watchers(), 0);
        assert!(board.lock().is_empty());
    }

    #[tokio::test]
    async fn closing_ends_the_watching_even_of_who_comes_later() {
        let board = StatusBoard::new(Duration::from_secs(10));
        let mut before = board.watch(&order("order-101"));
        board.close();
        assert_eq!(before.next().await, Wake::Closed);
        assert_eq!(board.watch(&order("order-101")).next().await, Wake::Closed);
    }
}
