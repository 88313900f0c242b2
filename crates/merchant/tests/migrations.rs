//! A database that an earlier program has made and filled, opened by this one; one that a later program has made; and one that
//! has tables of somebody else.

use gopay_contract::midtrans::{ItemDetails, OptionalData};
use gopay_contract::{OrderId, TransactionId, TransactionStatus};
use gopay_merchant::UnixMillis;
use gopay_merchant::orders::{Attempt, MidtransAnswer, Order, Orders, PostgresOrders, Progress, SqliteOrders};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::time::Duration;
use tempfile::TempDir;

static ON_SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static ON_POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

const NOW: UnixMillis = UnixMillis(1_769_828_400_000);
const CONNECTIONS: u32 = 2;

const ITEMS: &str = r#"[{"id":"kopi-gayo","price":22000,"quantity":2,"name":"Kopi 'Gayo' \"250 g\" ☕"}]"#;
const PENDING: &str = r#"{"status_code":"201","transaction_id":"t-2","order_id":"order-101-2","gross_amount":"44000.00","transaction_status":"pending"}"#;
const CHARGED: &str = r#"{"status_code":"201","transaction_id":"t-2","order_id":"order-101-2","gross_amount":"44000.00","transaction_status":"pending",
    "actions":[{"name":"generate-qr-code","method":"GET","url":"https://api.midtrans.com/v2/gopay/t-2/qr-code"}]}"#;
const EXPIRED: &str = r#"{"status_code":"407","transaction_id":"t-1","order_id":"order-101","gross_amount":"44000.00","transaction_status":"expire"}"#;
const SETTLED: &str = r#"{"status_code":"200","transaction_id":"t-3","order_id":"order-103","gross_amount":"10000.00","transaction_status":"settlement"}"#;

/// Rows as a program of the first migration stores them. Later migrations only add columns, which have defaults.
fn rows() -> Vec<String> {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let order = |order_id: &str, amount: u32, items: &str| {
        let charge_data = if items == "[]" { "{}".to_owned() } else { format!("{{\"item_details\":{items}}}") };
        format!(
            "INSERT INTO orders (order_id, gross_amount, description, charge_data, created_at)
                 VALUES ('{order_id}', {amount}, 'Kopi', {}, 7)",
            text(&charge_data)
        )
    };
    let attempt = |values: String| {
        format!(
            "INSERT INTO attempts (order_id, number, midtrans_order_id, idempotency_key, retry_of, claimed_at, claimed_until,
                 transaction_id, transaction_status, status_answer, charge_answer, version, polled_at) VALUES ({values})"
        )
    };
    let (pending, charged, expired, settled) = (text(PENDING), text(CHARGED), text(EXPIRED), text(SETTLED));
    vec![
        order("order-101", 44_000, ITEMS),
        order("order-102", 10_000, "[]"),
        order("order-103", 10_000, "[]"),
        attempt(format!(
            "'order-101', 1, 'order-101', 'key-1', NULL, 1000, 0, 't-1', 'expire', {expired}, {expired}, 2, 1001"
        )),
        attempt(format!(
            "'order-101', 2, 'order-101-2', 'key-2', 't-1', 2000, 0, 't-2', 'pending', {pending}, {charged}, 1, 2001"
        )),
        attempt("'order-102', 1, 'order-102', 'key-3', NULL, 3000, 3001, NULL, NULL, NULL, NULL, 0, 0".to_owned()),
        attempt(format!(
            "'order-103', 1, 'order-103', 'key-4', NULL, 4000, 0, 't-3', 'settlement', {settled}, {settled}, 3, 4001"
        )),
        "INSERT INTO notifications (transaction_id, transaction_status, outcome, midtrans_order_id, gross_amount, first_at,
             last_at) VALUES ('t-2', 'settlement', 'unconfirmed', 'order-101-2', 44000, 5000, 5001)"
            .to_owned(),
        "UPDATE attempts SET moved_at = polled_at".to_owned(),
        "UPDATE attempts SET next_poll_at = claimed_until WHERE number = 2 OR transaction_id IS NULL".to_owned(),
    ]
}

fn id(text: &str) -> OrderId {
    OrderId::parse(text).expect("an order id")
}

