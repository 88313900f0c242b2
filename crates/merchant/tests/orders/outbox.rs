//! Promises about what the shop's own code is still to be told, and about who does several things to one order at once.

use crate::{CONNECTIONS, DEADLINE, LEASE, NOW, Storage, answer, at_once, id, place, place_as, transaction};
use gopay_contract::{Answer, OrderId};
use gopay_merchant::orders::{MidtransAnswer, Order, Orders, PostgresOrders, Progress};
use sqlx::{Connection as _, Executor as _};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Ids that two collations put in different orders.
const IDS: [&str; 9] = ["a", "B", "a-2", "A", "a~1", "a.b", "_a", "b", "Z9"];

async fn found(orders: &dyn Orders) -> Order {
    orders.find(&id("order-101")).await.expect("asked").expect("placed")
}

async fn undelivered(orders: &dyn Orders) -> Vec<OrderId> {
    orders.undelivered(None, 100).await.expect("asked")
}

async fn moves(orders: &dyn Orders, number: u32, status: &str) {
    let answer = Answer { transaction_id: Some(transaction(&format!("t-{number}"))), ..answer(status) };
    let progress =
        orders.record(&id("order-101"), number, &MidtransAnswer::Status(answer), NOW).await.expect("recorded");
    assert_eq!(progress, Progress::StatusChanged);
}

pub(crate) async fn what_was_told_is_not_told_again(orders: Storage) {
    place(&*orders).await;
    orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    assert_eq!(undelivered(&*orders).await, [], "nothing is known");
    moves(&*orders, 1, "pending").await;
    assert_eq!(undelivered(&*orders).await, [id("order-101")]);
    let pending = found(&*orders).await;
    orders.mark_delivered(&pending).await.expect("kept");
    assert_eq!(undelivered(&*orders).await, []);
    moves(&*orders, 1, "expire").await;
    // Once the first is paid, no other attempt is claimed.
    orders.claim(&id("order-101"), 2, None, NOW, LEASE).await.expect("asked").expect("claimed");
    let expired = found(&*orders).await;
    // While the shop takes in that it expired, the money comes.
    moves(&*orders, 1, "settlement").await;
    orders.mark_delivered(&expired).await.expect("kept");
    assert_eq!(undelivered(&*orders).await, [id("order-101")], "it was told less");
    let settled = found(&*orders).await;
    orders.mark_delivered(&settled).await.expect("kept");
    orders.mark_delivered(&pending).await.expect("another process was slower");
    assert_eq!(undelivered(&*orders).await, [], "what was told stays told");
    // A second attempt is news of the same order.
    moves(&*orders, 2, "pending").await;
    assert_eq!(undelivered(&*orders).await, [id("order-101")]);
    orders.mark_delivered(&found(&*orders).await).await.expect("kept");
    assert_eq!(undelivered(&*orders).await, []);
}

pub(crate) async fn what_is_untold_comes_page_by_page_each_order_once(orders: Storage) {
    place(&*orders).await;
    for (n, order_id) in IDS.into_iter().enumerate() {
        place_as(&*orders, order_id).await;
        // Two attempts have moved: it is one order all the same.
        for number in [1, 2] {
            orders.claim(&id(order_id), number, None, NOW, LEASE).await.expect("asked").expect("claimed");
            let transaction_id = Some(transaction(&format!("t-{n}-{number}")));
            let heard = MidtransAnswer::Status(Answer { transaction_id, order_id: None, ..answer("pending") });
            orders.record(&id(order_id), number, &heard, NOW).await.expect("recorded");
        }
    }
    let all = undelivered(&*orders).await;
    let different: BTreeSet<&str> = all.iter().map(OrderId::as_str).collect();
    assert_eq!((different, all.len()), (BTreeSet::from(IDS), IDS.len()));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = orders.undelivered(after.as_ref(), 2).await.expect("asked");
        assert!(page.len() <= 2, "{page:?}");
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        // The first of each page is told meanwhile, and the others keep their places.
        let first = orders.find(&page[0]).await.expect("asked").expect("placed");
        orders.mark_delivered(&first).await.expect("kept");
        paged.extend(page);
        assert!(paged.len() <= IDS.len(), "the same ones come again: {paged:?}");
    }
    assert_eq!(paged, all);
    assert_eq!(undelivered(&*orders).await.len(), IDS.len() / 2, "told: the first of five pages");
}

