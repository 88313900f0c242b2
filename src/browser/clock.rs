//! The page's monotonic clock, and the one timer of a payment.

use crate::payment::{Moment, UnixMillis};
use gloo_timers::callback::Timeout;
use gopay_contract::JakartaTime;
use wasm_bindgen::JsValue;

/// Now, on the page's monotonic clock. `performance.now()` may stand still while a device sleeps; coming back polls at once,
/// and the answer's `Date` corrects the countdown.
pub(crate) fn now() -> Moment {
    let ms = web_sys::window().and_then(|window| window.performance()).map_or_else(js_sys::Date::now, |p| p.now());
    moment(ms)
}

/// Converts a value of `performance.now()`.
pub(crate) fn moment(ms: f64) -> Moment {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since the page began, far below 2^63")]
    Moment(ms as i64)
}

/// Time of the payer's own clock: the last resort for answers without `Date`.
pub(crate) fn payers_clock() -> UnixMillis {
    unix_millis(js_sys::Date::now()).unwrap_or(UnixMillis(0))
}

/// Reads an HTTP date.
pub(crate) fn http_date(text: &str) -> Option<UnixMillis> {
    unix_millis(js_sys::Date::parse(text))
}

/// Offset from UTC of the payer's own clock at that time, in minutes.
pub(crate) fn utc_offset(time: JakartaTime) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "a date's milliseconds are below 2^53")]
    let date = js_sys::Date::new(&JsValue::from_f64(time.unix_seconds() as f64 * 1000.0));
    #[expect(clippy::cast_possible_truncation, reason = "it is at most a day")]
    let behind = date.get_timezone_offset() as i64;
    -behind
}

fn unix_millis(ms: f64) -> Option<UnixMillis> {
    #[expect(clippy::cast_possible_truncation, reason = "a date's milliseconds are below 2^53")]
    ms.is_finite().then_some(UnixMillis(ms as i64))
}

/// A timer that is cancelled when dropped.
pub(crate) struct Timer {
    /// Deadline.
    pub(crate) at: Moment,
    _timeout: Timeout,
}

impl Timer {
    /// Calls `ring` at `at`, or as soon as possible after it.
    pub(crate) fn set(at: Moment, ring: impl FnOnce() + 'static) -> Self {
        // On a blurred clock the timer may fire too early several times; at least ten milliseconds apart.
        let wait = at.since(now()).clamp(9, i64::from(i32::MAX));
        // Browsers may fire a fraction of a millisecond early: one millisecond more is certainly late enough.
        let wait = u32::try_from(wait + 1).unwrap_or(1);
        Self { at, _timeout: Timeout::new(wait, ring) }
    }
}
