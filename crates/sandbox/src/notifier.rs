//! Sends notifications: each to each of its URLs on its own, so that a merchant that does not answer delays nobody.
//! When they are sent again is [`retry_schedule`]'s matter; what is waiting is [`queue`]'s.

mod notification;
mod post;
mod queue;
mod retry_schedule;

pub(crate) use notification::{Attempt, DeliveryFault, OutgoingNotification};
pub(crate) use post::HEADERS;
pub(crate) use queue::Queue;

use crate::{changes::Changes, clock::Clock, lock};
use notification::Delivery;
use reqwest::Client;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::Notify, task::JoinSet};

pub(crate) struct Notifier {
    clock: Arc<Clock>,
    client: Client,
    retry_scale: f64,
    queue: Mutex<Queue>,
    changes: Arc<Changes>,
    wake: Notify,
}

impl Notifier {
    /// A notifier that continues `queue`.
    pub(crate) fn new(
        mut queue: Queue,
        clock: Arc<Clock>,
        changes: Arc<Changes>,
        retry_scale: f64,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let client = post::client(timeout)?;
        queue.resume();
        Ok(Self { clock, client, retry_scale, queue: Mutex::new(queue), changes, wake: Notify::new() })
    }

    /// Queues a notification. Returns at once.
    pub(crate) fn send(&self, notification: OutgoingNotification, urls: &[String], fault: DeliveryFault) {
        lock(&self.queue).send(notification, urls, fault, self.clock.now());
        self.wake();
    }

    /// Sends the order's last notification once more; `false` if it never had one.
    pub(crate) fn resend_last(&self, order_id: &str, urls: &[String]) -> bool {
        let mut queue = lock(&self.queue);
        let Some(last) = queue.last_of(order_id) else {
            return false;
        };
        queue.resend(&last, urls, self.clock.now());
        drop(queue);
        self.wake();
        true
    }

    /// Sends an attempt's notification once more to the same URL; `false` if the attempt is not known.
    pub(crate) fn resend(&self, attempt: u64) -> bool {
        let mut queue = lock(&self.queue);
        let Some(made) = queue.attempts().iter().find(|made| made.id == attempt).cloned() else {
            return false;
        };
        queue.resend(&made.notification, &[made.url], self.clock.now());
        drop(queue);
        self.wake();
        true
    }

    /// Sends a notification at once and only once, and returns the attempt.
    pub(crate) async fn send_once(&self, notification: OutgoingNotification, url: String) -> Attempt {
        let due = self.clock.now();
        let delivery = Delivery { notification: Arc::new(notification), url, retries_made: 0, due, held: false };
        let (outcome, answer) = post::post(&self.client, &delivery).await;
        let made = lock(&self.queue).record(&delivery, outcome, answer, self.clock.now(), None);
        self.changes.notify();
        made
    }

    /// Wakes the notifier: the clock was moved, or there is something new.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Reads the queue.
    pub(crate) fn with_queue<T>(&self, look: impl FnOnce(&mut Queue) -> T) -> T {
        look(&mut lock(&self.queue))
    }

    /// Runs for ever; dropping the future ends all deliveries.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut under_way = JoinSet::new();
        loop {
            let now = self.clock.now();
            let (due, next) = {
                let mut queue = lock(&self.queue);
                (queue.take_due(now), queue.next_due())
            };
            for delivery in due {
                under_way.spawn(Arc::clone(&self).attempt(delivery));
            }
            // Nothing waiting: a `put` or a retry wakes us, so the hour only bounds the sleep.
            let pause = next.map_or(Duration::from_secs(3600), |next| now.until(next));
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
                Some(_) = under_way.join_next() => {}
            }
        }
    }

    async fn attempt(self: Arc<Self>, delivery: Delivery) {
        let (outcome, answer) = post::post(&self.client, &delivery).await;
        tracing::info!(
            order_id = delivery.notification.order_id,
            transaction_status = delivery.notification.transaction_status,
            attempt = delivery.retries_made + 1,
            ?outcome,
            "notification sent"
        );
        let shift = f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0;
        lock(&self.queue).record_outcome(&delivery, outcome, answer, self.clock.now(), shift, self.retry_scale);
        self.changes.notify();
        self.wake();
    }
}
