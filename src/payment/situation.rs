//! What of a payment decides what may happen next: for exploring all of them. The browser build never calls it, and so
//! never carries it.

use super::clock::{Moment, ServerClock};
use super::input::{Attempt, RequestId};
use super::pace::Jitter;
use super::stage::{Charging, Following, InFlight, QrPicture, Stage, Watch};
use super::{Payment, pace};

impl Payment {
    /// The payment with everything taken away that only tells one run from another: request numbers, chance, and
    /// absolute times (what lies ahead is put into a few classes of "how long yet"). Two payments in the same situation
    /// take the same next steps, so a search that has seen one has seen both.
    #[must_use]
    pub fn situation(&self, now: Moment) -> Self {
        let mut situation = self.clone();
        situation.last_request = RequestId(0);
        situation.attempt = Attempt(0);
        situation.jitter = Jitter::new(1);
        situation.told.clear();
        let zero_at = self.following().and_then(|following| following.zero_at(self.server));
        situation.server = zero_at.map(|zero| ServerClock::standing_for(ahead(zero, now)));
        match &mut situation.stage {
            Stage::Ready | Stage::Stopped(_) => {}
            Stage::Charging(charging) => charging.settle(now),
            Stage::Following(following) => following.settle(now),
        }
        situation
    }
}

impl Charging {
    fn settle(&mut self, now: Moment) {
        self.begun = ahead(self.begun.after(pace::CHARGE_SEEMS_LOST), now);
        self.failures = self.failures.min(7);
        settle_flight(&mut self.in_flight, now);
        self.retry_at = self.retry_at.map(|at| ahead(at, now));
        if let Some(following) = &mut self.superseded {
            following.settle(now);
        }
    }
}

impl Following {
    fn settle(&mut self, now: Moment) {
        self.charge.expiry_time = None;
        self.charge.transaction_time = None;
        self.failures = self.failures.min(7);
        self.watch_failures = self.watch_failures.min(7);
        self.watched_since = Moment(i64::from(now.since(self.watched_since) >= pace::SLOWER_AFTER));
        settle_flight(&mut self.asked, now);
        settle_flight(&mut self.cancelling, now);
        self.ask_at = self.ask_at.map(|at| ahead(at, now));
        self.opens_by = self.opens_by.map(|at| ahead(at, now));
        let QrPicture { deadline, retry_at, .. } = &mut self.qr;
        for at in [deadline, retry_at].into_iter().flatten() {
            *at = ahead(*at, now);
        }
        self.watch = match self.watch {
            Watch::Off => Watch::Off,
            Watch::Opening { since, .. } => Watch::Opening { request: RequestId(0), since: silent_until(since, now) },
            Watch::Live { last_heard, .. } => {
                Watch::Live { request: RequestId(0), last_heard: silent_until(last_heard, now) }
            }
            Watch::Down { retry_at } => Watch::Down { retry_at: ahead(retry_at, now) },
        };
    }
}

fn settle_flight(flight: &mut Option<InFlight>, now: Moment) {
    if let Some(flight) = flight {
        let young = ahead(flight.sent.after(pace::CHARGE_RESENT_AFTER), now);
        *flight = InFlight { request: RequestId(0), sent: young, deadline: ahead(flight.deadline, now) };
    }
}

fn silent_until(heard: Moment, now: Moment) -> Moment {
    ahead(heard.after(pace::WATCH_SILENCE), now)
}

/// How long yet, roughly: due, within seconds, half a minute, minutes, later.
fn ahead(at: Moment, now: Moment) -> Moment {
    Moment([0, 3_000, 30_000, 180_000].into_iter().find(|limit| at.since(now) <= *limit).unwrap_or(i64::MAX / 4))
}