fn transaction(text: &str) -> TransactionId {
    TransactionId::parse(text).expect("a transaction id")
}

async fn found(orders: &dyn Orders, order_id: &str) -> Order {
    orders.find(&id(order_id)).await.expect("readable").expect("still there")
}

/// Everything that is there, and can go on.
async fn has_everything(orders: &dyn Orders, version: i64) {
    orders.check().await.expect("up to date");
    let order = found(orders, "order-101").await;
    assert_eq!((order.gross_amount.rupiah(), &*order.description), (44_000, "Kopi"), "from {version}");
    let items: Vec<ItemDetails> = serde_json::from_str(ITEMS).expect("items");
    let written = OptionalData { item_details: Some(items), ..OptionalData::default() };
    assert_eq!(order.charge_data.as_written(), &written, "from {version}");
    let [first, second] = &order.attempts[..] else { panic!("from {version}: {:?}", order.attempts) };
    is_as_it_was(first, (1, "order-101", "key-1", None), (1000, 1001), Some(("t-1", "expire", 2)));
    let pending = Some(("t-2", "pending", 1));
    is_as_it_was(second, (2, "order-101-2", "key-2", Some("t-1")), (2000, 2001), pending);
    assert_eq!(second.transaction.as_ref().map(|known| known.actions.len()), Some(1), "from {version}");

    let unanswered = found(orders, "order-102").await;
    assert_eq!(unanswered.charge_data.as_written(), &OptionalData::default(), "from {version}");
    is_as_it_was(&unanswered.attempts[0], (1, "order-102", "key-3", None), (3000, 0), None);
    let settled = found(orders, "order-103").await;
    let known = Some(("t-3", "settlement", 3));
    is_as_it_was(&settled.attempts[0], (1, "order-103", "key-4", None), (4000, 4001), known);

    assert_eq!(orders.last_unconfirmed(&transaction("t-2"), NOW).await.expect("asked"), Some(UnixMillis(5001)));
    assert_eq!(
        orders.undelivered(None, 10).await.expect("asked"),
        [id("order-101"), id("order-103")],
        "from {version}"
    );
    let due = orders.take_due(NOW, Duration::from_secs(60), 10).await.expect("asked");
    let mut due: Vec<_> = due.iter().map(|due| (due.order_id.as_str(), due.number)).collect();
    due.sort_unstable();
    assert_eq!(due, [("order-101", 2), ("order-102", 1)], "from {version}: what is open is looked at");

    let taken_over = orders.claim(&id("order-102"), 1, None, NOW, Duration::from_secs(60)).await.expect("asked");
    assert_eq!(taken_over.expect("its claim is over").idempotency_key, "key-3");
    let mut paid = second.transaction.clone().expect("pending").status;
    paid.transaction_status = Some(TransactionStatus::Settlement);
    let progress = orders.record(&id("order-101"), 2, &MidtransAnswer::Status(paid), NOW).await.expect("recorded");
    assert_eq!(progress, Progress::StatusChanged, "from {version}");
}

fn is_as_it_was(
    attempt: &Attempt,
    (number, midtrans_order_id, key, retry_of): (u32, &str, &str, Option<&str>),
    (claimed_at, polled_at): (i64, i64),
    known: Option<(&str, &str, i64)>,
) {
    assert_eq!((attempt.number, attempt.midtrans_order_id.as_str()), (number, midtrans_order_id));
    assert_eq!((&*attempt.idempotency_key, &attempt.retry_of), (key, &retry_of.map(transaction)));
    let times = (attempt.claimed_at, attempt.polled_at, attempt.moved_at);
    assert_eq!(
        times,
        (UnixMillis(claimed_at), UnixMillis(polled_at), UnixMillis(polled_at)),
        "it moved when last asked"
    );
    assert_eq!(attempt.charge_is_answered, known.is_some());
    let is = attempt.transaction.as_ref().map(|it| {
        assert_eq!(it.status.transaction_status.as_ref(), Some(&it.transaction_status));
        (it.transaction_id.as_str(), it.transaction_status.as_str(), it.version)
    });
    assert_eq!(is, known);
}

fn file(folder: &TempDir) -> String {
    format!("sqlite:{}?mode=rwc", folder.path().join("shop.sqlite3").display())
}

