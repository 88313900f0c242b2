//! Every reason to wake, and the one moment that follows from them.

use super::Payment;
use super::clock::Moment;
use super::effect::Effect;
use super::heard::Trouble;
use super::pace;
use super::stage::{Stage, Watch};

impl Payment {
    /// When [`super::Input::Woken`] is next wanted; none where only something from outside can change anything.
    #[must_use]
    pub fn wakeup(&self, now: Moment) -> Option<Moment> {
        match &self.stage {
            Stage::Ready | Stage::Stopped(_) => None,
            Stage::Charging(charging) => {
                let seems_lost = charging.notice.is_none().then(|| charging.begun.after(pace::CHARGE_SEEMS_LOST));
                [charging.in_flight.map(|flight| flight.deadline), charging.retry_at, seems_lost]
                    .into_iter()
                    .flatten()
                    .min()
            }
            Stage::Following(following) => {
                let watch = match following.watch {
                    Watch::Off => None,
                    Watch::Opening { since: heard, .. } | Watch::Live { last_heard: heard, .. } => {
                        Some(heard.after(pace::WATCH_SILENCE))
                    }
                    Watch::Down { retry_at } => Some(retry_at),
                };
                [
                    following.asked.map(|flight| flight.deadline),
                    following.cancelling.map(|flight| flight.deadline),
                    following.ask_at.filter(|_| following.asked.is_none()),
                    watch,
                    following.qr.deadline.filter(|_| following.is_open()),
                    following.qr.retry_at.filter(|_| following.is_open()),
                    following.opens_by.filter(|_| following.is_open()),
                    self.countdown_changes_at(now),
                ]
                .into_iter()
                .flatten()
                .min()
            }
        }
    }

    /// Seconds that are left to pay, while a countdown makes sense.
    #[must_use]
    pub fn seconds_left(&self, now: Moment) -> Option<i64> {
        let following = self.following().filter(|following| following.is_open())?;
        let left = following.zero_at(self.server)?.since(now);
        (left > 0).then(|| (left + 999) / 1000)
    }

    /// When the countdown shows the next second, or reaches zero. A hidden page shows none, but zero it must not miss.
    fn countdown_changes_at(&self, now: Moment) -> Option<Moment> {
        let following = self.following().filter(|following| following.is_open() && !following.asked_at_zero)?;
        let zero = following.zero_at(self.server)?;
        let whole_seconds_after = if self.hidden { 0 } else { (self.seconds_left(now).unwrap_or(1) - 1) * 1000 };
        Some(zero.after(-whole_seconds_after))
    }

    /// Carries out whatever is due at `now`.
    pub(super) fn woken(&mut self, now: Moment) {
        match &mut self.stage {
            Stage::Ready | Stage::Stopped(_) => {}
            Stage::Charging(charging) => {
                if let Some(flight) = charging.in_flight.filter(|flight| now >= flight.deadline) {
                    charging.in_flight = None;
                    self.effects.push(Effect::Abandon(flight.request));
                    self.charge_delayed(now, Trouble::no_answer("the charge was not answered within 40 s"));
                } else if charging.retry_at.is_some_and(|at| now >= at) {
                    self.send_charge(now);
                } else if charging.notice.is_none() && now >= charging.begun.after(pace::CHARGE_SEEMS_LOST) {
                    self.charge_seems_lost();
                }
            }
            Stage::Following(_) => self.woken_following(now),
        }
    }

    fn woken_following(&mut self, now: Moment) {
        let Stage::Following(following) = &mut self.stage else { return };
        if let Some(flight) = following.cancelling.filter(|flight| now >= flight.deadline) {
            following.cancelling = None;
            self.effects.push(Effect::Abandon(flight.request));
            self.cancel_failed(now, Trouble::no_answer("the cancel was not answered within 30 s"));
        }
        let Stage::Following(following) = &mut self.stage else { return };
        if let Some(flight) = following.asked.filter(|flight| now >= flight.deadline) {
            following.asked = None;
            self.effects.push(Effect::Abandon(flight.request));
            self.status_failed(now, Trouble::no_answer("the status was not answered within 12 s"));
        }
        self.woken_by_watch(now);
        self.woken_by_qr(now);
        self.woken_by_app(now);
        let Stage::Following(following) = &mut self.stage else { return };
        let zero_at = following.zero_at(self.server);
        if following.is_open() && !following.asked_at_zero && zero_at.is_some_and(|zero| now >= zero) {
            // Zero is a reason to ask, not an answer: Midtrans expires in batches, and a payment of the last second
            // settles.
            following.asked_at_zero = true;
            following.watched_since = now;
            return self.ask(now);
        }
        if following.asked.is_none() && following.ask_at.is_some_and(|at| now >= at) {
            self.ask(now);
        }
    }

    fn woken_by_watch(&mut self, now: Moment) {
        let Stage::Following(following) = &mut self.stage else { return };
        match following.watch {
            Watch::Opening { request, since: heard } | Watch::Live { request, last_heard: heard } => {
                if now >= heard.after(pace::WATCH_SILENCE) {
                    self.watch_is_silent(now, request);
                }
            }
            Watch::Down { retry_at } if now >= retry_at => self.retry_watch(now),
            Watch::Off | Watch::Down { .. } => {}
        }
    }
}
