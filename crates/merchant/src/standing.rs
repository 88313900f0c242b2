//! How an order stands, as browsers are told: read and written as JSON once, then handed to everyone who asks or watches.
//!
//! For telling only. Whatever decides (a charge, a cancel, a notification) reads the orders themselves. What is kept here
//! is forgotten as soon as anything is recorded about its order ([`Standings::forget`]), and after a short time anyway.

use crate::clock::UnixMillis;
use crate::orders::{Order, Transaction};
use crate::problem::Problem;
use anyhow::Context as _;
use axum::body::Bytes;
use gopay_contract::OrderId;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// How many orders are kept at once, at about 2 KB each: twice the streams that one process is meant to hold.
const MOST_ORDERS: usize = 20_000;
/// How long one is kept although nothing was recorded here: another process may have recorded something, and its word of
/// it may be lost.
const KEPT: Duration = Duration::from_secs(5);

/// The status of the transaction that counts, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// As JSON.
    pub(crate) json: Bytes,
    /// The same as a server-sent event.
    pub(crate) event: Bytes,
    /// Attempt and version: another one means another status.
    pub(crate) id: (u32, i64),
    /// Whether nothing more is to be waited for.
    pub(crate) is_final: bool,
    /// From when on Midtrans may be asked whether it has more to do or to say, of this transaction or of another attempt at
    /// the order: not sooner than [`Orders::may_ask`](crate::orders::Orders::may_ask) lets anybody. `None`: nothing is open.
    look_from: Option<UnixMillis>,
    ask_floor: Duration,
}

impl Standing {
    /// Of an order: its transaction that a payer is told about. `ask_floor`: how long Midtrans is left alone about it.
    pub(crate) fn of(order: &Order, ask_floor: Duration) -> Result<Self, Problem> {
        let known = order.effective().ok_or(Problem::NoTransaction)?;
        // A payment that came late ends the telling, and leaves a later attempt to cancel.
        let is_open = !known.is_final() || order.redundant().next().is_some();
        let look_from = order.asked_at().filter(|_| is_open).map(|asked_at| asked_at.plus(ask_floor));
        Ok(Self { look_from, ask_floor, ..Self::of_transaction(known)? })
    }

    fn is_to_be_looked_behind(&self, now: UnixMillis) -> bool {
        self.look_from.is_some_and(|look_from| look_from.is_due(now, self.ask_floor))
    }

    fn of_transaction(known: &Transaction) -> Result<Self, Problem> {
        let json = serde_json::to_string(&known.status).context("a status as JSON")?;
        let head = format!("event: status\nid: {}.{}\ndata: ", known.attempt, known.version);
        let event = Bytes::from(format!("{head}{json}\n\n"));
        Ok(Self {
            json: event.slice(head.len()..head.len() + json.len()),
            event,
            id: (known.attempt, known.version),
            is_final: known.is_final(),
            look_from: None,
            ask_floor: Duration::ZERO,
        })
    }
}

/// One reading of the orders, shared by everyone who asks meanwhile.
#[derive(Debug)]
pub(crate) struct Reading {
    begun: Instant,
    standing: OnceCell<Standing>,
    is_looked_behind: AtomicBool,
}

impl Reading {
    fn begin() -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), standing: OnceCell::new(), is_looked_behind: AtomicBool::new(false) })
    }

    /// What was read.
    pub(crate) fn standing(&self) -> Option<&Standing> {
        self.standing.get()
    }

    /// Whether the caller is the one who is to look whether Midtrans knows more. At most one is, once per reading, and
    /// nobody where nothing is open, or where Midtrans has told a moment ago.
    pub(crate) fn try_claim_refresh(&self, now: UnixMillis) -> bool {
        self.standing().is_some_and(|standing| standing.is_to_be_looked_behind(now))
            && !self.is_looked_behind.load(Ordering::Relaxed)
            && !self.is_looked_behind.swap(true, Ordering::Relaxed)
    }
}

/// What was read of many orders lately. Bounded; what is not here is read again.
#[derive(Debug)]
pub(crate) struct Standings {
    readings: Cache<OrderId, Arc<Reading>>,
    kept: Duration,
}

impl Standings {
    /// `ask_floor`: how long Midtrans is left alone about one transaction. Nothing is kept for longer, because a reading
    /// is also a moment to look whether Midtrans may be asked again.
    pub(crate) fn new(ask_floor: Duration) -> Self {
        Self { readings: Cache::new(MOST_ORDERS), kept: KEPT.min(ask_floor) }
    }

