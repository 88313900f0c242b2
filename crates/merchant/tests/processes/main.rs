//! The program as an operator runs it: real processes, killed without a warning (`kill -9`), or two at a time, on a real
//! SQLite file and a real PostgreSQL, against the sandbox.

/// A test of each promise on each kind of database.
macro_rules! on_each_store {
    ($($promise:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(crate::store::Store::sqlite()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(crate::store::Store::postgres()).await;
            })*
        }
    };
}

mod aimed_kills;
mod convergence;
mod crowd;
mod disk;
mod durable;
mod kills;
mod midtrans;
mod midtrans_faults;
mod payers;
mod pooled;
mod program;
mod shop;
mod storage_faults;
mod storage_kills;
mod store;
