//! Promises of every order store, run against each: a promise is one function, and [`on_each_storage`] lists
//! them all.

#[path = "orders/claims.rs"]
mod claims;
#[path = "orders/clocks.rs"]
mod clocks;
#[path = "orders/outbox.rs"]
mod outbox;
#[path = "orders/retention.rs"]
mod retention;

use claims::{
    a_charge_is_refused_only_where_every_claim_ended_so, a_charged_attempt_is_never_claimed_again,
    a_claim_that_is_given_back_can_be_had_at_once, an_abandoned_claim_is_taken_over_with_its_key,
    an_attempt_is_claimed_once, an_attempt_that_no_id_is_left_for_is_refused_by_name,
    an_id_that_another_order_has_is_passed_over, fifty_who_claim_at_once_leave_one_winner,
    fifty_who_claim_under_an_id_that_another_order_has_leave_one_winner,
    fifty_who_take_over_a_lapsed_claim_leave_one_winner_with_the_same_key,
    whoever_outlives_a_claim_does_not_give_back_the_next_ones,
};
use clocks::{
    a_claim_of_a_clock_that_was_ahead_is_taken_over_once_it_is_right,
    a_doubt_that_a_clock_which_was_ahead_has_noted_hides_none_of_now,
    a_look_that_a_clock_which_was_ahead_has_planned_is_due,
    an_end_in_the_future_is_looked_behind_no_more_often_than_another,
    midtrans_may_be_asked_although_a_clock_that_was_ahead_has_asked,
};
use gopay_contract::midtrans::{Notification, OptionalData, Signature};
use gopay_contract::{Answer, GrossAmount, OrderId, TransactionId, TransactionStatus};
use gopay_merchant::UnixMillis;
use gopay_merchant::orders::{
    Change, Changes, MidtransAnswer, NewOrder, NextStep, NotificationOutcome, Orders, PlaceError, PostgresOrders,
    Progress, SqliteOrders, next_poll,
};
use outbox::{
    two_attempts_of_an_order_are_marked_told_and_moved_at_once, what_is_untold_comes_page_by_page_each_order_once,
    what_was_told_is_not_told_again,
};
use retention::{
    a_notification_goes_with_its_order, what_has_ended_long_ago_is_deleted_and_never_placed_or_charged_again,
    what_the_shop_was_not_told_of_stays,
    whatever_stays_holds_up_no_sweep_and_many_that_sweep_at_once_delete_each_order_once,
};
use sqlx::Connection as _;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use throwaway_postgres::Database;
use tokio::task::JoinSet;
use tokio::time::timeout;

const NOW: UnixMillis = UnixMillis(1_769_828_400_000);
const LEASE: Duration = Duration::from_secs(60);
const CONNECTIONS: u32 = 8;
/// Long enough for a busy machine; reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(60);

