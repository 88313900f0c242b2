//! Limiters: so many requests a minute for each key, in memory that does not grow with the number of attackers; and so many
//! connections or push streams at a time, in total and per client.

use super::Client;
use crate::lock;
use axum::body::{Body, Bytes};
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

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

/// The `Retry-After` of a client that has too many streams: until it can have closed one.
pub(super) const STREAM_RETRY_AFTER: Duration = Duration::from_secs(10);

/// A pool of permits.
#[derive(Clone, Debug)]
pub(crate) struct Permits {
    in_all: Option<NonZeroU32>,
    per_client: Option<NonZeroU32>,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: u32,
    by: HashMap<Client, u32>,
}

/// A permit, released when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    client: Client,
    taken: Arc<Mutex<Taken>>,
}

impl Permits {
    /// A pool with so many permits in total and for each client; `None` is no limit.
    pub(crate) fn new(in_all: Option<NonZeroU32>, per_client: Option<NonZeroU32>) -> Self {
        Self { in_all, per_client, taken: Arc::default() }
    }

    /// Takes a permit, if there is one for this client.
    pub(crate) fn take(&self, client: Client) -> Option<Permit> {
        let mut taken = lock(&self.taken);
        let of_client = taken.by.get(&client).copied().unwrap_or(0);
        let is_below = |count: u32, most: Option<NonZeroU32>| most.is_none_or(|most| count < most.get());
        if !is_below(taken.in_all, self.in_all) || !is_below(of_client, self.per_client) {
            return None;
        }
        taken.in_all += 1;
        taken.by.insert(client, of_client + 1);
        Some(Permit { client, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.in_all -= 1;
        if let Some(count) = taken.by.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                taken.by.remove(&self.client);
            }
        }
    }
}

/// Ends a push stream after `age`, and releases its permit when the stream ends or the client goes.
pub(super) fn limit_age(response: Response, permit: Option<Permit>, age: Duration) -> Response {
    response.map(|body| Body::new(LimitedStream { body, age: Box::pin(sleep(age)), _permit: permit }))
}

struct LimitedStream {
    body: Body,
    age: Pin<Box<Sleep>>,
    _permit: Option<Permit>,
}

impl HttpBody for LimitedStream {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Between two events, so never within one.
        if self.age.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
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

    const ONE: Client = Client::V6Network(1);
    const OTHER: Client = Client::V6Network(2);

    #[test]
    fn a_client_takes_no_more_than_its_own_and_a_permit_that_is_released_is_free_again() {
        let permits = Permits::new(NonZeroU32::new(3), NonZeroU32::new(2));
        let (first, second) = (permits.take(ONE), permits.take(ONE));
        assert!(first.is_some() && second.is_some());
        assert!(permits.take(ONE).is_none());
        let third = permits.take(OTHER);
        assert!(third.is_some());
        assert!(permits.take(OTHER).is_none(), "three in all");
        drop(first);
        assert!(permits.take(ONE).is_some());
        drop((second, third));
        assert!(lock(&permits.taken).by.is_empty(), "whoever has left is not remembered");
    }
}
