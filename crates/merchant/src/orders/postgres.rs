//! [`Orders`](super::Orders) in PostgreSQL, which many processes share.
//!
//! An attempt is written under its row's lock, and a claim is one statement, so that every process decides on current data. The
//! claim of a process that died is free when its lease is over, and not before. Changes go to the other processes by NOTIFY,
//! in the same transaction ([`listen`]).

use super::changes::{Announcer, Change};
use super::schema_status::{self, Applied, SchemaStatus};
use super::sql::{
    Connections, Dialect, Record, SqlOrders, Value, attempt_columns, beside_later_ones, mark_polled, order_columns,
    runs_statements, take_due,
};
use super::{Access, COMMAND_TIME_LIMIT, Result};
use crate::clock::StorageClock;
use crate::settings::leaves_this_machine;
use anyhow::{Context, bail};
use rustls::CertificateError;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions, PgSslMode, Postgres};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| beside_later_ones(sqlx::migrate!("migrations/postgres")));

/// How long a request waits for a connection before it fails.
const CONNECTION_TIME_LIMIT: Duration = Duration::from_secs(5);

/// How long an idle connection may take to show that it lives.
const PING_TIME_LIMIT: Duration = Duration::from_secs(1);

/// No statement of ours takes long, and no row is held for long: whoever waits longer waits for somebody who is gone. And
/// a commit that is answered is on disk, whatever the server's default is; a stricter default stays.
const SESSION: &str = "SELECT set_config('statement_timeout', '4s', false),
    set_config('lock_timeout', '3s', false),
    set_config('idle_in_transaction_session_timeout', '10s', false),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

/// Orders in a PostgreSQL database.
pub type PostgresOrders = SqlOrders<Postgres>;

impl Dialect for Postgres {
    const BEGIN: &'static str = "BEGIN";
    const LOCK_ATTEMPT: &'static str =
        concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE order_id = $1 AND number = $2 FOR UPDATE");
    const CLOCK: Option<&'static str> = Some("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)");
    /// Locks rows in a fixed order to avoid deadlocks.
    const MARK_POLLED: &'static str = mark_polled!(
        "WITH in_turn AS MATERIALIZED
             (SELECT number FROM attempts WHERE order_id = $2 ORDER BY number FOR NO KEY UPDATE) ",
        " AND number IN (SELECT number FROM in_turn)"
    );
    const TAKE_DUE: &'static str = take_due!(" FOR UPDATE SKIP LOCKED");
    const ORDER_TO_DELETE: &'static str =
        concat!("SELECT ", order_columns!(), " FROM orders WHERE order_id = $1 FOR UPDATE");
    const ANNOUNCE: Option<&'static str> = Some("SELECT pg_notify('gopay_orders', $1)");

    runs_statements!();

    /// A connection that keeps statements has had one since it began ([`SESSION`]).
    fn keeps_statements(connection: &PgConnection) -> bool {
        connection.cached_statements_size() > 0
    }

    fn migrations() -> &'static Migrator {
        &MIGRATIONS
    }
}

/// Begins a transaction behind a pooler, where a session is not ours for longer than that: the same settings, for it alone.
const BEGIN_POOLED: &str = "BEGIN; SELECT set_config('statement_timeout', '4s', true),
    set_config('lock_timeout', '3s', true),
    set_config('idle_in_transaction_session_timeout', '10s', true),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)";

/// Settings of a command's session beside [`SESSION`]: its questions may go through the whole database.
const COMMAND_SESSION: &str = "SELECT set_config('statement_timeout', '120s', false),
    set_config('default_transaction_read_only', CASE WHEN $1 THEN 'on' ELSE 'off' END, false)";