macro_rules! on_each_storage {
    ($($promise:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $promise() {
                let folder = super::TempDir::new().expect("a folder");
                super::$promise(super::in_sqlite(&folder).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $promise() {
                let database = throwaway_postgres::database();
                super::$promise(super::in_postgres(&database).await).await;
            })*
        }
    };
}

on_each_storage! {
    an_order_is_remembered_as_it_was_placed
    an_order_is_placed_once_and_stays_as_it_was
    an_order_is_as_old_as_the_shop_says
    an_attempt_is_claimed_once
    a_charge_is_refused_only_where_every_claim_ended_so
    an_abandoned_claim_is_taken_over_with_its_key
    a_claim_that_is_given_back_can_be_had_at_once
    whoever_outlives_a_claim_does_not_give_back_the_next_ones
    an_id_that_another_order_has_is_passed_over
    an_attempt_that_no_id_is_left_for_is_refused_by_name
    a_charged_attempt_is_never_claimed_again
    a_status_never_moves_backwards
    another_transaction_is_never_written_over_the_attempts_own
    a_notification_finds_its_attempt_before_the_charge_is_answered
    midtrans_may_be_asked_once_per_floor_whoever_asks
    only_an_unconfirmed_notification_is_a_reason_for_doubt
    what_is_due_is_taken_by_one_and_not_lost_with_it
    whatever_is_recorded_plans_the_next_look_and_an_older_plan_is_dropped
    what_is_due_is_shared_among_all_who_take
    a_look_may_be_planned_sooner_and_not_later
    what_midtrans_is_told_beside_is_remembered_as_it_was_written
    fifty_who_claim_at_once_leave_one_winner
    fifty_who_take_over_a_lapsed_claim_leave_one_winner_with_the_same_key
    fifty_who_claim_under_an_id_that_another_order_has_leave_one_winner
    whatever_is_recorded_at_once_ends_at_settlement
    fifty_who_may_ask_at_once_leave_one_who_asks
    a_notification_noted_by_many_at_once_is_noted_and_no_error
    a_move_is_told_and_nothing_else_is
    what_was_told_is_not_told_again
    what_is_untold_comes_page_by_page_each_order_once
    two_attempts_of_an_order_are_marked_told_and_moved_at_once
    a_claim_of_a_clock_that_was_ahead_is_taken_over_once_it_is_right
    midtrans_may_be_asked_although_a_clock_that_was_ahead_has_asked
    a_look_that_a_clock_which_was_ahead_has_planned_is_due
    an_end_in_the_future_is_looked_behind_no_more_often_than_another
    a_doubt_that_a_clock_which_was_ahead_has_noted_hides_none_of_now
    what_has_ended_long_ago_is_deleted_and_never_placed_or_charged_again
    a_notification_goes_with_its_order
    what_the_shop_was_not_told_of_stays
    whatever_stays_holds_up_no_sweep_and_many_that_sweep_at_once_delete_each_order_once
}

/// Somewhere to remember, empty at first.
type Storage = Arc<dyn Orders>;

async fn in_sqlite(folder: &TempDir) -> Storage {
    Arc::new(SqliteOrders::open(&file(folder), CONNECTIONS).await.expect("it opens"))
}

fn file(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("shop.sqlite3").display())
}

async fn in_postgres(database: &Database) -> Storage {
    Arc::new(PostgresOrders::open(&database.url(), CONNECTIONS).await.expect("it opens"))
}

fn id(text: &str) -> OrderId {
    OrderId::parse(text).expect("an order id")
}

fn transaction(text: &str) -> TransactionId {
    TransactionId::parse(text).expect("a transaction id")
}

fn answer(status: &str) -> Answer {
    Answer {
        transaction_id: Some(transaction("t-1")),
        order_id: Some(id("order-101")),
        transaction_status: Some(TransactionStatus::parse(status)),
        ..Answer::default()
    }
}

async fn place(orders: &dyn Orders) {
    place_as(orders, "order-101").await;
}

async fn place_as(orders: &dyn Orders, order_id: &str) {
    let gross_amount = GrossAmount::from_rupiah(44_000).expect("an amount");
    let order = NewOrder::new(id(order_id), gross_amount, "Kopi", OptionalData::default()).expect("an order");
    orders.place(&order, NOW).await.expect("placed");
}

/// A notification that Midtrans has signed.
fn settlement() -> Notification {
    let signature = Signature::over("order-101", "200", "44000.00", "key").to_hex();
    let body = format!(
        r#"{{"order_id":"order-101","transaction_id":"t-1","transaction_status":"settlement","status_code":"200",
            "gross_amount":"44000.00","signature_key":"{signature}"}}"#
    );
    Notification::verify(body.as_bytes(), "key").expect("signed")
}

async fn status(orders: &dyn Orders) -> (String, i64) {
    let order = orders.find(&id("order-101")).await.expect("found").expect("placed");
    let known = order.effective().expect("charged");
    (known.transaction_status.to_string(), known.version)
}

async fn an_order_is_remembered_as_it_was_placed(orders: Storage) {
    assert!(orders.find(&id("order-101")).await.expect("asked").is_none());
    place(&*orders).await;
    let order = orders.find(&id("order-101")).await.expect("asked").expect("placed");
    assert_eq!((order.gross_amount.rupiah(), order.description.as_str()), (44_000, "Kopi"));
    assert_eq!(order.next_step(None), NextStep::Charge { number: 1, retry_of: None, ask_first: Vec::new() });
}

async fn an_order_is_placed_once_and_stays_as_it_was(orders: Storage) {
    place(&*orders).await;
    let gross_amount = GrossAmount::from_rupiah(1).expect("an amount");
    let cheaper = NewOrder::new(id("order-101"), gross_amount, "Kopi", OptionalData::default()).expect("an order");
    assert!(matches!(orders.place(&cheaper, NOW).await, Err(PlaceError::Exists)));
    let order = orders.find(&id("order-101")).await.expect("asked").expect("placed");
    assert_eq!(order.gross_amount.rupiah(), 44_000);
}

