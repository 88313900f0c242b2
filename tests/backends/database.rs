//! A backend's SQLite file, as whoever operates it opens it.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection, query, query_scalar};
use std::path::Path;
use tempfile::TempDir;

/// Its name, as [`crate::process::Backend::start`] sets it.
pub(crate) const FILE: &str = "shop.sqlite3";

pub(crate) async fn open(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(folder.join(FILE)).connect().await.unwrap()
}

/// Runs a statement; `?1` in it is `value`. The backend must have ended: Node's driver has locks of its own.
pub(crate) async fn run(folder: &Path, statement: &'static str, value: &str) {
    query(statement).bind(value).execute(&mut open(folder).await).await.unwrap();
}

/// The texts that a query finds in a copy.
pub(crate) async fn texts(folder: &Path, statement: &'static str) -> Vec<String> {
    let copy = TempDir::new().unwrap();
    std::fs::copy(folder.join(FILE), copy.path().join(FILE)).unwrap();
    // There is one only where a transaction was cut off.
    let journal = format!("{FILE}-journal");
    drop(std::fs::copy(folder.join(&journal), copy.path().join(&journal)));
    query_scalar(statement).fetch_all(&mut open(copy.path()).await).await.unwrap()
}
