//! Cost of history: a merchant with many finished orders beside one with none, each measured in turn.

use crate::connection::{get, post};
use crate::lanes::{Until, drive, micros, microseconds};
use crate::orders::{self, Order};
use crate::report::Report;
use crate::stage::Stage;
use anyhow::{Context as _, Result, bail};
use gopay_contract::OrderId;
use gopay_merchant::Settings;
use gopay_merchant::orders::Orders;
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// In turn, so that whatever else this machine does meets both.
const ROUNDS: usize = 5;
/// Charges and status reads of a round, one after the other.
const ORDERS: usize = 200;
/// Passes of the reconciliation, each over a full batch.
const PASSES: usize = 60;
const BATCH: usize = 32;
/// Number of rows in one statement.
const CHUNK: u64 = 100_000;
/// Maximum ratio of the times with and without history.
const MOST: f64 = 1.2;
/// Time limit of a start.
const START: Duration = Duration::from_secs(1);

/// Both merchants.
struct Both {
    empty: Stage,
    full: Stage,
}

/// Measurements of one merchant, in microseconds.
struct Measured {
    start: Histogram<u64>,
    charge: Histogram<u64>,
    status: Histogram<u64>,
    pass: Histogram<u64>,
    memory: u64,
}

impl Measured {
    fn none() -> Result<Self> {
        let (start, charge, status, pass) = (microseconds()?, microseconds()?, microseconds()?, microseconds()?);
        Ok(Self { start, charge, status, pass, memory: 0 })
    }
}

/// Fills one of two databases with `count` finished orders, and compares.
pub(crate) async fn compare(database: Option<&str>, count: u64) -> Result<Report> {
    // Where the full one is a file, the empty one is a file that is thrown away.
    let beside = match database.filter(|url| !url.starts_with("sqlite:")) {
        Some(url) => Some(another_database(url).await?),
        None => None,
    };
    let mut both = Both { empty: Stage::set(beside.as_deref()).await?, full: Stage::set(database).await? };
    both.full.stop_the_merchant();
    let begun = Instant::now();
    fill(&both.full.url, count).await.context("filling the database")?;
    println!(
        "{count} finished orders are stored in {}, after {:.0} s",
        both.full.database,
        begun.elapsed().as_secs_f64()
    );

    let (mut empty, mut full) = (Measured::none()?, Measured::none()?);
    let (mut of_empty, mut of_full) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_empty.extend(round(&mut both.empty, &mut empty).await?);
        of_full.extend(round(&mut both.full, &mut full).await?);
    }
    both.empty.stop_the_merchant();
    both.full.stop_the_merchant();
    let (storage_of_empty, storage_of_full) = (open(&both.empty).await?, open(&both.full).await?);
    for _ in 0..PASSES {
        pass(&*storage_of_empty, &of_empty[..BATCH], &mut empty.pass).await?;
        pass(&*storage_of_full, &of_full[..BATCH], &mut full.pass).await?;
    }
    let mut report = Report::default();
    for (name, is_start, empty, full) in [
        ("start", true, &empty.start, &full.start),
        ("charge", false, &empty.charge, &full.charge),
        ("status read", false, &empty.status, &full.status),
        ("reconciliation pass", false, &empty.pass, &full.pass),
    ] {
        report.delays(&format!("{name}, no history"), empty, None);
        report.delays(&format!("{name}, {count} finished orders"), full, None);
        if is_start {
            let longest = Duration::from_micros(full.max());
            report.fact(
                "  the longest start",
                &format!("{} ms", longest.as_millis()),
                Some(("≤ 1 s", longest <= START)),
            );
        } else {
            let ratio = to_f64(full.value_at_quantile(0.5)) / to_f64(empty.value_at_quantile(0.5)).max(1.0);
            report.fact("  p50 to p50", &format!("{ratio:.2}×"), Some(("≤ 1.2×", ratio <= MOST)));
        }
    }
    report.memory("memory, no history", empty.memory, None);
    report.memory(&format!("memory, {count} finished orders"), full.memory, None);
    Ok(report)
}

fn to_f64(micros: u64) -> f64 {
    crate::lanes::to_f64(micros)
}

