//! Computes a charge's expiry (Midtrans, "GoPay" and "custom expiry").

use crate::behaviour::OverSevenDays;
use gopay_contract::{JakartaTime, midtrans::ExpiryUnit};
use serde_json::Value;

/// Default: fifteen minutes, without `custom_expiry`.
pub const DEFAULT_LIFETIME_SECONDS: i64 = 15 * 60;
/// Shortest life, in seconds.
pub const SHORTEST_SECONDS: i64 = 20;
/// Longest life, in seconds: seven days.
pub const LONGEST_SECONDS: i64 = 7 * 24 * 60 * 60;

/// `expiry_time` of a charge made now.
pub(super) fn expiry_time(
    custom_expiry: &Value,
    now: JakartaTime,
    over_seven_days: OverSevenDays,
) -> Result<JakartaTime, Vec<String>> {
    if custom_expiry.is_null() {
        return Ok(after(now, DEFAULT_LIFETIME_SECONDS));
    }
    let mut messages = Vec::new();
    let order_time = match &custom_expiry["order_time"] {
        given if given.is_null() => now,
        given => given.as_str().and_then(|text| JakartaTime::parse(text).ok()).unwrap_or_else(|| {
            messages.push("custom_expiry.order_time must be like 2026-01-31 10:00:00 +0700".to_owned());
            now
        }),
    };
    let given = &custom_expiry["expiry_duration"];
    let duration = given.as_i64().or_else(|| given.as_str()?.parse().ok()).filter(|duration| *duration > 0);
    if duration.is_none() {
        messages.push("custom_expiry.expiry_duration must be a whole number, at least 1".to_owned());
    }
    let unit = match &custom_expiry["unit"] {
        given if given.is_null() => Some(ExpiryUnit::default()),
        given => serde_json::from_value(given.clone()).ok(),
    };
    if unit.is_none() {
        messages.push("custom_expiry.unit must be second, minute, hour or day".to_owned());
    }
    let (Some(duration), Some(unit), []) = (duration, unit, messages.as_slice()) else {
        return Err(messages);
    };
    let seconds = duration.saturating_mul(i64::try_from(unit.seconds()).unwrap_or(i64::MAX));
    let end = order_time.unix_seconds().saturating_add(seconds);
    let life = end.saturating_sub(now.unix_seconds());
    if life < SHORTEST_SECONDS {
        return Err(vec!["custom_expiry is below minimum threshold".to_owned()]);
    }
    match over_seven_days {
        OverSevenDays::Reject if life > LONGEST_SECONDS => {
            Err(vec!["custom_expiry is above maximum threshold".to_owned()])
        }
        OverSevenDays::Reject | OverSevenDays::Trim => Ok(after(now, life.min(LONGEST_SECONDS))),
    }
}

fn after(time: JakartaTime, seconds: i64) -> JakartaTime {
    JakartaTime::from_unix_seconds(time.unix_seconds() + seconds)
}
