//! What is counted, in Prometheus' text form.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Something that is counted, by one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counter {
    /// Requests to charge, by what became of them.
    Charges,
    /// Statuses recorded, by `transaction_status`.
    Statuses,
    /// Notifications received, by what became of them.
    Notifications,
}

impl Counter {
    const ALL: [Self; 3] = [Self::Charges, Self::Statuses, Self::Notifications];

    const fn describe(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Charges => ("gopay_charges_total", "outcome", "Requests to charge an order, by what became of them."),
            Self::Statuses => {
                ("gopay_statuses_total", "transaction_status", "Changes of a transaction that were recorded.")
            }
            Self::Notifications => {
                ("gopay_notifications_total", "outcome", "Notifications received, by what became of them.")
            }
        }
    }
}

/// The counters of this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    counts: Arc<Mutex<BTreeMap<(Counter, &'static str), u64>>>,
}

impl Metrics {
    /// Counts one. Labels are words of ours, so there are never many.
    pub(crate) fn count(&self, counter: Counter, label: &'static str) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry((counter, label)).or_default() += 1;
    }

    /// All of it as text.
    pub(crate) fn render(&self, watchers: usize) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for counter in Counter::ALL {
            let (name, label, help) = counter.describe();
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
            for ((_, value), count) in counts.iter().filter(|((of, _), _)| *of == counter) {
                let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {count}");
            }
        }
        let _ = writeln!(
            text,
            "# HELP gopay_watchers Open status streams.\n# TYPE gopay_watchers gauge\ngopay_watchers {watchers}"
        );
        text
    }
}
