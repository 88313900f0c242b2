//! Reports: one order as `orders show` prints it, and the times and lines that every report is made of.

use super::CommandError;
use crate::clock::UnixMillis;
use crate::orders::inspection::{AttemptRecord, NotificationRecord};
use crate::orders::{Attempt, Beside, NotificationOutcome, Order};
use gopay_contract::{GrossAmount, JakartaTime};
use serde::Serialize;
use std::fmt;

/// How an order stands.
#[derive(Debug, Serialize)]
pub(super) struct OrderReport {
    order_id: String,
    /// `paid`, `refunded`, `not_charged`, or the state of the attempt that counts.
    state: String,
    is_paid: bool,
    gross_amount: GrossAmount,
    refund_amount: Option<GrossAmount>,
    description: String,
    created_at: Option<Moment>,
    outbox: Outbox,
    alerts: Vec<&'static str>,
    attempts: Vec<AttemptReport>,
    notifications: Vec<NotificationReport>,
}

/// Its place in the outbox.
#[derive(Debug, Serialize)]
struct Outbox {
    /// `empty`, `delivered` or `undelivered`.
    state: &'static str,
    /// Since when the change waits that has waited longest.
    since: Option<Moment>,
}

#[derive(Debug, Serialize)]
struct AttemptReport {
    number: u32,
    midtrans_order_id: String,
    /// True if it is the one whose status the payer sees.
    is_shown: bool,
    state: &'static str,
    transaction_id: Option<String>,
    transaction_status: Option<String>,
    fraud_status: Option<String>,
    retry_of: Option<String>,
    claimed_at: Option<Moment>,
    claimed_until: Option<Moment>,
    claims: i64,
    refusals: i64,
    transaction_time: Option<Moment>,
    expiry_time: Option<Moment>,
    settlement_time: Option<Moment>,
    status_changed_at: Option<Moment>,
    polled_at: Option<Moment>,
    next_poll_at: Option<Moment>,
    /// The names of its actions, without their URLs.
    actions: Vec<String>,
    version: i64,
    delivered_version: i64,
}

#[derive(Debug, Serialize)]
struct NotificationReport {
    midtrans_order_id: String,
    transaction_status: String,
    fraud_status: Option<String>,
    outcome: String,
    deliveries: i64,
    first_at: Option<Moment>,
    last_at: Option<Moment>,
}

impl OrderReport {
    /// Reads what else the store has about an order.
    pub(super) async fn of(beside: &Beside, order: &Order) -> Result<Self, CommandError> {
        let records = beside.inspection.attempt_records(&order.order_id).await?;
        let notifications = beside.inspection.notification_records(&order.order_id).await?;
        Ok(Self::build(order, &records, notifications, beside.orders.now()))
    }

    fn build(
        order: &Order,
        records: &[AttemptRecord],
        notifications: Vec<NotificationRecord>,
        now: UnixMillis,
    ) -> Self {
        let decision = order.decision();
        let shown = decision.shown.and_then(|index| order.attempts.get(index)).map(|attempt| attempt.number);
        let mut alerts: Vec<&'static str> = decision.alerts.iter().map(|alert| alert.as_str()).collect();
        let mismatch = NotificationOutcome::Mismatch.as_str();
        if notifications.iter().any(|notification| notification.outcome == mismatch)
            && !alerts.contains(&"contradiction")
        {
            alerts.push("contradiction");
        }
        let is_overdue = |attempt: &Attempt| {
            attempt.transaction.as_ref().is_some_and(|known| !known.is_final())
                && attempt.known().is_overdue_since(attempt.claimed_at.min(now), now)
        };
        if order.attempts.iter().any(is_overdue) {
            alerts.push("given_up");
        }
        let of = |attempt: &Attempt| records.iter().find(|record| record.number == i64::from(attempt.number)).copied();
        Self {
            order_id: order.order_id.to_string(),
            state: state(order).to_owned(),
            is_paid: decision.is_paid,
            gross_amount: order.gross_amount,
            refund_amount: order.effective().and_then(|known| known.status.refund_amount),
            description: printable(&order.description),
            created_at: Moment::of(order.created_at),
            outbox: Outbox::of(order, records),
            alerts,
            attempts: order
                .attempts
                .iter()
                .map(|attempt| AttemptReport::of(attempt, of(attempt), shown == Some(attempt.number)))
                .collect(),
            notifications: notifications.into_iter().map(NotificationReport::of).collect(),
        }
    }
}

