//! Polling the status: when the next poll is due, and the one that is in flight.

use super::backoff::{Jitter, backoff_delay};
use super::canonical::bucket;
use super::clock::Moment;
use super::request::{InFlight, RequestId};

/// Interval while the page is visible and no pushes arrive. Two and a half seconds, and a little jitter, keep nineteen of
/// twenty payers under three seconds from payment to "Pembayaran berhasil".
const VISIBLE: i64 = 2_500;
/// Interval on a page that has been visible for [`SLOWER_AFTER`]: a payer who has not paid by then is not holding the
/// phone.
const VISIBLE_LONG: i64 = 5_000;
/// Three minutes of polling often.
const SLOWER_AFTER: i64 = 180_000;
/// Intervals after the payer came back: the notification is often still on its way to the merchant then, and the payer is
/// waiting.
const AFTER_RETURN: [i64; 3] = [300, 600, 1_200];
/// Interval while pushes arrive: only a check that they do.
const PUSHED: i64 = 30_000;
/// Interval while the page is hidden: thirty polls in GoPay's fifteen minutes. Coming back polls at once.
const HIDDEN: i64 = 30_000;
/// Interval of a follower: only to notice that the leader died silently.
const FOLLOWER: i64 = 60_000;
/// Intervals after `expire` or `cancel`, when money may still be on its way (facts §3.5).
const LATE_SETTLEMENT: [i64; 4] = [5_000, 15_000, 45_000, 120_000];

/// Refusals after which the page is taken to be refused for good. One may be a firewall's or come from a server that is being
/// replaced; the next poll is let in then.
const REFUSED_FOR_GOOD: u32 = 6;
/// Weight of a refusal by the merchant itself.
const OWN_REFUSAL: u32 = 3;

/// Answers in a row that a cache has given, after which polls go past it. One may have been slow on its way.
const CACHED: u32 = 2;

/// Time limit of a poll.
const TIMEOUT: i64 = 12_000;

/// Polls the status of one transaction, one request at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Poller {
    state: PollState,
    /// Failed polls in a row.
    failures: u32,
    /// Weighted refusals since the last good poll.
    refusals: u32,
    /// Answers in a row that a cache has given. From [`CACHED`] on it stays.
    cached: u32,
    /// Polls sent since `expire` or `cancel`.
    late_polls: usize,
    /// Polls answered since the payer came back, while that is recent.
    after_return: Option<usize>,
    /// Time since which the page has been visible, as far as known.
    visible_since: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PollState {
    /// Nothing is polled.
    Idle,
    /// The next poll is due at that moment.
    Scheduled { at: Moment },
    /// A poll has no answer yet.
    InFlight(InFlight),
}

/// Conditions that the interval depends on, beside the poller's own state.
#[derive(Clone, Copy)]
pub(crate) struct PollContext {
    /// True if another element polls for all.
    pub(crate) is_follower: bool,
    /// True if pushes arrive.
    pub(crate) is_pushed: bool,
    /// True if the page is hidden or offline.
    pub(crate) is_hidden: bool,
}

impl Poller {
    /// A poller of a transaction that this page asked for (`is_resumed`: an older one) at `now`.
    pub(crate) const fn new(now: Moment, is_resumed: bool) -> Self {
        Self {
            state: PollState::Idle,
            failures: 0,
            refusals: 0,
            cached: 0,
            late_polls: 0,
            after_return: if is_resumed { Some(0) } else { None },
            visible_since: now,
        }
    }

    /// A poll is sent.
    pub(crate) fn on_sent(&mut self, request: RequestId, now: Moment, may_settle_late: bool) {
        self.state = PollState::InFlight(InFlight::new(request, now, TIMEOUT));
        if may_settle_late {
            self.late_polls += 1;
        }
    }

    /// The poll `id` was answered. Returns whether that is the one in flight.
    pub(crate) fn on_answered(&mut self, id: RequestId) -> bool {
        let is_current = self.in_flight().is_some_and(|flight| flight.request == id);
        if is_current {
            self.state = PollState::Idle;
        }
        is_current
    }

    /// An answer came from a cache, as its `Date` tells, or from the merchant.
    pub(crate) fn on_cached(&mut self, is_cached: bool) {
        if !self.bypasses_cache() {
            self.cached = if is_cached { self.cached + 1 } else { 0 };
        }
    }

    /// Returns whether polls have to go past a cache that ignores `no-store`, like a service worker's.
    pub(crate) const fn bypasses_cache(&self) -> bool {
        self.cached >= CACHED
    }

    /// The answer has been dealt with: the payer's return is less recent.
    pub(crate) fn on_answer_handled(&mut self) {
        self.after_return =
            self.after_return.map(|answered| answered + 1).filter(|answered| *answered < AFTER_RETURN.len());
    }

    /// Abandons the poll in flight, if there is one.
    pub(crate) fn abandon(&mut self) -> Option<RequestId> {
        let in_flight = self.in_flight()?;
        self.state = PollState::Idle;
        Some(in_flight.request)
    }

    /// A usable status came, or the payer did: failures count from zero again.
    pub(crate) fn reset_failures(&mut self) {
        self.failures = 0;
        self.refusals = 0;
    }

    /// Counts a refused poll. Returns whether it is the first.
    pub(crate) fn on_refused(&mut self, is_own: bool) -> bool {
        let is_first = self.refusals == 0;
        self.refusals += if is_own { OWN_REFUSAL } else { 1 };
        is_first
    }

    /// Returns whether the page is refused for good.
    pub(crate) const fn is_refused(&self) -> bool {
        self.refusals >= REFUSED_FOR_GOOD
    }

