//! Which notifications are to be sent when, and what became of those that were. Pure: time and chance are arguments.

use super::plan::{self, Outcome};
use crate::clock::Moment;
use serde::Serialize;
use std::{collections::VecDeque, sync::Arc};

/// How many attempts are remembered for `GET /sandbox/notifications`.
const REMEMBERED: usize = 10_000;

/// A notification on its way.
#[derive(Debug, PartialEq)]
pub(crate) struct OutgoingNotification {
    pub(crate) order_id: String,
    pub(crate) transaction_id: String,
    pub(crate) transaction_status: String,
    /// Signed JSON; the same for every attempt.
    pub(crate) body: String,
}

/// One notification to one URL.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delivery {
    pub(crate) notification: Arc<OutgoingNotification>,
    pub(crate) url: String,
    pub(crate) retries_made: usize,
    pub(crate) due: Moment,
}

/// One attempt that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Attempt {
    pub(crate) order_id: String,
    pub(crate) transaction_id: String,
    pub(crate) transaction_status: String,
    pub(crate) url: String,
    /// 1 for the first.
    pub(crate) attempt: usize,
    /// The merchant's HTTP status; `null` when nobody answered.
    pub(crate) answer_code: Option<u16>,
    /// Why nobody answered, or `lost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
    /// Whether it will be tried again.
    pub(crate) will_retry: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Vec<Delivery>,
    attempts: VecDeque<Attempt>,
}

impl Queue {
    pub(crate) fn put(&mut self, delivery: Delivery) {
        self.waiting.push(delivery);
    }

    /// All that is due, in the order of its time.
    pub(crate) fn take_due(&mut self, now: Moment) -> Vec<Delivery> {
        self.waiting.sort_by_key(|delivery| delivery.due);
        let due = self.waiting.partition_point(|delivery| delivery.due <= now);
        self.waiting.drain(..due).collect()
    }

    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.waiting.iter().map(|delivery| delivery.due).min()
    }

    /// Notes what became of an attempt, and plans the next.
    pub(crate) fn note(&mut self, delivery: Delivery, outcome: Outcome, now: Moment, shift: f64, scale: f64) {
        let pause = plan::next_pause(&outcome, delivery.retries_made, shift, scale);
        let (answer_code, problem) = match outcome {
            Outcome::Answered(code) => (Some(code), None),
            Outcome::Unreachable(why) => (None, Some(why)),
            Outcome::Lost => (None, Some("lost".to_owned())),
        };
        self.attempts.push_back(Attempt {
            order_id: delivery.notification.order_id.clone(),
            transaction_id: delivery.notification.transaction_id.clone(),
            transaction_status: delivery.notification.transaction_status.clone(),
            url: delivery.url.clone(),
            attempt: delivery.retries_made + 1,
            answer_code,
            problem,
            will_retry: pause.is_some(),
        });
        if self.attempts.len() > REMEMBERED {
            self.attempts.pop_front();
        }
        if let Some(pause) = pause {
            self.put(Delivery { retries_made: delivery.retries_made + 1, due: now.after(pause), ..delivery });
        }
    }

    /// The attempts so far, oldest first.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.attempts.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(due: u64) -> Delivery {
        let notification = OutgoingNotification {
            order_id: "order-101".to_owned(),
            transaction_id: "t".to_owned(),
            transaction_status: "pending".to_owned(),
            body: "{}".to_owned(),
        };
        let due = Moment { unix_millis: due };
        Delivery { notification: Arc::new(notification), url: "http://shop/".to_owned(), retries_made: 0, due }
    }

    #[test]
    fn a_delivery_leaves_once_and_not_before_its_time() {
        let mut queue = Queue::default();
        queue.put(delivery(20));
        queue.put(delivery(10));
        assert_eq!(queue.take_due(Moment { unix_millis: 9 }), []);
        assert_eq!(queue.next_due(), Some(Moment { unix_millis: 10 }));
        assert_eq!(queue.take_due(Moment { unix_millis: 20 }), [delivery(10), delivery(20)]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn a_refused_delivery_waits_for_its_next_turn_and_an_accepted_one_does_not() {
        let mut queue = Queue::default();
        let now = Moment { unix_millis: 1000 };
        queue.note(delivery(10), Outcome::Answered(500), now, 0.0, 1.0);
        assert_eq!(queue.next_due(), Some(Moment { unix_millis: 121_000 }));
        let again = queue.take_due(Moment { unix_millis: 121_000 }).remove(0);
        queue.note(again, Outcome::Answered(200), now, 0.0, 1.0);
        assert_eq!(queue.next_due(), None);
        let seen: Vec<_> = queue.attempts().into_iter().map(|a| (a.attempt, a.answer_code, a.will_retry)).collect();
        assert_eq!(seen, [(1, Some(500), true), (2, Some(200), false)]);
    }
}