impl PostgresOrders {
    /// Connects beside the merchants that may be running: runs no migration, and listens to nothing. What it records is
    /// announced to them as theirs is to each other. Reading works at a standby, too.
    pub(super) async fn open_beside(url: &str, access: Access) -> Result<Self> {
        let options = options(url)?;
        let mut connection = connect(&options).await?;
        let found = status(&mut connection).await;
        connection.close().await?;
        schema_status::must_be_up_to_date(&found?)?;
        let is_read_only = access == Access::Read;
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(CONNECTION_TIME_LIMIT)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(SESSION).await?;
                    sqlx::query(COMMAND_SESSION).bind(is_read_only).execute(connection).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        let connections = Connections::new(pool.clone(), pool).with_time_limit(COMMAND_TIME_LIMIT);
        let clock = StorageClock::default();
        connections.read_clock(&clock).await?;
        Ok(Self { connections, announcer: Announcer::new(), clock, _kept: Arc::new(()) })
    }

    /// Connects, brings the tables up to date, and listens to what other processes record. At most `connections` at a
    /// time, and one more for listening.
    ///
    /// # Errors
    /// When the URL cannot be read, the server not reached, or a migration fails. No error carries the URL's password.
    pub async fn open(url: &str, connections: u32) -> Result<Self> {
        let options = options(url)?;
        prepare(&options).await?;
        let pool = pool(connections)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // Prepared, so that the connection is seen to keep statements.
                    sqlx::query(SESSION).execute(connection).await?;
                    Ok(())
                })
            })
            .connect_with(options.clone())
            .await?;
        Self::on(Connections::new(pool.clone(), pool), options).await
    }

    /// The same behind a pooler of transactions at `url`. What needs a session goes to the server itself, at `direct`.
    ///
    /// # Errors
    /// As [`PostgresOrders::open`].
    pub async fn open_pooled(url: &str, direct: &str, connections: u32) -> Result<Self> {
        let (pooled, direct) = (options(url)?.statement_cache_capacity(0), options(direct)?);
        prepare(&direct).await.context(DIRECT)?;
        reach(&pooled).await?;
        let pool = pool(connections).connect_with(pooled).await?;
        Self::on(Connections::new(pool.clone(), pool).pooled(BEGIN_POOLED), direct).await
    }

    /// Reads the clock, and listens by `options`.
    async fn on(connections: Connections<Postgres>, options: PgConnectOptions) -> Result<Self> {
        let name = options.get_application_name().unwrap_or_default().to_owned();
        let announcer = Announcer::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(options.application_name(&format!("{name} listening")), announcer.clone()));
        let clock = StorageClock::default();
        connections.read_clock(&clock).await?;
        Ok(Self { connections, announcer, clock, _kept: Arc::new(tasks) })
    }
}

/// The one of two URLs that an error is about.
const DIRECT: &str = "by MERCHANT_DATABASE_DIRECT_URL";

/// Connects, checks that LISTEN works, and runs the migrations.
async fn prepare(options: &PgConnectOptions) -> Result<()> {
    check_listening(options).await?;
    connect(options).await?.close().await?;
    migrate(options).await
}

/// How long a notification may take from one connection to another.
const NOTIFY_TIME_LIMIT: Duration = Duration::from_secs(5);

/// Checks that what one connection is notified of is heard on another. Behind a pooler of transactions it is not, and nothing
/// else says so: LISTEN is done by a session that serves somebody else a moment later. Nothing is prepared before, which such a
/// pooler may not take.
async fn check_listening(options: &PgConnectOptions) -> Result<()> {
    reach(options).await?;
    let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(CONNECTION_TIME_LIMIT);
    let pool = pool.test_before_acquire(false).connect_with(options.clone()).await?;
    let is_replica: bool = sqlx::raw_sql("SELECT pg_is_in_recovery()").fetch_one(&pool).await?.try_get(0)?;
    if is_replica {
        bail!("it is a standby, which cannot be written");
    }
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHECK_CHANNEL).await?;
    let payload = Uuid::new_v4().to_string();
    let heard = async {
        sqlx::raw_sql(AssertSqlSafe(format!("NOTIFY {CHECK_CHANNEL}, '{payload}'"))).execute(&pool).await?;
        while listener.recv().await?.payload() != payload {}
        Ok(())
    };
    match timeout(NOTIFY_TIME_LIMIT, heard).await {
        Ok(Ok(())) => {
            drop(listener);
            pool.close().await;
            Ok(())
        }
        // What is not of the protocol: the notification came to the connection that sent it, which never said LISTEN.
        Err(_) | Ok(Err(sqlx::Error::Protocol(_))) => bail!(
            "LISTEN hears no NOTIFY there, as behind a pooler of transactions: MERCHANT_DATABASE_DIRECT_URL is to lead to the \
             server itself, or to a pooler of sessions"
        ),
        Ok(Err(why)) => Err(why.into()),
    }
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECTION_TIME_LIMIT)
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(lives(connection)))
}

