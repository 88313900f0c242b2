//! Rate limiter: so many requests a minute for each key, in memory that does not grow with the number of attackers.

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Keys that have an entry of their own; an entry is some 50 bytes.
const MOST_KEYS: usize = 100_000;
/// Entries that all keys share while there are too many.
const SHARED: u64 = 1_024;
/// How often buckets that have refilled are removed, counted in requests.
const TIDY_EVERY: usize = 1_024;

/// The bucket of a key: its own, or a shared one while there are too many.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Bucket<K> {
    Own(K),
    Shared(u64),
}

/// A quota for each key, or none at all.
pub(super) struct RateLimit<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    limit: Option<Limit<K, C>>,
}

type Limiter<K, C> = RateLimiter<Bucket<K>, DashMapStateStore<Bucket<K>>, C, NoOpMiddleware<<C as Clock>::Instant>>;

struct Limit<K: Hash + Eq + Clone, C: Clock> {
    limiter: Limiter<K, C>,
    clock: C,
    most_keys: usize,
    spent: AtomicUsize,
    is_crowded: AtomicBool,
    /// Keyed at random, so that a client cannot choose which keys share a bucket.
    hasher: RandomState,
}

impl<K: Hash + Eq + Clone> RateLimit<K> {
    /// As many as `limit` at once, refilled in a minute. `None`: without end.
    pub(super) fn per_minute(limit: Option<NonZeroU32>) -> Self {
        Self::with(limit, DefaultClock::default(), MOST_KEYS)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> RateLimit<K, C> {
    fn with(limit: Option<NonZeroU32>, clock: C, most_keys: usize) -> Self {
        let limit = limit.map(|limit| Limit {
            limiter: RateLimiter::dashmap_with_clock(Quota::per_minute(limit), clock.clone()),
            clock,
            most_keys,
            spent: AtomicUsize::new(0),
            is_crowded: AtomicBool::new(false),
            hasher: RandomState::new(),
        });
        Self { limit }
    }

    /// Counts one request of `key`. The error is how long until the next is allowed.
    pub(super) fn check(&self, key: K) -> Result<(), Duration> {
        self.limit.as_ref().map_or(Ok(()), |limit| limit.check(key))
    }
}

impl<K: Hash + Eq + Clone, C: Clock> Limit<K, C> {
    fn check(&self, key: K) -> Result<(), Duration> {
        if self.spent.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.tidy();
        }
        let holder = if self.is_crowded.load(Ordering::Relaxed) {
            Bucket::Shared(self.hasher.hash_one(&key) % SHARED)
        } else {
            Bucket::Own(key)
        };
        self.limiter.check_key(&holder).map_err(|until| until.wait_time_from(self.clock.now()))
    }

    fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        self.is_crowded.store(self.limiter.len() > self.most_keys, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limits(limit: u32, clock: &FakeRelativeClock, most_keys: usize) -> RateLimit<usize, FakeRelativeClock> {
        RateLimit::with(NonZeroU32::new(limit), clock.clone(), most_keys)
    }

    fn entries(limits: &RateLimit<usize, FakeRelativeClock>) -> usize {
        limits.limit.as_ref().expect("limited").limiter.len()
    }

    #[test]
    fn what_is_spent_comes_back_with_time_and_says_when() {
        let clock = FakeRelativeClock::default();
        let limits = limits(3, &clock, 10);
        for _ in 0..3 {
            assert_eq!(limits.check(1), Ok(()));
        }
        assert_eq!(limits.check(1), Err(Duration::from_secs(20)));
        assert_eq!(limits.check(2), Ok(()), "each client has a bucket of its own");
        clock.advance(Duration::from_secs(20));
        assert_eq!(limits.check(1), Ok(()));
        assert!(limits.check(1).is_err());
    }

    #[test]
    fn zero_is_no_limit() {
        let limits = limits(0, &FakeRelativeClock::default(), 10);
        assert!((0..10_000).all(|_| limits.check(1).is_ok()));
    }

    #[test]
    fn a_client_that_has_been_quiet_is_forgotten() {
        let clock = FakeRelativeClock::default();
        let limits = limits(2, &clock, 1_000_000);
        for key in 0..2 * TIDY_EVERY {
            assert_eq!(limits.check(key), Ok(()));
        }
        clock.advance(2 * MINUTE);
        for _ in 0..TIDY_EVERY {
            let _ = limits.check(0);
        }
        assert_eq!(entries(&limits), 1);
    }

    #[test]
    fn any_number_of_clients_fits_a_table_of_one_size_and_is_still_limited() {
        let clock = FakeRelativeClock::default();
        let limits = limits(1, &clock, 500);
        let refused = (0..200_000).filter(|key| limits.check(*key).is_err()).count();
        let shared = usize::try_from(SHARED).expect("small");
        assert!(entries(&limits) <= 500 + TIDY_EVERY + shared, "{}", entries(&limits));
        assert!(refused > 190_000, "{refused}: together they spend no more than the shared buckets allow");
        // The crowd leaves; each has a bucket of its own again.
        clock.advance(2 * MINUTE);
        for _ in 0..TIDY_EVERY {
            let _ = limits.check(7);
        }
        assert_eq!(limits.check(8), Ok(()));
        assert_eq!(limits.check(9), Ok(()));
    }
}
