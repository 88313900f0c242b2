//! Publishes changes of an order to the push streams of this process.
//!
//! A change carries no status: subscribers read it again, and the cached one is invalidated. Changes made here and by other
//! processes come from the store alone ([`StatusHub::follow`]). A push stream also reads again by itself now and then, so that
//! a lost change is late and not missed.

use crate::lock;
use crate::orders::{Change, Changes};
use crate::status_cache::StatusCache;
use gopay_contract::OrderId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;

/// The subscribers of each order, and the status cache.
#[derive(Clone, Debug)]
pub(crate) struct StatusHub {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    orders: Mutex<HashMap<OrderId, watch::Sender<()>>>,
    cache: StatusCache,
}

/// A subscription to one order. Dropping it unsubscribes.
#[derive(Debug)]
pub(crate) struct Subscription {
    changes: Option<watch::Receiver<()>>,
    order_id: OrderId,
    hub: StatusHub,
}

impl StatusHub {
    /// A hub without subscribers. `min_poll_interval` is the shortest time between two polls of one order.
    pub(crate) fn new(min_poll_interval: Duration) -> Self {
        let inner = Inner { orders: Mutex::default(), cache: StatusCache::new(min_poll_interval) };
        Self { inner: Arc::new(inner) }
    }

    /// The status cache.
    pub(crate) fn cache(&self) -> &StatusCache {
        &self.inner.cache
    }

    /// Subscribes to an order: every change from now on is noticed.
    pub(crate) fn subscribe(&self, order_id: &OrderId) -> Subscription {
        let changes = self.lock().entry(order_id.clone()).or_insert_with(|| watch::Sender::new(())).subscribe();
        Subscription { changes: Some(changes), order_id: order_id.clone(), hub: self.clone() }
    }

    /// Publishes a change of this order.
    pub(crate) fn publish(&self, order_id: &OrderId) {
        // First invalidate, then wake: a subscriber that wakes must read the new status.
        self.inner.cache.invalidate(order_id);
        if let Some(changes) = self.lock().get(order_id) {
            changes.send_replace(());
        }
    }

    /// Publishes a change of every order: some may have been missed.
    pub(crate) fn publish_all(&self) {
        self.inner.cache.invalidate_all();
        for changes in self.lock().values() {
            changes.send_replace(());
        }
    }

    /// Publishes the store's changes, until the store is gone.
    pub(crate) async fn follow(self, mut changes: Changes) {
        while let Some(change) = changes.next().await {
            match change {
                Change::Here(order_id) | Change::Somewhere(order_id) => self.publish(&order_id),
                Change::Unknown => self.publish_all(),
                Change::Outbox => {}
            }
        }
    }

    /// The number of subscriptions.
    pub(crate) fn subscribers(&self) -> usize {
        self.lock().values().map(watch::Sender::receiver_count).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, watch::Sender<()>>> {
        // Nothing that is done under this lock can leave the map half changed.
        lock(&self.inner.orders)
    }
}

impl Subscription {
    /// Waits for the next change.
    pub(crate) async fn changed(&mut self) {
        // There is no end before the subscription's own: the hub keeps the sender until the last receiver is gone.
        if let Some(changes) = &mut self.changes {
            let _ = changes.changed().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut orders = self.hub.lock();
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
        let hub = StatusHub::new(Duration::from_secs(10));
        let mut watcher = hub.subscribe(&order("order-101"));
        hub.publish(&order("order-102"));
        hub.publish(&order("order-101"));
        watcher.changed().await;
    }

    #[tokio::test]
    async fn whoever_leaves_is_forgotten() {
        let hub = StatusHub::new(Duration::from_secs(10));
        let (one, other) = (hub.subscribe(&order("order-101")), hub.subscribe(&order("order-101")));
        assert_eq!(hub.subscribers(), 2);
        drop((one, other));
        assert_eq!(hub.subscribers(), 0);
        assert!(hub.lock().is_empty());
    }
}
