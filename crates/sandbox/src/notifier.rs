//! Sends notifications: each to each of its URLs on its own, so that a merchant that does not answer delays no other.
//! What is waiting, and when it is sent again, is [`queue`]'s matter.

mod notification;
mod queue;

pub(crate) use notification::{AccountNotification, Attempt, DeliveryFault, OutgoingNotification};
pub(crate) use queue::Queue;

use crate::{clock::Clock, lock, sandbox::Changes};
use notification::{Answer, Delivery};
use queue::{MOST_REDIRECTIONS, Outcome};
use reqwest::{Client, Response, Url, header};
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
        let client = client(timeout)?;
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
        let (outcome, answer) = post(&self.client, &delivery).await;
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
        let (outcome, answer) = post(&self.client, &delivery).await;
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

/// Headers of every notification, as recorded from Midtrans. The log shows the same.
pub(crate) const HEADERS: [(&str, &str); 3] =
    [("User-Agent", "Veritrans"), ("Content-Type", "application/json"), ("Accept", "application/json")];

/// Maximum length of the kept part of a merchant's answer, in bytes: enough for an error's text.
const EXCERPT: usize = 2048;

/// The HTTP client: it follows no redirection by itself, and uses no proxy between two programs of one machine.
fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    let client = || Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none()).no_proxy();
    client().build().or_else(|error| {
        // A bare container has no certificates, and a shop on the same machine needs none.
        tracing::warn!(%error, "notifications can go to http only");
        client().tls_certs_only([]).build()
    })
}

/// Sends the notification, and follows redirections as far as Midtrans does.
async fn post(client: &Client, delivery: &Delivery) -> (Outcome, Option<Answer>) {
    let mut url = match Url::parse(&delivery.url) {
        Ok(url) => url,
        Err(error) => return (Outcome::Unreachable(format!("not a URL: {error}")), None),
    };
    for _ in 0..=MOST_REDIRECTIONS {
        let mut request = client.post(url.clone()).body(delivery.notification.body.clone());
        for (name, value) in HEADERS {
            request = request.header(name, value);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return (Outcome::Unreachable(why(error)), None),
        };
        let code = answer.status().as_u16();
        let location = answer.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
        match (code, location.and_then(|location| url.join(location).ok())) {
            (307 | 308, Some(next)) => url = next,
            _ => return (Outcome::Answered(code), Some(read(answer).await)),
        }
    }
    (Outcome::Unreachable(format!("more than {} redirections", MOST_REDIRECTIONS)), None)
}

/// The error with its causes, without the URL: it may have a secret of the shop's in its query.
fn why(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(behind) = cause {
        text = format!("{text}: {behind}");
        cause = behind.source();
    }
    text
}

/// Reads the beginning of the answer. An answer that breaks off changes nothing: the code has been read.
async fn read(mut answer: Response) -> Answer {
    let content_type =
        answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let code = answer.status().as_u16();
    let mut body = Vec::new();
    while body.len() <= EXCERPT {
        match answer.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    let has_more = body.len() > EXCERPT;
    body.truncate(EXCERPT);
    Answer { code, content_type, body: String::from_utf8_lossy(&body).into_owned(), has_more }
}
