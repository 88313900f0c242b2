//! What every storage of orders must hold to. Run against SQLite; another one joins by adding itself to [`storages`].

use gopay_contract::midtrans::{Notification, Signature};
use gopay_contract::{Answer, GrossAmount, OrderId, TransactionId, TransactionStatus};
use gopay_merchant::UnixMillis;
use gopay_merchant::orders::{Heard, NewOrder, NextStep, NotificationOutcome, Orders, Progress, SqliteOrders};
use std::time::Duration;
use tempfile::TempDir;

const NOW: UnixMillis = UnixMillis(1_769_828_400_000);
const LEASE: Duration = Duration::from_secs(60);

/// One empty storage of each kind, with whatever must live as long.
async fn storages() -> Vec<(TempDir, Box<dyn Orders>)> {
    let folder = TempDir::new().expect("a folder");
    let sqlite = SqliteOrders::open(&url(&folder)).await.expect("it opens");
    vec![(folder, Box::new(sqlite))]
}

fn url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("shop.sqlite3").display())
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
    let gross_amount = GrossAmount::from_rupiah(44_000).expect("an amount");
    let order = NewOrder { order_id: id("order-101"), gross_amount, description: "Kopi".to_owned(), items: Vec::new() };
    orders.place(&order, NOW).await.expect("placed");
}

async fn status(orders: &dyn Orders) -> (String, i64) {
    let order = orders.find(&id("order-101")).await.expect("found").expect("placed");
    let known = order.deciding().expect("charged");
    (known.transaction_status.to_string(), known.version)
}

#[tokio::test]
async fn an_order_is_remembered_as_it_was_placed() {
    for (_folder, orders) in storages().await {
        assert!(orders.find(&id("order-101")).await.expect("asked").is_none());
        place(&*orders).await;
        let order = orders.find(&id("order-101")).await.expect("asked").expect("placed");
        assert_eq!((order.gross_amount.rupiah(), order.description.as_str()), (44_000, "Kopi"));
        assert_eq!(order.next_step(None), NextStep::Charge { number: 1, retry_of: None });
    }
}

#[tokio::test]
async fn an_attempt_is_claimed_once() {
    for (_folder, orders) in storages().await {
        place(&*orders).await;
        let order_id = id("order-101");
        let claim = || orders.claim(&order_id, 1, None, NOW, LEASE);
        let (one, other, third) = tokio::join!(claim(), claim(), claim());
        let claims = [one, other, third].map(|claim| claim.expect("asked"));
        assert_eq!(claims.iter().flatten().count(), 1);
    }
}

