//! `Store`: a database that outlives the processes on it, and can be read when none of them runs.

use gopay_contract::OrderId;
use gopay_merchant::orders::{Order, Orders, SqliteOrders};
use tempfile::TempDir;

/// A database of one kind.
pub(crate) enum Store {
    Sqlite(TempDir),
}

impl Store {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(TempDir::new().expect("a folder"))
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("shop.sqlite3").display()),
        }
    }

    /// How many processes may work on it at a time, as far as a test needs to know.
    pub(crate) fn most_processes(&self) -> usize {
        match self {
            Self::Sqlite(_) => 1,
        }
    }

    /// What is stored about these orders, read by the merchant's own code. No process may run.
    pub(crate) async fn read(&self, order_ids: &[String]) -> Vec<Order> {
        let orders: Box<dyn Orders> = match self {
            Self::Sqlite(_) => Box::new(SqliteOrders::open(&self.url(), 8).await.expect("it opens")),
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
