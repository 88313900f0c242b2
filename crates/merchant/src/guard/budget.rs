//! So many requests a minute for each key, in a table that does not grow with the number of attackers.

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
/// How often the table is looked through, counted in requests: entries that have refilled are thrown away.
const TIDY_EVERY: usize = 1_024;

/// Whose budget it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Holder<K> {
    Own(K),
    Shared(u64),
}

/// A budget for each key, or none at all.
pub(super) struct Budget<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    limit: Option<Limit<K, C>>,
}

type Limiter<K, C> = RateLimiter<Holder<K>, DashMapStateStore<Holder<K>>, C, NoOpMiddleware<<C as Clock>::Instant>>;

struct Limit<K: Hash + Eq + Clone, C: Clock> {
    limiter: Limiter<K, C>,
    clock: C,
    most_keys: usize,
    spent: AtomicUsize,
    is_crowded: AtomicBool,
    /// Which keys share an entry, nobody can choose.
    hasher: RandomState,
}

impl<K: Hash + Eq + Clone> Budget<K> {
    /// As many as `limit` at once, refilled in a minute. `None`: without end.
    pub(super) fn per_minute(limit: Option<NonZeroU32>) -> Self {
        Self::with(limit, DefaultClock::default(), MOST_KEYS)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Budget<K, C> {
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

    /// Takes one of `key`'s, or says how long until there is one again.
    pub(super) fn spend(&self, key: K) -> Result<(), Duration> {
        self.limit.as_ref().map_or(Ok(()), |limit| limit.spend(key))
    }
}

impl<K: Hash + Eq + Clone, C: Clock> Limit<K, C> {
    fn spend(&self, key: K) -> Result<(), Duration> {
        if self.spent.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.tidy();
        }
        let holder = if self.is_crowded.load(Ordering::Relaxed) {
            Holder::Shared(self.hasher.hash_one(&key) % SHARED)
        } else {
            Holder::Own(key)
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

    fn budget(limit: u32, clock: &FakeRelativeClock, most_keys: usize) -> Budget<usize, FakeRelativeClock> {
        Budget::with(NonZeroU32::new(limit), clock.clone(), most_keys)
    }

    fn entries(budget: &Budget<usize, FakeRelativeClock>) -> usize {
        budget.limit.as_ref().expect("limited").limiter.len()
    }

    #[test]
    fn what_is_spent_comes_back_with_time_and_says_when() {
        let clock = FakeRelativeClock::default();
        let budget = budget(3, &clock, 10);
        for _ in 0..3 {
            assert_eq!(budget.spend(1), Ok(()));
        }
        assert_eq!(budget.spend(1), Err(Duration::from_secs(20)));
        assert_eq!(budget.spend(2), Ok(()), "another's budget is another's");
        clock.advance(Duration::from_secs(20));
        assert_eq!(budget.spend(1), Ok(()));
        assert!(budget.spend(1).is_err());
    }

    #[test]
    fn zero_is_no_limit() {
        let budget = budget(0, &FakeRelativeClock::default(), 10);
        assert!((0..10_000).all(|_| budget.spend(1).is_ok()));
    }

    #[test]
    fn whoever_has_been_quiet_is_forgotten() {
        let clock = FakeRelativeClock::default();
        let budget = budget(2, &clock, 1_000_000);
        for key in 0..2 * TIDY_EVERY {
            assert_eq!(budget.spend(key), Ok(()));
        }
        clock.advance(2 * MINUTE);
        for _ in 0..TIDY_EVERY {
            let _ = budget.spend(0);
        }
        assert_eq!(entries(&budget), 1);
    }

    #[test]
    fn any_number_of_clients_fits_a_table_of_one_size_and_is_still_limited() {
        let clock = FakeRelativeClock::default();
        let budget = budget(1, &clock, 500);
        let refused = (0..200_000).filter(|key| budget.spend(*key).is_err()).count();
        let shared = usize::try_from(SHARED).expect("small");
        assert!(entries(&budget) <= 500 + TIDY_EVERY + shared, "{}", entries(&budget));
        assert!(refused > 190_000, "{refused}: together they spend no more than the shared budgets");
        // The crowd leaves; everybody has a budget of their own again.
        clock.advance(2 * MINUTE);
        for _ in 0..TIDY_EVERY {
            let _ = budget.spend(7);
        }
        assert_eq!(budget.spend(8), Ok(()));
        assert_eq!(budget.spend(9), Ok(()));
    }
}