    /// The order's standing: as it was read lately, or by `read`. Whoever asks while somebody else reads waits for that.
    pub(crate) async fn get(
        &self,
        order_id: &OrderId,
        read: impl Future<Output = Result<Standing, Problem>>,
    ) -> Result<Arc<Reading>, Problem> {
        let reading = self.reading(order_id);
        reading.standing.get_or_try_init(|| read).await?;
        Ok(reading)
    }

    /// Something was recorded about the order: whoever asks from now on reads it anew. A reading that has begun before is
    /// no longer handed out, whenever it ends.
    pub(crate) fn forget(&self, order_id: &OrderId) {
        self.readings.remove(order_id);
    }

    /// The same for all orders: something may have been missed.
    pub(crate) fn forget_all(&self) {
        self.readings.clear();
    }

    fn reading(&self, order_id: &OrderId) -> Arc<Reading> {
        match self.readings.get(order_id) {
            Some(reading) if reading.begun.elapsed() < self.kept => reading,
            Some(_) => {
                self.forget(order_id);
                self.begun_reading(order_id)
            }
            None => self.begun_reading(order_id),
        }
    }

    fn begun_reading(&self, order_id: &OrderId) -> Arc<Reading> {
        let begun: Result<_, std::convert::Infallible> =
            self.readings.get_or_insert_with(order_id, || Ok(Reading::begin()));
        match begun {
            Ok(reading) => reading,
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

    fn standing(status: &str, version: i64) -> Standing {
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
        let look_from = (!known.transaction_status.is_final()).then_some(LOOK_FROM);
        Standing { look_from, ask_floor: FLOOR, ..Standing::of_transaction(&known).expect("it can be written") }
    }

    const LOOK_FROM: UnixMillis = UnixMillis(1_800_000_000_000);

    fn order() -> OrderId {
        OrderId::parse("order-101").expect("an order id")
    }

    const FLOOR: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn the_order_is_read_once_for_all_who_ask() {
        let (standings, reads) = (Standings::new(FLOOR), AtomicU32::new(0));
        let order = order();
        let ask = || {
            standings.get(&order, async {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok(standing("pending", 1))
            })
        };
        let (one, other) = tokio::join!(ask(), ask());
        assert!(Arc::ptr_eq(&one.expect("read"), &other.expect("read")));
        ask().await.expect("known");
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_reading_that_was_overtaken_is_not_kept() {
        let standings = Arc::new(Standings::new(FLOOR));
        let (begun, has_begun) = oneshot::channel();
        let (go_on, may_go_on) = oneshot::channel::<()>();
        let slow = {
            let standings = Arc::clone(&standings);
            tokio::spawn(async move {
                let read = async {
                    begun.send(()).expect("somebody waits");
                    may_go_on.await.expect("somebody lets it go on");
                    Ok(standing("pending", 1))
                };
                standings.get(&order(), read).await
            })
        };
        has_begun.await.expect("it reads");
        // Recorded while the slow one still holds what was true before.
        standings.forget(&order());
        go_on.send(()).expect("it still waits");
        slow.await.expect("no panic").expect("read");
        let now = standings.get(&order(), async { Ok(standing("settlement", 2)) }).await.expect("read");
        assert_eq!(now.standing().map(|standing| standing.id), Some((1, 2)), "a cached pending hides a settlement");
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_not_kept() {
        let standings = Standings::new(FLOOR);
        assert!(standings.get(&order(), async { Err(Problem::NoTransaction) }).await.is_err());
        assert!(standings.get(&order(), async { Ok(standing("pending", 1)) }).await.is_ok());
    }

    #[tokio::test]
    async fn one_of_all_who_ask_looks_behind_and_nobody_behind_an_end() {
        let standings = Standings::new(FLOOR);
        let reading = standings.get(&order(), async { Ok(standing("pending", 1)) }).await.expect("read");
        assert!(!reading.try_claim_refresh(UnixMillis(LOOK_FROM.0 - 1)), "Midtrans has told a moment ago");
        assert!(reading.try_claim_refresh(LOOK_FROM));
        assert!(!reading.try_claim_refresh(LOOK_FROM));
        standings.forget(&order());
        let reading = standings.get(&order(), async { Ok(standing("settlement", 2)) }).await.expect("read");
        assert!(!reading.try_claim_refresh(LOOK_FROM));
    }

    #[test]
    fn a_status_is_written_once_for_both_ways_to_tell_it() {
        let standing = standing("pending", 3);
        let event = format!("event: status\nid: 1.3\ndata: {}\n\n", String::from_utf8_lossy(&standing.json));
        assert_eq!(standing.event, event.as_bytes());
        assert_eq!(&standing.json[..], br#"{"transaction_status":"pending"}"#);
    }
}
