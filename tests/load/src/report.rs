//! The table.

use crate::lanes::{Driven, to_f64};
use hdrhistogram::Histogram;
use std::fmt;
use std::time::Duration;

/// Memory target for one process with 10,000 watchers, in bytes.
pub(crate) const MEMORY_AIM: u64 = 512 * 1024 * 1024;

/// All measurements, in order.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    wrong: Vec<(String, usize)>,
}

struct Row {
    what: String,
    measured: String,
    /// p50, p95 and p99.
    latency: Option<[String; 3]>,
    aim: Option<(String, bool)>,
}

impl Report {
    /// So many a second, and how long each took.
    pub(crate) fn row<T>(&mut self, what: &str, driven: &Driven<T>) {
        let measured = format!("{:.0}/s", driven.a_second());
        self.push(Row { what: what.to_owned(), measured, latency: Some(percentiles(&driven.latency)), aim: None });
    }

    /// Adds a distribution of delays; the aim is about p99.
    pub(crate) fn delays(&mut self, what: &str, delays: &Histogram<u64>, aim: Option<Duration>) {
        let measured = format!("{} told", delays.len());
        let p99 = Duration::from_micros(delays.value_at_quantile(0.99));
        let aim = aim.map(|aim| (format!("p99 ≤ {} ms", aim.as_millis()), !delays.is_empty() && p99 <= aim));
        self.push(Row { what: what.to_owned(), measured, latency: Some(percentiles(delays)), aim });
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory(&mut self, what: &str, bytes: u64, aim: Option<u64>) {
        let measured = format!("{} MB", megabytes(bytes));
        let aim = aim.map(|aim| (format!("≤ {} MB", megabytes(aim)), bytes <= aim));
        self.push(Row { what: what.to_owned(), measured, latency: None, aim });
    }

    /// Anything else.
    pub(crate) fn fact(&mut self, what: &str, measured: &str, aim: Option<(&str, bool)>) {
        let aim = aim.map(|(aim, is_met)| (aim.to_owned(), is_met));
        self.push(Row { what: what.to_owned(), measured: measured.to_owned(), latency: None, aim });
    }

    /// Adds a number of things that were lost, doubled or wrong. None is what is wanted.
    pub(crate) fn wrong_count(&mut self, what: &str, count: usize) {
        self.wrong.push((what.to_owned(), count));
    }

    /// Number of all errors.
    pub(crate) fn wrong(&self) -> usize {
        self.wrong.iter().map(|(_, count)| count).sum()
    }

    fn push(&mut self, row: Row) {
        // Whoever waits sees that something happens.
        eprintln!("measured: {}", row.what);
        self.rows.push(row);
    }
}

fn percentiles(latency: &Histogram<u64>) -> [String; 3] {
    [0.50, 0.95, 0.99].map(|quantile| format!("{:.2}", to_f64(latency.value_at_quantile(quantile)) / 1000.0))
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1024 * 1024)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Row) -> &str| self.rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
        let (what, measured) = (width(|row| &row.what), width(|row| &row.measured));
        writeln!(f, "\n{:what$}  {:>measured$}  {:>9} {:>9} {:>9}  aim", "", "", "p50 ms", "p95 ms", "p99 ms")?;
        for row in &self.rows {
            let [p50, p95, p99] = row.latency.clone().unwrap_or_default();
            let aim = row
                .aim
                .as_ref()
                .map_or_else(String::new, |(aim, is_met)| format!("{} {aim}", if *is_met { '✓' } else { '✗' }));
            let line = format!("{:what$}  {:>measured$}  {p50:>9} {p95:>9} {p99:>9}  {aim}", row.what, row.measured);
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f, "\nlost, doubled or wrong (0 is right)")?;
        for (what, count) in &self.wrong {
            writeln!(f, "{count:>7}  {what}")?;
        }
        Ok(())
    }
}
