//! QR code or deeplink? From facts about the device, not from the browser itself.

use gopay_contract::holds;

/// A way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Scan the QR code with the GoPay app on another device.
    Qr,
    /// Open the GoPay app on this one.
    Deeplink,
}

impl Channel {
    /// Its name in `channel` and in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Deeplink => "deeplink",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Qr => Self::Deeplink,
            Self::Deeplink => Self::Qr,
        }
    }
}

/// What the browser tells of the device it runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `navigator.userAgent`.
    pub user_agent: String,
    /// `navigator.userAgentData.mobile`, where the browser has client hints.
    pub hinted_mobile: Option<bool>,
    /// `navigator.maxTouchPoints`.
    pub touch_points: u32,
}

impl Device {
    /// The deeplink on smartphones, the QR code on computers and tablets: the documents' own rule.
    #[must_use]
    pub fn channel(&self) -> Channel {
        if self.is_smartphone() { Channel::Deeplink } else { Channel::Qr }
    }

    fn is_smartphone(&self) -> bool {
        let says = |word: &str| holds(&self.user_agent, word);
        // Tablets say "Android" but not "Mobile"; an iPad says so itself or, since iPadOS 13, says that it is a Mac.
        // A real Mac has no touch screen, but neither pays by deeplink.
        if says("iPad") || says("Macintosh") || says("Tablet") || says("SmartTV") || says("CrOS") {
            return false;
        }
        if says("iPhone") || says("iPod") {
            return true;
        }
        if says("Android") {
            // A phone in desktop mode drops "Android" altogether, so what says Android without Mobile is a tablet or
            // a television.
            return self.hinted_mobile.unwrap_or(says("Mobile"));
        }
        self.hinted_mobile == Some(true) || (says("Mobile") && self.touch_points > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smartphones_open_the_app_and_everything_else_shows_the_qr_code() {
        const CORPUS: [(&str, Option<bool>, u32, Channel); 9] = [
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
                Some(true),
                5,
                Channel::Deeplink,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                None,
                5,
                Channel::Deeplink,
            ),
            ("Mozilla/5.0 (Android 14; Mobile; rv:139.0) Gecko/139.0 Firefox/139.0", None, 5, Channel::Deeplink),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
                Some(false),
                10,
                Channel::Qr,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                None,
                5,
                Channel::Qr,
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1",
                None,
                5,
                Channel::Qr,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
                Some(false),
                10,
                Channel::Qr,
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
                Some(false),
                10,
                Channel::Qr,
            ),
            ("", None, 0, Channel::Qr),
        ];
        for (user_agent, hinted_mobile, touch_points, channel) in CORPUS {
            let device = Device { user_agent: user_agent.to_owned(), hinted_mobile, touch_points };
            assert_eq!(device.channel(), channel, "{user_agent}");
        }
    }
}
