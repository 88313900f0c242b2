//! Deletes ended orders: which may be deleted, and how: page by page through an index, each batch in one transaction.

use super::rows::{AttemptRow, OrderRow};
use super::sql::{Dialect, attempt_columns};
use super::{Attempt, Order, Result, Sweep, Transaction};
use crate::clock::UnixMillis;
use gopay_contract::{JakartaTime, OrderId};
use std::time::Duration;

/// How far our clock and Midtrans' may differ for retention to run.
const CLOCKS_AGREE: Duration = Duration::from_secs(3600);

/// Position of a retention sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepCursor {
    pub(super) ended_at: UnixMillis,
    pub(super) order_id: String,
}

impl SweepCursor {
    /// The beginning: what ended longest ago.
    #[must_use]
    pub const fn start() -> Self {
        // A status that has never changed is no end.
        Self { ended_at: UnixMillis(1), order_id: String::new() }
    }
}

/// Returns the time before which an order must have ended to be deleted. `None`: nothing is deleted, because Midtrans' clock is not known or is
/// another than ours. A clock that is a year ahead must not delete what was paid yesterday.
#[must_use]
pub fn cutoff(now: UnixMillis, at_midtrans: Option<UnixMillis>, keep: Duration) -> Option<UnixMillis> {
    let at_midtrans = at_midtrans?;
    let apart = now.since(at_midtrans).max(at_midtrans.since(now));
    (apart <= CLOCKS_AGREE).then(|| now.min(at_midtrans).minus(keep))
}

/// True if everything about an order has ended before `before`: no attempt can be paid or is in doubt, none was touched since,
/// by our clock or by Midtrans'. An order with an alert stays (paid twice: one payment is to be refunded). One that was never charged
/// stays too.
#[must_use]
pub fn may_be_deleted(order: &Order, before: UnixMillis) -> bool {
    let has_ended = |attempt: &Attempt| match &attempt.transaction {
        Some(known) => known.is_final() && last_touched(attempt, known) < before,
        // Never made: Midtrans was asked about it until it was given up.
        None => attempt.claimed_at.max(attempt.claimed_until).max(attempt.polled_at) < before,
    };
    let was_charged = order.attempts.iter().any(|attempt| attempt.transaction.is_some());
    was_charged && order.decision().alerts.is_empty() && order.attempts.iter().all(has_ended)
}

fn last_touched(attempt: &Attempt, known: &Transaction) -> UnixMillis {
    let at_midtrans = |time: JakartaTime| UnixMillis::from_seconds(time.unix_seconds());
    let theirs = [known.status.transaction_time, known.status.settlement_time, known.status.expiry_time];
    let ours = [attempt.claimed_at, attempt.claimed_until, attempt.moved_at, attempt.polled_at];
    ours.into_iter().chain(theirs.into_iter().flatten().map(at_midtrans)).max().unwrap_or(attempt.moved_at)
}

/// A page of what has ended before `$1`, behind `$2` and `$3`.
const ENDED: &str = "SELECT order_id, moved_at FROM attempts
     WHERE next_poll_at IS NULL AND moved_at < $1 AND (moved_at, order_id) > ($2, $3) ORDER BY moved_at, order_id LIMIT $4";

/// Undelivered changes of an order. Without a listener in this process (`$2` is 0), only of orders that were delivered before.
const UNDELIVERED: &str = "SELECT order_id FROM attempts
     WHERE order_id = $1 AND version > delivered_version AND ($2 = 1 OR delivered_version > 0)";

