//! Publishes changes of an order to the push streams of this process.
//!
//! A change carries no status: subscribers read it again, and the cached one is invalidated. Changes made here and by other
//! processes come from the store alone ([`StatusHub::follow`]). A push stream also reads again by itself now and then, so that
//! a lost change is late and not missed.

use crate::orders::{Change, Changes};
use crate::status_cache::StatusCache;
use gopay_contract::OrderId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    closed: watch::Sender<bool>,
    cache: StatusCache,
}

/// A subscription to one order. Dropping it unsubscribes.
#[derive(Debug)]
pub(crate) struct Subscription {
    changes: Option<watch::Receiver<()>>,
    closed: watch::Receiver<bool>,
    order_id: OrderId,
    hub: StatusHub,
}

impl StatusHub {
    /// A hub without subscribers. `min_poll_interval` is the shortest time between two polls of one order.
    pub(crate) fn new(min_poll_interval: Duration) -> Self {
        let (orders, closed) = (Mutex::default(), watch::Sender::new(false));
        Self { inner: Arc::new(Inner { orders, closed, cache: StatusCache::new(min_poll_interval) }) }
    }

    /// The status cache.
    pub(crate) fn cache(&self) -> &StatusCache {
        &self.inner.cache
    }

    /// Subscribes to an order: every change from now on is noticed.
    pub(crate) fn subscribe(&self, order_id: &OrderId) -> Subscription {
        let changes = self.lock().entry(order_id.clone()).or_insert_with(|| watch::Sender::new(())).subscribe();
        Subscription {
            changes: Some(changes),
            closed: self.inner.closed.subscribe(),
            order_id: order_id.clone(),
            hub: self.clone(),
        }
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
                Change::Of(order_id) => self.publish(&order_id),
                Change::Unknown => self.publish_all(),
            }
        }
    }

    /// Ends every subscription, now and later: the process is stopping.
    pub(crate) fn close(&self) {
        self.inner.closed.send_replace(true);
    }

    /// Waits until every subscription has been ended.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut closed = self.inner.closed.subscribe();
        async move {
            // Fails only when the hub itself is gone, which is an end too.
            let _ = closed.wait_for(|closed| *closed).await;
        }
    }

    /// The number of subscriptions.
    pub(crate) fn subscribers(&self) -> usize {
        self.lock().values().map(watch::Sender::receiver_count).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, watch::Sender<()>>> {
        // Nothing that is done under this lock can leave the map half changed.
        self.inner.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a subscription receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HubEvent {
    /// Something was recorded about the order.
    Changed,
    /// The process is stopping.
    Closed,
}

impl Subscription {
    /// Waits for the next change, or for the end.
    pub(crate) async fn next(&mut self) -> HubEvent {
        let Some(changes) = &mut self.changes else { return HubEvent::Closed };
        tokio::select! {
            biased;
            _ = self.closed.wait_for(|closed| *closed) => HubEvent::Closed,
            changed = changes.changed() => if changed.is_ok() { HubEvent::Changed } else { HubEvent::Closed },
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
        assert_eq!(watcher.next().await, HubEvent::Changed);
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

    #[tokio::test]
    async fn closing_ends_the_watching_even_of_who_comes_later() {
        let hub = StatusHub::new(Duration::from_secs(10));
        let mut before = hub.subscribe(&order("order-101"));
        hub.close();
        assert_eq!(before.next().await, HubEvent::Closed);
        assert_eq!(hub.subscribe(&order("order-101")).next().await, HubEvent::Closed);
    }
}