/// Starts the merchant anew, charges some orders and reads the status of each.
async fn round(stage: &mut Stage, measured: &mut Measured) -> Result<Vec<Order>> {
    stage.stop_the_merchant();
    let begun = Instant::now();
    stage.start_the_merchant().await?;
    measured.start.record(micros(begun.elapsed()))?;
    let merchant = stage.merchant()?.address;
    let placed = orders::place(merchant, ORDERS).await?.read;
    let placed: Arc<Vec<Value>> = Arc::new(placed.into_iter().map(|(_, order)| order).collect());
    let of = Arc::clone(&placed);
    let press = move |number: usize| {
        let order = &of[number];
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order["order_id"]}});
        post(merchant, "/api/gopay/charge", order["order_token"].as_str(), &body)
    };
    let charged = drive(merchant, 1, Until::Count(ORDERS), press, |_, answer| answer.json()).await?;
    measured.charge.add(&charged.latency)?;
    let charged = orders::charged(&placed, &charged.read)?;
    let of = Arc::new(charged.clone());
    let ask = move |number: usize| get(merchant, &of[number].path(), Some(&of[number].order_token));
    let read = drive(merchant, 1, Until::Count(ORDERS), ask, |_, answer| answer.json()).await?;
    measured.status.add(&read.latency)?;
    measured.memory = measured.memory.max(stage.merchant()?.memory()?.most);
    Ok(charged)
}

/// The storage's share of a reconciliation pass: a batch is taken, each of it may be asked about, and its next look is planned.
async fn pass(storage: &dyn Orders, orders: &[Order], measured: &mut Histogram<u64>) -> Result<()> {
    let now = storage.now();
    for order in orders {
        storage.poll_by(&OrderId::parse(&order.order_id)?, 1, now).await?;
    }
    let begun = Instant::now();
    let due = storage.take_due(now, Duration::from_secs(60), u32::try_from(BATCH)?).await?;
    for due in &due {
        storage.try_claim_poll(&due.order_id, now, Duration::ZERO).await?;
        storage.schedule_poll(due, Some(now.plus(Duration::from_secs(3600)))).await?;
    }
    measured.record(micros(begun.elapsed()))?;
    if due.is_empty() {
        bail!("nothing was due");
    }
    Ok(())
}

async fn open(stage: &Stage) -> Result<Arc<dyn Orders>> {
    let settings = Settings::from_lookup(|name| match name {
        "MIDTRANS_SERVER_KEY" => Some(crate::stage::SERVER_KEY.to_owned()),
        "ORDER_TOKEN_SECRET" => Some(crate::stage::TOKEN_SECRET.to_owned()),
        "MERCHANT_DATABASE_URL" => Some(stage.url.clone()),
        _ => None,
    })?;
    gopay_merchant::orders::open(&settings.database).await
}

/// An empty database of the same server.
async fn another_database(url: &str) -> Result<String> {
    let Some((before, name)) = url.split('?').next().and_then(|url| url.rsplit_once('/')) else {
        bail!("a URL with the name of a database in it is needed");
    };
    let parameters = url.split_once('?').map(|(_, parameters)| format!("?{parameters}")).unwrap_or_default();
    let mut server = PgConnection::connect(url).await?;
    let another = format!("{name}_empty");
    server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{another}\""))).await?;
    server.execute(AssertSqlSafe(format!("CREATE DATABASE \"{another}\""))).await?;
    Ok(format!("{before}/{another}{parameters}"))
}

const SQLITE: Words = Words {
    numbers: "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})",
    source: "n",
    id: "printf('history-%08d', i)",
    transaction: "printf('%08x-0000-4000-8000-%012x', (i * 2654435761) % 4294967296, i)",
};
const POSTGRES: Words = Words {
    numbers: "",
    source: "generate_series({from}::bigint, {to}::bigint) AS n (i)",
    id: "'history-' || lpad(i::text, 8, '0')",
    transaction: "lpad(to_hex((i * 2654435761) % 4294967296), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(i), 12, '0')",
};

/// SQL that differs between the two databases.
struct Words {
    numbers: &'static str,
    source: &'static str,
    id: &'static str,
    transaction: &'static str,
}

