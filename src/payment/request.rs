//! Requests to the merchant: their ids, and the time limit of one that is in flight.

use super::canonical::bucket;
use super::clock::Moment;

/// Id of one request or one push stream, counted from 1 over the life of a [`super::Payment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub u32);

/// One attempt at a charge. Its retries carry the same `Idempotency-Key`; a new attempt carries a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt(pub u32);

/// A request without an answer yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InFlight {
    pub(crate) request: RequestId,
    sent_at: Moment,
    deadline: Moment,
}

impl InFlight {
    /// A request that is sent at `now` and abandoned after `timeout` milliseconds.
    pub(crate) const fn new(request: RequestId, now: Moment, timeout: i64) -> Self {
        Self { request, sent_at: now, deadline: now.after(timeout) }
    }

    /// When to abandon it.
    pub(crate) const fn deadline(self) -> Moment {
        self.deadline
    }

    /// Milliseconds since it was sent.
    pub(crate) const fn age(self, now: Moment) -> i64 {
        now.since(self.sent_at)
    }

    /// Replaces the id and the times by placeholders. The age counts as young below `young_for` milliseconds.
    pub(super) fn normalise(&mut self, now: Moment, young_for: i64) {
        self.request = RequestId(0);
        self.sent_at = bucket(self.sent_at.after(young_for), now);
        self.deadline = bucket(self.deadline, now);
    }
}

/// Takes the request out of `slot` if it is the one with this id. The answer to an abandoned request changes nothing.
pub(crate) fn take_answered(slot: &mut Option<InFlight>, id: RequestId) -> bool {
    slot.take_if(|flight| flight.request == id).is_some()
}