/// Connects to a pooler once, and at once what keeps it from being had.
async fn reach(options: &PgConnectOptions) -> Result<()> {
    let connecting = timeout(CONNECTION_TIME_LIMIT, options.connect()).await;
    let mut connection = connecting.context("the server does not answer")?.map_err(cannot_connect)?;
    // Of a server behind it, and not of the pooler alone.
    let answered = timeout(CONNECTION_TIME_LIMIT, connection.execute("SELECT 1")).await;
    answered.context("the server does not answer")??;
    Ok(connection.close().await?)
}

/// Inspects both ways to a database behind a pooler.
pub(super) async fn inspect_pooled(url: &str, direct: &str) -> Result<SchemaStatus> {
    reach(&options(url)?).await?;
    inspect(direct).await.context(DIRECT)
}

/// Inspects a database without migrating it: what [`PostgresOrders::open`] would find.
pub(super) async fn inspect(url: &str) -> Result<SchemaStatus> {
    let options = options(url)?;
    check_listening(&options).await?;
    let mut connection = connect(&options).await?;
    connection.execute(SESSION).await?;
    let may_create: bool =
        sqlx::query_scalar("SELECT COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE)")
            .fetch_one(&mut connection)
            .await?;
    let found = status(&mut connection).await?;
    connection.close().await?;
    match &found {
        SchemaStatus::Behind(_) if !may_create => bail!("{found}, but this user may not make tables in its schema"),
        SchemaStatus::Behind(_) | SchemaStatus::UpToDate | SchemaStatus::Absent(_) => Ok(found),
    }
}

/// Compares the migrations of a database with ours.
async fn status(connection: &mut PgConnection) -> Result<SchemaStatus> {
    let is_migrated: bool =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&mut *connection).await?;
    let applied: Vec<Applied> =
        if is_migrated { sqlx::query_as(schema_status::APPLIED).fetch_all(connection).await? } else { Vec::new() };
    schema_status::compare(&MIGRATIONS, &applied)
}

/// Reads the URL's options, and adds our name.
fn options(url: &str) -> Result<PgConnectOptions> {
    let options: PgConnectOptions = url.parse().context("not a PostgreSQL URL")?;
    let name = options.get_application_name().unwrap_or("gopay-merchant").to_owned();
    // Nothing of ours is a fraction, and PgBouncer refuses this parameter.
    Ok(options.application_name(&name).extra_float_digits(None))
}

/// True if an idle connection can still be used. One whose server vanished without a word would never answer, and must not
/// cost a request more than this.
async fn lives(connection: &mut PgConnection) -> sqlx::Result<bool> {
    Ok(timeout(PING_TIME_LIMIT, connection.ping()).await.is_ok_and(|answered| answered.is_ok()))
}

/// One connection, and at once what keeps it from being had: a pool would try again and again.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    let connecting = timeout(CONNECTION_TIME_LIMIT, options.connect()).await;
    let mut connection = connecting.context("the server does not answer")?.map_err(cannot_connect)?;
    let fsync: String = sqlx::query_scalar("SELECT current_setting('fsync')").fetch_one(&mut connection).await?;
    if fsync != "on" {
        tracing::warn!("this PostgreSQL runs with fsync = off: a power cut may lose what Midtrans was told is kept");
    }
    if matches!(options.get_ssl_mode(), PgSslMode::Disable) && leaves_this_machine(options) {
        tracing::warn!("sslmode=disable: orders and the database's password go through the network in the clear");
    }
    Ok(connection)
}

/// On a connection of its own: what it needs may take longer than a request's statements.
async fn migrate(options: &PgConnectOptions) -> Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
    // Processes that start together do this one after another: sqlx holds an advisory lock meanwhile.
    MIGRATIONS.run(&pool).await.context("cannot bring its tables up to date")?;
    pool.close().await;
    Ok(())
}

