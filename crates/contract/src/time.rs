//! Midtrans' times: `2019-10-08 12:41:36` is Jakarta time (UTC+7, no summer time), written without an offset. Frameworks
//! write them again as ISO 8601.
//!
//! This is the only place that knows it. The calendar arithmetic is fifteen lines of our own because a date library
//! would be a visible part of what each payer downloads, and Jakarta has had one offset since 1964.

use crate::lenient::shortened;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Jakarta is seven hours ahead of UTC.
const OFFSET_SECONDS: i64 = 7 * 3600;

/// A moment that Midtrans names, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JakartaTime {
    unix_seconds: i64,
}

/// Error: the text is no [`JakartaTime`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidJakartaTime(String);

impl fmt::Display for InvalidJakartaTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "time {:?} must be like \"2019-10-08 12:41:36\"", self.0)
    }
}

impl std::error::Error for InvalidJakartaTime {}

impl JakartaTime {
    /// Offset from UTC, in minutes.
    pub const UTC_OFFSET: i64 = OFFSET_SECONDS / 60;

    /// The moment `unix_seconds` after 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn from_unix_seconds(unix_seconds: i64) -> Self {
        Self { unix_seconds }
    }

    /// Seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.unix_seconds
    }

    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.unix_seconds * 1000
    }

    /// Reads `yyyy-MM-dd HH:mm:ss`, taken as Jakarta time, or `yyyy-MM-dd HH:mm:ss +0700` with any offset (the form of
    /// `custom_expiry.order_time`): the two forms that Midtrans takes.
    ///
    /// # Errors
    /// [`InvalidJakartaTime`] on any other shape, or on a day that no calendar has.
    pub fn parse(text: &str) -> Result<Self, InvalidJakartaTime> {
        let is_midtrans = match text.as_bytes() {
            [_, _, _, _, _, _, _, _, _, _, b' ', rest @ ..] => match rest {
                [_, _, _, _, _, _, _, _] => true,
                [_, _, _, _, _, _, _, _, b' ', b'+' | b'-', offset @ ..] => {
                    !offset.contains(&b':') && offset.len() == 4
                }
                _ => false,
            },
            _ => false,
        };
        is_midtrans.then(|| Self::parse_lenient(text)).flatten().ok_or_else(|| InvalidJakartaTime(shortened(text)))
    }

    /// Formats the time as Midtrans does: Jakarta time, no offset.
    #[must_use]
    pub fn to_text(self) -> String {
        let local = self.unix_seconds + OFFSET_SECONDS;
        let (year, month, day) = civil_from_days(local.div_euclid(86_400));
        let second = local.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let mut text = String::new();
        for (separator, number) in
            [("", year / 100), ("", year % 100), ("-", month), ("-", day), (" ", hour), (":", minute), (":", second)]
        {
            text.push_str(separator);
            if number < 10 {
                text.push('0');
            }
            text.push_str(&number.to_string());
        }
        text
    }

    /// Reads a time of Midtrans' as frameworks write it again: also ISO 8601, with or without seconds, a fraction and an
    /// offset, and Unix time in seconds or milliseconds. Without an offset it is Jakarta time.
    #[must_use]
    pub fn parse_lenient(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        // Of these lengths from 2001 to 2286.
        match (number(text), text.len()) {
            (Some(unix_seconds), 10) => return Some(Self { unix_seconds }),
            (Some(unix_millis), 13) => return Some(Self { unix_seconds: unix_millis / 1000 }),
            (Some(_) | None, _) => {}
        }
        let (local, mut rest) = text.split_at_checked(16)?;
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':')];
        if !separators.iter().all(|(at, separator)| local[*at] == *separator || (*at == 10 && local[10] == b' ')) {
            return None;
        }
        let (year, month, day) = (number(&local[..4])?, number(&local[5..7])?, number(&local[8..10])?);
        let (hour, minute) = (number(&local[11..13])?, number(&local[14..16])?);
        let mut second = 0;
        if let [b':', tens, ones, after @ ..] = rest {
            second = number(&[*tens, *ones])?;
            rest = after;
            if let [b'.', fraction @ ..] = rest {
                let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
                rest = fraction.get(digits..).filter(|_| digits > 0)?;
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_from_civil(year, month, day);
        if civil_from_days(days) != (year, month, day) {
            return None;
        }
        let offset = read_offset(rest)?;
        Some(Self { unix_seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset })
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0_i64, |n, b| n.checked_mul(10)?.checked_add(b.is_ascii_digit().then(|| i64::from(b - b'0'))?))
}

