//! `Store`: a database that outlives the processes on it, and can be read when none of them runs.

use gopay_contract::OrderId;
use gopay_merchant::orders::{Order, Orders, PostgresOrders, SqliteOrders};
use std::sync::OnceLock;
use tempfile::TempDir;
use throwaway_postgres::{Database, Durability, Server};

/// How many connections a reader needs.
const CONNECTIONS: u32 = 2;

/// A database of one kind.
pub(crate) enum Store {
    Sqlite(TempDir),
    Postgres(Database),
}

impl Store {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(TempDir::new().expect("a folder"))
    }

    /// Of a server that waits for the disk, as PostgreSQL is shipped.
    pub(crate) fn postgres() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self::Postgres(SERVER.get_or_init(|| Server::start(Durability::Durable)).database())
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("shop.sqlite3").display()),
            Self::Postgres(database) => database.url(),
        }
    }

    /// How many processes a test runs on it at a time.
    pub(crate) fn most_processes(&self) -> usize {
        match self {
            Self::Sqlite(_) => 1,
            Self::Postgres(_) => 2,
        }
    }

    /// What is stored about these orders, read by the merchant's own code. No process may run.
    pub(crate) async fn read(&self, order_ids: &[String]) -> Vec<Order> {
        let url = self.url();
        let orders: Box<dyn Orders> = match self {
            Self::Sqlite(_) => Box::new(SqliteOrders::open(&url, CONNECTIONS).await.expect("it opens")),
            Self::Postgres(_) => Box::new(PostgresOrders::open(&url, CONNECTIONS).await.expect("it opens")),
        };
        let mut found = Vec::with_capacity(order_ids.len());
        for order_id in order_ids {
            let order_id = OrderId::parse(order_id).expect("an order id");
            let order = orders.find(&order_id).await.expect("read");
            found.push(order.unwrap_or_else(|| panic!("{order_id} was placed, and is not stored")));
        }
        found
    }
}