async fn an_order_is_as_old_as_the_shop_says(orders: Storage) {
    place(&*orders).await;
    let gross_amount = GrossAmount::from_rupiah(44_000).expect("an amount");
    let order = NewOrder::new(id("order-102"), gross_amount, "Kopi", OptionalData::default()).expect("an order");
    let yesterday = NOW.minus(Duration::from_secs(86_400));
    orders.place(&order.made_at(yesterday), NOW).await.expect("placed");
    for (order_id, created_at) in [("order-101", NOW), ("order-102", yesterday)] {
        let order = orders.find(&id(order_id)).await.expect("asked").expect("placed");
        assert_eq!(order.created_at, created_at, "{order_id}");
    }
}

async fn what_midtrans_is_told_beside_is_remembered_as_it_was_written(orders: Storage) {
    let written = include_str!("../../contract/samples/charge-request-with-all-optional-data.json");
    let optional: OptionalData = serde_json::from_str(written).expect("readable");
    let gross_amount = GrossAmount::from_rupiah(44_000).expect("an amount");
    let order = NewOrder::new(id("order-101"), gross_amount, "Kopi", optional.clone()).expect("an order");
    orders.place(&order, NOW).await.expect("placed");
    let order = orders.find(&id("order-101")).await.expect("asked").expect("placed");
    assert_eq!(order.charge_data.as_written(), &optional);
}

async fn a_status_never_moves_backwards(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    for (heard, progress, stands) in [
        (MidtransAnswer::Status(answer("pending")), Progress::StatusChanged, ("pending", 1)),
        (MidtransAnswer::Status(answer("expire")), Progress::StatusChanged, ("expire", 2)),
        (MidtransAnswer::Charge(answer("pending")), Progress::Stale, ("expire", 2)),
        (MidtransAnswer::Status(answer("settlement")), Progress::StatusChanged, ("settlement", 3)),
        (MidtransAnswer::Status(answer("settlement")), Progress::Same, ("settlement", 3)),
        (MidtransAnswer::Status(answer("expire")), Progress::Stale, ("settlement", 3)),
        (MidtransAnswer::Status(answer("refund")), Progress::StatusChanged, ("refund", 4)),
    ] {
        assert_eq!(orders.record(&id("order-101"), 1, &heard, NOW).await.expect("recorded"), progress, "{heard:?}");
        assert_eq!(status(&*orders).await, (stands.0.to_owned(), stands.1), "{heard:?}");
    }
}

async fn another_transaction_is_never_written_over_the_attempts_own(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    orders.record(&id("order-101"), 1, &MidtransAnswer::Charge(answer("pending")), NOW).await.expect("recorded");
    let other = Answer { transaction_id: Some(transaction("t-2")), ..answer("settlement") };
    orders.record(&id("order-101"), 1, &MidtransAnswer::Status(other), NOW).await.expect_err("refused");
    assert_eq!(status(&*orders).await, ("pending".to_owned(), 1));
}

async fn a_notification_finds_its_attempt_before_the_charge_is_answered(orders: Storage) {
    place(&*orders).await;
    let find = |t: &'static str, o: &'static str| {
        let orders = &orders;
        async move { orders.find_attempt(&transaction(t), &id(o)).await.expect("asked") }
    };
    assert_eq!(find("t-1", "order-101").await, None, "nothing was claimed");
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    assert_eq!(find("t-1", "order-101").await, Some((id("order-101"), 1)));
    orders.record(&id("order-101"), 1, &MidtransAnswer::Charge(answer("expire")), NOW).await.expect("recorded");
    let retry_of = transaction("t-1");
    let second = orders.claim(&id("order-101"), 2, Some(&retry_of), NOW, LEASE).await;
    assert_eq!(second.expect("asked").expect("claimed").midtrans_order_id, id("order-101-2"));
    assert_eq!(find("t-2", "order-101-2").await, Some((id("order-101"), 2)));
    assert_eq!(find("t-9", "order-101").await, None, "that attempt is another transaction");
}

