//! Promises about claims: one at a time charges an attempt, under an id that is its own.

use crate::{CONNECTIONS, LEASE, NOW, Storage, answer, at_once, file, id, place, place_as, transaction};
use gopay_merchant::orders::attempts::AttemptState;
use gopay_merchant::orders::{
    Attempt, MidtransAnswer, NewOrder, Orders, PostgresOrders, Progress, SqliteOrders, UnclaimableAttempt,
};
use sqlx::{Connection as _, Executor as _};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) async fn an_attempt_is_claimed_once(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let claim = || orders.claim(&order_id, 1, None, NOW, LEASE);
    let (one, other, third) = tokio::join!(claim(), claim(), claim());
    let claims = [one, other, third].map(|claim| claim.expect("asked"));
    assert_eq!(claims.iter().flatten().count(), 1);
}

pub(crate) async fn a_charge_is_refused_only_where_every_claim_ended_so(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let state = async || orders.find(&order_id).await.expect("asked").expect("placed").attempts[0].state();
    let claim = async |now| orders.claim(&order_id, 1, None, now, LEASE).await.expect("asked").expect("claimed");
    let give_back = async |attempt: Attempt, is_refused| {
        orders.release(&order_id, &Attempt { is_refused, ..attempt }).await.expect("released");
    };
    for _ in 0..2 {
        let claimed = claim(NOW).await;
        assert_eq!(state().await, AttemptState::Unanswered, "its charge is on its way");
        give_back(claimed, true).await;
        assert_eq!(state().await, AttemptState::Refused);
    }
    // A process that is gone with its claim may have charged it: no later refusal says that it has not.
    drop(claim(NOW).await);
    let later = claim(NOW.plus(LEASE)).await;
    give_back(later, true).await;
    assert_eq!(state().await, AttemptState::Unanswered);
}

pub(crate) async fn an_abandoned_claim_is_taken_over_with_its_key(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let claim = |now| orders.claim(&order_id, 1, None, now, LEASE);
    let first = claim(NOW).await.expect("asked").expect("claimed");
    let just_before = NOW.plus(LEASE - Duration::from_millis(1));
    assert!(claim(just_before).await.expect("asked").is_none(), "somebody is at it");
    let second = claim(NOW.plus(LEASE)).await.expect("asked").expect("taken over");
    assert_eq!(second.idempotency_key, first.idempotency_key, "or Midtrans would charge twice");
    assert_eq!(second.claimed_at, NOW, "it began when it was first claimed");
}

pub(crate) async fn a_claim_that_is_given_back_can_be_had_at_once(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let claim = || orders.claim(&order_id, 1, None, NOW, LEASE);
    let claimed = claim().await.expect("asked").expect("claimed");
    orders.release(&id("order-101"), &claimed).await.expect("released");
    assert!(claim().await.expect("asked").is_some());
}

pub(crate) async fn whoever_outlives_a_claim_does_not_give_back_the_next_ones(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let claim = |now| orders.claim(&order_id, 1, None, now, LEASE);
    let outlived = claim(NOW).await.expect("asked").expect("claimed");
    let lapsed = NOW.plus(LEASE);
    let successor = claim(lapsed).await.expect("asked").expect("taken over");
    orders.release(&order_id, &outlived).await.expect("nothing is left to give back");
    assert!(claim(lapsed).await.expect("asked").is_none(), "its successor is at it");
    orders.release(&order_id, &successor).await.expect("released");
    assert!(claim(lapsed).await.expect("asked").is_some());
}

pub(crate) async fn an_id_that_another_order_has_is_passed_over(orders: Storage) {
    for order_id in ["INV-1", "INV-1-2"] {
        place_as(&*orders, order_id).await;
    }
    let claim = async |order_id: &str, number| {
        let claimed = orders.claim(&id(order_id), number, None, NOW, LEASE).await.expect("asked");
        claimed.expect("claimed").midtrans_order_id.to_string()
    };
    // Whichever comes second.
    assert_eq!(claim("INV-1-2", 1).await, "INV-1-2");
    assert_eq!(claim("INV-1", 1).await, "INV-1");
    let second = claim("INV-1", 2).await;
    has_letters_behind(&second, "INV-1-2-");
    assert_eq!(claim("INV-1", 3).await, "INV-1-3");
    place_as(&*orders, "INV-1-3").await;
    let first = claim("INV-1-3", 1).await;
    has_letters_behind(&first, "INV-1-3-1-");
    for (midtrans_order_id, order_id, number) in
        [("INV-1", "INV-1", 1), (&*second, "INV-1", 2), ("INV-1-2", "INV-1-2", 1), (&*first, "INV-1-3", 1)]
    {
        let found = orders.find_attempt(&transaction("t-9"), &id(midtrans_order_id)).await.expect("asked");
        assert_eq!(found, Some((id(order_id), number)), "{midtrans_order_id}");
    }
    // Claimed, it is somebody's, under whatever id; and taken over, it keeps it.
    assert!(orders.claim(&id("INV-1"), 2, None, NOW, LEASE).await.expect("asked").is_none());
    let taken_over = orders.claim(&id("INV-1"), 2, None, NOW.plus(LEASE), LEASE).await.expect("asked");
    assert_eq!(taken_over.expect("lapsed").midtrans_order_id.as_str(), second);
}

fn has_letters_behind(midtrans_order_id: &str, begin: &str) {
    let letters =
        midtrans_order_id.strip_prefix(begin).unwrap_or_else(|| panic!("{midtrans_order_id} is not {begin}…"));
    let is_base32 = |byte: u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
    assert!(letters.len() == 4 && letters.bytes().all(is_base32), "{midtrans_order_id}");
}

