//! Tells the shop's [`PaymentListener`] what has moved on: at least once, whatever crashes.
//!
//! What was told is written down only after the listener has taken it in. So this job needs nothing but the database to
//! know what is left to tell; being woken by a change only makes it sooner.

use crate::metrics::{Counter, Metrics};
use crate::orders::Orders;
use crate::shop::{Payment, PaymentListener};
use anyhow::{Context, anyhow};
use gopay_contract::OrderId;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
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

/// Orders whose listener did not take it in: when to try again, and how long to wait after that.
type Postponed = HashMap<OrderId, (Instant, Duration)>;

/// Tells until `stopping`. A payment that is being told then is told to the end.
pub(crate) async fn tell(
    orders: Arc<dyn Orders>,
    listener: Arc<dyn PaymentListener>,
    changes: Arc<Notify>,
    metrics: Metrics,
    stopping: CancellationToken,
) {
    let mut postponed = Postponed::new();
    loop {
        if let Err(why) = tell_all(orders.as_ref(), &listener, &mut postponed, &metrics, &stopping).await {
            tracing::error!(why = format!("{why:#}"), "cannot look up what the shop was not told yet");
        }
        let next = postponed.values().map(|(at, _)| at.duration_since(Instant::now())).min().unwrap_or(LOOK_AGAIN);
        tokio::select! {
            biased;
            () = stopping.cancelled() => return,
            () = changes.notified() => {}
            () = sleep(next.min(LOOK_AGAIN)) => {}
        }
    }
}

async fn tell_all(
    orders: &dyn Orders,
    listener: &Arc<dyn PaymentListener>,
    postponed: &mut Postponed,
    metrics: &Metrics,
    stopping: &CancellationToken,
) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = orders.untold(after.as_ref(), PAGE).await?;
        for order_id in &page {
            if stopping.is_cancelled() {
                return Ok(());
            }
            let pause = match postponed.get(order_id) {
                Some((at, _)) if *at > Instant::now() => continue,
                Some((_, pause)) => (*pause * 2).min(LONGEST_PAUSE),
                None => FIRST_PAUSE,
            };
            match tell_one(orders, listener, order_id).await {
                Ok(()) => {
                    metrics.count(Counter::Told, "taken_in");
                    postponed.remove(order_id);
                }
                Err(why) => {
                    metrics.count(Counter::Told, "not_taken_in");
                    tracing::error!(%order_id, why = format!("{why:#}"), "the shop did not take a payment in; it is told again");
                    postponed.insert(order_id.clone(), (Instant::now() + pause, pause));
                }
            }
        }
        after = match page.into_iter().next_back() {
            Some(last) => Some(last),
            None => return Ok(()),
        };
    }
}

async fn tell_one(orders: &dyn Orders, listener: &Arc<dyn PaymentListener>, order_id: &OrderId) -> anyhow::Result<()> {
    let order = orders.find(order_id).await?.context("the order is gone")?;
    let payment = Payment::of(&order).context("nothing is known of it")?;
    // In a task of its own: a listener that panics is one that has not taken it in.
    let (listener, order_id) = (Arc::clone(listener), order_id.clone());
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