async fn midtrans_may_be_asked_once_per_floor_whoever_asks(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    orders.record(&id("order-101"), 1, &MidtransAnswer::Charge(answer("pending")), NOW).await.expect("recorded");
    let floor = Duration::from_secs(10);
    let order_id = id("order-101");
    let try_claim_poll = |now| orders.try_claim_poll(&order_id, now, floor);
    assert!(
        !try_claim_poll(NOW.plus(floor - Duration::from_millis(1))).await.expect("asked"),
        "it has just been heard"
    );
    let (one, other) = tokio::join!(try_claim_poll(NOW.plus(floor)), try_claim_poll(NOW.plus(floor)));
    assert_ne!(one.expect("asked"), other.expect("asked"), "one of two");
    // A second attempt is the same order.
    orders.claim(&id("order-101"), 2, None, NOW, LEASE).await.expect("asked").expect("claimed");
    assert!(!try_claim_poll(NOW.plus(floor * 2 - Duration::from_millis(1))).await.expect("asked"));
    assert!(try_claim_poll(NOW.plus(floor * 2)).await.expect("asked"));
}

async fn only_an_unconfirmed_notification_is_a_reason_for_doubt(orders: Storage) {
    let notification = settlement();
    let doubted = async || orders.last_unconfirmed(&notification.transaction_id, NOW).await.expect("asked");
    for outcome in [NotificationOutcome::Known, NotificationOutcome::Mismatch, NotificationOutcome::Confirmed] {
        orders.record_notification(&notification, outcome, NOW).await.expect("noted");
        assert_eq!(doubted().await, None, "{outcome:?}");
    }
    for seconds in [1, 2] {
        let at = NOW.plus(Duration::from_secs(seconds));
        orders
            .record_notification(&notification, NotificationOutcome::Unconfirmed, at)
            .await
            .expect("noted, and counted");
        assert_eq!(doubted().await, Some(at), "the latest");
    }
}

async fn what_is_due_is_taken_by_one_and_not_lost_with_it(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let take = |at| orders.take_due(at, LEASE, 10);
    assert_eq!(take(NOW).await.expect("asked"), [], "its charge is on its way");
    let lapsed = NOW.plus(LEASE);
    let taken = take(lapsed).await.expect("asked");
    assert_eq!((taken[0].order_id.clone(), taken[0].number, taken.len()), (id("order-101"), 1, 1));
    assert_eq!(take(lapsed).await.expect("asked"), [], "somebody has it");
    let again = take(lapsed.plus(LEASE)).await.expect("asked");
    assert_eq!(again.len(), 1, "whoever had it is gone");
    orders.schedule_poll(&again[0], Some(NOW.plus(LEASE * 5))).await.expect("planned");
    assert_eq!(take(NOW.plus(LEASE * 4)).await.expect("asked"), []);
    let last = take(NOW.plus(LEASE * 5)).await.expect("asked");
    orders.schedule_poll(&last[0], None).await.expect("planned");
    assert_eq!(take(NOW.plus(LEASE * 100_000)).await.expect("asked"), [], "never again");
}

async fn whatever_is_recorded_plans_the_next_look_and_an_older_plan_is_dropped(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    orders.record(&id("order-101"), 1, &MidtransAnswer::Charge(answer("pending")), NOW).await.expect("recorded");
    let order = orders.find(&id("order-101")).await.expect("asked").expect("placed");
    let next = next_poll(order.attempts[0].known(), NOW).expect("it is open");
    let before = UnixMillis(next.0 - 1);
    assert_eq!(orders.take_due(before, LEASE, 10).await.expect("asked"), []);
    let taken = orders.take_due(next, LEASE, 10).await.expect("asked");
    assert_eq!(taken.len(), 1);
    orders.record(&id("order-101"), 1, &MidtransAnswer::Status(answer("settlement")), next).await.expect("recorded");
    orders.schedule_poll(&taken[0], Some(next)).await.expect("dropped");
    assert_eq!(orders.take_due(next.plus(LEASE * 100_000), LEASE, 10).await.expect("asked"), [], "it is paid");
}

