//! `stats`: counts over the whole database.

use super::report::Moment;
use super::report::{line, time};
use super::{CommandError, open, print};
use crate::orders::Access;
use crate::orders::inspection::Statistics;
use crate::settings::Settings;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Serialize)]
struct Counts {
    at: Option<Moment>,
    orders: i64,
    never_charged: i64,
    deleted: i64,
    /// By `transaction_status`, or `unanswered` or `refused`.
    attempts: BTreeMap<String, i64>,
    oldest_open: Option<Oldest>,
    reconciliation: Reconciliation,
    outbox: Outbox,
    /// By outcome.
    notifications: BTreeMap<String, Notifications>,
}

#[derive(Debug, Serialize)]
struct Oldest {
    order_id: String,
    claimed_at: Option<Moment>,
}

#[derive(Debug, Serialize)]
struct Reconciliation {
    scheduled: i64,
    due: i64,
    given_up: i64,
}

#[derive(Debug, Serialize)]
struct Outbox {
    undelivered: i64,
    since: Option<Moment>,
    /// False where nothing was ever delivered: then no merchant on this database has a `PaymentListener`.
    has_delivered: bool,
}

#[derive(Debug, Serialize)]
struct Notifications {
    different: i64,
    deliveries: i64,
}

pub(super) async fn run(settings: &Settings, json: bool) -> Result<(), CommandError> {
    let beside = open(settings, Access::Read).await?;
    let now = beside.orders.now();
    let Statistics {
        orders,
        never_charged,
        deleted,
        attempts,
        scheduled,
        due,
        given_up,
        oldest_open,
        undelivered,
        undelivered_since,
        has_delivered,
        notifications,
    } = beside.inspection.statistics(now).await?;
    beside.orders.close().await;
    let oldest = |(order_id, at)| Oldest { order_id, claimed_at: Moment::of(at) };
    let counted = |(outcome, different, deliveries)| (outcome, Notifications { different, deliveries });
    let counts = Counts {
        at: Moment::of(now),
        orders,
        never_charged,
        deleted,
        attempts: attempts.into_iter().collect(),
        oldest_open: oldest_open.map(oldest),
        reconciliation: Reconciliation { scheduled, due, given_up },
        outbox: Outbox { undelivered, since: undelivered_since.and_then(Moment::of), has_delivered },
        notifications: notifications.into_iter().map(counted).collect(),
    };
    print(&counts, json)
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        time(f, "", "at", self.at.as_ref())?;
        let orders = format!("{}, {} never charged, {} deleted", self.orders, self.never_charged, self.deleted);
        line(f, "", "orders", &orders)?;
        for (status, count) in &self.attempts {
            line(f, "  ", status, &count.to_string())?;
        }
        match &self.oldest_open {
            Some(Oldest { order_id, claimed_at }) => {
                let since = claimed_at.as_ref().map(Moment::text).unwrap_or_default();
                line(f, "", "oldest open", &format!("{order_id}, claimed {since}"))?;
            }
            None => line(f, "", "oldest open", "none")?,
        }
        let Reconciliation { scheduled, due, given_up } = self.reconciliation;
        line(f, "", "reconciliation", &format!("{scheduled} scheduled, {due} due, {given_up} given up"))?;
        match (&self.outbox, &self.outbox.since) {
            (Outbox { has_delivered: false, undelivered, .. }, _) => {
                let why = "nothing was ever delivered (no merchant here has a PaymentListener)";
                line(f, "", "outbox", &format!("{undelivered} undelivered; {why}"))?;
            }
            (Outbox { undelivered, .. }, Some(since)) => {
                line(f, "", "outbox", &format!("{undelivered} undelivered since {}", since.text()))?;
            }
            (Outbox { undelivered, .. }, None) => line(f, "", "outbox", &format!("{undelivered} undelivered"))?,
        }
        if !self.notifications.is_empty() {
            writeln!(f, "notifications")?;
        }
        for (outcome, Notifications { different, deliveries }) in &self.notifications {
            line(f, "  ", outcome, &format!("{different}, delivered {deliveries} times"))?;
        }
        Ok(())
    }
}
