//! Tells the shop's [`PaymentListener`] what has moved on: at least once, whatever crashes.
//!
//! What was told is written down only after the listener has taken it in. So this job needs nothing but the database to
//! know what is left to tell; being woken by a change only makes it sooner. A few orders are told at a time, each once at a
//! time: a listener that hangs at one holds up nobody else's.

use crate::metrics::{Counter, Metrics};
use crate::orders::Orders;
use crate::shop::{Payment, PaymentListener};
use anyhow::{Context, anyhow};
use gopay_contract::OrderId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often to look by itself: for what another process recorded before it died.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How long the shop may take over one payment.
const PATIENCE: Duration = Duration::from_secs(30);
/// The first pause before a payment that was not taken in is told again; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How many to look up at a time.
const PAGE: u32 = 100;
/// How many are told at a time.
const MOST_AT_ONCE: usize = 8;

/// Tells until `stopping`. Payments that are being told then are told to the end.
pub(crate) async fn tell(
    orders: Arc<dyn Orders>,
    listener: Arc<dyn PaymentListener>,
    changes: Arc<Notify>,
    metrics: Metrics,
    stopping: CancellationToken,
) {
    let mut telling = Telling { orders, listener, metrics, postponed: HashMap::new(), under_way: Tellings::default() };
    loop {
        if let Err(why) = telling.begin().await {
            tracing::error!(why = format!("{why:#}"), "cannot look up what the shop was not told yet");
        }
        let next = telling.next_try().map_or(LOOK_AGAIN, |at| at.duration_since(Instant::now()).min(LOOK_AGAIN));
        tokio::select! {
            biased;
            () = stopping.cancelled() => break,
            Some((order_id, told)) = telling.under_way.next() => telling.end(order_id, told),
            () = changes.notified() => {}
            () = sleep(next) => {}
        }
    }
    while let Some((order_id, told)) = telling.under_way.next().await {
        telling.end(order_id, told);
    }
}

struct Telling {
    orders: Arc<dyn Orders>,
    listener: Arc<dyn PaymentListener>,
    metrics: Metrics,
    /// Orders whose listener did not take it in: when to try again, and how long to wait after that.
    postponed: HashMap<OrderId, (Instant, Duration)>,
    under_way: Tellings,
}

impl Telling {
    /// Begins to tell what was not told, as far as it is time and there is room.
    async fn begin(&mut self) -> anyhow::Result<()> {
        let mut after = None;
        while self.under_way.orders.len() < MOST_AT_ONCE {
            let page = self.orders.untold(after.as_ref(), PAGE).await?;
            let Some(last) = page.last().cloned() else { break };
            for order_id in page {
                let is_time = self.postponed.get(&order_id).is_none_or(|(at, _)| *at <= Instant::now());
                if is_time && self.under_way.orders.len() < MOST_AT_ONCE {
                    let tell = tell_one(Arc::clone(&self.orders), Arc::clone(&self.listener), order_id.clone());
                    self.under_way.begin(order_id, tell);
                }
            }
            after = Some(last);
        }
        Ok(())
    }

    fn end(&mut self, order_id: OrderId, told: anyhow::Result<()>) {
        match told {
            Ok(()) => {
                self.metrics.count(Counter::Told, "taken_in");
                self.postponed.remove(&order_id);
            }
            Err(why) => {
                self.metrics.count(Counter::Told, "not_taken_in");
                tracing::error!(%order_id, why = format!("{why:#}"), "the shop did not take a payment in; it is told again");
                let pause =
                    self.postponed.get(&order_id).map_or(FIRST_PAUSE, |(_, pause)| (*pause * 2).min(LONGEST_PAUSE));
                self.postponed.insert(order_id, (Instant::now() + pause, pause));
            }
        }
    }

    /// When the next one is to be told again, of those that nobody is being told of.
    fn next_try(&self) -> Option<Instant> {
        let waiting = self.postponed.iter().filter(|(order_id, _)| !self.under_way.orders.contains(*order_id));
        waiting.map(|(_, (at, _))| *at).min().filter(|_| self.under_way.orders.len() < MOST_AT_ONCE)
    }
}

/// What is being told at the moment.
#[derive(Default)]
struct Tellings {
    tasks: JoinSet<(OrderId, anyhow::Result<()>)>,
    orders: HashSet<OrderId>,
}

impl Tellings {
    fn begin(&mut self, order_id: OrderId, tell: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        if self.orders.insert(order_id.clone()) {
            self.tasks.spawn(async move { (order_id, tell.await) });
        }
    }

    /// Waits for the next that ends. `None`: there is none.
    async fn next(&mut self) -> Option<(OrderId, anyhow::Result<()>)> {
        loop {
            match self.tasks.join_next().await? {
                Ok((order_id, told)) => {
                    self.orders.remove(&order_id);
                    return Some((order_id, told));
                }
                // The listener has a task of its own in there, so this is ours; the order is told again after a restart.
                Err(panic) => tracing::error!(why = %panic, "telling has failed"),
            }
        }
    }
}

async fn tell_one(
    orders: Arc<dyn Orders>,
    listener: Arc<dyn PaymentListener>,
    order_id: OrderId,
) -> anyhow::Result<()> {
    let order = orders.find(&order_id).await?.context("the order is gone")?;
    let payment = Payment::of(&order).context("nothing is known of it")?;
    // In a task of its own: a listener that panics is one that has not taken it in.
    let mut telling = tokio::spawn(async move { listener.moved(&payment).await });
    match timeout(PATIENCE, &mut telling).await {
        Ok(told) => told.map_err(|panic| anyhow!(panic))??,
        Err(_) => {
            telling.abort();
            return Err(anyhow!("no answer in {PATIENCE:?}"));
        }
    }
    orders.told(&order).await?;
    tracing::info!(%order_id, "the shop was told");
    Ok(())
}
