//! `custom_expiry`.

use super::*;
use crate::behaviour::OverSevenDays;

#[test]
fn custom_expiry_counts_from_order_time_in_its_unit() {
    let expiry_time = |custom_expiry: Value| {
        read(&body_with(&json!({"custom_expiry": custom_expiry}))).map(|charge| charge.expiry_time)
    };
    assert_eq!(expiry_time(json!({"expiry_duration": 20, "unit": "second"})), Ok(at(20)));
    assert_eq!(expiry_time(json!({"expiry_duration": "15"})), Ok(at(900)), "minutes, and a text, by default");
    assert_eq!(expiry_time(json!({"expiry_duration": 7, "unit": "day"})), Ok(at(7 * 86_400)));
    let earlier = json!({"order_time": "2026-01-31 09:59:00 +0700", "expiry_duration": 2, "unit": "minute"});
    assert_eq!(expiry_time(earlier), Ok(at(60)));
}

#[test]
fn custom_expiry_outside_20_seconds_to_7_days_is_refused_or_trimmed() {
    let with =
        |duration: i64, unit: &str| body_with(&json!({"custom_expiry": {"expiry_duration": duration, "unit": unit}}));
    assert_eq!(complaints(&with(19, "second")), ["custom_expiry is below minimum threshold"]);
    assert_eq!(complaints(&with(i64::MAX, "day")), ["custom_expiry is above maximum threshold"]);
    for (duration, unit) in [(0, "minute"), (-1, "minute"), (1, "fortnight")] {
        assert!(complaints(&with(duration, unit))[0].starts_with("custom_expiry."), "{duration} {unit}");
    }
    let trimming = Behaviour { over_seven_days: OverSevenDays::Trim, ..Behaviour::default() };
    assert_eq!(read_with(&with(8, "day"), &trimming).map(|charge| charge.expiry_time), Ok(at(7 * 86_400)));
}
