//! The queue of notifications with their due times, the log of attempts, and the schedule of retries by the merchant's answer
//! (Midtrans, "Best practices to handle notification"). Pure: time and chance are arguments.

use super::notification::{Answer, Attempt, Delivery, DeliveryFault, OutgoingNotification};
use crate::clock::Moment;
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

/// Maximum number of attempts in the log, for `GET /sandbox/notifications`.
const REMEMBERED: usize = 10_000;

/// Maximum time that a reordered notification waits for the order's next one, which may never come.
const LONGEST_HOLD: Duration = Duration::from_secs(10 * 60);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Queue {
    waiting: Vec<Delivery>,
    /// Deliveries in flight. A sandbox that is stopped meanwhile sends them again, as Midtrans would.
    under_way: Vec<Delivery>,
    attempts: VecDeque<Attempt>,
    last_attempt: u64,
    last_notification: u64,
    /// The last notification of each order, for `resend`.
    #[serde(skip)]
    last_of_order: HashMap<String, Arc<OutgoingNotification>>,
}

impl Queue {
    /// Queues a new notification for all URLs, with its faults.
    pub(crate) fn send(
        &mut self,
        mut notification: OutgoingNotification,
        urls: &[String],
        fault: DeliveryFault,
        now: Moment,
    ) {
        self.last_notification += 1;
        notification.number = self.last_notification;
        let notification = Arc::new(notification);
        self.last_of_order.insert(notification.order_id.clone(), Arc::clone(&notification));
        for url in urls {
            let mut delivery = Delivery {
                notification: Arc::clone(&notification),
                url: url.clone(),
                retries_made: 0,
                due: now.after(fault.delay),
                held: false,
            };
            if fault.lost {
                self.record_outcome(&delivery, Outcome::Lost, None, now, 0.0, 1.0);
                continue;
            }
            if fault.reordered {
                delivery.held = true;
                delivery.due = delivery.due.after(LONGEST_HOLD);
            }
            if fault.doubled {
                self.waiting.push(delivery.clone());
            }
            self.waiting.push(delivery);
        }
    }

    /// Queues the notification once more, as its first attempt was.
    pub(crate) fn resend(&mut self, notification: &Arc<OutgoingNotification>, urls: &[String], now: Moment) {
        self.waiting.extend(urls.iter().map(|url| Delivery {
            notification: Arc::clone(notification),
            url: url.clone(),
            retries_made: 0,
            due: now,
            held: false,
        }));
    }

    /// The order's last notification, if it ever had one.
    pub(crate) fn last_of(&self, order_id: &str) -> Option<Arc<OutgoingNotification>> {
        self.last_of_order.get(order_id).cloned()
    }

    /// Takes all deliveries that are due, in the order of their time.
    pub(crate) fn take_due(&mut self, now: Moment) -> Vec<Delivery> {
        self.waiting.sort_by_key(|delivery| delivery.due);
        let due = self.waiting.partition_point(|delivery| delivery.due <= now);
        let taken: Vec<_> = self.waiting.drain(..due).collect();
        self.under_way.extend(taken.iter().cloned());
        taken
    }

    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.waiting.iter().map(|delivery| delivery.due).min()
    }

    /// Records the outcome of an attempt, and schedules the next.
    pub(crate) fn record_outcome(
        &mut self,
        delivery: &Delivery,
        outcome: Outcome,
        answer: Option<Answer>,
        now: Moment,
        shift: f64,
        scale: f64,
    ) {
        if let Some(place) = self.under_way.iter().position(|under_way| under_way == delivery) {
            self.under_way.swap_remove(place);
        }
        let pause = retry_delay(&outcome, delivery.retries_made, shift, scale);
        let next = pause.map(|pause| now.after(pause));
        if outcome != Outcome::Lost {
            self.release(delivery, now);
        }
        self.record(delivery, outcome, answer, now, next);
        if let Some(due) = next {
            self.waiting.push(Delivery { retries_made: delivery.retries_made + 1, due, ..delivery.clone() });
        }
    }

    /// Adds an attempt to the log; `next` is the time of the next attempt, if there is one.
    pub(crate) fn record(
        &mut self,
        delivery: &Delivery,
        outcome: Outcome,
        answer: Option<Answer>,
        now: Moment,
        next: Option<Moment>,
    ) -> Attempt {
        let problem = match outcome {
            Outcome::Answered(_) => None,
            Outcome::Unreachable(why) => Some(why),
            Outcome::Lost => Some("lost".to_owned()),
        };
        self.last_attempt += 1;
        let made = Attempt {
            id: self.last_attempt,
            at: now.jakarta(),
            notification: Arc::clone(&delivery.notification),
            url: delivery.url.clone(),
            attempt: delivery.retries_made + 1,
            answer,
            problem,
            next_attempt_at: next.map(Moment::jakarta),
        };
        self.attempts.push_back(made.clone());
        if self.attempts.len() > REMEMBERED {
            self.attempts.pop_front();
        }
        made
    }

    /// Releases the notifications that waited for this one.
    fn release(&mut self, gone: &Delivery, now: Moment) {
        for held in self.waiting.iter_mut().filter(|waiting| waiting.held && waiting.url == gone.url) {
            let (earlier, later) = (&held.notification, &gone.notification);
            if earlier.order_id == later.order_id && earlier.number < later.number {
                held.held = false;
                held.due = held.due.min(now);
            }
        }
    }

    /// The attempts so far, oldest first.
    pub(crate) fn attempts(&self) -> &VecDeque<Attempt> {
        &self.attempts
    }

    /// Restores the queue after a restart: deliveries in flight are sent again, and the last notification of each order
    /// is known again.
    pub(crate) fn resume(&mut self) {
        self.waiting.append(&mut self.under_way);
        let told = self.attempts.iter().map(|attempt| &attempt.notification);
        let mut all: Vec<_> = told.chain(self.waiting.iter().map(|waiting| &waiting.notification)).cloned().collect();
        all.sort_by_key(|notification| notification.number);
        self.last_of_order = all.into_iter().map(|it| (it.order_id.clone(), it)).collect();
    }
}

