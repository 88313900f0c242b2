//! `Store`: a database that outlives the processes on it, and can be read when none of them runs.

use gopay_contract::OrderId;
use gopay_merchant::orders::{Order, Orders, PostgresOrders, SqliteOrders};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, query_as, raw_sql};
use std::any::Any;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;
use throwaway_postgres::{Durability, Server};

/// How many connections a reader needs.
const CONNECTIONS: u32 = 2;

/// A database of one kind, with what must be kept for it.
pub(crate) enum Store {
    Sqlite { folder: PathBuf, _kept: Kept },
    Postgres { url: String, _kept: Kept },
}

/// A folder, a disk, a server.
pub(crate) type Kept = Box<dyn Any + Send + Sync>;

impl Store {
    pub(crate) fn sqlite() -> Self {
        let folder = TempDir::new().expect("a folder");
        Self::Sqlite { folder: folder.path().to_owned(), _kept: Box::new(folder) }
    }

    /// Of a server that waits for the disk, as PostgreSQL is shipped.
    pub(crate) fn postgres() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        let database = SERVER.get_or_init(|| Server::start(Durability::Durable)).database();
        Self::Postgres { url: database.url(), _kept: Box::new(database) }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite { folder, .. } => format!("sqlite:{}", folder.join("shop.sqlite3").display()),
            Self::Postgres { url, .. } => url.clone(),
        }
    }

    /// How many processes a test runs on it at a time.
    pub(crate) fn most_processes(&self) -> usize {
        match self {
            Self::Sqlite { .. } => 1,
            Self::Postgres { .. } => 2,
        }
    }

    /// The stored orders, read by the merchant's own code. No process may run.
    pub(crate) async fn read(&self, order_ids: &[String]) -> Vec<Order> {
        let url = self.url();
        let orders: Box<dyn Orders> = match self {
            Self::Sqlite { .. } => Box::new(SqliteOrders::open(&url, CONNECTIONS).await.expect("it opens")),
            Self::Postgres { .. } => Box::new(PostgresOrders::open(&url, CONNECTIONS).await.expect("it opens")),
        };
        let mut found = Vec::with_capacity(order_ids.len());
        for order_id in order_ids {
            let order_id = OrderId::parse(order_id).expect("an order id");
            let order = orders.find(&order_id).await.expect("read");
            found.push(order.unwrap_or_else(|| panic!("{order_id} was placed, and is not stored")));
        }
        found
    }

    /// Rows of the table of attempts, read while processes run.
    pub(crate) async fn lines(&self) -> Vec<Line> {
        let lines = "SELECT order_id, midtrans_order_id, transaction_id, transaction_status FROM attempts";
        let lines: Vec<(String, String, Option<String>, Option<String>)> = match self {
            Self::Sqlite { .. } => {
                let mut database = SqliteConnection::connect(&self.url()).await.expect("the database");
                query_as(lines).fetch_all(&mut database).await.expect("read")
            }
            Self::Postgres { .. } => {
                let mut database = PgConnection::connect(&self.url()).await.expect("the database");
                query_as(lines).fetch_all(&mut database).await.expect("read")
            }
        };
        let line = |(order_id, midtrans_order_id, transaction_id, status): (_, _, Option<String>, Option<String>)| {
            Line { order_id, midtrans_order_id, transaction: transaction_id.zip(status) }
        };
        lines.into_iter().map(line).collect()
    }

    /// For the merchant, everything happened this much earlier.
    pub(crate) async fn time_passes(&self, time: Duration) {
        let millis = time.as_millis();
        let earlier = format!(
            "UPDATE attempts SET claimed_at = claimed_at - {millis}, claimed_until = claimed_until - {millis},
                    polled_at = polled_at - {millis}, moved_at = moved_at - {millis}, next_poll_at = next_poll_at - {millis};
             UPDATE notifications SET first_at = first_at - {millis}, last_at = last_at - {millis};
             COMMIT"
        );
        match self {
            Self::Sqlite { .. } => {
                let mut database = SqliteConnection::connect(&self.url()).await.expect("the database");
                let all = AssertSqlSafe(format!("BEGIN IMMEDIATE; {earlier}"));
                raw_sql(all).execute(&mut database).await.expect("time passes");
            }
            Self::Postgres { .. } => {
                let mut database = PgConnection::connect(&self.url()).await.expect("the database");
                // Nobody holds a row of it then: two who lock rows in another order would wait for each other.
                let all =
                    AssertSqlSafe(format!("BEGIN; LOCK TABLE attempts, notifications IN EXCLUSIVE MODE; {earlier}"));
                raw_sql(all).execute(&mut database).await.expect("time passes");
            }
        }
    }
}

/// An attempt, as little as is needed to hold it against Midtrans' ledger.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) order_id: String,
    pub(crate) midtrans_order_id: String,
    /// Its id and status, once anything is known.
    pub(crate) transaction: Option<(String, String)>,
}