#[tokio::test]
async fn a_sqlite_file_of_each_earlier_program_is_opened_with_all_that_is_in_it() {
    for version in ON_SQLITE.iter().map(|migration| migration.version) {
        let folder = TempDir::new().expect("a folder");
        let mut earlier = SqliteConnection::connect(&file(&folder)).await.expect("a file");
        ON_SQLITE.run_to(version, &mut earlier).await.expect("made");
        for row in rows() {
            earlier.execute(AssertSqlSafe(row)).await.expect("stored");
        }
        earlier.close().await.expect("closed");
        let orders = SqliteOrders::open(&file(&folder), CONNECTIONS).await.expect("it opens");
        has_everything(&orders, version).await;
    }
}

#[tokio::test]
async fn a_postgres_of_each_earlier_program_is_opened_with_all_that_is_in_it() {
    for version in ON_POSTGRES.iter().map(|migration| migration.version) {
        let database = throwaway_postgres::database();
        let mut earlier = PgConnection::connect(&database.url()).await.expect("reached");
        ON_POSTGRES.run_to(version, &mut earlier).await.expect("made");
        for row in rows() {
            earlier.execute(AssertSqlSafe(row)).await.expect("stored");
        }
        let orders = PostgresOrders::open(&database.url(), CONNECTIONS).await.expect("it opens");
        has_everything(&orders, version).await;
    }
}

/// A schema of a later program that only adds to the tables (CONTRIBUTING.md): going back to this one is possible.
const LATER: [&str; 3] = [
    "ALTER TABLE attempts ADD COLUMN of_a_later_program TEXT",
    "CREATE TABLE of_a_later_program (it TEXT)",
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999999, 'later', TRUE, '', 0)",
];

/// Tables of another program in the same database.
const FOREIGN: [&str; 2] = ["CREATE TABLE customers (name TEXT)", "INSERT INTO customers VALUES ('Budi')"];

#[tokio::test]
async fn tables_of_another_program_stay_as_they_are() {
    let folder = TempDir::new().expect("a folder");
    let mut sqlite = SqliteConnection::connect(&file(&folder)).await.expect("a file");
    let database = throwaway_postgres::database();
    let mut postgres = PgConnection::connect(&database.url()).await.expect("reached");
    for statement in FOREIGN {
        sqlite.execute(statement).await.expect("done");
        postgres.execute(statement).await.expect("done");
    }
    SqliteOrders::open(&file(&folder), CONNECTIONS).await.expect("it opens").check().await.expect("up to date");
    PostgresOrders::open(&database.url(), CONNECTIONS).await.expect("it opens").check().await.expect("up to date");
    let customers = "SELECT name FROM customers";
    let in_sqlite: Vec<String> = sqlx::query_scalar(customers).fetch_all(&mut sqlite).await.expect("still there");
    let in_postgres: Vec<String> = sqlx::query_scalar(customers).fetch_all(&mut postgres).await.expect("still there");
    assert_eq!((in_sqlite, in_postgres), (vec!["Budi".to_owned()], vec!["Budi".to_owned()]));
}

#[tokio::test]
async fn a_sqlite_file_of_a_later_program_is_opened_too() {
    let folder = TempDir::new().expect("a folder");
    let mut later = SqliteConnection::connect(&file(&folder)).await.expect("a file");
    ON_SQLITE.run(&mut later).await.expect("made");
    for statement in rows().into_iter().chain(LATER.map(str::to_owned)) {
        later.execute(AssertSqlSafe(statement)).await.expect("done");
    }
    later.close().await.expect("closed");
    let orders = SqliteOrders::open(&file(&folder), CONNECTIONS).await.expect("it opens");
    has_everything(&orders, i64::MAX).await;
}

#[tokio::test]
async fn a_postgres_of_a_later_program_is_opened_too() {
    let database = throwaway_postgres::database();
    let mut later = PgConnection::connect(&database.url()).await.expect("reached");
    ON_POSTGRES.run(&mut later).await.expect("made");
    for statement in rows().into_iter().chain(LATER.map(str::to_owned)) {
        later.execute(AssertSqlSafe(statement)).await.expect("done");
    }
    let orders = PostgresOrders::open(&database.url(), CONNECTIONS).await.expect("it opens");
    has_everything(&orders, i64::MAX).await;
}
