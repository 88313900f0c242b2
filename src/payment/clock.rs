//! Two clocks that must not be mixed: the page's own (steady, starts anywhere) and the server's (the one that
//! `expiry_time` is measured against).

/// A moment on the page's steady clock, in milliseconds. It only ever grows while the page runs; the payer's wall clock
/// has no part in it.
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

/// What the server's clock shows, seen from the page's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ServerClock {
    ahead_of_page: i64,
}

impl ServerClock {
    /// `Date` has whole seconds and travels for a while: two readings that differ by less say the same, and following
    /// each of them would make the countdown stutter.
    const TOLERANCE_MS: i64 = 1_500;

    /// Takes a new reading into account, if there is one.
    pub(crate) fn corrected(earlier: Option<Self>, server: Option<UnixMillis>, page: Moment) -> Option<Self> {
        let Some(server) = server else { return earlier };
        let read = Self { ahead_of_page: server.0 - page.0 };
        match earlier {
            Some(earlier) if (earlier.ahead_of_page - read.ahead_of_page).abs() <= Self::TOLERANCE_MS => Some(earlier),
            Some(_) | None => Some(read),
        }
    }

    /// A clock that stands for "how long yet", in a situation.
    pub(crate) const fn standing_for(ahead: Moment) -> Self {
        Self { ahead_of_page: ahead.0 }
    }

    /// When the page's clock will show what the server's shows at `server`.
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
    fn a_page_that_slept_is_put_right_by_the_next_answer() {
        let first = ServerClock::corrected(None, Some(UnixMillis(1_000_000)), Moment(0));
        let woken = ServerClock::corrected(first, Some(UnixMillis(1_600_000)), Moment(1_000)).unwrap();
        assert_eq!(woken.on_page(UnixMillis(1_700_000)), Moment(101_000));
    }
}