/// In this order: each needs the rows of those behind it.
const DELETE: [&str; 6] = [
    "INSERT INTO deleted_attempts (midtrans_order_id, order_id)
         SELECT midtrans_order_id, order_id FROM attempts WHERE order_id = $1 AND midtrans_order_id <> order_id
         ON CONFLICT DO NOTHING",
    "DELETE FROM notifications
         WHERE transaction_id IN (SELECT transaction_id FROM attempts WHERE order_id = $1 AND transaction_id IS NOT NULL)",
    "DELETE FROM notifications WHERE midtrans_order_id IN (SELECT midtrans_order_id FROM attempts WHERE order_id = $1)",
    "DELETE FROM attempts WHERE order_id = $1",
    "DELETE FROM orders WHERE order_id = $1",
    "INSERT INTO deleted_orders (order_id, deleted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
];

/// Deletes what may be deleted of the next `most` attempts that have ended before `before`, behind `from`. Each order is read
/// again and decided about in the caller's transaction, which deletes it.
pub(super) async fn delete_ended<D: Dialect>(
    writing: &mut D::Connection,
    from: &SweepCursor,
    before: UnixMillis,
    (has_listener, now): (bool, UnixMillis),
    most: u32,
) -> Result<Sweep> {
    let page: Vec<(String, i64)> = D::fetch(
        writing,
        ENDED,
        &[before.0.into(), from.ended_at.0.into(), from.order_id.as_str().into(), most.into()],
    )
    .await?;
    let next = page
        .last()
        .map(|(order_id, ended_at)| SweepCursor { ended_at: UnixMillis(*ended_at), order_id: order_id.clone() });
    let mut orders: Vec<&str> = page.iter().map(|(order_id, _)| order_id.as_str()).collect();
    orders.sort_unstable();
    orders.dedup();
    let (mut deleted, mut kept) = (Vec::new(), 0);
    for order_id in orders {
        // Another process may have deleted it meanwhile.
        let order: Option<OrderRow> = D::fetch(writing, D::ORDER_TO_DELETE, &[order_id.into()]).await?.pop();
        let Some(order) = order else { continue };
        let attempts: Vec<AttemptRow> = D::fetch(
            writing,
            concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE order_id = $1 ORDER BY number"),
            &[order_id.into()],
        )
        .await?;
        let undelivered: Vec<(String,)> =
            D::fetch(writing, UNDELIVERED, &[order_id.into(), has_listener.into()]).await?;
        let order = order.into_order(OrderId::parse(order_id)?, attempts)?;
        if !undelivered.is_empty() || !may_be_deleted(&order, before) {
            kept += 1;
            continue;
        }
        let [rest @ .., tombstone] = DELETE;
        for statement in rest {
            D::execute(writing, statement, &[order_id.into()]).await?;
        }
        D::execute(writing, tombstone, &[order_id.into(), now.0.into()]).await?;
        deleted.push(order.order_id);
    }
    Ok(Sweep { deleted, kept, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::order_of;
    use gopay_contract::FraudStatus;

    const NOW: UnixMillis = UnixMillis(1_769_828_400_000);
    const DAY: Duration = Duration::from_secs(86_400);
    const KEEP: Duration = Duration::from_secs(90 * 86_400);

    /// An order whose attempts stand so, touched last a day before it may be deleted.
    fn of_long_ago(statuses: &[&str]) -> Order {
        let statuses: Vec<_> = statuses.iter().map(|status| (*status, None)).collect();
        let mut order = order_of(&statuses);
        for attempt in &mut order.attempts {
            let long_ago = NOW.minus(KEEP + DAY);
            attempt.claimed_at = long_ago;
            attempt.claimed_until = UnixMillis(0);
            attempt.moved_at = long_ago;
            attempt.polled_at = long_ago;
            if let Some(known) = &mut attempt.transaction {
                known.status.transaction_time = Some(JakartaTime::from_unix_seconds(long_ago.seconds()));
                known.status.settlement_time = None;
                known.status.expiry_time = None;
            }
        }
        order
    }

    const BEFORE: UnixMillis = UnixMillis(NOW.0 - 90 * 86_400_000);

    #[test]
    fn what_has_ended_long_ago_may_be_deleted_and_what_may_still_be_paid_may_not() {
        let ended = ["settlement", "expire", "cancel", "deny", "failure", "refund", "partial_refund", "capture"];
        let open = ["pending", "authorize"];
        for status in ended {
            assert!(may_be_deleted(&of_long_ago(&[status]), BEFORE), "{status}");
            assert!(!may_be_deleted(&of_long_ago(&[status, "pending"]), BEFORE), "{status}, and another is open");
            for other in ["expire", "cancel", "deny", "refund"] {
                assert!(may_be_deleted(&of_long_ago(&[other, status]), BEFORE), "{other}, {status}");
            }
        }
        for status in open {
            assert!(!may_be_deleted(&of_long_ago(&[status]), BEFORE), "{status}");
        }
        assert!(!may_be_deleted(&of_long_ago(&[]), BEFORE), "it was never charged");
    }

    #[test]
    fn what_is_in_doubt_or_was_paid_twice_stays() {
        let mut doubted = of_long_ago(&["settlement"]);
        if let Some(known) = &mut doubted.attempts[0].transaction {
            known.status.fraud_status = Some(FraudStatus::Challenge);
        }
        assert!(!may_be_deleted(&doubted, BEFORE));
        assert!(!may_be_deleted(&of_long_ago(&["settlement", "settlement"]), BEFORE));
        assert!(may_be_deleted(&of_long_ago(&["settlement", "refund"]), BEFORE), "one was given back");
    }

    #[test]
    fn each_moment_that_is_not_long_ago_keeps_an_order() {
        type Touch = fn(&mut Attempt, UnixMillis);
        let touches: [(&str, Touch); 7] = [
            ("claimed_at", |attempt, at| attempt.claimed_at = at),
            ("claimed_until", |attempt, at| attempt.claimed_until = at),
            ("moved_at", |attempt, at| attempt.moved_at = at),
            ("polled_at", |attempt, at| attempt.polled_at = at),
            ("transaction_time", |attempt, at| {
                let time = Some(JakartaTime::from_unix_seconds(at.seconds()));
                attempt.transaction.as_mut().expect("charged").status.transaction_time = time;
            }),
            ("settlement_time", |attempt, at| {
                let time = Some(JakartaTime::from_unix_seconds(at.seconds()));
                attempt.transaction.as_mut().expect("charged").status.settlement_time = time;
            }),
            ("expiry_time", |attempt, at| {
                let time = Some(JakartaTime::from_unix_seconds(at.seconds()));
                attempt.transaction.as_mut().expect("charged").status.expiry_time = time;
            }),
        ];
        for (what, touch) in touches {
            for at in [BEFORE, NOW, NOW.plus(KEEP)] {
                let mut order = of_long_ago(&["expire", "settlement"]);
                touch(&mut order.attempts[1], at);
                assert!(!may_be_deleted(&order, BEFORE), "{what}: {at:?}");
            }
        }
    }

    #[test]
    fn nothing_is_deleted_by_a_clock_that_midtrans_does_not_agree_with() {
        assert_eq!(cutoff(NOW, Some(NOW), KEEP), Some(BEFORE));
        assert_eq!(cutoff(NOW, None, KEEP), None, "Midtrans' clock is not known");
        let hour = CLOCKS_AGREE;
        assert_eq!(cutoff(NOW.plus(hour), Some(NOW), KEEP), Some(BEFORE), "by the earlier of the two");
        assert_eq!(cutoff(NOW, Some(NOW.plus(hour)), KEEP), Some(BEFORE));
        for apart in [hour + Duration::from_millis(1), DAY, KEEP, KEEP * 40] {
            assert_eq!(cutoff(NOW.plus(apart), Some(NOW), KEEP), None, "ours is ahead by {apart:?}");
            assert_eq!(cutoff(NOW, Some(NOW.plus(apart)), KEEP), None, "ours is behind by {apart:?}");
        }
    }
}
