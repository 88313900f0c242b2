//! Rate limiter of the log: lines that anybody can cause, without an order token or a signature.
//!
//! Forged notifications alone wrote 400 kB of lines a second; where log and database share a disk, that fills it. What is left
//! out is counted, and the next line says how many there were.

use crate::lock;
use crate::metrics::{Counter, Metrics};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Lines at once, from a full bucket.
const BURST: u32 = 50;
/// One more line per this time: ten a second.
const REFILL: Duration = Duration::from_millis(100);

/// Lifts the limit of log lines for one request. Set once it has shown an order token, a signature, or what the shop's own authorization takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogAuthorization(Arc<AtomicBool>);

impl LogAuthorization {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bucket of lines that unauthorized requests may still cause.
#[derive(Clone)]
pub(crate) struct LogLimit {
    metrics: Metrics,
    bucket: Arc<Mutex<Bucket>>,
}

struct Bucket {
    left: u32,
    refilled: Instant,
    left_out: u64,
}

impl LogLimit {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { metrics, bucket: Arc::new(Mutex::new(Bucket::full(Instant::now()))) }
    }

    /// Returns how many lines were left out before this one, or `None` if it must be left out too. Those are counted.
    pub(crate) fn admit(&self) -> Option<u64> {
        let admitted = lock(&self.bucket).take(Instant::now());
        if admitted.is_none() {
            self.metrics.count(Counter::LogLinesLeftOut, "request");
        }
        admitted
    }
}

impl Bucket {
    const fn full(now: Instant) -> Self {
        Self { left: BURST, refilled: now, left_out: 0 }
    }

    fn take(&mut self, now: Instant) -> Option<u64> {
        let passed = now.saturating_duration_since(self.refilled).as_millis() / REFILL.as_millis();
        let refill = u32::try_from(passed).unwrap_or(BURST).min(BURST);
        if refill > 0 {
            self.left = (self.left + refill).min(BURST);
            self.refilled = now;
        }
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            Some(std::mem::take(&mut self.left_out))
        } else {
            self.left_out += 1;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_write_a_burst_of_lines_and_then_ten_a_second_and_what_is_left_out_is_told() {
        let start = Instant::now();
        let mut bucket = Bucket::full(start);
        let written = (0..1000).filter(|_| bucket.take(start).is_some()).count();
        assert_eq!(written, 50);
        let later = start + Duration::from_millis(100);
        assert_eq!(bucket.take(later), Some(950), "the next one says how many");
        assert_eq!(bucket.take(later), None);
        // A thousand a second, for ten seconds.
        let flood = (0..10_000).map(|at| later + Duration::from_millis(at)).filter(|at| bucket.take(*at).is_some());
        let written = flood.count();
        assert!((90..=100).contains(&written), "{written}");
        let much_later = later + Duration::from_secs(3600);
        assert_eq!((0..1000).filter(|_| bucket.take(much_later).is_some()).count(), 50);
    }
}
