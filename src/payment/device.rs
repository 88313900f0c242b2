//! Device detection: QR code or deeplink, from facts about the device.

use gopay_contract::contains;

/// Way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Scan the QR code with the GoPay app on another device.
    Qr,
    /// Open the GoPay app on this one.
    Deeplink,
}

impl Channel {
    /// The value of the attribute `channel`, and in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Deeplink => "deeplink",
        }
    }

    /// The way to pay that is shown where this one is chosen: this one, or the only one that there is.
    #[must_use]
    pub const fn among(self, has_qr: bool, has_deeplink: bool) -> Self {
        match (self, has_qr, has_deeplink) {
            (Self::Qr, false, true) => Self::Deeplink,
            (Self::Deeplink, true, false) => Self::Qr,
            (Self::Qr | Self::Deeplink, _, _) => self,
        }
    }

    /// The other way to pay.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Qr => Self::Deeplink,
            Self::Deeplink => Self::Qr,
        }
    }
}

/// Facts about the device, as the browser reports them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `navigator.userAgent`.
    pub user_agent: String,
    /// `navigator.userAgentData.mobile`, where the browser has client hints.
    pub hinted_mobile: Option<bool>,
    /// `navigator.userAgentData.platform`, or empty.
    pub hinted_platform: String,
    /// `navigator.platform`, or empty.
    pub platform: String,
    /// `navigator.maxTouchPoints`.
    pub touch_points: u32,
    /// The shorter side of `screen`, in CSS pixels; 0 if unknown.
    pub shorter_side: u32,
}

/// Parts of user agents that are no smartphones: an old iPad, a computer or a Windows phone (GoPay has no app for either),
/// a Chromebook, a Fire tablet, a headset.
pub(crate) const NO_SMARTPHONE: [&str; 5] = ["iPad", "Windows", "CrOS", "Silk/", "VR Safari"];

/// Shorter side from which a screen is a tablet's: Android's own limit (`sw600dp`), in CSS pixels. Every iPhone is below it,
/// every iPad above.
pub(crate) const TABLET_SIDE: u32 = 600;

impl Device {
    /// The way to pay that is shown first: the deeplink on smartphones, the QR code on computers, tablets and televisions
    /// (Midtrans' own rule). In doubt the QR code; the payer can always switch.
    ///
    /// A smartphone in desktop mode is a smartphone: the app is on it, and no phone scans a code on its own screen. The corpus
    /// in `tests/devices/` has one row for each kind of device.
    #[must_use]
    pub fn channel(&self) -> Channel {
        if self.is_smartphone() { Channel::Deeplink } else { Channel::Qr }
    }

    fn is_smartphone(&self) -> bool {
        let says = |word: &str| contains(&self.user_agent, word);
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
        // A tablet, a computer with a touch screen, an unfolded phone; or a phone in desktop mode, which has a small screen.
        // In desktop mode an iPhone says that it is a Mac, an Android phone that it is a Linux computer. What desktop mode
        // does not change tells a phone from such a computer: the processor, or the hinted platform.
        let is_small = (1..TABLET_SIDE).contains(&self.shorter_side);
        is_small && (!says("X11") || self.runs_android())
    }

    /// Returns whether a device whose user agent says Linux runs Android, which runs on ARM: "Linux armv81" (so spelled), "Linux
    /// aarch64".
    fn runs_android(&self) -> bool {
        self.hinted_platform == "Android" || ["arm", "aarch"].into_iter().any(|word| contains(&self.platform, word))
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
