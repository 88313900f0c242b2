//! Promises about moments that a clock which was ahead has stored: they are waited for no longer than the wait can be.

use crate::{LEASE, NOW, Storage, answer, id, place, settlement};
use gopay_merchant::UnixMillis;
use gopay_merchant::orders::{MidtransAnswer, NotificationOutcome};
use std::time::Duration;

const FLOOR: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);
const SEVEN_HOURS: Duration = Duration::from_secs(7 * 3600);

pub(crate) async fn a_claim_of_a_clock_that_was_ahead_is_taken_over_once_it_is_right(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let claim = |now| orders.claim(&order_id, 1, None, now, LEASE);
    let first = claim(NOW.plus(SEVEN_HOURS)).await.expect("asked").expect("claimed");
    let second = claim(NOW).await.expect("asked").expect("no claim is for seven hours");
    assert_eq!(second.idempotency_key, first.idempotency_key, "or Midtrans would charge twice");
    assert!(claim(NOW.plus(LEASE / 2)).await.expect("asked").is_none(), "somebody is at it");
}

pub(crate) async fn midtrans_may_be_asked_although_a_clock_that_was_ahead_has_asked(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    orders.claim(&order_id, 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let try_claim_poll = |now| orders.try_claim_poll(&order_id, now, FLOOR);
    assert!(try_claim_poll(NOW.plus(SEVEN_HOURS)).await.expect("asked"));
    assert!(try_claim_poll(NOW).await.expect("asked"), "nobody has asked in seven hours' time");
    assert!(!try_claim_poll(NOW.plus(FLOOR / 2)).await.expect("asked"), "somebody has just asked");
}

pub(crate) async fn a_look_that_a_clock_which_was_ahead_has_planned_is_due(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let ahead = NOW.plus(SEVEN_HOURS);
    orders.claim(&order_id, 1, None, ahead, LEASE).await.expect("asked").expect("claimed");
    orders.record(&order_id, 1, &MidtransAnswer::Charge(answer("pending")), ahead).await.expect("recorded");
    let due = orders.take_due(NOW, LEASE, 10).await.expect("asked");
    assert_eq!(due.len(), 1);
    assert_eq!(orders.take_due(NOW, LEASE, 10).await.expect("asked"), [], "somebody has it");
    orders.schedule_poll(&due[0], Some(NOW.plus(HOUR))).await.expect("planned");
    assert_eq!(orders.take_due(NOW, LEASE, 10).await.expect("asked"), [], "an hour is a plan");
}

pub(crate) async fn an_end_in_the_future_is_looked_behind_no_more_often_than_another(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let ahead = NOW.plus(SEVEN_HOURS);
    orders.claim(&order_id, 1, None, ahead, LEASE).await.expect("asked").expect("claimed");
    orders.record(&order_id, 1, &MidtransAnswer::Charge(answer("expire")), ahead).await.expect("recorded");
    let (mut now, mut looks) = (NOW, 0);
    // As long as the clock was ahead, and longer.
    while now < NOW.plus(2 * SEVEN_HOURS) {
        for _ in orders.take_due(now, LEASE, 10).await.expect("asked") {
            looks += 1;
            orders.record(&order_id, 1, &MidtransAnswer::Status(answer("expire")), now).await.expect("recorded");
        }
        now = now.plus(Duration::from_secs(60));
    }
    assert_eq!(looks, 7, "one at once, and the six of an end");
}

pub(crate) async fn a_doubt_that_a_clock_which_was_ahead_has_noted_hides_none_of_now(orders: Storage) {
    let (notification, ahead) = (settlement(), NOW.plus(SEVEN_HOURS));
    let doubted =
        async |now: UnixMillis| orders.last_unconfirmed(&notification.transaction_id, now).await.expect("asked");
    orders.record_notification(&notification, NotificationOutcome::Unconfirmed, ahead).await.expect("noted");
    assert_eq!(doubted(ahead).await, Some(ahead));
    assert_eq!(doubted(NOW).await, None);
    orders.record_notification(&notification, NotificationOutcome::Unconfirmed, NOW).await.expect("noted");
    assert_eq!(doubted(NOW).await, Some(NOW));
}
