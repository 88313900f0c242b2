//! Log of what happened to each transaction: its statuses, and the requests about it. For the dashboard's timeline; kept in
//! memory only.

use crate::faults::Operation;
use gopay_contract::{JakartaTime, TransactionStatus};
use std::collections::{HashMap, VecDeque};

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
