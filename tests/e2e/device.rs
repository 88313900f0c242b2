//! Devices that the engines emulate, by user agent, window size and touch points: see `engine/`.

/// An emulated device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A computer with a mouse.
    Desktop,
    /// A smartphone: with Android, or in WebKit an iPhone.
    Phone,
    /// The same, in the browser that the Instagram app brings along.
    PhoneInInstagram,
    /// An iPad, which since iPadOS 13 says that it is a Mac, but has a touch screen.
    IpadThatSaysMac,
}

impl Device {
    /// Width and height in CSS pixels. Only Chromium has windows as narrow as a phone's; the others take their narrowest.
    #[must_use]
    pub const fn size(self) -> (u32, u32) {
        match self {
            Self::Desktop => (1280, 900),
            Self::Phone | Self::PhoneInInstagram => (360, 800),
            Self::IpadThatSaysMac => (820, 1180),
        }
    }
}