/// How the order stands, in a word.
pub(super) fn state(order: &Order) -> &'static str {
    let decision = order.decision();
    let counts = decision.shown.and_then(|index| order.attempts.get(index)).or_else(|| order.attempts.last());
    match counts {
        _ if decision.is_paid => "paid",
        _ if decision.is_refunded => "refunded",
        Some(attempt) => attempt.state().as_str(),
        None => "not_charged",
    }
}

/// A foreign text, without the control characters that a terminal would act upon.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

impl Outbox {
    fn of(order: &Order, records: &[AttemptRecord]) -> Self {
        let waits = |record: &&AttemptRecord| record.version > record.delivered_version;
        let waiting: Vec<i64> = records.iter().filter(waits).map(|record| record.number).collect();
        let state = match waiting.as_slice() {
            [] if records.iter().any(|record| record.version > 0) => "delivered",
            [] => "empty",
            _ => "undelivered",
        };
        let attempts = order.attempts.iter().filter(|attempt| waiting.contains(&attempt.number.into()));
        let since = attempts.map(|attempt| attempt.moved_at).min().and_then(Moment::of);
        Self { state, since }
    }
}

impl AttemptReport {
    fn of(attempt: &Attempt, record: Option<AttemptRecord>, is_shown: bool) -> Self {
        let known = attempt.transaction.as_ref();
        let status = known.map(|known| &known.status);
        let at_midtrans = |time: Option<gopay_contract::JakartaTime>| time.and_then(Moment::at_midtrans);
        Self {
            number: attempt.number,
            midtrans_order_id: attempt.midtrans_order_id.to_string(),
            is_shown,
            state: attempt.state().as_str(),
            transaction_id: known.map(|known| known.transaction_id.to_string()),
            transaction_status: known.map(|known| printable(known.transaction_status.as_str())),
            fraud_status: status.and_then(|status| status.fraud_status.as_ref()).map(|word| printable(word.as_str())),
            retry_of: attempt.retry_of.as_ref().map(ToString::to_string),
            claimed_at: Moment::of(attempt.claimed_at),
            claimed_until: Moment::of(attempt.claimed_until),
            claims: record.map_or(0, |record| record.claims),
            refusals: record.map_or(0, |record| record.refusals),
            transaction_time: at_midtrans(status.and_then(|status| status.transaction_time)),
            expiry_time: at_midtrans(status.and_then(|status| status.expiry_time)),
            settlement_time: at_midtrans(status.and_then(|status| status.settlement_time)),
            status_changed_at: Moment::of(attempt.moved_at),
            polled_at: Moment::of(attempt.polled_at),
            next_poll_at: record.and_then(|record| record.next_poll_at).and_then(Moment::of),
            actions: known.map_or_else(Vec::new, |known| {
                known.actions.iter().map(|action| printable(action.name.as_str())).collect()
            }),
            version: record.map_or(0, |record| record.version),
            delivered_version: record.map_or(0, |record| record.delivered_version),
        }
    }
}

impl NotificationReport {
    fn of(record: NotificationRecord) -> Self {
        Self {
            midtrans_order_id: record.midtrans_order_id,
            transaction_status: printable(&record.transaction_status),
            fraud_status: Some(record.fraud_status).filter(|word| !word.is_empty()).map(|word| printable(&word)),
            outcome: record.outcome,
            deliveries: record.deliveries,
            first_at: Moment::of(record.first_at),
            last_at: Moment::of(record.last_at),
        }
    }
}

impl fmt::Display for OrderReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, "", "order", &self.order_id)?;
        line(f, "", "state", &self.state)?;
        line(f, "", "gross_amount", &self.gross_amount.to_string())?;
        if let Some(amount) = self.refund_amount {
            line(f, "", "refund_amount", &amount.to_string())?;
        }
        line(f, "", "description", &self.description)?;
        time(f, "", "created", self.created_at.as_ref())?;
        match &self.outbox.since {
            Some(since) => line(f, "", "outbox", &format!("{} since {}", self.outbox.state, since.text()))?,
            None => line(f, "", "outbox", self.outbox.state)?,
        }
        line(f, "", "alerts", &if self.alerts.is_empty() { "none".to_owned() } else { self.alerts.join(", ") })?;
        self.attempts.iter().try_for_each(|attempt| attempt.fmt(f))?;
        self.notifications.iter().try_for_each(|notification| notification.fmt(f))
    }
}