impl Words {
    /// Orders `from` to `to`, paid days ago and told of.
    fn statements(&self, from: u64, to: u64, now: i64) -> Vec<String> {
        let Self { numbers, source, id, transaction } = self;
        let day = 86_400_000;
        let (claimed, paid) = (now - 30 * day, now - 30 * day + 60_000);
        let status = format!(
            r#"'{{"status_code":"200","status_message":"Success, transaction is found","transaction_id":"' || {transaction} || '","order_id":"' || {id} || '","merchant_id":"G000000000","gross_amount":"44000.00","currency":"IDR","payment_type":"gopay","transaction_time":"2026-01-31 10:00:00","transaction_status":"settlement","fraud_status":"accept","settlement_time":"2026-01-31 10:01:00","expiry_time":"2026-01-31 10:15:00"}}'"#
        );
        let charge = format!(
            r#"'{{"status_code":"201","status_message":"GoPay transaction is created","transaction_id":"' || {transaction} || '","order_id":"' || {id} || '","gross_amount":"44000.00","currency":"IDR","payment_type":"gopay","transaction_time":"2026-01-31 10:00:00","transaction_status":"pending","actions":[{{"name":"generate-qr-code","method":"GET","url":"https://api.midtrans.com/v2/gopay/' || {transaction} || '/qr-code"}}]}}'"#
        );
        let into = [
            format!(
                "INSERT INTO orders (order_id, gross_amount, description, created_at, charge_data)
                 {numbers} SELECT {id}, 44000, 'Kopi Gayo', {claimed}, '{{}}' FROM {source}"
            ),
            format!(
                "INSERT INTO attempts (order_id, number, midtrans_order_id, idempotency_key, claimed_at, claimed_until,
                     transaction_id, transaction_status, status_answer, charge_answer, version, polled_at, moved_at,
                     delivered_version)
                 {numbers} SELECT {id}, 1, {id}, {transaction}, {claimed}, 0, {transaction}, 'settlement', {status}, {charge},
                     2, {paid}, {paid} + i, 2 FROM {source}"
            ),
            format!(
                "INSERT INTO notifications (transaction_id, transaction_status, fraud_status, outcome, midtrans_order_id,
                     gross_amount, first_at, last_at)
                 {numbers} SELECT {transaction}, 'settlement', 'accept', 'confirmed', {id}, 44000, {paid}, {paid}
                 FROM {source}"
            ),
        ];
        into.map(|statement| statement.replace("{from}", &from.to_string()).replace("{to}", &to.to_string())).into()
    }
}

const IS_FILLED: &str = "SELECT order_id FROM orders WHERE order_id = $1";

/// The id of the last order of so many.
fn last(count: u64) -> String {
    format!("history-{count:08}")
}

/// Makes `count` finished orders behind the merchant's back, unless an earlier run has made them.
async fn fill(url: &str, count: u64) -> Result<()> {
    let now = gopay_merchant::UnixMillis::now().0;
    let chunks = (0..count.div_ceil(CHUNK)).map(|chunk| (chunk * CHUNK + 1, ((chunk + 1) * CHUNK).min(count)));
    if url.starts_with("sqlite:") {
        let mut database = SqliteConnection::connect(url).await?;
        if sqlx::query(IS_FILLED).bind(last(count)).fetch_optional(&mut database).await?.is_some() {
            return Ok(());
        }
        database.execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000").await?;
        for (from, to) in chunks {
            for statement in SQLITE.statements(from, to, now) {
                database.execute(AssertSqlSafe(statement)).await?;
            }
        }
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        database.close().await?;
    } else {
        let mut database = PgConnection::connect(url).await?;
        if sqlx::query(IS_FILLED).bind(last(count)).fetch_optional(&mut database).await?.is_some() {
            return Ok(());
        }
        for (from, to) in chunks {
            for statement in POSTGRES.statements(from, to, now) {
                database.execute(AssertSqlSafe(statement)).await?;
            }
        }
        // As the server does by itself, after a while.
        database.execute("VACUUM ANALYZE").await?;
        database.execute("CHECKPOINT").await?;
        database.close().await?;
    }
    Ok(())
}
