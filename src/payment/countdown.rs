//! The countdown to `expiry_time`. Zero is a reason to poll, not an answer: Midtrans expires in batches, and a payment of
//! the last second settles.

use super::clock::Moment;

/// State of the countdown: running, or over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Countdown {
    /// Zero is not reached.
    Running,
    /// Zero was reached, and the status was polled for it.
    Over,
}

impl Countdown {
    /// When a running countdown shows the next second, or reaches zero. A hidden page shows no seconds, but must not miss
    /// zero.
    pub(crate) fn deadline(self, expires_at: Moment, now: Moment, is_hidden: bool) -> Option<Moment> {
        let whole_seconds_after = if is_hidden { 0 } else { (seconds_left(expires_at, now).unwrap_or(1) - 1) * 1000 };
        match self {
            Self::Running => Some(expires_at.after(-whole_seconds_after)),
            Self::Over => None,
        }
    }
}

/// Seconds until `expires_at`, rounded up; none from then on.
pub(crate) fn seconds_left(expires_at: Moment, now: Moment) -> Option<i64> {
    let left = expires_at.since(now);
    (left > 0).then(|| (left + 999) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visible_page_wakes_every_second_and_a_hidden_one_at_zero() {
        let (zero, now) = (Moment(10_000), Moment(7_400));
        assert_eq!(seconds_left(zero, now), Some(3));
        assert_eq!(Countdown::Running.deadline(zero, now, false), Some(Moment(8_000)));
        assert_eq!(Countdown::Running.deadline(zero, now, true), Some(zero));
        assert_eq!(Countdown::Running.deadline(zero, zero, false), Some(zero));
        assert_eq!(Countdown::Over.deadline(zero, zero, false), None);
    }
}
