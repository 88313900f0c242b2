//! Timeline of one transaction: its statuses, the merchant's requests, the notifications and the faults, in the order of
//! time; and the log of what happened to each transaction, kept in memory only.

use super::view::Language;
use crate::{
    faults::{AppliedFault, Operation},
    ledger::{Stage, Transaction},
    notifier::Attempt,
};
use gopay_contract::{JakartaTime, TransactionStatus};
use std::collections::{HashMap, VecDeque};

/// A line of the timeline.
pub(super) struct TimelineRow {
    pub(super) at: String,
    /// Class of the line: `status`, `request`, `notification` or `fault`.
    pub(super) kind: &'static str,
    /// From whom to whom.
    pub(super) parties: &'static str,
    pub(super) text: String,
    pub(super) badge: String,
    pub(super) tone: &'static str,
    /// How often, and when last; or when it is tried again.
    pub(super) more: Option<String>,
}

/// Places of lines within one second. The log knows the order of its entries; the others are put around them: a fault and the
/// charge first, a notification behind the status that it tells.
const FAULT: usize = 0;
const CHARGE: usize = 1;
const FIRST_ENTRY: usize = 2;

/// The timeline of `transaction`, oldest line first.
pub(super) fn rows<'a>(
    transaction: &Transaction,
    entries: &[Entry],
    attempts: impl Iterator<Item = &'a Attempt>,
    faults: impl Iterator<Item = &'a AppliedFault>,
    language: Language,
) -> Vec<TimelineRow> {
    let mut lines = Vec::new();
    if entries.is_empty() {
        lines.extend(recorded(transaction).map(|(at, status)| (at, FIRST_ENTRY, status_row(at, &status))));
    }
    for (number, entry) in entries.iter().enumerate() {
        let place = match &entry.event {
            Event::Request { operation: Operation::Charge, .. } if number <= 1 => CHARGE,
            Event::Request { .. } | Event::Status(_) => FIRST_ENTRY + 2 * number,
        };
        lines.push((entry.at, place, entry_row(entry, language)));
    }
    let of_it = |made: &&Attempt| made.notification.transaction_id == transaction.transaction_id.as_str();
    for made in attempts.filter(of_it) {
        let tells = |entry: &Entry| match &entry.event {
            Event::Status(status) => entry.at == made.at && status.to_string() == made.notification.transaction_status,
            Event::Request { .. } => false,
        };
        let place = entries.iter().rposition(tells).map_or(usize::MAX, |number| FIRST_ENTRY + 2 * number + 1);
        lines.push((made.at, place, attempt_row(made, language)));
    }
    let order_id = transaction.charge.order_id.as_str();
    let of_its_order =
        |fault: &&AppliedFault| fault.order_id.as_deref() == Some(order_id) && fault.at >= transaction.transaction_time;
    lines.extend(faults.filter(of_its_order).map(|fault| (fault.at, FAULT, fault_row(fault, language))));
    lines.sort_by_key(|(at, place, _)| (*at, *place));
    lines.into_iter().map(|(_, _, row)| row).collect()
}

/// The changes that the transaction itself records, for one that is older than the log.
fn recorded(transaction: &Transaction) -> impl Iterator<Item = (JakartaTime, TransactionStatus)> {
    let paid = match &transaction.stage {
        Stage::Settled(settlement) => Some((settlement.at, TransactionStatus::Settlement)),
        Stage::Pending | Stage::Expired | Stage::Cancelled | Stage::Denied(_) => None,
    };
    [Some((transaction.transaction_time, TransactionStatus::Pending)), paid].into_iter().flatten()
}

fn entry_row(entry: &Entry, language: Language) -> TimelineRow {
    match &entry.event {
        Event::Status(status) => TimelineRow { more: repeated(entry, language), ..status_row(entry.at, status) },
        Event::Request { operation, status_code } => TimelineRow {
            at: clock_time(entry.at),
            kind: "request",
            parties: language.pick("Shop → Midtrans", "Toko → Midtrans"),
            text: match operation {
                Operation::Status => "get-status".to_owned(),
                Operation::Charge | Operation::Cancel | Operation::Expire | Operation::Refund | Operation::QrCode => {
                    operation.name().to_owned()
                }
            },
            badge: status_code.to_string(),
            tone: if (400..600).contains(status_code) && *status_code != 407 { "bad" } else { "" },
            more: repeated(entry, language),
        },
    }
}

fn repeated(entry: &Entry, language: Language) -> Option<String> {
    let last = language.pick("last at", "terakhir");
    (entry.times > 1).then(|| format!("{}×, {last} {}", entry.times, clock_time(entry.last)))
}

fn status_row(at: JakartaTime, status: &TransactionStatus) -> TimelineRow {
    TimelineRow {
        at: clock_time(at),
        kind: "status",
        parties: "",
        text: "transaction_status".to_owned(),
        badge: status.to_string(),
        tone: super::rows::tone(status),
        more: None,
    }
}

