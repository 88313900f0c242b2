//! No statement goes through what has ended long ago: every statement that the storage really sends is put to the database's
//! planner. A program of its own, because what is sent is heard from the log, and a process has one.

use gopay_contract::midtrans::{Notification, OptionalData, Signature};
use gopay_contract::{Answer, GrossAmount, OrderId, TransactionId, TransactionStatus};
use gopay_merchant::UnixMillis;
use gopay_merchant::orders::{
    MidtransAnswer, NewOrder, NotificationOutcome, Orders, PostgresOrders, SqliteOrders, SweepCursor,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};
use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

const NOW: UnixMillis = UnixMillis(1_769_828_400_000);
const LEASE: Duration = Duration::from_secs(60);
/// Those that grow with history.
const TABLES: [&str; 5] = ["attempts", "orders", "notifications", "deleted_orders", "deleted_attempts"];
/// Of what is open, and of what is to be told: what has ended and was told is not in them.
const SHORT_INDEXES: [&str; 2] = ["attempts_due", "attempts_undelivered"];

/// Hears what is sent to a database.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<BTreeSet<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Sent {
    fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        #[derive(Default)]
        struct Statement {
            summary: String,
            whole: String,
        }
        impl Visit for Statement {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                let into = match field.name() {
                    "summary" => &mut self.summary,
                    "db.statement" => &mut self.whole,
                    _ => return,
                };
                write!(into, "{value:?}").expect("a text can be written to");
            }
            fn record_str(&mut self, field: &Field, value: &str) {
                match field.name() {
                    "summary" => value.clone_into(&mut self.summary),
                    "db.statement" => value.clone_into(&mut self.whole),
                    _ => {}
                }
            }
        }
        let mut statement = Statement::default();
        event.record(&mut statement);
        let whole = if statement.whole.trim().is_empty() { statement.summary } else { statement.whole };
        self.0.lock().expect("not poisoned").insert(whole.trim().to_owned());
    }
}

impl Sent {
    /// The statements that can be slow: each reads or writes one of the tables.
    fn taken(&self) -> Vec<String> {
        let all = std::mem::take(&mut *self.0.lock().expect("not poisoned"));
        let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
        let is_ours = |statement: &String| {
            // What holds for no row is not looked for in any.
            let is_of_none = statement.contains("WHERE FALSE");
            let is_about_one = TABLES.iter().any(|table| statement.contains(table));
            verbs.iter().any(|verb| statement.starts_with(verb)) && is_about_one && !is_of_none
        };
        all.into_iter().filter(is_ours).collect()
    }
}

fn id(text: &str) -> OrderId {
    OrderId::parse(text).expect("an order id")
}

/// Calls every method of a storage.
async fn everything(orders: &dyn Orders) {
    let gross_amount = GrossAmount::from_rupiah(44_000).expect("an amount");
    let order_id = id("order-101");
    for order_id in ["order-101", "order-101-2"] {
        let order = NewOrder::new(id(order_id), gross_amount, "Kopi", OptionalData::default()).expect("an order");
        orders.place(&order, NOW).await.expect("placed");
    }
    let claim = |number| orders.claim(&order_id, number, None, NOW, LEASE);
    let first = claim(1).await.expect("asked").expect("claimed");
    orders.release(&order_id, &first).await.expect("released");
    claim(1).await.expect("asked").expect("claimed");
    assert!(claim(1).await.expect("asked").is_none(), "it is looked what is in the way");
    let transaction_id = TransactionId::parse("t-1").expect("an id");
    let answer = |status| Answer {
        transaction_id: Some(transaction_id.clone()),
        order_id: Some(order_id.clone()),
        transaction_status: Some(TransactionStatus::parse(status)),
        ..Answer::default()
    };
    orders.record(&order_id, 1, &MidtransAnswer::Charge(answer("pending")), NOW).await.expect("recorded");
    orders.find_attempt(&transaction_id, &order_id).await.expect("asked").expect("found");
    let later = NOW.plus(LEASE);
    orders.try_claim_poll(&order_id, later, LEASE).await.expect("asked");
    let due = orders.take_due(later, LEASE, 10).await.expect("asked");
    orders.schedule_poll(&due[0], Some(later)).await.expect("planned");
    orders.poll_by(&order_id, 1, NOW).await.expect("planned");
    let signature = Signature::over("order-101", "200", "44000.00", "key").to_hex();
    let body = format!(
        r#"{{"order_id":"order-101","transaction_id":"t-1","transaction_status":"settlement","status_code":"200",
            "gross_amount":"44000.00","signature_key":"{signature}"}}"#
    );
    let notification = Notification::verify(body.as_bytes(), "key").expect("signed");
    orders.record_notification(&notification, NotificationOutcome::Unconfirmed, NOW).await.expect("noted");
    orders.last_unconfirmed(&transaction_id, NOW).await.expect("asked");
    orders.record(&order_id, 1, &MidtransAnswer::Status(answer("settlement")), NOW).await.expect("recorded");
    orders.undelivered(None, 10).await.expect("asked");
    let order = orders.find(&order_id).await.expect("asked").expect("placed");
    orders.mark_delivered(&order).await.expect("kept");
    orders.check().await.expect("it is well");
    let a_year_on = NOW.plus(Duration::from_secs(366 * 86_400));
    let sweep = orders.delete_ended(&SweepCursor::start(), a_year_on, true, 10).await.expect("swept");
    assert_eq!(sweep.deleted, [order_id]);
}

