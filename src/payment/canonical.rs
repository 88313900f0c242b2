//! Canonical states, to recognise equal states in exhaustive tests. The browser's build never calls this, and does not
//! contain it.

use super::clock::{Moment, ServerClock};
use super::request::{Attempt, RequestId};
use super::stage::{Context, Stage};
use super::{Payment, backoff::Jitter};

/// `payment` without what only tells one run from another: request ids, chance, and absolute times, which become a few
/// classes of "how long from now". Two payments with the same canonical state take the same next steps, so a search that
/// has seen one has seen both.
pub(super) fn canonical(payment: &Payment, now: Moment) -> Payment {
    let mut canonical = payment.clone();
    let Payment { stage, context } = &mut canonical;
    let expires_at = stage.tracking_or_superseded().and_then(|tracking| tracking.expires_at(context.server_clock));
    context.normalise(expires_at, now);
    match stage {
        Stage::Ready | Stage::Stopped(_) => {}
        Stage::Charging(charging) => charging.normalise(now),
        Stage::Tracking(tracking) => tracking.normalise(now),
    }
    canonical
}

impl Context {
    fn normalise(&mut self, expires_at: Option<Moment>, now: Moment) {
        self.last_request = RequestId(0);
        self.last_attempt = Attempt(0);
        self.jitter = Jitter::new(1);
        self.emitted_final.clear();
        self.server_clock = expires_at.map(|at| ServerClock::placeholder(bucket(at, now)));
    }
}

/// The class of "how long from now": due, within seconds, half a minute, minutes, later.
pub(super) fn bucket(at: Moment, now: Moment) -> Moment {
    Moment([0, 3_000, 30_000, 180_000].into_iter().find(|limit| at.since(now) <= *limit).unwrap_or(i64::MAX / 4))
}
