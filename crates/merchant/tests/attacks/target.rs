//! `Target`: a shop with one order that waits for its payment, and what must still be so after an attack.

use crate::stage::{Answered, DEADLINE, Placed, Stage, eventually};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) struct Target {
    pub(crate) stage: Stage,
    pub(crate) order: Placed,
    pub(crate) charged: Answered,
    before: Books,
}

/// All that an attack must not change.
#[derive(Debug, PartialEq)]
struct Books {
    stored: BTreeMap<String, Vec<Value>>,
    at_midtrans: Vec<Value>,
}

/// Answer over a raw connection until it was closed.
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

impl Target {
    pub(crate) async fn waits() -> Self {
        Self::waits_with(&[]).await
    }

    /// The merchant has these variables too.
    pub(crate) async fn waits_with(variables: &[(&'static str, &str)]) -> Self {
        let stage = Stage::set_with(variables).await;
        let order = stage.order().await;
        let charged = stage.charge(&order).await;
        // Midtrans tells of the new transaction, and has been answered. Only then is there rest.
        eventually("the merchant hears Midtrans", async || {
            stage.deliveries(&order.order_id, "pending", 1).await.iter().all(|told| told["answer_code"] == 200)
        })
        .await;
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
        let mut stored = stored(stage).await;
        // A signed one that is not confirmed is noted, for audit; that is no harm.
        stored.remove("notifications");
        let all = stage.steer(Method::GET, "transactions", Value::Null).await;
        let at_midtrans = all.as_array().expect("a list").iter().map(payment).collect();
        Self { stored, at_midtrans }
    }
}

/// The part of an answer that is about the payment.
fn payment(answer: &Value) -> Value {
    json!(["order_id", "transaction_id", "transaction_status", "gross_amount"].map(|it| answer[it].clone()))
}

/// An answer of Midtrans' shape with this code, in the body and as HTTP.
pub(crate) async fn refused(request: RequestBuilder, http: u16) {
    let shown = format!("{request:?}");
    let answered = Answered::from(request.send().await.expect("the merchant answers")).await;
    assert_eq!(answered.http, http, "{shown}: {}", answered.body);
    assert_eq!(answered.text("status_code"), http.to_string(), "{shown}");
    assert!(!answered.text("status_message").is_empty(), "{shown}");
}

/// All that the merchant has stored: what there is in its database, and every row of every table. Left out is what changes
/// without anybody's doing: when Midtrans was asked last, and when it is asked next.
pub(crate) async fn stored(stage: &Stage) -> BTreeMap<String, Vec<Value>> {
    let things = stage.ask_the_database(if stage.is_on_sqlite() { SQLITE_THINGS } else { POSTGRES_THINGS }).await;
    let tables = stage.ask_the_database(if stage.is_on_sqlite() { SQLITE_TABLES } else { POSTGRES_TABLES }).await;
    assert!(!tables.is_empty(), "a database without tables proves nothing");
    let mut stored = BTreeMap::from([("its things".to_owned(), things.into_iter().map(Value::String).collect())]);
    for table in tables {
        let mut rows = rows(stage, &table).await;
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.remove("polled_at");
            row.remove("next_poll_at");
            if let Some(answer) = row.get_mut("status_answer") {
                // Whatever was answered last, in its own words; of these the payment itself counts.
                let told: Value = answer.as_str().map(|it| serde_json::from_str(it).expect("JSON")).unwrap_or_default();
                *answer = payment(&told);
            }
        }
        rows.sort_by_key(ToString::to_string);
        stored.insert(table, rows);
    }
    stored
}

async fn rows(stage: &Stage, table: &str) -> Vec<Value> {
    let question = if stage.is_on_sqlite() {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns = stage.ask_the_database(&columns).await;
        let fields: Vec<String> = columns.iter().map(|column| format!("'{column}', \"{column}\"")).collect();
        format!("SELECT json_object({}) FROM \"{table}\"", fields.join(", "))
    } else {
        format!("SELECT row_to_json(found)::text FROM \"{table}\" AS found")
    };
    let rows = stage.ask_the_database(&question).await;
    rows.iter().map(|row| serde_json::from_str(row).expect("JSON")).collect()
}

const SQLITE_THINGS: &str = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY 1";
const SQLITE_TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlx%'";
const POSTGRES_THINGS: &str = "SELECT relkind::text || ' ' || relname FROM pg_class
         WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
             AND relname NOT LIKE 'pg_toast%'
     UNION ALL SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
         WHERE table_schema = 'public'
     UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     UNION ALL SELECT 'role ' || rolname FROM pg_roles ORDER BY 1";
const POSTGRES_TABLES: &str = "SELECT table_name::text FROM information_schema.tables
     WHERE table_schema = 'public' AND table_name NOT LIKE '%sqlx%'";
