//! `Victim`: a shop with one order that waits for its payment, and what must still be so after an attack.

use crate::stage::{Answered, Placed, Stage};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Long enough for a busy machine; reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Victim {
    pub(crate) stage: Stage,
    pub(crate) order: Placed,
    pub(crate) charged: Answered,
    before: Books,
}

/// All that an attack must not change.
#[derive(Debug, PartialEq)]
struct Books {
    rows: Vec<(String, i64)>,
    at_midtrans: Vec<Value>,
}

/// What came back over a raw connection until it was closed.
#[derive(Debug)]
pub(crate) struct RawAnswer(String);

impl RawAnswer {
    /// The HTTP status of every answer on that connection.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let heads = self.0.split("HTTP/1.1 ").skip(1);
        heads.map(|head| head[..3].parse().expect("a status")).collect()
    }

    /// A header of the first answer.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header_in(&self.0, name)
    }
}

impl Victim {
    pub(crate) async fn waits() -> Self {
        Self::waits_with(&[]).await
    }

    /// The merchant has these variables too.
    pub(crate) async fn waits_with(variables: &[(&'static str, &str)]) -> Self {
        let stage = Stage::set_with(variables).await;
        let order = stage.order().await;
        let charged = stage.charge(&order).await;
        // Midtrans tells of the new transaction, and has been answered. Only then is there rest.
        let started = Instant::now();
        while stage.deliveries(&order.order_id, "pending", 1).await.iter().any(|told| told["answer_code"] != 200) {
            assert!(started.elapsed() < DEADLINE, "the merchant does not hear Midtrans");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let before = Books::of(&stage).await;
        Self { stage, order, charged, before }
    }

    /// Nothing was stored, nothing happened at Midtrans, and the next payer can pay.
    pub(crate) async fn is_unharmed(&self) {
        self.has_lost_nothing().await;
        let next = self.stage.order().await;
        assert_eq!(self.stage.charge(&next).await.text("status_code"), "201", "the merchant goes on");
        assert_eq!(self.stage.transactions_of(&next).await.len(), 1);
    }

    /// The same, of a merchant that has no patience left for this client.
    pub(crate) async fn has_lost_nothing(&self) {
        assert_eq!(Books::of(&self.stage).await, self.before);
        let status = self.stage.status(&self.order).await;
        assert_eq!(status.text("transaction_status"), "pending");
        assert_eq!(status.text("transaction_id"), self.charged.text("transaction_id"));
        assert_eq!(status.text("gross_amount"), "44000.00");
    }

    /// The path of the order, with something behind it.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/gopay/orders/{}{rest}", self.order.order_id)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.stage.http.request(method, format!("{}{path}", self.stage.merchant.url))
    }

    /// Sends these bytes as they are, and reads until the merchant closes the connection.
    pub(crate) async fn receives(&self, bytes: &[u8]) -> RawAnswer {
        let mut connection = self.connection().await;
        // The merchant may have had enough before the end.
        let _ = connection.write_all(bytes).await;
        rest_of(connection).await
    }

    /// A connection of one's own.
    pub(crate) async fn connection(&self) -> TcpStream {
        let address = self.stage.merchant.url.trim_start_matches("http://");
        TcpStream::connect(address).await.expect("the merchant listens")
    }
}

/// A header of an answer's head, as text.
pub(crate) fn header_in(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

/// Everything until the merchant closes the connection.
pub(crate) async fn rest_of(mut connection: TcpStream) -> RawAnswer {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    let read = async {
        // A reset is an end, too: whoever was not read to the end is not told politely.
        while let Ok(length @ 1..) = connection.read(&mut piece).await {
            text.extend_from_slice(&piece[..length]);
        }
    };
    tokio::time::timeout(DEADLINE, read).await.expect("the merchant closes the connection by itself");
    RawAnswer(String::from_utf8_lossy(&text).into_owned())
}

impl Books {
    async fn of(stage: &Stage) -> Self {
        let mut rows = rows_stored(stage).await;
        // A signed one that is not confirmed is noted, for audit; that is no harm.
        rows.retain(|(table, _)| table != "notifications");
        let all = stage.steer(Method::GET, "transactions", Value::Null).await;
        let told = |one: &Value| {
            ["order_id", "transaction_id", "transaction_status", "gross_amount"].map(|it| one[it].clone())
        };
        let at_midtrans = all.as_array().expect("a list").iter().map(|one| json!(told(one))).collect();
        Self { rows, at_midtrans }
    }
}

/// An answer of Midtrans' shape with this code, in the body and as HTTP.
pub(crate) async fn refused(request: RequestBuilder, http: u16) {
    let shown = format!("{request:?}");
    let answered = Answered::from(request.send().await.expect("the merchant answers")).await;
    assert_eq!(answered.http, http, "{shown}: {}", answered.body);
    assert_eq!(answered.text("status_code"), http.to_string(), "{shown}");
    assert!(!answered.text("status_message").is_empty(), "{shown}");
}

/// How many rows each table of the merchant's has.
pub(crate) async fn rows_stored(stage: &Stage) -> Vec<(String, i64)> {
    use sqlx::Connection as _;
    let mut database =
        sqlx::SqliteConnection::connect(&stage.variables["MERCHANT_DATABASE_URL"]).await.expect("the database");
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlx%' ORDER BY name";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut database).await.expect("its tables");
    assert!(!tables.is_empty(), "a database without tables proves nothing");
    let mut rows = Vec::new();
    for table in tables {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
        rows.push((table, sqlx::query_scalar(count).fetch_one(&mut database).await.expect("a count")));
    }
    rows
}
