//! What time it is at Midtrans, by the `Date` of its newest answer: whether a charge can still be paid is decided by
//! Midtrans' clock, and this machine's may be minutes ahead of it.

use crate::clock::UnixMillis;
use reqwest::header::{self, HeaderMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// Midtrans' clock, as far as it was heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct MidtransClock {
    /// By how many milliseconds Midtrans is ahead of this machine.
    ahead: Arc<Mutex<Option<i64>>>,
}

impl MidtransClock {
    /// Takes in an answer's `Date`, whole seconds, at `now` by this machine. It was written a moment ago, so Midtrans is
    /// never taken to be later than it is. Without one, or with one that cannot be read, all stays as it was.
    pub(crate) fn heard(&self, headers: &HeaderMap, now: UnixMillis) {
        let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let since_1970 = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        let seconds = since_1970.and_then(|since| i64::try_from(since.as_secs()).ok());
        if let Some(seconds) = seconds {
            let ahead = UnixMillis::from_seconds(seconds).0.saturating_sub(now.0);
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
    }

    /// The time at Midtrans while it is `now` here. `None`: it was never heard.
    pub(crate) fn at(&self, now: UnixMillis) -> Option<UnixMillis> {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        ahead.map(|ahead| UnixMillis(now.0.saturating_add(ahead)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn date(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::DATE, HeaderValue::from_static(text))])
    }

    #[test]
    fn a_machine_that_is_two_minutes_fast_takes_midtrans_time() {
        let clock = MidtransClock::default();
        let here = UnixMillis::from_seconds(1_769_828_400);
        assert_eq!(clock.at(here), None, "it was never heard");
        clock.heard(&date("Sat, 31 Jan 2026 02:58:00 GMT"), here);
        assert_eq!(clock.at(here), Some(UnixMillis::from_seconds(1_769_828_280)));
        assert_eq!(clock.at(UnixMillis(here.0 + 1500)), Some(UnixMillis(1_769_828_281_500)));
    }

    #[test]
    fn an_answer_without_a_date_that_can_be_read_changes_nothing() {
        let clock = MidtransClock::default();
        let here = UnixMillis::from_seconds(1_769_828_400);
        clock.heard(&date("Sat, 31 Jan 2026 03:00:00 GMT"), here);
        for headers in [HeaderMap::new(), date("yesterday"), date("")] {
            clock.heard(&headers, UnixMillis(0));
        }
        assert_eq!(clock.at(here), Some(here));
    }
}