/// Reads the offset behind the time of day (`+0700`, ` +07:00`, `Z`, or nothing for Jakarta) as seconds ahead of UTC.
fn read_offset(text: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match text {
        [] => return Some(OFFSET_SECONDS),
        b"Z" | b" UTC" => return Some(0),
        [b' ', rest @ ..] if !rest.is_empty() => return read_offset(rest),
        [sign, hours @ ..] if hours.len() == 2 => (sign, hours, &b"00"[..]),
        [sign, hours @ .., b':', _, _] if hours.len() == 2 => (sign, hours, &text[4..]),
        [sign, digits @ ..] if digits.len() == 4 => (sign, &digits[..2], &digits[2..]),
        _ => return None,
    };
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 14 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// Formats the time as Midtrans does: Jakarta time, no offset.
impl fmt::Display for JakartaTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl Serialize for JakartaTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for JakartaTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_offset_is_jakarta_time() {
        let time = JakartaTime::parse("2019-10-08 12:41:36").expect("the documents' own");
        assert_eq!(time.unix_seconds(), 1_570_513_296, "05:41:36 UTC");
        assert_eq!(time.to_string(), "2019-10-08 12:41:36");
    }

    #[test]
    fn an_offset_is_honoured_where_midtrans_writes_one() {
        let jakarta = JakartaTime::parse("2026-01-31 10:00:00 +0700").expect("valid");
        let utc = JakartaTime::parse("2026-01-31 03:00:00 +0000").expect("valid");
        assert_eq!(jakarta, utc);
        assert_eq!(utc.to_string(), "2026-01-31 10:00:00");
    }

    #[test]
    fn frameworks_write_the_same_moment_in_many_ways() {
        for text in [
            "2026-01-31 10:15:00",
            "2026-01-31T10:15:00",
            "2026-01-31T03:15:00Z",
            "2026-01-31T03:15:00.000000Z",
            "2026-01-31T10:15:00+07:00",
            "2026-01-31 10:15:00+07",
            "2026-01-31 03:15:00 UTC",
            "1769829300",
            "1769829300000",
        ] {
            assert_eq!(JakartaTime::parse_lenient(text).map(JakartaTime::unix_seconds), Some(1_769_829_300), "{text}");
        }
        for text in ["", "1769829", "17698293000", "99999999999999999999", "besok", "31/01/2026 10:15", "10:15"] {
            assert_eq!(JakartaTime::parse_lenient(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_written_and_read_back() {
        let start = days_from_civil(1970, 1, 1);
        assert_eq!(start, 0);
        for day in 0..146_097 {
            let time = JakartaTime::from_unix_seconds(day * 86_400 + day % 86_400);
            assert_eq!(JakartaTime::parse(&time.to_string()), Ok(time));
        }
        assert_eq!(days_from_civil(2000, 2, 29) + 1, days_from_civil(2000, 3, 1));
    }

    #[test]
    fn a_day_that_no_calendar_has_is_refused() {
        for text in [
            "2026-02-29 00:00:00",
            "2026-13-01 00:00:00",
            "2026-00-10 00:00:00",
            "2026-01-31 24:00:00",
            "2026-01-31T10:00:00",
            "2026-01-31",
            "",
            "2026-01-31 10:00:00 +07:0",
            "２０26-01-31 10:00:",
        ] {
            assert!(JakartaTime::parse(text).is_err(), "{text}");
        }
    }
}