#[tokio::test]
async fn an_abandoned_claim_is_taken_over_with_its_key() {
    for (_folder, orders) in storages().await {
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
}

#[tokio::test]
async fn a_claim_that_is_given_back_can_be_had_at_once() {
    for (_folder, orders) in storages().await {
        place(&*orders).await;
        let order_id = id("order-101");
        let claim = || orders.claim(&order_id, 1, None, NOW, LEASE);
        claim().await.expect("asked").expect("claimed");
        orders.release(&id("order-101"), 1).await.expect("released");
        assert!(claim().await.expect("asked").is_some());
    }
}

#[tokio::test]
async fn a_charged_attempt_is_never_claimed_again() {
    for (_folder, orders) in storages().await {
        place(&*orders).await;
        let order_id = id("order-101");
        let claim = |now| orders.claim(&order_id, 1, None, now, LEASE);
        claim(NOW).await.expect("asked").expect("claimed");
        let heard = Heard::Charge(answer("pending"));
        assert_eq!(orders.record(&id("order-101"), 1, &heard, NOW).await.expect("recorded"), Progress::Moved);
        assert!(claim(NOW.plus(LEASE * 100)).await.expect("asked").is_none());
    }
}

#[tokio::test]
async fn a_status_never_moves_backwards() {
    for (_folder, orders) in storages().await {
        place(&*orders).await;
        orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
        for (heard, progress, stands) in [
            (Heard::Status(answer("pending")), Progress::Moved, ("pending", 1)),
            (Heard::Status(answer("expire")), Progress::Moved, ("expire", 2)),
            (Heard::Charge(answer("pending")), Progress::Stale, ("expire", 2)),
            (Heard::Status(answer("settlement")), Progress::Moved, ("settlement", 3)),
            (Heard::Status(answer("settlement")), Progress::Same, ("settlement", 3)),
            (Heard::Status(answer("expire")), Progress::Stale, ("settlement", 3)),
            (Heard::Status(answer("refund")), Progress::Moved, ("refund", 4)),
        ] {
            assert_eq!(orders.record(&id("order-101"), 1, &heard, NOW).await.expect("recorded"), progress, "{heard:?}");
            assert_eq!(status(&*orders).await, (stands.0.to_owned(), stands.1), "{heard:?}");
        }
    }
}

#[tokio::test]
async fn another_transaction_is_never_written_over_the_attempts_own() {
    for (_folder, orders) in storages().await {
        place(&*orders).await;
        orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
        orders.record(&id("order-101"), 1, &Heard::Charge(answer("pending")), NOW).await.expect("recorded");
        let other = Answer { transaction_id: Some(transaction("t-2")), ..answer("settlement") };
        orders.record(&id("order-101"), 1, &Heard::Status(other), NOW).await.expect_err("refused");
        assert_eq!(status(&*orders).await, ("pending".to_owned(), 1));
    }
}

#[tokio::test]
async fn a_notification_finds_its_attempt_before_the_charge_is_answered() {
    for (_folder, orders) in storages().await {
        place(&*orders).await;
        let find = |t: &'static str, o: &'static str| {
            let orders = &orders;
            async move { orders.find_attempt(&transaction(t), &id(o)).await.expect("asked") }
        };
        assert_eq!(find("t-1", "order-101").await, None, "nothing was claimed");
        orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
        assert_eq!(find("t-1", "order-101").await, Some((id("order-101"), 1)));
        orders.record(&id("order-101"), 1, &Heard::Charge(answer("expire")), NOW).await.expect("recorded");
        let retry_of = transaction("t-1");
        let second = orders.claim(&id("order-101"), 2, Some(&retry_of), NOW, LEASE).await;
        assert_eq!(second.expect("asked").expect("claimed").midtrans_order_id, id("order-101-2"));
        assert_eq!(find("t-2", "order-101-2").await, Some((id("order-101"), 2)));
        assert_eq!(find("t-9", "order-101").await, None, "that attempt is another transaction");
    }
}

#[tokio::test]
async fn midtrans_may_be_asked_once_per_floor_whoever_asks() {
    for (_folder, orders) in storages().await {
        place(&*orders).await;
        orders.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
        orders.record(&id("order-101"), 1, &Heard::Charge(answer("pending")), NOW).await.expect("recorded");
        let floor = Duration::from_secs(10);
        let t1 = transaction("t-1");
        let may_ask = |now| orders.may_ask(&t1, now, floor);
        assert!(!may_ask(NOW.plus(floor - Duration::from_millis(1))).await.expect("asked"), "it has just been heard");
        let (one, other) = tokio::join!(may_ask(NOW.plus(floor)), may_ask(NOW.plus(floor)));
        assert_ne!(one.expect("asked"), other.expect("asked"), "one of two");
    }
}

#[tokio::test]
async fn only_a_confirmed_notification_counts_as_known() {
    for (_folder, orders) in storages().await {
        let signature = Signature::over("order-101", "200", "44000.00", "key").to_hex();
        let body = format!(
            r#"{{"order_id":"order-101","transaction_id":"t-1","transaction_status":"settlement","status_code":"200",
                "gross_amount":"44000.00","signature_key":"{signature}"}}"#
        );
        let notification = Notification::verify(body.as_bytes(), "key").expect("signed");
        assert!(!orders.has_confirmed(&notification).await.expect("asked"));
        orders.note(&notification, NotificationOutcome::Unconfirmed, NOW).await.expect("noted");
        assert!(!orders.has_confirmed(&notification).await.expect("asked"));
        for _ in 0..2 {
            orders.note(&notification, NotificationOutcome::Confirmed, NOW).await.expect("noted, and counted");
        }
        assert!(orders.has_confirmed(&notification).await.expect("asked"));
    }
}

#[tokio::test]
async fn a_sqlite_file_that_is_opened_again_has_everything_and_no_claims() {
    let folder = TempDir::new().expect("a folder");
    let before = SqliteOrders::open(&url(&folder)).await.expect("it opens");
    place(&before).await;
    let first = before.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("claimed");
    drop(before);
    let after = SqliteOrders::open(&url(&folder)).await.expect("it opens again");
    let second = after.claim(&id("order-101"), 1, None, NOW, LEASE).await.expect("asked").expect("nobody is at it");
    assert_eq!(second.idempotency_key, first.idempotency_key);
}
