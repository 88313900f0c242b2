//! Sends notifications: at once, each to each of its URLs on its own, so that a merchant who does not answer delays
//! nobody. When they are sent again is [`plan`]'s matter; what is waiting is [`queue`]'s.

mod plan;
mod queue;

pub(crate) use queue::{Attempt, OutgoingNotification};

use crate::{clock::Clock, lock::lock};
use plan::Outcome;
use queue::{Delivery, Queue};
use reqwest::{Client, Url, header};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::Notify, task::JoinSet};

pub(crate) struct Notifier {
    clock: Arc<Clock>,
    client: Client,
    retry_scale: f64,
    queue: Mutex<Queue>,
    /// The last notification of each order and where it went, for `resend`.
    last: Mutex<HashMap<String, Arc<OutgoingNotification>>>,
    wake: Notify,
}

/// What happens to a notification on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mishap {
    /// It never leaves.
    pub(crate) lost: bool,
    /// It leaves twice.
    pub(crate) doubled: bool,
    /// It leaves this much later.
    pub(crate) delay: Duration,
}

impl Notifier {
    pub(crate) fn new(clock: Arc<Clock>, retry_scale: f64, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent("Veritrans")
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { clock, client, retry_scale, queue: Mutex::default(), last: Mutex::default(), wake: Notify::new() })
    }

    /// Hands a notification over. Returns at once.
    pub(crate) fn send(&self, notification: OutgoingNotification, urls: &[String], mishap: Mishap) {
        let notification = Arc::new(notification);
        lock(&self.last).insert(notification.order_id.clone(), Arc::clone(&notification));
        self.put(&notification, urls, mishap);
    }

    /// The order's last notification once more; `false` if it never had one.
    pub(crate) fn resend(&self, order_id: &str, urls: &[String]) -> bool {
        let Some(last) = lock(&self.last).get(order_id).cloned() else {
            return false;
        };
        self.put(&last, urls, Mishap::default());
        true
    }

    fn put(&self, notification: &Arc<OutgoingNotification>, urls: &[String], mishap: Mishap) {
        let now = self.clock.now();
        let mut queue = lock(&self.queue);
        for url in urls {
            let delivery = Delivery {
                notification: Arc::clone(notification),
                url: url.clone(),
                retries_made: 0,
                due: now.after(mishap.delay),
            };
            if mishap.lost {
                queue.note(delivery, Outcome::Lost, now, 0.0, self.retry_scale);
                continue;
            }
            if mishap.doubled {
                queue.put(delivery.clone());
            }
            queue.put(delivery);
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// The clock was moved: look again what is due.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// All attempts so far, oldest first.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        lock(&self.queue).attempts()
    }

    /// Works for ever; whoever drops it ends all that is on its way.
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
        let outcome = self.post(&delivery).await;
        tracing::info!(
            order_id = delivery.notification.order_id,
            transaction_status = delivery.notification.transaction_status,
            attempt = delivery.retries_made + 1,
            ?outcome,
            "notification sent"
        );
        let shift = f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0;
        lock(&self.queue).note(delivery, outcome, self.clock.now(), shift, self.retry_scale);
        self.wake.notify_one();
    }

    async fn post(&self, delivery: &Delivery) -> Outcome {
        let mut url = match Url::parse(&delivery.url) {
            Ok(url) => url,
            Err(error) => return Outcome::Unreachable(format!("not a URL: {error}")),
        };
        for _ in 0..=plan::MOST_REDIRECTIONS {
            let request = self
                .client
                .post(url.clone())
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::ACCEPT, "application/json")
                .body(delivery.notification.body.clone());
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => return Outcome::Unreachable(error.without_url().to_string()),
            };
            let code = answer.status().as_u16();
            let location = answer.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
            match (code, location.and_then(|location| url.join(location).ok())) {
                (307 | 308, Some(next)) => url = next,
                _ => return Outcome::Answered(code),
            }
        }
        Outcome::Unreachable(format!("more than {} redirections", plan::MOST_REDIRECTIONS))
    }
}
