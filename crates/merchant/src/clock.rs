//! The time that is stored and compared: whole milliseconds, so that a database column holds it exactly.
//!
//! A clock may be wrong, and be set right. So no stored moment is trusted further than it can reach: what is to wait until a
//! moment waits for the longest such wait, and no longer ([`UnixMillis::is_due`]). Which clock counts, the storage says
//! ([`Orders::now`](crate::orders::Orders::now)): its own where several processes share it.

use crate::lock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How far two readings of a right clock may be apart: two processes have each read the database's a moment ago.
const TOLERANCE: Duration = Duration::from_secs(60);

/// A reading of a clock elsewhere that took longer is discarded: it is too inexact.
const SLOW: Duration = Duration::from_secs(1);

/// Milliseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// Now, by this machine's clock. A clock set before 1970 counts as 1970.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// This moment and `duration` more.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This moment less `duration`.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long it has been since `earlier`; zero if that is still to come.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// True if this stored moment, the end of a wait of at most `longest`, has come by `now`. One that is further ahead than
    /// such a wait can reach was written by a clock that was wrong then, or is read by one that is wrong now: it has come.
    #[must_use]
    pub fn is_due(self, now: Self, longest: Duration) -> bool {
        self <= now || self > now.furthest(longest)
    }

    /// The furthest moment ahead of this one that a wait of at most `longest` can have been stored for. For statements that
    /// decide as [`UnixMillis::is_due`] does.
    #[must_use]
    pub fn furthest(self, longest: Duration) -> Self {
        self.plus(longest).plus(TOLERANCE)
    }

    /// The moment this many seconds after 1970.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

/// This machine's clock. A test gives a merchant one that is wrong, and sets it while the merchant runs: clones are one clock.
#[derive(Clone, Debug, Default)]
pub struct MachineClock {
    /// By how many milliseconds it differs from what the machine says: 0 outside of tests.
    ahead: Arc<AtomicI64>,
}

impl MachineClock {
    /// The current time.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        UnixMillis(UnixMillis::now().0.saturating_add(self.ahead.load(Ordering::Relaxed)))
    }

    /// Sets it ahead of the machine's by so many milliseconds, or back. For tests.
    #[doc(hidden)]
    pub fn set_ahead(&self, milliseconds: i64) {
        self.ahead.store(milliseconds, Ordering::Relaxed);
    }
}

/// A clock elsewhere, as it was read last. It goes on by the time that has passed since, which nobody can set: so it does not
/// notice when this machine's clock is changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct DistantClock {
    read: Arc<Mutex<Option<(UnixMillis, Instant)>>>,
}

impl DistantClock {
    /// It said `time` at `instant`.
    pub(crate) fn set(&self, time: UnixMillis, instant: Instant) {
        *lock(&self.read) = Some((time, instant));
    }

    /// The time at `instant`. `None`: the clock was never read.
    pub(crate) fn at(&self, instant: Instant) -> Option<UnixMillis> {
        let read = *lock(&self.read);
        read.map(|(time, then)| time.plus(instant.saturating_duration_since(then)))
    }
}

/// The clock for stored times: the database's, which several processes share, as it was read a moment ago; this machine's, where
/// the database has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct StorageClock {
    machine: MachineClock,
    database: DistantClock,
}

impl StorageClock {
    /// Of a database without a clock.
    pub(crate) fn of(machine: MachineClock) -> Self {
        Self { machine, database: DistantClock::default() }
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.database.at(Instant::now()).unwrap_or_else(|| self.machine.now())
    }

    /// The database said `time` to a question of `asked` at `answered`.
    pub(crate) fn set(&self, time: UnixMillis, asked: Instant, answered: Instant) {
        if answered - asked < SLOW || self.database.at(answered).is_none() {
            self.database.set(time, answered);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_769_828_400_000);
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_moment_is_waited_for_as_long_as_such_a_wait_can_be_and_no_longer() {
        for longest in [Duration::ZERO, Duration::from_secs(10), HOUR] {
            assert!(NOW.is_due(NOW, longest) && NOW.minus(HOUR).is_due(NOW, longest), "it has come");
            assert!(!UnixMillis(NOW.0 + 1).is_due(NOW, longest), "it is about to come");
            let furthest = NOW.furthest(longest);
            assert!(!furthest.is_due(NOW, longest), "two readings of one clock may be a little apart");
            assert!(UnixMillis(furthest.0 + 1).is_due(NOW, longest));
        }
    }

    #[test]
    fn however_far_a_clock_was_ahead_nothing_waits_for_longer_than_it_may() {
        const DAY: Duration = Duration::from_secs(86_400);
        for ahead in [HOUR, 7 * HOUR, DAY, 31 * DAY, 400 * DAY] {
            let stored = NOW.plus(ahead).plus(HOUR);
            // From the moment that the clock is right again, minute by minute.
            let waited = (0..).find(|minute| stored.is_due(NOW.plus(Duration::from_secs(60 * minute)), HOUR));
            assert!(waited.is_some_and(|minutes| minutes <= 61), "{ahead:?}: {waited:?} minutes");
        }
    }

    #[test]
    fn a_distant_clock_goes_on_by_itself() {
        let (clock, read) = (DistantClock::default(), Instant::now());
        assert_eq!(clock.at(read), None, "it was never read");
        clock.set(NOW, read);
        assert_eq!(clock.at(read), Some(NOW));
        assert_eq!(clock.at(read + HOUR), Some(NOW.plus(HOUR)));
    }
}
