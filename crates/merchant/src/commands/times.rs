//! Times as commands print them: in Jakarta's time, which Midtrans' dashboard shows, and in UTC, which the log has.

use crate::clock::UnixMillis;
use gopay_contract::JakartaTime;
use serde::Serialize;

/// Jakarta is so many seconds ahead of UTC.
const JAKARTA_AHEAD: i64 = 7 * 3600;

/// A time in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Moment {
    wib: String,
    utc: String,
}

impl Moment {
    /// The time that is stored; `None` where a zero stands for never.
    pub(super) fn of(at: UnixMillis) -> Option<Self> {
        (at.0 != 0).then(|| {
            let (wib, utc) = both(at);
            Self { wib: format!("{}+07:00", wib.replace(' ', "T")), utc: format!("{}Z", utc.replace(' ', "T")) }
        })
    }

    /// A time of Midtrans'.
    pub(super) fn at_midtrans(at: JakartaTime) -> Option<Self> {
        Self::of(UnixMillis::from_seconds(at.unix_seconds()))
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let plain = |text: &str, end: &str| text.trim_end_matches(end).replace('T', " ");
        format!("{} WIB ({} UTC)", plain(&self.wib, "+07:00"), plain(&self.utc, "Z"))
    }
}

/// For people.
pub(super) fn text(at: UnixMillis) -> String {
    Moment::of(at).map_or_else(|| "never".to_owned(), |at| at.text())
}

fn both(at: UnixMillis) -> (String, String) {
    let wib = JakartaTime::from_unix_seconds(at.seconds());
    // UTC is what a clock in Jakarta showed seven hours ago.
    let utc = JakartaTime::from_unix_seconds(at.seconds() - JAKARTA_AHEAD);
    (wib.to_text(), utc.to_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_jakarta_and_in_utc_also_around_midnight() {
        let at = UnixMillis(1_769_828_400_123);
        assert_eq!(text(at), "2026-01-31 10:00:00 WIB (2026-01-31 03:00:00 UTC)");
        let at = UnixMillis(1_769_828_400_000 - 4 * 3_600_000);
        assert_eq!(text(at), "2026-01-31 06:00:00 WIB (2026-01-30 23:00:00 UTC)");
        let json = serde_json::to_value(Moment::of(at)).expect("JSON");
        assert_eq!(json, serde_json::json!({"wib": "2026-01-31T06:00:00+07:00", "utc": "2026-01-30T23:00:00Z"}));
        assert_eq!(Moment::of(UnixMillis(0)), None);
    }
}