/// Pauses before the first to fifth retry.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(90 * 60),
    Duration::from_secs(210 * 60),
];

/// Each pause is lengthened by up to a tenth ("each with a random shift"; how wide is not documented).
const WIDEST_SHIFT: f64 = 0.1;

/// Most redirections (307, 308) that are followed.
pub(crate) const MOST_REDIRECTIONS: usize = 5;

/// Outcome of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The merchant answered with this HTTP status.
    Answered(u16),
    /// No answer in time, or none at all; with the error for the log.
    Unreachable(String),
    /// Lost on request: it never left.
    Lost,
}

/// The pause before the next attempt, or `None` when it was the last. `shift` is chance, from 0 to 1.
pub(crate) fn retry_delay(outcome: &Outcome, retries_made: usize, shift: f64, scale: f64) -> Option<Duration> {
    if retries_made >= most_retries(outcome) {
        return None;
    }
    let pause = PAUSES.get(retries_made)?;
    let factor = (1.0 + WIDEST_SHIFT * shift.clamp(0.0, 1.0)) * scale;
    Duration::try_from_secs_f64(pause.as_secs_f64() * factor).ok()
}

fn most_retries(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Lost => 0,
        Outcome::Answered(code) => match code {
            200..=299 | 301..=303 => 0,
            500 => 1,
            400 | 404 => 2,
            503 => 4,
            _ => PAUSES.len(),
        },
        Outcome::Unreachable(_) => PAUSES.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "http://shop/";

    fn notification(transaction_status: &str) -> OutgoingNotification {
        OutgoingNotification {
            number: 0,
            order_id: "order-101".to_owned(),
            transaction_id: "t".to_owned(),
            transaction_status: transaction_status.to_owned(),
            body: "{}".to_owned(),
        }
    }

    fn at(unix_millis: u64) -> Moment {
        Moment { unix_millis }
    }

    fn send(queue: &mut Queue, status: &str, fault: DeliveryFault, now: u64) {
        queue.send(notification(status), &[SHOP.to_owned()], fault, at(now));
    }

    fn leaves(queue: &mut Queue, now: u64) -> Vec<String> {
        let due = queue.take_due(at(now));
        for delivery in &due {
            queue.record_outcome(delivery, Outcome::Answered(200), None, at(now), 0.0, 1.0);
        }
        due.into_iter().map(|delivery| delivery.notification.transaction_status.clone()).collect()
    }

    fn later(millis: u64) -> DeliveryFault {
        DeliveryFault { delay: Duration::from_millis(millis), ..DeliveryFault::default() }
    }

    #[test]
    fn a_delivery_leaves_once_and_not_before_its_time() {
        let mut queue = Queue::default();
        send(&mut queue, "second", later(20), 0);
        send(&mut queue, "first", later(10), 0);
        assert_eq!(leaves(&mut queue, 9), Vec::<String>::new());
        assert_eq!(queue.next_due(), Some(at(10)));
        assert_eq!(leaves(&mut queue, 20), ["first", "second"]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn a_refused_delivery_waits_for_its_next_turn_and_an_accepted_one_does_not() {
        let mut queue = Queue::default();
        send(&mut queue, "pending", DeliveryFault::default(), 1000);
        let first = queue.take_due(at(1000)).remove(0);
        queue.record_outcome(&first, Outcome::Answered(500), None, at(1000), 0.0, 1.0);
        assert_eq!(queue.next_due(), Some(at(121_000)));
        let again = queue.take_due(at(121_000)).remove(0);
        queue.record_outcome(&again, Outcome::Answered(200), None, at(121_000), 0.0, 1.0);
        assert_eq!(queue.next_due(), None);
        let seen: Vec<_> =
            queue.attempts().iter().map(|made| (made.id, made.attempt, made.next_attempt_at.is_some())).collect();
        assert_eq!(seen, [(1, 1, true), (2, 2, false)]);
    }

    #[test]
    fn a_reordered_notification_leaves_after_the_next_one_of_its_order() {
        let mut queue = Queue::default();
        send(&mut queue, "pending", DeliveryFault { reordered: true, ..DeliveryFault::default() }, 0);
        assert_eq!(leaves(&mut queue, 1000), Vec::<String>::new());
        let mut other = notification("other");
        other.order_id = "order-102".to_owned();
        queue.send(other, &[SHOP.to_owned()], DeliveryFault::default(), at(1000));
        assert_eq!(leaves(&mut queue, 1000), ["other"]);
        assert_eq!(leaves(&mut queue, 1000), Vec::<String>::new(), "another order's lets nothing go");
        send(&mut queue, "settlement", DeliveryFault::default(), 2000);
        assert_eq!(leaves(&mut queue, 2000), ["settlement"]);
        assert_eq!(leaves(&mut queue, 2000), ["pending"]);
    }

    #[test]
    fn a_reordered_notification_without_a_next_one_is_late_and_not_lost() {
        let mut queue = Queue::default();
        send(&mut queue, "settlement", DeliveryFault { reordered: true, ..DeliveryFault::default() }, 0);
        assert_eq!(leaves(&mut queue, 599_999), Vec::<String>::new());
        assert_eq!(leaves(&mut queue, 600_000), ["settlement"]);
    }

    #[test]
    fn what_waited_or_was_under_way_is_sent_after_a_restart() {
        let mut queue = Queue::default();
        send(&mut queue, "pending", DeliveryFault::default(), 0);
        send(&mut queue, "settlement", later(60_000), 0);
        assert_eq!(queue.take_due(at(0)).len(), 1, "and nobody hears what became of it");
        let written = serde_json::to_string(&queue).expect("JSON");
        let mut queue: Queue = serde_json::from_str(&written).expect("what was written");
        queue.resume();
        assert_eq!(leaves(&mut queue, 60_000), ["pending", "settlement"]);
        let last = queue.last_of("order-101").expect("two of them");
        assert_eq!((last.number, last.transaction_status.as_str()), (2, "settlement"));
    }

    fn retries(outcome: &Outcome) -> usize {
        (0..20).take_while(|made| retry_delay(outcome, *made, 0.0, 1.0).is_some()).count()
    }

    #[test]
    fn each_answer_has_its_number_of_retries() {
        for (code, expected) in [
            (200, 0),
            (204, 0),
            (301, 0),
            (302, 0),
            (303, 0),
            (500, 1),
            (400, 2),
            (404, 2),
            (503, 4),
            (401, 5),
            (502, 5),
        ] {
            assert_eq!(retries(&Outcome::Answered(code)), expected, "{code}");
        }
        assert_eq!(retries(&Outcome::Unreachable("timed out".to_owned())), 5);
        assert_eq!(retries(&Outcome::Lost), 0);
    }

    #[test]
    fn the_pauses_grow_from_two_minutes_to_three_and_a_half_hours() {
        let gone = Outcome::Unreachable(String::new());
        let minutes: Vec<_> =
            (0..5).filter_map(|made| retry_delay(&gone, made, 0.0, 1.0)).map(|pause| pause.as_secs() / 60).collect();
        assert_eq!(minutes, [2, 10, 30, 90, 210]);
    }

    #[test]
    fn chance_lengthens_a_pause_by_a_tenth_at_most_and_the_scale_shrinks_it() {
        let gone = Outcome::Unreachable(String::new());
        assert_eq!(retry_delay(&gone, 0, 1.0, 1.0), Some(Duration::from_secs(132)));
        assert_eq!(retry_delay(&gone, 0, 7.0, 0.5), Some(Duration::from_secs(66)));
        assert_eq!(retry_delay(&gone, 0, 0.0, 0.0), Some(Duration::ZERO));
    }
}
