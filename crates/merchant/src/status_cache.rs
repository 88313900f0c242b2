//! Cache of statuses as browsers receive them: read and serialised once, then shared by all polls and push streams.
//!
//! Read-side cache: never decide from it. A charge, a cancel and a notification read the store. An entry is invalidated as
//! soon as anything is recorded about its order ([`StatusCache::invalidate`]), and expires after a short time anyway.

use crate::clock::UnixMillis;
use crate::error::ApiError;
use crate::orders::{Order, Transaction};
use anyhow::Context as _;
use axum::body::Bytes;
use gopay_contract::OrderId;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// How many orders are cached, at about 2 KB each: twice the streams that one process is meant to hold.
const MAX_ORDERS: usize = 20_000;
/// How old an entry gets at most: another process may have recorded something, and its message may be lost.
const MAX_AGE: Duration = Duration::from_secs(5);

/// The serialised status of the order's effective transaction.
#[derive(Clone, Debug)]
pub(crate) struct StatusPayload {
    /// As JSON.
    pub(crate) json: Bytes,
    /// The same as a server-sent event.
    pub(crate) event: Bytes,
    /// Attempt and version: another one means another status.
    pub(crate) id: (u32, i64),
    /// True if the status is final.
    pub(crate) is_final: bool,
    /// When it becomes stale, so that Midtrans is polled: when [`Orders::try_claim_poll`](crate::orders::Orders::try_claim_poll) allows it.
    /// `None`: no attempt is open.
    stale_from: Option<UnixMillis>,
    min_poll_interval: Duration,
}

impl StatusPayload {
    /// The payload for an order. `min_poll_interval` is the shortest time between two polls of it.
    pub(crate) fn of(order: &Order, min_poll_interval: Duration) -> Result<Self, ApiError> {
        let known = order.effective().ok_or(ApiError::NoTransaction)?;
        // A late payment is final, and leaves a later attempt to cancel.
        let is_open = !known.is_final() || order.redundant().next().is_some();
        let stale_from = order.polled_at().filter(|_| is_open).map(|polled_at| polled_at.plus(min_poll_interval));
        Ok(Self { stale_from, min_poll_interval, ..Self::of_transaction(known)? })
    }

    fn is_stale(&self, now: UnixMillis) -> bool {
        self.stale_from.is_some_and(|stale_from| stale_from.is_due(now, self.min_poll_interval))
    }

    fn of_transaction(known: &Transaction) -> Result<Self, ApiError> {
        let json = serde_json::to_string(&known.status).context("a status as JSON")?;
        let head = format!("event: status\nid: {}.{}\ndata: ", known.attempt, known.version);
        let event = Bytes::from(format!("{head}{json}\n\n"));
        Ok(Self {
            json: event.slice(head.len()..head.len() + json.len()),
            event,
            id: (known.attempt, known.version),
            is_final: known.is_final(),
            stale_from: None,
            min_poll_interval: Duration::ZERO,
        })
    }
}

/// A cache entry: one read of an order, shared by all who ask meanwhile.
#[derive(Debug)]
pub(crate) struct CacheEntry {
    begun: Instant,
    payload: OnceCell<StatusPayload>,
    is_refreshing: AtomicBool,
}

impl CacheEntry {
    fn begin() -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), payload: OnceCell::new(), is_refreshing: AtomicBool::new(false) })
    }

    /// The payload, once it was read.
    pub(crate) fn payload(&self) -> Option<&StatusPayload> {
        self.payload.get()
    }

    /// True for exactly one caller per stale entry, which then refreshes the order.
    pub(crate) fn try_claim_refresh(&self, now: UnixMillis) -> bool {
        self.payload().is_some_and(|payload| payload.is_stale(now))
            && !self.is_refreshing.load(Ordering::Relaxed)
            && !self.is_refreshing.swap(true, Ordering::Relaxed)
    }
}

/// Cache of the orders read lately. Bounded.
#[derive(Debug)]
pub(crate) struct StatusCache {
    entries: Cache<OrderId, Arc<CacheEntry>>,
    max_age: Duration,
}

impl StatusCache {
    /// An empty cache. `min_poll_interval` is the shortest time between two polls of one order; no entry gets older than that, because
    /// a new entry is also the occasion to poll again.
    pub(crate) fn new(min_poll_interval: Duration) -> Self {
        Self { entries: Cache::new(MAX_ORDERS), max_age: MAX_AGE.min(min_poll_interval) }
    }

    /// Returns the order's entry, read by `read` if there is none. Concurrent callers wait for one read.
    pub(crate) async fn get(
        &self,
        order_id: &OrderId,
        read: impl Future<Output = Result<StatusPayload, ApiError>>,
    ) -> Result<Arc<CacheEntry>, ApiError> {
        let entry = self.entry(order_id);
        entry.payload.get_or_try_init(|| read).await?;
        Ok(entry)
    }