impl fmt::Display for AttemptReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = if self.is_shown { ", the one that counts" } else { "" };
        writeln!(f, "\nattempt {}{counts}", self.number)?;
        line(f, "  ", "order_id", &self.midtrans_order_id)?;
        line(f, "  ", "state", self.state)?;
        for (name, value) in [
            ("transaction", &self.transaction_id),
            ("status", &self.transaction_status),
            ("fraud_status", &self.fraud_status),
            ("retry_of", &self.retry_of),
        ] {
            value.iter().try_for_each(|value| line(f, "  ", name, value))?;
        }
        for (name, value) in [
            ("claimed", &self.claimed_at),
            ("claimed until", &self.claimed_until),
            ("made", &self.transaction_time),
            ("expires", &self.expiry_time),
            ("settled", &self.settlement_time),
            ("status changed", &self.status_changed_at),
            ("polled", &self.polled_at),
        ] {
            value.iter().try_for_each(|value| time(f, "  ", name, Some(value)))?;
        }
        time(f, "  ", "next poll", self.next_poll_at.as_ref())?;
        if !self.actions.is_empty() {
            line(f, "  ", "actions", &self.actions.join(", "))?;
        }
        line(f, "  ", "claims", &format!("{}, {} of them refused", self.claims, self.refusals))?;
        line(f, "  ", "changes", &format!("{}, delivered up to {}", self.version, self.delivered_version))
    }
}

impl fmt::Display for NotificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraud_status = self.fraud_status.as_ref().map(|word| format!(" ({word})")).unwrap_or_default();
        writeln!(f, "\nnotification {}{fraud_status}: {}", self.transaction_status, self.outcome)?;
        line(f, "  ", "order_id", &self.midtrans_order_id)?;
        line(f, "  ", "deliveries", &self.deliveries.to_string())?;
        time(f, "  ", "first", self.first_at.as_ref())?;
        time(f, "  ", "last", self.last_at.as_ref())
    }
}

pub(super) fn line(f: &mut fmt::Formatter<'_>, indent: &str, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "{indent}{name:<14} {value}")
}

pub(super) fn time(f: &mut fmt::Formatter<'_>, indent: &str, name: &str, at: Option<&Moment>) -> fmt::Result {
    line(f, indent, name, &at.map_or_else(|| "never".to_owned(), Moment::text))
}

/// Jakarta is so many seconds ahead of UTC.
const JAKARTA_AHEAD: i64 = 7 * 3600;

/// A time in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Moment {
    wib: String,
    utc: String,
}

impl Moment {
    /// The time that is stored; `None` where a zero stands for never.
    pub(super) fn of(at: UnixMillis) -> Option<Self> {
        (at.0 != 0).then(|| {
            let (wib, utc) = both(at);
            Self { wib: format!("{}+07:00", wib.replace(' ', "T")), utc: format!("{}Z", utc.replace(' ', "T")) }
        })
    }

    /// A time of Midtrans'.
    pub(super) fn at_midtrans(at: JakartaTime) -> Option<Self> {
        Self::of(UnixMillis::from_seconds(at.unix_seconds()))
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let plain = |text: &str, end: &str| text.trim_end_matches(end).replace('T', " ");
        format!("{} WIB ({} UTC)", plain(&self.wib, "+07:00"), plain(&self.utc, "Z"))
    }
}

/// For people.
pub(super) fn text(at: UnixMillis) -> String {
    Moment::of(at).map_or_else(|| "never".to_owned(), |at| at.text())
}

fn both(at: UnixMillis) -> (String, String) {
    let wib = JakartaTime::from_unix_seconds(at.seconds());
    // UTC is what a clock in Jakarta showed seven hours ago.
    let utc = JakartaTime::from_unix_seconds(at.seconds() - JAKARTA_AHEAD);
    (wib.to_text(), utc.to_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_jakarta_and_in_utc_also_around_midnight() {
        let at = UnixMillis(1_769_828_400_123);
        assert_eq!(text(at), "2026-01-31 10:00:00 WIB (2026-01-31 03:00:00 UTC)");
        let at = UnixMillis(1_769_828_400_000 - 4 * 3_600_000);
        assert_eq!(text(at), "2026-01-31 06:00:00 WIB (2026-01-30 23:00:00 UTC)");
        let json = serde_json::to_value(Moment::of(at)).expect("JSON");
        assert_eq!(json, serde_json::json!({"wib": "2026-01-31T06:00:00+07:00", "utc": "2026-01-30T23:00:00Z"}));
        assert_eq!(Moment::of(UnixMillis(0)), None);
    }
}
