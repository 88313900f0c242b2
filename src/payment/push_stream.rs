//! The push stream (server-sent events): while it is alive polling is rare; when it is lost, polling takes over until
//! it is back.

use super::backoff::{Jitter, backoff_delay};
use super::canonical::bucket;
use super::clock::Moment;
use super::request::RequestId;

/// Silence after which a stream counts as dead. The merchant sends something at least every fifteen seconds.
const SILENCE_TIMEOUT: i64 = 35_000;
/// A stream that has lived so long works: it outlived the time between two signs of life. What it delivered is no measure:
/// a merchant sends the current status first, also where something in between cuts every stream at once.
const PROVEN_AFTER: i64 = 20_000;

/// The push stream of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PushStream {
    state: StreamState,
    /// Streams lost in a row.
    failures: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum StreamState {
    /// There is none.
    Off,
    /// The merchant answered 401, 403, 404 or 419. Not opened again before the payer comes back.
    Refused,
    /// Requested, not open yet.
    Opening { request: RequestId, silent_at: Moment },
    /// Open, and heard from.
    Live { request: RequestId, silent_at: Moment, proven_at: Moment },
    /// Lost; to be opened again.
    Down { retry_at: Moment },
}

impl PushStream {
    /// No stream yet.
    pub(crate) const OFF: Self = Self { state: StreamState::Off, failures: 0 };

    /// A stream was requested.
    pub(crate) fn on_opening(&mut self, request: RequestId, now: Moment) {
        self.state = StreamState::Opening { request, silent_at: now.after(SILENCE_TIMEOUT) };
    }

    /// Something came over stream `id`, if only a comment. Returns whether it was the first sign of life.
    pub(crate) fn on_alive(&mut self, id: RequestId, now: Moment) -> bool {
        if !self.is(id) {
            return false;
        }
        let proven_at = self.proven_at();
        self.state = StreamState::Live {
            request: id,
            silent_at: now.after(SILENCE_TIMEOUT),
            proven_at: proven_at.unwrap_or(now.after(PROVEN_AFTER)),
        };
        proven_at.is_none()
    }

    /// The merchant does not open stream `id` to this page. Returns whether that is the current stream.
    pub(crate) fn on_refused(&mut self, id: RequestId) -> bool {
        let is_current = self.is(id);
        if is_current {
            self.state = StreamState::Refused;
        }
        is_current
    }

    /// Stream `id` ended, or never opened. Returns whether a live stream was lost.
    pub(crate) fn on_lost(&mut self, id: RequestId, now: Moment, jitter: &mut Jitter) -> bool {
        self.is(id) && self.on_down(now, jitter)
    }

    /// The stream was silent for too long. Returns whether it was alive before.
    pub(crate) fn on_silent(&mut self, now: Moment, jitter: &mut Jitter) -> bool {
        self.on_down(now, jitter)
    }

    fn on_down(&mut self, now: Moment, jitter: &mut Jitter) -> bool {
        let proven_at = self.proven_at();
        // A stream that has worked starts the backoff anew. One that breaks as soon as it is open does not, or it would be
        // opened without end.
        self.failures = if proven_at.is_some_and(|at| now >= at) { 1 } else { self.failures + 1 };
        self.state = StreamState::Down { retry_at: now.after(jitter.around(backoff_delay(self.failures + 1, None))) };
        proven_at.is_some()
    }

    /// The page is visible again: a refusal is forgotten. Returns whether there is a stream to open: one that was
    /// lost, or closed while the page was hidden.
    pub(crate) fn on_resumed(&mut self) -> bool {
        match self.state {
            StreamState::Refused => {
                self.state = StreamState::Off;
                false
            }
            StreamState::Off | StreamState::Down { .. } => true,
            StreamState::Opening { .. } | StreamState::Live { .. } => false,
        }
    }

    /// Closes the stream. Returns whether one was open.
    pub(crate) fn close(&mut self) -> bool {
        match self.state {
            StreamState::Opening { .. } | StreamState::Live { .. } => {
                self.state = StreamState::Off;
                true
            }
            StreamState::Down { .. } => {
                self.state = StreamState::Off;
                false
            }
            StreamState::Off | StreamState::Refused => false,
        }
    }

    /// Returns whether there is no stream, and none has been refused.
    pub(crate) const fn is_off(&self) -> bool {
        match self.state {
            StreamState::Off => true,
            StreamState::Refused
            | StreamState::Opening { .. }
            | StreamState::Live { .. }
            | StreamState::Down { .. } => false,
        }
    }

    /// Returns whether the stream was lost and waits to be opened again.
    pub(crate) const fn is_down(&self) -> bool {
        match self.state {
            StreamState::Down { .. } => true,
            StreamState::Off | StreamState::Refused | StreamState::Opening { .. } | StreamState::Live { .. } => false,
        }
    }

    /// Returns whether pushes arrive.
    pub(crate) const fn is_live(&self) -> bool {
        self.proven_at().is_some()
    }

    /// From when on a live stream counts as one that works.
    const fn proven_at(&self) -> Option<Moment> {
        match self.state {
            StreamState::Live { proven_at, .. } => Some(proven_at),
            StreamState::Off | StreamState::Refused | StreamState::Opening { .. } | StreamState::Down { .. } => None,
        }
    }

    /// Returns whether `id` is the current stream.
    pub(crate) fn is(&self, id: RequestId) -> bool {
        match self.state {
            StreamState::Opening { request, .. } | StreamState::Live { request, .. } => request == id,
            StreamState::Off | StreamState::Refused | StreamState::Down { .. } => false,
        }
    }

    /// When a silent stream counts as dead, or when to open a lost one again.
    pub(crate) const fn deadline(&self) -> Option<Moment> {
        match self.state {
            StreamState::Opening { silent_at: at, .. }
            | StreamState::Live { silent_at: at, .. }
            | StreamState::Down { retry_at: at } => Some(at),
            StreamState::Off | StreamState::Refused => None,
        }
    }

    /// Replaces ids and times by placeholders, and caps the number of failures.
    pub(super) fn normalise(&mut self, now: Moment) {
        self.failures = self.failures.min(7);
        match &mut self.state {
            StreamState::Opening { request, silent_at } => {
                *request = RequestId(0);
                *silent_at = bucket(*silent_at, now);
            }
            StreamState::Live { request, silent_at, proven_at } => {
                *request = RequestId(0);
                *silent_at = bucket(*silent_at, now);
                *proven_at = bucket(*proven_at, now);
            }
            StreamState::Down { retry_at } => *retry_at = bucket(*retry_at, now),
            StreamState::Off | StreamState::Refused => {}
        }
    }
}
