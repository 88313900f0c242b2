//! `custom_expiry`: the time to pay a charge.

use crate::JakartaTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;

/// The time to pay a charge. Midtrans takes 20 seconds to 7 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomExpiry {
    /// Start of the duration; `yyyy-MM-dd HH:mm:ss Z`. Default: the transaction's time.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "with_offset")]
    pub order_time: Option<JakartaTime>,
    /// Number of units. Documented as a text, shown as a number: both are read.
    #[serde(deserialize_with = "count")]
    pub expiry_duration: u32,
    /// The unit. Default: minutes.
    #[serde(default)]
    pub unit: ExpiryUnit,
}

/// The unit of `expiry_duration`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpiryUnit {
    /// Seconds.
    Second,
    /// Minutes.
    #[default]
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
}

impl ExpiryUnit {
    /// Seconds in one unit.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }
}

/// A life that Midtrans does not take, and the nearest one that it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClampedExpiry {
    /// The requested lifetime in seconds from the charge on. Negative: it was over before.
    pub asked_seconds: i64,
    /// The sent lifetime in seconds from the charge on.
    pub sent_seconds: u32,
}

impl CustomExpiry {
    /// Shortest life of a charge (Midtrans, "GoPay" and "custom expiry").
    pub const SHORTEST: Duration = Duration::from_secs(20);
    /// Longest life of a charge.
    pub const LONGEST: Duration = Duration::from_secs(7 * 86_400);
    /// Below this, a life is counted from the transaction's own time: two clocks may disagree, and the request takes time.
    const NEAR_THE_SHORTEST: i64 = 60;

    /// An expiry this long after the charge, in whole seconds.
    #[must_use]
    pub fn of(life: Duration) -> Self {
        let expiry_duration = u32::try_from(life.as_secs()).unwrap_or(u32::MAX);
        Self { order_time: None, expiry_duration, unit: ExpiryUnit::Second }
    }

    /// The lifetime in seconds of a charge that is made `now`. Negative: it would be over before.
    #[must_use]
    pub fn life_from(&self, now: JakartaTime) -> i64 {
        let seconds = u64::from(self.expiry_duration) * self.unit.seconds();
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let elapsed = self.order_time.map_or(0, |order_time| now.unix_seconds() - order_time.unix_seconds());
        seconds.saturating_sub(elapsed)
    }

    /// The expiry to send with a charge that is made `now`: within what Midtrans takes, [`Self::SHORTEST`] to
    /// [`Self::LONGEST`]. Returns the change too, if there was one.
    #[must_use]
    pub fn clamped(&self, now: JakartaTime) -> (Self, Option<ClampedExpiry>) {
        let asked_seconds = self.life_from(now);
        let seconds = |life: Duration| i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
        let sent = asked_seconds.clamp(seconds(Self::SHORTEST), seconds(Self::LONGEST));
        let is_near = self.order_time.is_some() && sent < Self::NEAR_THE_SHORTEST;
        if sent == asked_seconds && !is_near {
            return (self.clone(), None);
        }
        let sent_seconds = u32::try_from(sent).unwrap_or(u32::MAX);
        let changed = ClampedExpiry { asked_seconds, sent_seconds };
        let sent_expiry = Self { order_time: None, expiry_duration: sent_seconds, unit: ExpiryUnit::Second };
        (sent_expiry, (sent != asked_seconds).then_some(changed))
    }
}

fn with_offset<S: Serializer>(time: &Option<JakartaTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&format_args!("{time} +0700")),
        None => serializer.serialize_none(),
    }
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = crate::json::text(deserializer, "expiry_duration")?;
    text.parse().map_err(|_| serde::de::Error::custom(format_args!("expiry_duration {text:?} must be a whole number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> JakartaTime {
        JakartaTime::parse(text).expect("a time")
    }

    fn expiry(order_time: Option<&str>, expiry_duration: u32, unit: ExpiryUnit) -> CustomExpiry {
        CustomExpiry { order_time: order_time.map(at), expiry_duration, unit }
    }

    const NOW: &str = "2026-01-31 10:00:00";

    #[test]
    fn a_life_that_midtrans_takes_is_sent_as_the_shop_wrote_it() {
        for asked in [
            expiry(None, 20, ExpiryUnit::Second),
            expiry(None, 15, ExpiryUnit::Minute),
            expiry(None, 7, ExpiryUnit::Day),
            expiry(Some("2026-01-31 09:50:00"), 15, ExpiryUnit::Minute),
        ] {
            assert_eq!(asked.clamped(at(NOW)), (asked.clone(), None));
        }
    }

    #[test]
    fn a_life_outside_twenty_seconds_to_seven_days_becomes_the_nearest_inside() {
        for (asked, asked_seconds, sent_seconds) in [
            (expiry(None, 19, ExpiryUnit::Second), 19, 20),
            (expiry(None, 0, ExpiryUnit::Minute), 0, 20),
            (expiry(None, 8, ExpiryUnit::Day), 691_200, 604_800),
            (expiry(None, u32::MAX, ExpiryUnit::Day), 371_085_174_288_000, 604_800),
            (expiry(Some("2026-01-31 09:00:00"), 15, ExpiryUnit::Minute), -2700, 20),
            (expiry(Some("2026-02-06 10:00:00"), 2, ExpiryUnit::Day), 691_200, 604_800),
        ] {
            let (sent, clamped) = asked.clamped(at(NOW));
            assert_eq!(sent, expiry(None, sent_seconds, ExpiryUnit::Second), "{asked:?}");
            assert_eq!(clamped, Some(ClampedExpiry { asked_seconds, sent_seconds }), "{asked:?}");
        }
    }

    #[test]
    fn the_last_seconds_before_a_deadline_are_counted_by_midtrans_own_clock() {
        let asked = expiry(Some("2026-01-31 09:45:30"), 15, ExpiryUnit::Minute);
        assert_eq!(asked.clamped(at(NOW)), (expiry(None, 30, ExpiryUnit::Second), None));
    }

    #[test]
    fn an_order_time_is_written_in_jakarta_time_with_its_offset() {
        let written = serde_json::to_value(expiry(Some("2026-01-31 03:00:00 +0000"), 15, ExpiryUnit::Minute));
        let expected = r#"{"order_time":"2026-01-31 10:00:00 +0700","expiry_duration":15,"unit":"minute"}"#;
        assert_eq!(written.expect("JSON"), serde_json::from_str::<serde_json::Value>(expected).expect("JSON"));
    }
}