async fn a_look_may_be_planned_sooner_and_not_later(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let at = |leases: u32| NOW.plus(LEASE * leases);
    let take = |now| orders.take_due(now, LEASE, 10);
    orders.record(&id("order-101"), 1, &MidtransAnswer::Charge(answer("settlement")), NOW).await.expect("recorded");
    assert_eq!(take(at(100_000)).await.expect("asked"), [], "it is paid");
    orders.poll_by(&id("order-101"), 1, at(3)).await.expect("planned");
    orders.poll_by(&id("order-101"), 1, at(5)).await.expect("planned already");
    orders.poll_by(&id("order-101"), 1, at(2)).await.expect("planned");
    assert_eq!(take(UnixMillis(at(2).0 - 1)).await.expect("asked"), []);
    assert_eq!(take(at(2)).await.expect("asked").len(), 1);
}

async fn what_is_due_is_shared_among_all_who_take(orders: Storage) {
    let ids: Vec<OrderId> = (0..40).map(|n| id(&format!("order-{n}"))).collect();
    for order_id in &ids {
        place_as(&*orders, order_id.as_str()).await;
        orders.claim(order_id, 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    }
    let taken = at_once(20, |_| {
        let orders = Arc::clone(&orders);
        async move { orders.take_due(NOW.plus(LEASE), LEASE, 5).await.expect("asked") }
    });
    let taken: Vec<OrderId> = taken.await.into_iter().flatten().map(|due| due.order_id).collect();
    let different: HashSet<_> = taken.iter().collect();
    assert_eq!(different.len(), taken.len(), "none is taken twice");
    let rest = orders.take_due(NOW.plus(LEASE), LEASE, 100).await.expect("asked");
    assert_eq!(taken.len() + rest.len(), ids.len(), "none is passed over for good");
}

async fn whatever_is_recorded_at_once_ends_at_settlement(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let all = ["pending", "expire", "settlement"];
    let progress = at_once(60, |n| {
        let (orders, heard) = (Arc::clone(&orders), MidtransAnswer::Status(answer(all[n % all.len()])));
        async move { orders.record(&id("order-101"), 1, &heard, NOW).await.expect("recorded") }
    });
    let moved = progress.await.into_iter().filter(|progress| *progress == Progress::StatusChanged).count();
    let (status, version) = status(&*orders).await;
    assert_eq!(status, "settlement");
    // Each move is counted once: two that moved it from the same status would have counted one and the same.
    assert_eq!(usize::try_from(version).expect("a count"), moved);
    assert!((1..=3).contains(&moved), "pending, expire, settlement, each at most once: {moved}");
}

async fn fifty_who_may_ask_at_once_leave_one_who_asks(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    orders.record(&id("order-101"), 1, &MidtransAnswer::Charge(answer("pending")), NOW).await.expect("recorded");
    let floor = Duration::from_secs(10);
    let asking = at_once(50, |_| {
        let orders = Arc::clone(&orders);
        async move { orders.try_claim_poll(&id("order-101"), NOW.plus(floor), floor).await.expect("asked") }
    });
    assert_eq!(asking.await.into_iter().filter(|may| *may).count(), 1);
}

async fn a_notification_noted_by_many_at_once_is_noted_and_no_error(orders: Storage) {
    let notification = Arc::new(settlement());
    at_once(20, |_| {
        let (orders, notification) = (Arc::clone(&orders), Arc::clone(&notification));
        async move { orders.record_notification(&notification, NotificationOutcome::Unconfirmed, NOW).await.expect("noted") }
    })
    .await;
    assert_eq!(orders.last_unconfirmed(&notification.transaction_id, NOW).await.expect("asked"), Some(NOW));
}

async fn a_move_is_told_and_nothing_else_is(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let mut changes = orders.changes();
    for (status, progress) in
        [("expire", Progress::StatusChanged), ("expire", Progress::Same), ("pending", Progress::Stale)]
    {
        let heard = MidtransAnswer::Status(answer(status));
        assert_eq!(orders.record(&id("order-101"), 1, &heard, NOW).await.expect("recorded"), progress);
    }
    let mut next = async || timeout(DEADLINE, changes.next()).await.expect("something is told").expect("it lives");
    loop {
        match next().await {
            // Listening has just begun: look again, to be sure.
            Change::Unknown | Change::Outbox => {}
            Change::Here(order_id) | Change::Somewhere(order_id) => break assert_eq!(order_id, id("order-101")),
        }
    }
}

/// Does the same `count` times at once, and waits for all of it.
async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    count: usize,
    what: impl Fn(usize) -> F,
) -> Vec<T> {
    (0..count).map(what).collect::<JoinSet<_>>().join_all().await
}