fn cannot_connect(why: sqlx::Error) -> anyhow::Error {
    let rustls_said =
        if let sqlx::Error::Io(why) = &why { why.get_ref().and_then(|why| why.downcast_ref()) } else { None };
    let sentence = match rustls_said {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "cannot connect: its certificate is for another name than the URL's host",
        Some(rustls::Error::InvalidCertificate(_)) => {
            "cannot connect: its certificate is not believed (sslrootcert=FILE says whose are)"
        }
        Some(_) | None => "cannot connect",
    };
    anyhow::Error::new(why).context(sentence)
}

/// The same name as in the statement that notifies.
const CHANNEL: &str = "gopay_orders";
/// The channel of [`check_listening`] alone.
const CHECK_CHANNEL: &str = "gopay_listen_check";
/// How long to wait before connecting again: first, and at most.
const LISTEN_PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// A connection that is silent for so long is asked whether it lives: its server may have vanished without a word, and
/// changes are published again within five seconds of the server's return.
const LISTEN_SILENCE: Duration = Duration::from_secs(2);
/// How long it may take to connect, or to answer that question.
const LISTEN_TIME_LIMIT: Duration = Duration::from_secs(3);

/// Publishes other processes' changes, for ever, by one connection that LISTENs. PostgreSQL does not keep notifications for a lost
/// connection: whenever listening begins, after a loss as at the start, an unknown change is published.
async fn listen(options: PgConnectOptions, announcer: Announcer) {
    let mut pause = LISTEN_PAUSES.0;
    loop {
        let Err(why) = receive(&options, &announcer, &mut pause).await;
        tracing::warn!(why = format!("{why:#}"), "not listening to other processes' changes; connecting again");
        sleep(pause).await;
        pause = (pause * 2).min(LISTEN_PAUSES.1);
    }
}

/// Publishes other processes' changes, until the connection is lost.
async fn receive(
    options: &PgConnectOptions,
    announcer: &Announcer,
    pause: &mut Duration,
) -> anyhow::Result<Infallible> {
    // A pool of its own: when all connections for requests are busy, listening must still be possible.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(LISTEN_TIME_LIMIT)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with(options.clone());
    let connecting = timeout(LISTEN_TIME_LIMIT, PgListener::connect_with(&pool)).await;
    let mut listener = connecting.context("connecting takes too long")?.context("cannot connect")?;
    listener.eager_reconnect(false);
    timeout(LISTEN_TIME_LIMIT, listener.listen(CHANNEL)).await.context("LISTEN is not answered")??;
    tracing::debug!("listening to other processes' changes");
    announcer.publish(Change::Unknown);
    *pause = LISTEN_PAUSES.0;
    loop {
        match timeout(LISTEN_SILENCE, listener.try_recv()).await {
            Ok(received) => {
                let received = received?.context("the connection was lost")?;
                announcer.publish(Change::told(received.payload()));
            }
            Err(_silent) => {
                let alive = timeout(LISTEN_TIME_LIMIT, listener.execute("SELECT 1")).await;
                alive.context("the connection is dead")??;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_commit_that_is_answered_is_on_disk_whatever_the_servers_default_is() {
        for (default, ours) in [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")] {
            let database = throwaway_postgres::database();
            let mut operator = sqlx::PgConnection::connect(&database.url()).await.expect("it is reached");
            let set = "SELECT set_config('shop.default', $1, false)";
            sqlx::query(set).bind(default).execute(&mut operator).await.expect("set");
            let alter = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = %L',
                         current_database(), current_setting('shop.default')); END $$";
            operator.execute(alter).await.expect("altered");
            let orders = PostgresOrders::open(&database.url(), 2).await.expect("it opens");
            let setting = sqlx::query_scalar("SELECT current_setting('synchronous_commit')");
            let setting: String = setting.fetch_one(&orders.connections.readers).await.expect("an answer");
            assert_eq!(setting, ours, "the server's default is {default}");
        }
    }
}
