//! Backoff: growing pauses after failed requests, with jitter.

/// The first pause after a failed request; doubled with each further one.
const FIRST_DELAY: i64 = 1_000;
/// No pause is longer, unless the server asks for it.
const LONGEST_DELAY: i64 = 30_000;
/// No `Retry-After` is honoured beyond this: a payer waits here.
const LONGEST_RETRY_AFTER: i64 = 120_000;

/// The pause in milliseconds after `failures` failed requests in a row (at least one), never less than `retry_after`.
pub(crate) fn backoff_delay(failures: u32, retry_after: Option<i64>) -> i64 {
    let doubled = FIRST_DELAY.saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled.min(LONGEST_DELAY).max(retry_after.unwrap_or(0).clamp(0, LONGEST_RETRY_AFTER))
}

/// Random variation of pauses, so that a merchant that comes back does not get every payer's request at once. A small
/// generator of its own (xorshift): the state machine has no access to randomness.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Jitter(u32);

impl Jitter {
    /// A generator that starts from any number.
    pub(crate) const fn new(seed: u32) -> Self {
        Self(if seed == 0 { 0x9E37_79B9 } else { seed })
    }

    /// `ms`, up to a tenth more or less.
    pub(crate) fn around(&mut self, ms: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        ms - ms / 10 + i64::from(self.0 % 1_000) * ms / 5_000
    }

    /// `ms`, up to a fifth more: for what a server has asked to come no sooner.
    pub(crate) fn no_sooner(&mut self, ms: i64) -> i64 {
        self.around(ms) + ms / 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_tenth() {
        let mut jitter = Jitter::new(7);
        for _ in 0..10_000 {
            let ms = jitter.around(2_500);
            assert!((2_250..=2_750).contains(&ms), "{ms}");
            let ms = jitter.no_sooner(19_999);
            assert!((19_999..=24_000).contains(&ms), "{ms}");
        }
    }

    #[test]
    fn waits_double_up_to_half_a_minute_and_honour_the_server() {
        assert_eq!([1, 2, 3, 6, 40].map(|n| backoff_delay(n, None)), [1_000, 2_000, 4_000, 30_000, 30_000]);
        assert_eq!(backoff_delay(1, Some(10_000)), 10_000);
        assert_eq!(backoff_delay(1, Some(86_400_000)), 120_000, "a payer waits here");
        assert_eq!(backoff_delay(1, Some(-5)), 1_000);
    }
}