    /// Removes the order's entry, because something was recorded about it. A read in flight is no longer handed out.
    pub(crate) fn invalidate(&self, order_id: &OrderId) {
        self.entries.remove(order_id);
    }

    /// Removes all entries, because changes may have been missed.
    pub(crate) fn invalidate_all(&self) {
        self.entries.clear();
    }

    fn entry(&self, order_id: &OrderId) -> Arc<CacheEntry> {
        match self.entries.get(order_id) {
            Some(entry) if entry.begun.elapsed() < self.max_age => entry,
            Some(_) => {
                self.invalidate(order_id);
                self.new_entry(order_id)
            }
            None => self.new_entry(order_id),
        }
    }

    fn new_entry(&self, order_id: &OrderId) -> Arc<CacheEntry> {
        let begun: Result<_, std::convert::Infallible> =
            self.entries.get_or_insert_with(order_id, || Ok(CacheEntry::begin()));
        match begun {
            Ok(entry) => entry,
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gopay_contract::{Answer, TransactionId, TransactionStatus};
    use std::sync::atomic::AtomicU32;
    use tokio::sync::oneshot;

    fn payload(status: &str, version: i64) -> StatusPayload {
        let status = TransactionStatus::parse(status);
        let transaction_id = TransactionId::parse("1a2b3c4d-5e6f").expect("a transaction id");
        let answer = Answer { transaction_status: Some(status.clone()), ..Answer::default() };
        let known = Transaction {
            transaction_id,
            transaction_status: status,
            status: answer,
            actions: Vec::new(),
            attempt: 1,
            version,
        };
        let stale_from = (!known.transaction_status.is_final()).then_some(STALE_FROM);
        StatusPayload {
            stale_from,
            min_poll_interval: FLOOR,
            ..StatusPayload::of_transaction(&known).expect("it can be written")
        }
    }

    const STALE_FROM: UnixMillis = UnixMillis(1_800_000_000_000);

    fn order() -> OrderId {
        OrderId::parse("order-101").expect("an order id")
    }

    const FLOOR: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn the_order_is_read_once_for_all_who_ask() {
        let (cache, reads) = (StatusCache::new(FLOOR), AtomicU32::new(0));
        let order = order();
        let ask = || {
            cache.get(&order, async {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok(payload("pending", 1))
            })
        };
        let (one, other) = tokio::join!(ask(), ask());
        assert!(Arc::ptr_eq(&one.expect("read"), &other.expect("read")));
        ask().await.expect("known");
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_reading_that_was_overtaken_is_not_kept() {
        let cache = Arc::new(StatusCache::new(FLOOR));
        let (begun, has_begun) = oneshot::channel();
        let (go_on, may_go_on) = oneshot::channel::<()>();
        let slow = {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move {
                let read = async {
                    begun.send(()).expect("somebody waits");
                    may_go_on.await.expect("somebody lets it go on");
                    Ok(payload("pending", 1))
                };
                cache.get(&order(), read).await
            })
        };
        has_begun.await.expect("it reads");
        // Recorded while the slow one still holds what was true before.
        cache.invalidate(&order());
        go_on.send(()).expect("it still waits");
        slow.await.expect("no panic").expect("read");
        let now = cache.get(&order(), async { Ok(payload("settlement", 2)) }).await.expect("read");
        assert_eq!(now.payload().map(|payload| payload.id), Some((1, 2)), "a cached pending hides a settlement");
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_not_kept() {
        let cache = StatusCache::new(FLOOR);
        assert!(cache.get(&order(), async { Err(ApiError::NoTransaction) }).await.is_err());
        assert!(cache.get(&order(), async { Ok(payload("pending", 1)) }).await.is_ok());
    }

    #[tokio::test]
    async fn one_of_all_who_ask_looks_behind_and_nobody_behind_an_end() {
        let cache = StatusCache::new(FLOOR);
        let entry = cache.get(&order(), async { Ok(payload("pending", 1)) }).await.expect("read");
        assert!(!entry.try_claim_refresh(UnixMillis(STALE_FROM.0 - 1)), "Midtrans has told a moment ago");
        assert!(entry.try_claim_refresh(STALE_FROM));
        assert!(!entry.try_claim_refresh(STALE_FROM));
        cache.invalidate(&order());
        let entry = cache.get(&order(), async { Ok(payload("settlement", 2)) }).await.expect("read");
        assert!(!entry.try_claim_refresh(STALE_FROM));
    }

    #[test]
    fn a_status_is_written_once_for_both_ways_to_tell_it() {
        let payload = payload("pending", 3);
        let event = format!("event: status\nid: 1.3\ndata: {}\n\n", String::from_utf8_lossy(&payload.json));
        assert_eq!(payload.event, event.as_bytes());
        assert_eq!(&payload.json[..], br#"{"transaction_status":"pending"}"#);
    }
}
