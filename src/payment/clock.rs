//! The page's clock and the server's, which must not be mixed: the first is steady and starts anywhere, the second is
//! what `expiry_time` is measured against.

/// A moment on the page's steady clock, in milliseconds. It only grows while the page runs, and does not depend on the
/// payer's wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// The moment `ms` milliseconds later.
    #[must_use]
    pub const fn after(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }

    /// Milliseconds from `earlier` to `self`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// Milliseconds since 1970-01-01 00:00:00 UTC by the server's clock, as its answers' `Date` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

/// The difference between the server's clock and the page's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ServerClock {
    ahead_of_page: i64,
}

impl ServerClock {
    /// Two readings that differ by less are taken for equal: `Date` has whole seconds and travels for a while, and a clock
    /// that followed each reading would make the countdown stutter.
    const TOLERANCE_MS: i64 = 1_500;

    /// Corrects the clock by a new reading, if there is one.
    pub(crate) fn corrected(earlier: Option<Self>, server: Option<UnixMillis>, page: Moment) -> Option<Self> {
        let Some(server) = server else { return earlier };
        let read = Self { ahead_of_page: server.0 - page.0 };
        match earlier {
            Some(earlier) if (earlier.ahead_of_page - read.ahead_of_page).abs() <= Self::TOLERANCE_MS => Some(earlier),
            Some(_) | None => Some(read),
        }
    }

    /// The `Date` of a cached answer falls behind by the time between two polls, which is more.
    const STALE_MS: i64 = 2_000;

    /// Returns whether the reading is behind this clock: as of an answer that a cache has given once more.
    pub(crate) fn is_stale(self, server: UnixMillis, page: Moment) -> bool {
        server.0 - page.0 < self.ahead_of_page - Self::STALE_MS
    }

    /// Placeholder in canonical states.
    pub(super) const fn placeholder(ahead: Moment) -> Self {
        Self { ahead_of_page: ahead.0 }
    }

    /// The moment on the page's clock at which the server's clock shows `server`.
    pub(crate) const fn on_page(self, server: UnixMillis) -> Moment {
        Moment(server.0 - self.ahead_of_page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_between_readings_do_not_make_the_countdown_stutter() {
        let first = ServerClock::corrected(None, Some(UnixMillis(1_000_000)), Moment(0));
        assert_eq!(ServerClock::corrected(first, Some(UnixMillis(1_004_000)), Moment(5_000)), first);
    }

    #[test]
    fn an_answer_from_a_cache_stands_still_and_one_that_travelled_for_a_while_does_not() {
        let clock = ServerClock::corrected(None, Some(UnixMillis(1_000_000)), Moment(0)).unwrap();
        assert!(clock.is_stale(UnixMillis(1_000_000), Moment(2_250)));
        assert!(!clock.is_stale(UnixMillis(1_001_000), Moment(2_900)));
    }

    #[test]
    fn a_page_that_slept_is_put_right_by_the_next_answer() {
        let first = ServerClock::corrected(None, Some(UnixMillis(1_000_000)), Moment(0));
        let woken = ServerClock::corrected(first, Some(UnixMillis(1_600_000)), Moment(1_000)).unwrap();
        assert_eq!(woken.on_page(UnixMillis(1_700_000)), Moment(101_000));
    }
}