    /// The transaction's status has changed.
    pub(crate) fn on_status_changed(&mut self) {
        self.late_polls = 0;
    }

    /// The page is visible again, or the payer wants to know: polls come quickly for a while.
    pub(crate) fn on_payer_waits(&mut self, now: Moment) {
        self.visible_since = now;
        self.after_return = Some(0);
    }

    /// The countdown ended: polls come as often as at first.
    pub(crate) fn on_countdown_over(&mut self, now: Moment) {
        self.visible_since = now;
    }

    /// The page is hidden: nothing has to be known quickly.
    pub(crate) fn on_hidden(&mut self) {
        self.after_return = None;
    }

    /// Counts a failed poll. Returns the failures in a row.
    pub(crate) fn on_failed(&mut self) -> u32 {
        self.failures += 1;
        self.failures
    }

    /// Schedules the next poll of an open payment.
    pub(crate) fn schedule(&mut self, now: Moment, context: PollContext, jitter: &mut Jitter) {
        let interval = self.interval(now, context);
        self.schedule_at(now.after(jitter.around(interval)));
    }

    /// Schedules the next poll after `expire` or `cancel`, if there is to be one.
    pub(crate) fn schedule_late_poll(&mut self, now: Moment, jitter: &mut Jitter) {
        match LATE_SETTLEMENT.get(self.late_polls) {
            Some(interval) => self.schedule_at(now.after(jitter.around(*interval))),
            None => self.unschedule(),
        }
    }

    /// Schedules a poll after a failed one, no sooner than the server asked for.
    pub(crate) fn schedule_retry(&mut self, now: Moment, retry_after_ms: Option<i64>, jitter: &mut Jitter) {
        self.schedule_at(now.after(jitter.no_sooner(backoff_delay(self.failures, retry_after_ms))));
    }

    /// Schedules a poll after an unusable status.
    pub(crate) fn schedule_recheck(&mut self, now: Moment, jitter: &mut Jitter) {
        self.schedule_at(now.after(jitter.around(backoff_delay(self.failures, None))));
    }

    /// No further poll is wanted.
    pub(crate) fn unschedule(&mut self) {
        match self.state {
            PollState::Scheduled { .. } => self.state = PollState::Idle,
            PollState::Idle | PollState::InFlight(_) => {}
        }
    }

    /// The answer to a poll in flight schedules the next one itself.
    fn schedule_at(&mut self, at: Moment) {
        match self.state {
            PollState::Idle | PollState::Scheduled { .. } => self.state = PollState::Scheduled { at },
            PollState::InFlight(_) => {}
        }
    }

    fn interval(&self, now: Moment, context: PollContext) -> i64 {
        if let Some(interval) = self.after_return.and_then(|answered| AFTER_RETURN.get(answered)) {
            *interval
        } else if context.is_follower {
            FOLLOWER
        } else if context.is_pushed {
            PUSHED
        } else if context.is_hidden {
            HIDDEN
        } else if now.since(self.visible_since) < SLOWER_AFTER {
            VISIBLE
        } else {
            VISIBLE_LONG
        }
    }

    /// Returns whether polls work, and none is in flight: its interval may be changed.
    pub(crate) const fn is_regular(&self) -> bool {
        !self.is_in_flight() && self.failures == 0
    }

    /// Returns whether a poll has no answer yet.
    pub(crate) const fn is_in_flight(&self) -> bool {
        self.in_flight().is_some()
    }

    const fn in_flight(&self) -> Option<InFlight> {
        match self.state {
            PollState::InFlight(flight) => Some(flight),
            PollState::Idle | PollState::Scheduled { .. } => None,
        }
    }

    /// When to abandon the poll in flight.
    pub(crate) fn timeout(&self) -> Option<Moment> {
        self.in_flight().map(InFlight::deadline)
    }

    /// When the next poll is due.
    pub(crate) const fn next_poll_at(&self) -> Option<Moment> {
        match self.state {
            PollState::Scheduled { at } => Some(at),
            PollState::Idle | PollState::InFlight(_) => None,
        }
    }

    /// Replaces ids and times by placeholders, and caps the number of failures.
    pub(super) fn normalise(&mut self, now: Moment) {
        self.failures = self.failures.min(7);
        self.refusals = self.refusals.min(REFUSED_FOR_GOOD);
        self.visible_since = Moment(i64::from(now.since(self.visible_since) >= SLOWER_AFTER));
        match &mut self.state {
            PollState::Idle => {}
            PollState::Scheduled { at } => *at = bucket(*at, now),
            PollState::InFlight(flight) => flight.normalise(now, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_page_asks_at_most_forty_times_in_fifteen_minutes() {
        let mut jitter = Jitter::new(1);
        let mut poller = Poller::new(Moment(0), false);
        let mut now = Moment(0);
        let mut polls = 0;
        while now < Moment(900_000) {
            poller.schedule(now, PollContext { is_follower: false, is_pushed: false, is_hidden: true }, &mut jitter);
            now = poller.next_poll_at().expect("scheduled");
            polls += 1;
        }
        assert!(polls <= 40, "{polls}");
    }

    #[test]
    fn a_poll_in_flight_is_not_scheduled_beside() {
        let mut jitter = Jitter::new(1);
        let mut poller = Poller::new(Moment(0), false);
        poller.on_sent(RequestId(1), Moment(0), false);
        poller.schedule_recheck(Moment(0), &mut jitter);
        assert_eq!((poller.next_poll_at(), poller.timeout()), (None, Some(Moment(TIMEOUT))));
        assert!(!poller.on_answered(RequestId(2)) && poller.on_answered(RequestId(1)));
    }
}
