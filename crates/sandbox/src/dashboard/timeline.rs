//! Timeline of one transaction: its statuses, the merchant's requests, the notifications and the faults, in the order of
//! time.

use super::view::Language;
use crate::{
    activity::{Entry, Event},
    faults::{AppliedFault, Operation},
    ledger::{Stage, Transaction},
    notifier::Attempt,
};
use gopay_contract::{JakartaTime, TransactionStatus};

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
