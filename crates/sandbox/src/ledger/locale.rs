//! `X-Payment-Locale`: the language of GoPay's pages.

use serde::{Deserialize, Serialize};

/// The two that Midtrans knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentLocale {
    /// `id-ID`.
    #[default]
    Indonesian,
    /// `en-EN`.
    English,
}

impl PaymentLocale {
    /// Reads the header; anything but `en-EN` is Indonesian.
    #[must_use]
    pub fn read(header: Option<&str>) -> Self {
        match header {
            Some(locale) if locale.eq_ignore_ascii_case("en-EN") => Self::English,
            Some(_) | None => Self::Indonesian,
        }
    }
}
