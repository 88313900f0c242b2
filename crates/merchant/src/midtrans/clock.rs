//! Midtrans' clock, by the `Date` of its newest answer: whether a charge can still be paid is decided by
//! Midtrans' clock, and this machine's may be wrong, and may be set while the answer is still the newest.

use crate::clock::{DistantClock, UnixMillis};
use reqwest::header::{self, HeaderMap};
use std::time::{Instant, UNIX_EPOCH};

/// Midtrans' clock, as read from its answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct MidtransClock(DistantClock);

impl MidtransClock {
    /// Reads the `Date` of an answer that came at `instant`, whole seconds. It was written a moment ago, so Midtrans is
    /// never taken to be later than it is. Without one, or with one that cannot be read, all stays as it was.
    pub(crate) fn update(&self, headers: &HeaderMap, instant: Instant) {
        let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let since_1970 = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        if let Some(seconds) = since_1970.and_then(|since| i64::try_from(since.as_secs()).ok()) {
            self.0.set(UnixMillis::from_seconds(seconds), instant);
        }
    }

    /// The time at Midtrans at `instant`. `None`: no answer had a `Date` yet.
    pub(crate) fn at(&self, instant: Instant) -> Option<UnixMillis> {
        self.0.at(instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;
    use std::time::Duration;

    fn date(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::DATE, HeaderValue::from_static(text))])
    }

    #[test]
    fn midtrans_time_goes_on_whatever_this_machines_clock_is_set_to() {
        let (clock, here) = (MidtransClock::default(), Instant::now());
        assert_eq!(clock.at(here), None, "it was never heard");
        clock.update(&date("Sat, 31 Jan 2026 02:58:00 GMT"), here);
        assert_eq!(clock.at(here), Some(UnixMillis::from_seconds(1_769_828_280)));
        assert_eq!(clock.at(here + Duration::from_millis(1500)), Some(UnixMillis(1_769_828_281_500)));
    }

    #[test]
    fn an_answer_without_a_date_that_can_be_read_changes_nothing() {
        let (clock, here) = (MidtransClock::default(), Instant::now());
        clock.update(&date("Sat, 31 Jan 2026 03:00:00 GMT"), here);
        for headers in [HeaderMap::new(), date("yesterday"), date("")] {
            clock.update(&headers, here + Duration::from_secs(60));
        }
        assert_eq!(clock.at(here), Some(UnixMillis::from_seconds(1_769_828_400)));
    }
}