/// Sorting of texts, whatever the server's collation is.
#[tokio::test]
async fn what_is_untold_comes_page_by_page_in_a_postgres_of_another_collation() {
    let database = throwaway_postgres::database();
    let orders = PostgresOrders::open(&database.url(), CONNECTIONS).await.expect("it opens");
    let mut operator = sqlx::PgConnection::connect(&database.url()).await.expect("reached");
    let collate = "ALTER TABLE orders ALTER COLUMN order_id TYPE TEXT COLLATE \"en-x-icu\";
                   ALTER TABLE attempts ALTER COLUMN order_id TYPE TEXT COLLATE \"en-x-icu\"";
    operator.execute(collate).await.expect("done");
    what_is_untold_comes_page_by_page_each_order_once(Arc::new(orders)).await;
}

pub(crate) async fn two_attempts_of_an_order_are_marked_told_and_moved_at_once(orders: Storage) {
    place(&*orders).await;
    for number in [1, 2] {
        orders.claim(&id("order-101"), number, None, NOW, LEASE).await.expect("asked").expect("claimed");
        moves(&*orders, number, "pending").await;
    }
    let (order, floor) = (found(&*orders).await, Duration::from_secs(10));
    for turn in 1..=10 {
        // Whichever row is written last lies behind the other one.
        let known = order.attempts[turn as usize % 2].transaction.clone().expect("pending");
        let again = MidtransAnswer::Status(known.status);
        assert_eq!(orders.record(&order.order_id, known.attempt, &again, NOW).await.expect("kept"), Progress::Same);
        at_once(6, |n| {
            let (orders, mut order) = (Arc::clone(&orders), order.clone());
            async move {
                if n % 2 == 0 {
                    orders.try_claim_poll(&order.order_id, NOW.plus(floor * turn), floor).await.expect("asked");
                } else {
                    for known in order.attempts.iter_mut().filter_map(|attempt| attempt.transaction.as_mut()) {
                        known.version = i64::from(turn);
                    }
                    orders.mark_delivered(&order).await.expect("kept");
                }
            }
        })
        .await;
        let asked: Vec<_> = found(&*orders).await.attempts.iter().map(|attempt| attempt.polled_at).collect();
        assert_eq!(asked, [NOW.plus(floor * turn); 2], "whoever asks marks both");
    }
}

/// Both attempts are written in the same order. Where rows are met as they lie (a small table, or a planner with
/// other costs), the second may come first: then each of two would wait for what the other one has.
#[tokio::test]
async fn whoever_marks_two_attempts_in_postgres_takes_the_second_after_the_first() {
    let database = throwaway_postgres::database();
    let mut operator = sqlx::PgConnection::connect(&database.url()).await.expect("reached");
    let by_no_index = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET enable_indexscan = off', current_database());
        EXECUTE format('ALTER DATABASE %I SET enable_bitmapscan = off', current_database());
    END $$";
    operator.execute(by_no_index).await.expect("done");
    let orders: Storage = Arc::new(PostgresOrders::open(&database.url(), CONNECTIONS).await.expect("it opens"));
    place(&*orders).await;
    for number in [1, 2] {
        orders.claim(&id("order-101"), number, None, NOW, LEASE).await.expect("asked").expect("claimed");
        moves(&*orders, number, "pending").await;
    }
    moves(&*orders, 1, "expire").await;
    let lie = "SELECT number FROM attempts ORDER BY ctid";
    assert_eq!(sqlx::query_scalar::<_, i64>(lie).fetch_all(&mut operator).await.expect("asked"), [2, 1]);

    operator.execute("BEGIN; UPDATE attempts SET version = version WHERE number = 1").await.expect("the first one");
    let asking = tokio::spawn({
        let (orders, floor) = (Arc::clone(&orders), Duration::from_secs(10));
        async move { orders.try_claim_poll(&id("order-101"), NOW.plus(floor), floor).await }
    });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let started = Instant::now();
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut operator).await.expect("asked") == 0 {
        assert!(started.elapsed() < DEADLINE && !asking.is_finished(), "it does not wait for the first one");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    operator.execute("UPDATE attempts SET version = version WHERE number = 2; COMMIT").await.expect("the second one");
    assert!(asking.await.expect("a task").expect("no deadlock"), "and then it may");
}
