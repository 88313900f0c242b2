//! Outbox: delivers changes to the shop's [`PaymentListener`], at least once, whatever crashes.
//!
//! There is no table of messages: each change of an order raises a `version`, and an order is undelivered while that is above
//! its `delivered_version`, which is raised only after the listener has returned. So the database alone says what is left to
//! deliver; being woken by a change only makes it sooner. A few orders are delivered at a time, and each once at a time: a listener that
//! hangs at one order delays no other.

use crate::jobs::Shutdown;
use crate::metrics::{Counter, Metrics};
use crate::orders::Orders;
use crate::shop::{Payment, PaymentListener};
use anyhow::{Context, anyhow};
use gopay_contract::OrderId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// How long the listener may take over one payment.
const LISTENER_TIME_LIMIT: Duration = Duration::from_secs(30);
/// The first pause after a failed delivery; it doubles.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// How many orders are read at a time.
const PAGE: u32 = 100;
/// How many deliveries run at a time.
const MAX_IN_FLIGHT: usize = 8;

/// Delivers until the jobs end. Deliveries in flight are finished.
pub(crate) async fn deliver(
    orders: Arc<dyn Orders>,
    listener: Arc<dyn PaymentListener>,
    metrics: Metrics,
    shutdown: Shutdown,
) {
    let (mut changes, poll_interval) = (orders.changes(), orders.outbox_poll_interval());
    let mut outbox = Outbox { orders, listener, metrics, backoffs: HashMap::new(), in_flight: InFlight::default() };
    loop {
        if let Err(why) = outbox.begin().await {
            tracing::error!(why = format!("{why:#}"), "cannot read which payments are undelivered");
        }
        let next = outbox.next_try().map_or(poll_interval, |at| at.duration_since(Instant::now()).min(poll_interval));
        tokio::select! {
            biased;
            () = shutdown.jobs_end() => break,
            Some((order_id, delivered)) = outbox.in_flight.next() => outbox.end(order_id, delivered),
            Some(()) = changes.may_deliver() => {}
            () = sleep(next) => {}
        }
    }
    while let Some((order_id, delivered)) = outbox.in_flight.next().await {
        outbox.end(order_id, delivered);
    }
}

struct Outbox {
    orders: Arc<dyn Orders>,
    listener: Arc<dyn PaymentListener>,
    metrics: Metrics,
    /// Orders whose delivery failed: when to try again, and the pause after that.
    backoffs: HashMap<OrderId, (Instant, Duration)>,
    in_flight: InFlight,
}

impl Outbox {
    /// Begins the deliveries that are due, as many as may be in flight.
    async fn begin(&mut self) -> anyhow::Result<()> {
        let mut after = None;
        while self.in_flight.orders.len() < MAX_IN_FLIGHT {
            let page = self.orders.undelivered(after.as_ref(), PAGE).await?;
            let Some(last) = page.last().cloned() else { break };
            for order_id in page {
                let is_time = self.backoffs.get(&order_id).is_none_or(|(at, _)| *at <= Instant::now());
                if is_time && self.in_flight.orders.len() < MAX_IN_FLIGHT {
                    let delivery = deliver_one(Arc::clone(&self.orders), Arc::clone(&self.listener), order_id.clone());
                    self.in_flight.begin(order_id, delivery);
                }
            }
            after = Some(last);
        }
        Ok(())
    }

    fn end(&mut self, order_id: OrderId, delivered: anyhow::Result<()>) {
        match delivered {
            Ok(()) => {
                self.metrics.count(Counter::ListenerDeliveries, "delivered");
                self.backoffs.remove(&order_id);
            }
            Err(why) => {
                self.metrics.count(Counter::ListenerDeliveries, "failed");
                tracing::error!(%order_id, why = format!("{why:#}"), "the listener failed; the payment is delivered again");
                let pause =
                    self.backoffs.get(&order_id).map_or(FIRST_BACKOFF, |(_, pause)| (*pause * 2).min(LONGEST_BACKOFF));
                self.backoffs.insert(order_id, (Instant::now() + pause, pause));
            }
        }
    }

    /// When the next failed delivery is tried again.
    fn next_try(&self) -> Option<Instant> {
        let waiting = self.backoffs.iter().filter(|(order_id, _)| !self.in_flight.orders.contains(*order_id));
        waiting.map(|(_, (at, _))| *at).min().filter(|_| self.in_flight.orders.len() < MAX_IN_FLIGHT)
    }
}

/// The deliveries in flight.
#[derive(Default)]
struct InFlight {
    tasks: JoinSet<(OrderId, anyhow::Result<()>)>,
    orders: HashSet<OrderId>,
}

impl InFlight {
    fn begin(&mut self, order_id: OrderId, delivery: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        if self.orders.insert(order_id.clone()) {
            self.tasks.spawn(async move { (order_id, delivery.await) });
        }
    }

    /// Waits for the next delivery to end. `None`: there is none.
    async fn next(&mut self) -> Option<(OrderId, anyhow::Result<()>)> {
        loop {
            match self.tasks.join_next().await? {
                Ok((order_id, delivered)) => {
                    self.orders.remove(&order_id);
                    return Some((order_id, delivered));
                }
                // The listener runs in a task of its own, so this panic is ours; the order is delivered again after a restart.
                Err(panic) => tracing::error!(why = %panic, "a delivery has panicked"),
            }
        }
    }
}

async fn deliver_one(
    orders: Arc<dyn Orders>,
    listener: Arc<dyn PaymentListener>,
    order_id: OrderId,
) -> anyhow::Result<()> {
    let order = orders.find(&order_id).await?.context("the order is gone")?;
    let payment = Payment::of(&order).context("nothing is known of it")?;
    // In a task of its own: a listener that panics has failed.
    let mut delivery = tokio::spawn(async move { listener.payment_changed(&payment).await });
    match timeout(LISTENER_TIME_LIMIT, &mut delivery).await {
        Ok(delivered) => delivered.map_err(|panic| anyhow!(panic))?.map_err(anyhow::Error::from_boxed)?,
        Err(_) => {
            delivery.abort();
            return Err(anyhow!("no answer in {LISTENER_TIME_LIMIT:?}"));
        }
    }
    orders.mark_delivered(&order).await?;
    tracing::info!(%order_id, "delivered to the shop's listener");
    Ok(())
}
