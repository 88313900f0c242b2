//! How often to ask, when to slow down, how long to wait before trying again: the numbers and their reasons. All in
//! milliseconds.

/// Between two asks while the payer watches and no push is there. Two and a half seconds, and a little jitter, keep
/// nineteen of twenty payers under three seconds from payment to "Pembayaran berhasil".
const WATCHED: i64 = 2_500;
/// The same after [`SLOWER_AFTER`]: who has not paid by then is not holding the phone.
const WATCHED_LONG: i64 = 5_000;
/// Three minutes of asking often.
pub(crate) const SLOWER_AFTER: i64 = 180_000;
/// Between the first asks after the payer came back: the notification is often still on its way to the merchant then, and
/// somebody is looking.
const CAME_BACK: [i64; 3] = [300, 600, 1_200];
/// While pushes arrive, asking is only a check that they do.
const PUSHED: i64 = 30_000;
/// While the page is hidden: thirty asks in GoPay's fifteen minutes. Coming back asks at once.
const HIDDEN: i64 = 30_000;
/// While another element on the same order asks for all: only to notice that it died without a word.
const LED: i64 = 60_000;
/// The first wait after a failed request; doubled with each further one.
const FIRST_WAIT: i64 = 1_000;
/// No wait is longer, unless the server asks for it.
const LONGEST_WAIT: i64 = 30_000;
/// No `Retry-After` is honoured beyond this: a payer waits here.
const LONGEST_RETRY_AFTER: i64 = 120_000;
/// After `expire` or `cancel`, money may still be on its way (facts §3.5): ask again after each of these.
const AFTER_THE_END: [i64; 4] = [5_000, 15_000, 45_000, 120_000];

/// How long a charge may take: the merchant may try Midtrans twice, fifteen seconds each.
pub(crate) const CHARGE_TIME_LIMIT: i64 = 40_000;
/// After this long without an answer the payer is told that the merchant has not answered yet.
pub(crate) const CHARGE_SEEMS_LOST: i64 = 10_000;
/// "Coba lagi" ends a charge that is out and sends it anew, but not oftener than this.
pub(crate) const CHARGE_RESENT_AFTER: i64 = 3_000;
/// How long a status may take.
pub(crate) const STATUS_TIME_LIMIT: i64 = 12_000;
/// How long a cancel may take.
pub(crate) const CANCEL_TIME_LIMIT: i64 = 30_000;
/// How long a QR picture may take. Its few kilobytes take no such time even on the slowest network that a payment by
/// phone works on.
pub(crate) const QR_TIME_LIMIT: i64 = 20_000;
/// How long an app may take to come before the page once its link is tapped. Most take less than a second; who still
/// sees the page after two is looking for what to do.
pub(crate) const APP_OPENS: i64 = 2_000;
/// Silence after which a push stream counts as dead. The merchant sends something at least every fifteen seconds.
pub(crate) const WATCH_SILENCE: i64 = 35_000;

/// Spreads payers over time, so that a merchant that comes back is not met by all of them at once. A small generator of
/// its own (xorshift): the machine may not reach for randomness.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Jitter(u32);

impl Jitter {
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

/// What the pause until the next ask depends on.
pub(crate) struct Pace {
    /// Since the payer began, or came back.
    pub(crate) watched_for: i64,
    /// Asks made since the payer came back; none where that was long ago, or never.
    pub(crate) since_return: Option<usize>,
    /// Whether another element asks for all.
    pub(crate) led: bool,
    /// Whether pushes arrive.
    pub(crate) pushed: bool,
    /// Whether the page is hidden.
    pub(crate) hidden: bool,
}

impl Pace {
    pub(crate) fn pause(&self) -> i64 {
        if let Some(soon) = self.since_return.and_then(|asked| CAME_BACK.get(asked)) {
            *soon
        } else if self.led {
            LED
        } else if self.pushed {
            PUSHED
        } else if self.hidden {
            HIDDEN
        } else if self.watched_for < SLOWER_AFTER {
            WATCHED
        } else {
            WATCHED_LONG
        }
    }
}

/// The wait after `failures` failed requests in a row (at least one), never less than the server asked for.
pub(crate) fn wait_after(failures: u32, retry_after: Option<i64>) -> i64 {
    let doubled = FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled.min(LONGEST_WAIT).max(retry_after.unwrap_or(0).clamp(0, LONGEST_RETRY_AFTER))
}

/// The pause before the next ask after `expire` or `cancel`, or none when enough were made.
pub(crate) fn after_the_end(asked: usize) -> Option<i64> {
    AFTER_THE_END.get(asked).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_page_asks_at_most_forty_times_in_fifteen_minutes() {
        let mut jitter = Jitter::new(1);
        let mut at = 0;
        let mut asks = 0;
        while at < 900_000 {
            at += jitter
                .around(Pace { watched_for: at, since_return: None, led: false, pushed: false, hidden: true }.pause());
            asks += 1;
        }
        assert!(asks <= 40, "{asks}");
    }

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
        assert_eq!([1, 2, 3, 6, 40].map(|n| wait_after(n, None)), [1_000, 2_000, 4_000, 30_000, 30_000]);
        assert_eq!(wait_after(1, Some(10_000)), 10_000);
        assert_eq!(wait_after(1, Some(86_400_000)), 120_000, "a payer waits here");
        assert_eq!(wait_after(1, Some(-5)), 1_000);
    }
}