fn attempt_row(made: &Attempt, language: Language) -> TimelineRow {
    let (outcome, tone) = super::rows::outcome(made);
    let next = language.pick("next attempt at", "dicoba lagi");
    TimelineRow {
        at: clock_time(made.at),
        kind: "notification",
        parties: language.pick("Midtrans → Shop", "Midtrans → Toko"),
        text: match made.attempt {
            1 => format!("notification {}", made.notification.transaction_status),
            attempt => format!("notification {} ({attempt})", made.notification.transaction_status),
        },
        badge: outcome,
        tone,
        more: made.next_attempt_at.map(|at| format!("{next} {}", clock_time(at))),
    }
}

fn fault_row(fault: &AppliedFault, language: Language) -> TimelineRow {
    TimelineRow {
        at: clock_time(fault.at),
        kind: "fault",
        parties: language.pick("Fault", "Gangguan"),
        text: fault.on.clone(),
        badge: super::rows::fault_name(fault),
        tone: "wait",
        more: None,
    }
}

/// The time of day.
fn clock_time(at: JakartaTime) -> String {
    let text = at.to_text();
    text.split_once(' ').map(|(_, time)| time.to_owned()).unwrap_or(text)
}

/// Maximum number of transactions in the log. The oldest are forgotten first.
const TRANSACTIONS: usize = 500;

/// Maximum number of entries of one transaction. The oldest are forgotten first.
const ENTRIES: usize = 100;

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The transaction has this status now.
    Status(TransactionStatus),
    /// The merchant's request about it, and the `status_code` of the answer.
    Request { operation: Operation, status_code: u16 },
}

/// One event, or equal events in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) event: Event,
    /// Time of the first.
    pub(crate) at: JakartaTime,
    /// Time of the last.
    pub(crate) last: JakartaTime,
    pub(crate) times: u32,
}

/// The log, by `transaction_id`.
#[derive(Debug, Default)]
pub(crate) struct ActivityLog {
    entries: HashMap<String, VecDeque<Entry>>,
    /// Transactions in the order of their first entry.
    order: VecDeque<String>,
}

impl ActivityLog {
    /// Adds an event. One that equals the transaction's last is counted with it.
    pub(crate) fn record(&mut self, transaction_id: &str, at: JakartaTime, event: Event) {
        if !self.entries.contains_key(transaction_id) {
            if self.order.len() >= TRANSACTIONS
                && let Some(oldest) = self.order.pop_front()
            {
                self.entries.remove(&oldest);
            }
            self.order.push_back(transaction_id.to_owned());
        }
        let entries = self.entries.entry(transaction_id.to_owned()).or_default();
        if let Some(last) = entries.back_mut().filter(|last| last.event == event) {
            last.times = last.times.saturating_add(1);
            last.last = at;
            return;
        }
        entries.push_back(Entry { event, at, last: at, times: 1 });
        if entries.len() > ENTRIES {
            entries.pop_front();
        }
    }

    /// The transaction's entries, oldest first.
    pub(crate) fn of(&self, transaction_id: &str) -> Vec<Entry> {
        self.entries.get(transaction_id).into_iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix_seconds: i64) -> JakartaTime {
        JakartaTime::from_unix_seconds(unix_seconds)
    }

    fn poll(status_code: u16) -> Event {
        Event::Request { operation: Operation::Status, status_code }
    }

    #[test]
    fn polls_in_a_row_are_one_entry_with_their_number_and_the_time_of_the_last() {
        let mut log = ActivityLog::default();
        for second in 1..=3 {
            log.record("t", at(second), poll(201));
        }
        log.record("t", at(4), Event::Status(TransactionStatus::Settlement));
        log.record("t", at(5), poll(200));
        let entries = log.of("t");
        let times: Vec<_> = entries.iter().map(|entry| (entry.at, entry.last, entry.times)).collect();
        assert_eq!(times, [(at(1), at(3), 3), (at(4), at(4), 1), (at(5), at(5), 1)]);
        assert_eq!(log.of("another"), []);
    }

    #[test]
    fn the_log_is_bounded_and_forgets_the_oldest() {
        let mut log = ActivityLog::default();
        for number in 0..=TRANSACTIONS {
            log.record(&number.to_string(), at(0), poll(201));
        }
        assert_eq!((log.of("0").len(), log.of("1").len(), log.entries.len()), (0, 1, TRANSACTIONS));
        for second in 0..300 {
            log.record("busy", at(second), poll(if second % 2 == 0 { 201 } else { 404 }));
        }
        let entries = log.of("busy");
        assert_eq!((entries.len(), entries.last().map(|entry| entry.at)), (ENTRIES, Some(at(299))));
    }
}