#[tokio::test]
async fn a_sqlite_file_that_is_opened_again_has_everything_and_no_claims() {
    let folder = TempDir::new().expect("a folder");
    let before = SqliteOrders::open(&file(&folder), CONNECTIONS).await.expect("it opens");
    place(&before).await;
    let first = before.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    drop(before);
    let after = SqliteOrders::open(&file(&folder), CONNECTIONS).await.expect("it opens again");
    let second = after.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("nobody is at it");
    assert_eq!(second.idempotency_key, first.idempotency_key);
}

#[tokio::test]
async fn a_merchant_that_starts_leaves_the_claims_of_others_in_postgres_alone() {
    let database = throwaway_postgres::database();
    let before = in_postgres(&database).await;
    place(&*before).await;
    let first = before.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let after = in_postgres(&database).await;
    assert!(after.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").is_none(), "somebody is at it");
    let second = after.claim(&id("order-101"), 1, None, NOW.plus(LEASE), LEASE).await.expect("asked").expect("lapsed");
    assert_eq!(second.idempotency_key, first.idempotency_key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn merchants_that_start_together_on_an_empty_postgres_all_start() {
    let database = Arc::new(throwaway_postgres::database());
    let storages = at_once(5, |_| {
        let database = Arc::clone(&database);
        async move { in_postgres(&database).await }
    })
    .await;
    place(&*storages[0]).await;
    let claims = at_once(storages.len(), |n| {
        let orders = Arc::clone(&storages[n]);
        async move { orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked") }
    });
    assert_eq!(claims.await.into_iter().flatten().count(), 1);
}

/// Waits until so many merchants listen, each on a connection of its own.
async fn all_listen(operator: &mut sqlx::PgConnection, count: i64) {
    let listening = "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name LIKE '% listening'
                     AND state = 'idle' AND (query LIKE 'LISTEN %' OR query = 'SELECT 1')";
    let all = async {
        while sqlx::query_scalar::<_, i64>(listening).fetch_one(&mut *operator).await.expect("counted") < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(DEADLINE, all).await.expect("all of them listen");
}

/// Waits until the changes of an order are told. That changes may have been missed is told before, where somebody has
/// subscribed before the merchant listens.
async fn hears_of(changes: &mut Changes, order: &OrderId) {
    loop {
        match timeout(DEADLINE, changes.next()).await.expect("something is told").expect("it lives") {
            Change::Unknown | Change::Outbox => {}
            Change::Here(heard) | Change::Somewhere(heard) => break assert_eq!(heard, *order),
        }
    }
}

#[tokio::test]
async fn what_one_merchant_records_in_postgres_another_one_hears() {
    let database = throwaway_postgres::database();
    let (here, there) = (in_postgres(&database).await, in_postgres(&database).await);
    let mut operator = sqlx::PgConnection::connect(&database.url()).await.expect("reached");
    let mut changes = there.changes();
    all_listen(&mut operator, 2).await;
    place(&*here).await;
    here.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    here.record(&id("order-101"), 1, &MidtransAnswer::Charge(answer("pending")), NOW).await.expect("recorded");
    hears_of(&mut changes, &id("order-101")).await;
}

#[tokio::test]
async fn a_listener_that_was_cut_off_says_so_and_hears_again() {
    let database = throwaway_postgres::database();
    let (here, there) = (in_postgres(&database).await, in_postgres(&database).await);
    let mut operator = sqlx::PgConnection::connect(&database.url()).await.expect("reached");
    let mut changes = there.changes();
    all_listen(&mut operator, 2).await;
    place(&*here).await;
    here.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    here.record(&id("order-101"), 1, &MidtransAnswer::Charge(answer("pending")), NOW).await.expect("recorded");
    hears_of(&mut changes, &id("order-101")).await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name LIKE '% listening'";
    let cut = sqlx::query(cut).fetch_all(&mut operator).await.expect("cut");
    assert_eq!(cut.len(), 2, "one listener each");
    let next = timeout(DEADLINE, changes.next()).await.expect("something is told").expect("it lives");
    assert_eq!(next, Change::Unknown, "something may have been missed");
    here.record(&id("order-101"), 1, &MidtransAnswer::Status(answer("settlement")), NOW).await.expect("recorded");
    hears_of(&mut changes, &id("order-101")).await;
}
