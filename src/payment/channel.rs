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
    /// `navigator.userAgentData.platform`, or nothing.
    pub hinted_platform: String,
    /// `navigator.platform`, or nothing.
    pub platform: String,
    /// `navigator.maxTouchPoints`.
    pub touch_points: u32,
    /// The shorter side of `screen`, in CSS pixels; 0 where it is not known.
    pub shorter_side: u32,
}

/// Whoever says one of these is no smartphone, whatever else it says: an old iPad, a computer or a Windows phone (GoPay
/// has no app for either), a Chromebook, a Fire tablet, a headset.
const NO_SMARTPHONE: [&str; 5] = ["iPad", "Windows", "CrOS", "Silk/", "VR Safari"];

/// Android's own border between phones and tablets (`sw600dp`): the shorter side in density-independent pixels, which
/// are CSS pixels. Every iPhone is below it, every iPad above.
const TABLET_SIDE: u32 = 600;

impl Device {
    /// The deeplink on smartphones, the QR code on computers, tablets and televisions: the documents' own rule. Where
    /// nothing tells them apart it is the QR code; the payer can always switch.
    ///
    /// A smartphone in desktop mode stays a smartphone. Its owner asked for another layout, not for another wallet: the
    /// app is on it, and no phone scans a code on its own screen. The corpus in `tests/devices/` has one row for each
    /// kind of device.
    #[must_use]
    pub fn channel(&self) -> Channel {
        if self.is_smartphone() { Channel::Deeplink } else { Channel::Qr }
    }

    fn is_smartphone(&self) -> bool {
        let says = |word: &str| holds(&self.user_agent, word);
        if NO_SMARTPHONE.into_iter().any(says) {
            return false;
        }
        // iPhones before iOS 13 do not count their touch points.
        if says("iPhone") {
            return true;
        }
        // Televisions say "Mobile" too, and so do phones with keys, which have no GoPay app.
        if self.touch_points == 0 {
            return false;
        }
        // An iPad that says it is a Mac may say "Mobile" as well, inside of apps.
        if self.hinted_mobile.unwrap_or_else(|| says("Mobile") && !says("Macintosh")) {
            return true;
        }
        // A tablet, a computer that can be touched, an unfolded phone: or a phone in desktop mode, which a small screen
        // betrays. An iPhone then says that it is a Mac, an Android phone that it is a Linux computer. Small screens of
        // such computers are told from it by what desktop mode leaves alone: the processor, or the hinted platform.
        let is_small = (1..TABLET_SIDE).contains(&self.shorter_side);
        is_small && (!says("X11") || self.runs_android())
    }

    /// Under a user agent that says Linux. Android runs on ARM: "Linux armv81" (so spelled), "Linux aarch64".
    fn runs_android(&self) -> bool {
        self.hinted_platform == "Android" || ["arm", "aarch"].into_iter().any(|word| holds(&self.platform, word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_says_nothing_shows_the_qr_code() {
        assert_eq!(Device::default().channel(), Channel::Qr);
    }

    #[test]
    fn the_hint_is_believed_before_the_user_agent() {
        let user_agent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0";
        let hinted = |mobile| {
            let user_agent = user_agent.to_owned();
            Device { user_agent, hinted_mobile: Some(mobile), touch_points: 5, shorter_side: 800, ..Device::default() }
        };
        assert_eq!(hinted(true).channel(), Channel::Deeplink);
        assert_eq!(hinted(false).channel(), Channel::Qr);
    }

    #[test]
    fn a_screen_at_the_border_is_a_tablet() {
        let mac = |shorter_side| Device {
            user_agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15".to_owned(),
            touch_points: 5,
            shorter_side,
            ..Device::default()
        };
        assert_eq!(mac(TABLET_SIDE - 1).channel(), Channel::Deeplink);
        assert_eq!(mac(TABLET_SIDE).channel(), Channel::Qr);
        assert_eq!(mac(0).channel(), Channel::Qr, "not known is no small screen");
    }
}
