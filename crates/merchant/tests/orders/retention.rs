//! Promises about what retention deletes, and what it leaves.

use crate::{LEASE, NOW, Storage, answer, at_once, id, place_as, settlement, transaction};
use gopay_contract::Answer;
use gopay_contract::midtrans::OptionalData;
use gopay_contract::{GrossAmount, OrderId};
use gopay_merchant::UnixMillis;
use gopay_merchant::orders::{MidtransAnswer, NewOrder, NotificationOutcome, Orders, PlaceError, SweepCursor};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const LONG_AGO: UnixMillis = UnixMillis(NOW.0 - 400 * 86_400_000);
const BEFORE: UnixMillis = UnixMillis(NOW.0 - 90 * 86_400_000);

/// Attempt `number` of the order ends so at `at`.
async fn ends(orders: &dyn Orders, order_id: &str, number: u32, status: &str, at: UnixMillis) {
    let claimed = orders.claim(&id(order_id), number, None, at, LEASE).await.expect("asked").expect("claimed");
    let answer = Answer {
        transaction_id: Some(transaction(&format!("{order_id}-t-{number}"))),
        order_id: Some(claimed.midtrans_order_id),
        ..answer(status)
    };
    orders.record(&id(order_id), number, &MidtransAnswer::Charge(answer), at).await.expect("recorded");
}

async fn sweep(orders: &dyn Orders, has_listener: bool, most: u32) -> Vec<OrderId> {
    let (mut cursor, mut deleted) = (SweepCursor::start(), Vec::new());
    loop {
        let sweep = orders.delete_ended(&cursor, BEFORE, has_listener, most).await.expect("swept");
        deleted.extend(sweep.deleted);
        let Some(next) = sweep.next else { return deleted };
        cursor = next;
    }
}

async fn is_there(orders: &dyn Orders, order_id: &str) -> bool {
    orders.find(&id(order_id)).await.expect("asked").is_some()
}

pub(crate) async fn what_has_ended_long_ago_is_deleted_and_never_placed_or_charged_again(orders: Storage) {
    for order_id in ["paid", "open", "lately", "never-charged"] {
        place_as(&*orders, order_id).await;
    }
    ends(&*orders, "paid", 1, "expire", LONG_AGO).await;
    ends(&*orders, "paid", 2, "settlement", LONG_AGO.plus(DAY)).await;
    ends(&*orders, "open", 1, "expire", LONG_AGO).await;
    ends(&*orders, "open", 2, "pending", LONG_AGO).await;
    // Its expiry is long ago, and Midtrans has not been heard to say so.
    ends(&*orders, "lately", 1, "settlement", NOW.minus(DAY)).await;
    assert_eq!(sweep(&*orders, false, 100).await, [id("paid")]);
    assert!(!is_there(&*orders, "paid").await);
    for order_id in ["open", "lately", "never-charged"] {
        assert!(is_there(&*orders, order_id).await, "{order_id}");
    }
    assert_eq!(orders.find_attempt(&transaction("paid-t-2"), &id("paid-2")).await.expect("asked"), None);
    let gross_amount = GrossAmount::from_rupiah(44_000).expect("an amount");
    let again = NewOrder::new(id("paid"), gross_amount, "Kopi", OptionalData::default()).expect("an order");
    let refused = orders.place(&again, NOW).await;
    assert!(matches!(refused, Err(PlaceError::Deleted)), "it was paid");
    // An order of the shop's own that is called as the deleted one's second attempt was: Midtrans knows that one as paid.
    place_as(&*orders, "paid-2").await;
    let claimed = orders.claim(&id("paid-2"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    assert!(claimed.midtrans_order_id.as_str().starts_with("paid-2-1-"), "{}", claimed.midtrans_order_id);
    assert_eq!(sweep(&*orders, false, 100).await, [], "a second sweep finds nothing");
}

pub(crate) async fn a_notification_goes_with_its_order(orders: Storage) {
    place_as(&*orders, "order-101").await;
    ends(&*orders, "order-101", 1, "settlement", LONG_AGO).await;
    let notification = settlement();
    orders.record_notification(&notification, NotificationOutcome::Unconfirmed, LONG_AGO).await.expect("noted");
    assert_eq!(sweep(&*orders, false, 100).await, [id("order-101")]);
    assert_eq!(orders.last_unconfirmed(&notification.transaction_id, NOW).await.expect("asked"), None);
}

pub(crate) async fn what_the_shop_was_not_told_of_stays(orders: Storage) {
    place_as(&*orders, "order-101").await;
    ends(&*orders, "order-101", 1, "expire", LONG_AGO).await;
    assert_eq!(sweep(&*orders, true, 100).await, [], "somebody is to be told of it");
    let order = orders.find(&id("order-101")).await.expect("asked").expect("placed");
    orders.mark_delivered(&order).await.expect("kept");
    let late = Answer { transaction_id: Some(transaction("order-101-t-1")), ..answer("settlement") };
    orders.record(&id("order-101"), 1, &MidtransAnswer::Status(late), LONG_AGO.plus(DAY)).await.expect("recorded");
    assert_eq!(sweep(&*orders, true, 100).await, [], "somebody is to be told of the late payment");
    assert_eq!(sweep(&*orders, false, 100).await, [], "another process tells");
    let order = orders.find(&id("order-101")).await.expect("asked").expect("placed");
    orders.mark_delivered(&order).await.expect("kept");
    assert_eq!(sweep(&*orders, true, 100).await, [id("order-101")]);
}

pub(crate) async fn whatever_stays_holds_up_no_sweep_and_many_that_sweep_at_once_delete_each_order_once(
    orders: Storage,
) {
    let ids: Vec<String> = (0..40).map(|n| format!("order-{n}")).collect();
    for (n, order_id) in ids.iter().enumerate() {
        place_as(&*orders, order_id).await;
        // The first ten end together, and stay: another attempt is open.
        ends(&*orders, order_id, 1, "expire", LONG_AGO).await;
        ends(&*orders, order_id, 2, if n < 10 { "pending" } else { "settlement" }, LONG_AGO.plus(DAY)).await;
    }
    let sweeps = at_once(8, |_| {
        let orders = Arc::clone(&orders);
        async move { sweep(&*orders, false, 7).await }
    });
    let deleted: Vec<OrderId> = sweeps.await.into_iter().flatten().collect();
    let expected: HashSet<OrderId> = ids[10..].iter().map(|order_id| id(order_id)).collect();
    assert_eq!(deleted.iter().cloned().collect::<HashSet<_>>(), expected);
    assert_eq!(deleted.len(), expected.len(), "each once");
}