pub(crate) async fn an_attempt_that_no_id_is_left_for_is_refused_by_name(orders: Storage) {
    // The second attempt of the one has the id of the other, which is just as long as would leave room, and longer.
    for (length, has_room) in [(NewOrder::MAX_ID_LENGTH - 4, true), (NewOrder::MAX_ID_LENGTH - 2, false)] {
        let (one, other) = ("a".repeat(length), format!("{}-2", "a".repeat(length)));
        place_as(&*orders, &one).await;
        place_as(&*orders, &other).await;
        orders.claim(&id(&one), 2, None, NOW, LEASE).await.expect("asked").expect("claimed");
        let claimed = orders.claim(&id(&other), 1, None, NOW, LEASE).await;
        if has_room {
            assert_eq!(claimed.expect("asked").expect("claimed").midtrans_order_id.as_str().len(), 50);
            continue;
        }
        let refused = claimed.expect_err("52 characters");
        let Some(UnclaimableAttempt::NoRoom { order_id, number: 1, taken_by, .. }) = refused.downcast_ref() else {
            panic!("{refused:#}");
        };
        assert_eq!((order_id, taken_by), (&id(&other), &id(&one)));
        assert!(refused.to_string().ends_with("52 characters, expected at most 50"), "{refused}");
    }
}

pub(crate) async fn a_charged_attempt_is_never_claimed_again(orders: Storage) {
    place(&*orders).await;
    let order_id = id("order-101");
    let claim = |now| orders.claim(&order_id, 1, None, now, LEASE);
    claim(NOW).await.expect("asked").expect("claimed");
    let heard = MidtransAnswer::Charge(answer("pending"));
    assert_eq!(orders.record(&id("order-101"), 1, &heard, NOW).await.expect("recorded"), Progress::StatusChanged);
    assert!(claim(NOW.plus(LEASE * 100)).await.expect("asked").is_none());
}

pub(crate) async fn fifty_who_claim_at_once_leave_one_winner(orders: Storage) {
    place(&*orders).await;
    let winners = at_once(50, |_| {
        let orders = Arc::clone(&orders);
        async move { orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked") }
    });
    let winners: Vec<Attempt> = winners.await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let order = orders.find(&id("order-101")).await.expect("asked").expect("placed");
    let keys: Vec<_> = order.attempts.iter().map(|attempt| attempt.idempotency_key.clone()).collect();
    assert_eq!(keys, [winners[0].idempotency_key.clone()]);
}

pub(crate) async fn fifty_who_take_over_a_lapsed_claim_leave_one_winner_with_the_same_key(orders: Storage) {
    place(&*orders).await;
    let gone = orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let winners = at_once(50, |_| {
        let orders = Arc::clone(&orders);
        async move { orders.claim(&id("order-101"), 1, None, NOW.plus(LEASE), LEASE).await.expect("asked") }
    });
    let keys: Vec<_> = winners.await.into_iter().flatten().map(|attempt| attempt.idempotency_key).collect();
    assert_eq!(keys, [gone.idempotency_key]);
}

pub(crate) async fn fifty_who_claim_under_an_id_that_another_order_has_leave_one_winner(orders: Storage) {
    place_as(&*orders, "INV-1").await;
    place_as(&*orders, "INV-1-2").await;
    orders.claim(&id("INV-1-2"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let winners = at_once(50, |_| {
        let orders = Arc::clone(&orders);
        async move { orders.claim(&id("INV-1"), 2, None, NOW, LEASE).await.expect("asked") }
    });
    let winners: Vec<Attempt> = winners.await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let order = orders.find(&id("INV-1")).await.expect("asked").expect("placed");
    let stored: Vec<_> = order.attempts.iter().map(|attempt| attempt.midtrans_order_id.clone()).collect();
    assert_eq!(stored, [winners[0].midtrans_order_id.clone()]);
}

/// A database that takes the attempt, and does not have it afterwards.
async fn is_no_claim_of_somebody_elses(orders: &dyn Orders) {
    place(orders).await;
    let forgotten = orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect_err("nobody has it");
    let forgotten = forgotten.downcast_ref().expect("a named error");
    assert!(matches!(forgotten, UnclaimableAttempt::Unforeseen { number: 1, .. }), "{forgotten}");
}

#[tokio::test]
async fn what_nobody_foresaw_is_an_error_and_no_claim_of_somebody_elses_in_sqlite() {
    let folder = TempDir::new().expect("a folder");
    let orders = SqliteOrders::open(&file(&folder), CONNECTIONS).await.expect("it opens");
    let mut operator = sqlx::SqliteConnection::connect(&file(&folder)).await.expect("the file");
    let forgetful = "CREATE TRIGGER forgetful BEFORE INSERT ON attempts BEGIN SELECT RAISE(IGNORE); END";
    operator.execute(forgetful).await.expect("done");
    is_no_claim_of_somebody_elses(&orders).await;
}

#[tokio::test]
async fn what_nobody_foresaw_is_an_error_and_no_claim_of_somebody_elses_in_postgres() {
    let database = throwaway_postgres::database();
    let orders = PostgresOrders::open(&database.url(), CONNECTIONS).await.expect("it opens");
    let mut operator = sqlx::PgConnection::connect(&database.url()).await.expect("reached");
    let forgetful = "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                     CREATE TRIGGER forgetful BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION forget()";
    operator.execute(forgetful).await.expect("done");
    is_no_claim_of_somebody_elses(&orders).await;
}
