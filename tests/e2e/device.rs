//! What the payer holds. Chromium plays all of them, by what it says of itself and by the size and feel of its screen.

use serde_json::{Value, json};

/// A device with a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A computer with a mouse.
    Desktop,
    /// An Android smartphone.
    Phone,
    /// An iPad, which since iPadOS 13 says that it is a Mac, but has a touch screen.
    IpadThatSaysMac,
}

impl Device {
    /// Width and height in CSS pixels.
    #[must_use]
    pub const fn size(self) -> (u32, u32) {
        match self {
            Self::Desktop => (1280, 900),
            Self::Phone => (360, 800),
            Self::IpadThatSaysMac => (820, 1180),
        }
    }

    /// Chromedriver's `mobileEmulation`, if it is not simply what Chromium is.
    pub(crate) fn emulation(self) -> Option<Value> {
        let (width, height) = self.size();
        let metrics =
            |mobile| json!({"width": width, "height": height, "pixelRatio": 2.0, "touch": true, "mobile": mobile});
        match self {
            Self::Desktop => None,
            Self::Phone => Some(json!({
                "deviceMetrics": metrics(true),
                "userAgent": "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
                "clientHints": {"platform": "Android", "mobile": true},
            })),
            // Safari has no client hints; Chromium cannot leave them out, so they say what Safari's absence means.
            Self::IpadThatSaysMac => Some(json!({
                "deviceMetrics": metrics(false),
                "userAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "clientHints": {"platform": "macOS", "mobile": false},
            })),
        }
    }
}
