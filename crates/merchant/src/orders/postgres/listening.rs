//! Receives changes of other processes: one connection that LISTENs for as long as the store lives.
//!
//! PostgreSQL does not keep notifications for a lost connection. So whenever listening begins, after a loss as at the start, an
//! unknown change is published.

use crate::orders::changes::{Announcer, Change};
use anyhow::Context;
use gopay_contract::OrderId;
use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// The same name as in the statement that notifies.
const CHANNEL: &str = "gopay_orders";
/// How long to wait before connecting again: first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// A connection that is silent for so long is asked whether it lives: its server may have vanished without a word, and
/// changes are published again within five seconds of the server's return.
const SILENCE: Duration = Duration::from_secs(2);
/// How long it may take to connect, or to answer that question.
const ANSWER_TIME_LIMIT: Duration = Duration::from_secs(3);

/// Publishes other processes' changes, for ever.
pub(super) async fn listen(options: PgConnectOptions, announcer: Announcer) {
    let mut pause = PAUSES.0;
    loop {
        let Err(why) = receive(&options, &announcer, &mut pause).await;
        tracing::warn!(why = format!("{why:#}"), "not listening to other processes' changes; connecting again");
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
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
        .acquire_timeout(ANSWER_TIME_LIMIT)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with(options.clone());
    let connecting = timeout(ANSWER_TIME_LIMIT, PgListener::connect_with(&pool)).await;
    let mut listener = connecting.context("connecting takes too long")?.context("cannot connect")?;
    listener.eager_reconnect(false);
    timeout(ANSWER_TIME_LIMIT, listener.listen(CHANNEL)).await.context("LISTEN is not answered")??;
    tracing::debug!("listening to other processes' changes");
    announcer.publish(Change::Unknown);
    *pause = PAUSES.0;
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(received) => {
                let received = received?.context("the connection was lost")?;
                announcer.publish(OrderId::parse(received.payload()).map_or(Change::Unknown, Change::Somewhere));
            }
            Err(_silent) => {
                let alive = timeout(ANSWER_TIME_LIMIT, listener.execute("SELECT 1")).await;
                alive.context("the connection is dead")??;
            }
        }
    }
}