/// Tables and indexes that a plan of SQLite's scans.
fn scanned_by_sqlite(plan: &[String]) -> Option<&String> {
    plan.iter().find(|step| {
        let scanned = step.strip_prefix("SCAN ").unwrap_or_default();
        let is_short = SHORT_INDEXES.iter().any(|index| step.contains(&format!("INDEX {index}")));
        TABLES.contains(&scanned.split(' ').next().unwrap_or_default()) && !is_short
    })
}

async fn plan_of_sqlite(database: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explain = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
    let steps = explain.fetch_all(database).await.unwrap_or_else(|why| panic!("{statement}: {why}"));
    steps.iter().map(|step| step.get("detail")).collect()
}

/// The same of PostgreSQL's, which has no need of an index for a table this small, and is told to take one all the same.
fn scanned_by_postgres(plan: &[String]) -> Option<&String> {
    plan.iter().find(|step| TABLES.iter().any(|table| step.contains(&format!("Seq Scan on {table}"))))
}

async fn plan_of_postgres(database: &mut PgConnection, statement: &str) -> Vec<String> {
    let parameters = (1..=9).filter(|number| statement.contains(&format!("${number}"))).map(|_| "NULL");
    let parameters: Vec<&str> = parameters.collect();
    let values = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
    let failed = |why| panic!("{statement}: {why}");
    let prepare = AssertSqlSafe(format!("PREPARE planned AS {statement}"));
    sqlx::raw_sql(prepare).execute(&mut *database).await.unwrap_or_else(failed);
    let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE planned{values}"));
    let steps = sqlx::raw_sql(explain).fetch_all(&mut *database).await;
    let steps = steps.unwrap_or_else(|why| panic!("{statement}: {why}"));
    database.execute("DEALLOCATE planned").await.expect("forgotten");
    steps.iter().map(|step| step.get(0)).collect()
}

#[tokio::test]
async fn no_statement_goes_through_what_has_ended_long_ago() {
    let sent = Sent::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(sent.clone())).expect("the first");

    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
    drop(SqliteOrders::open(&url, 2).await.expect("it is made"));
    let orders = SqliteOrders::open(&url, 2).await.expect("it opens again");
    let at_start = sent.taken();
    assert!(at_start.iter().any(|statement| statement.contains("claimed_until")), "claims are freed: {at_start:?}");
    everything(&orders).await;
    let statements: Vec<String> =
        at_start.into_iter().filter(|statement| statement.contains("claimed_until <> 0")).chain(sent.taken()).collect();
    assert!(statements.len() > 25, "{}: {statements:#?}", statements.len());
    let mut database = SqliteConnection::connect(&url).await.expect("the file");
    for statement in &statements {
        let plan = plan_of_sqlite(&mut database, statement).await;
        assert_eq!(scanned_by_sqlite(&plan), None, "{statement}\n{plan:#?}");
    }
    // What it once did at each start, and was not to.
    let plan = plan_of_sqlite(&mut database, "UPDATE attempts SET claimed_until = 0").await;
    assert!(scanned_by_sqlite(&plan).is_some(), "{plan:?}");

    let postgres = throwaway_postgres::database();
    let orders = PostgresOrders::open(&postgres.url(), 2).await.expect("it opens");
    drop(sent.taken());
    everything(&orders).await;
    let statements = sent.taken();
    assert!(statements.len() > 25, "{}: {statements:#?}", statements.len());
    let mut database = PgConnection::connect(&postgres.url()).await.expect("reached");
    database.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan").await.expect("set");
    for statement in &statements {
        let plan = plan_of_postgres(&mut database, statement).await;
        assert_eq!(scanned_by_postgres(&plan), None, "{statement}\n{plan:#?}");
    }
    let plan = plan_of_postgres(&mut database, "UPDATE attempts SET claimed_until = 0").await;
    assert!(scanned_by_postgres(&plan).is_some(), "{plan:?}");
}
