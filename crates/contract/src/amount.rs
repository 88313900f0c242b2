//! `gross_amount` and its currency.

use crate::json::deserialize_text;
use crate::lenient::{shortened, split_once_ascii};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// A total in whole rupiah, at least Rp1. Midtrans writes it as the text `"44000.00"` and wants it as a plain number in
/// a charge request (`gross_amount` of `midtrans::ChargeRequest`, feature `midtrans`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = r"^[1-9][0-9]{0,11}\.00$", example = "44000.00"))]
pub struct GrossAmount(u64);

/// Error: the text is no [`GrossAmount`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidGrossAmount(String);

impl fmt::Display for InvalidGrossAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gross_amount {:?} must be whole rupiah, at least 1, like 44000 or \"44000.00\"", self.0)
    }
}

impl std::error::Error for InvalidGrossAmount {}

impl GrossAmount {
    /// Rp999.999.999.999: far above what any GoPay payment may be (Rp20.000.000), and exact in every number type on the
    /// way, JavaScript's included.
    pub const MAX: u64 = 999_999_999_999;

    /// `rupiah`, if it is at least 1 and at most [`Self::MAX`].
    #[must_use]
    pub const fn from_rupiah(rupiah: u64) -> Option<Self> {
        if rupiah >= 1 && rupiah <= Self::MAX { Some(Self(rupiah)) } else { None }
    }

    /// Whole rupiah.
    #[must_use]
    pub const fn rupiah(self) -> u64 {
        self.0
    }

    /// Reads `44000`, `44000.00` or `44000.0000` (a decimal of a database): digits, then a fraction of zeros. Three zeros are
    /// refused: `44.000` is forty-four thousand in Indonesia.
    ///
    /// # Errors
    /// [`InvalidGrossAmount`] on anything else. Sen are refused and not rounded: there are none in a GoPay payment.
    pub fn parse(text: &str) -> Result<Self, InvalidGrossAmount> {
        let (whole, fraction) = split_once_ascii(text, b'.').unwrap_or((text, "00"));
        let digits =
            |t: &str| !t.is_empty() && t.len() <= 15 && !t.starts_with('0') && t.bytes().all(|b| b.is_ascii_digit());
        let is_zero = matches!(fraction.len(), 1 | 2 | 4..=15) && fraction.bytes().all(|b| b == b'0');
        let readable = digits(whole) && is_zero;
        readable
            .then(|| whole.parse().ok().and_then(Self::from_rupiah))
            .flatten()
            .ok_or_else(|| InvalidGrossAmount(shortened(text)))
    }

    /// Formats the amount as Midtrans does: `44000.00`.
    #[must_use]
    pub fn to_wire_text(self) -> String {
        [&self.0.to_string(), ".00"].concat()
    }

    /// Formats the amount as in Indonesian text: `Rp44.000`.
    #[must_use]
    pub fn to_rupiah_text(self) -> String {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(digits.len() + 6);
        text.push_str("Rp");
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                text.push('.');
            }
            text.push(digit);
        }
        text
    }
}

/// Formats the amount as Midtrans does: `44000.00`.
impl fmt::Display for GrossAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.00", self.0)
    }
}

impl Serialize for GrossAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

deserialize_text!(GrossAmount, "gross_amount", GrossAmount::parse);

/// The `currency` of an answer. GoPay knows one; another is kept only so that it can be refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Currency {
    /// Rupiah.
    Idr,
    /// Any other: never paid, never shown.
    Other(String),
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Currency::Idr => "IDR",
            Currency::Other(text) => text,
        })
    }
}

impl From<String> for Currency {
    fn from(text: String) -> Self {
        if text.eq_ignore_ascii_case("IDR") { Self::Idr } else { Self::Other(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_midtrans_writes_an_amount_is_the_same_amount() {
        for json in ["\"44000.00\"", "\"44000\"", "44000", "44000.0", "\"44000.0\""] {
            let amount: GrossAmount = serde_json::from_str(json).expect(json);
            assert_eq!(amount.rupiah(), 44_000, "{json}");
            assert_eq!(serde_json::to_string(&amount).expect("writes"), "\"44000.00\"");
        }
    }

    #[test]
    fn an_amount_with_sen_or_none_at_all_is_refused() {
        for json in [
            "39.10",
            "\"39.10\"",
            "0",
            "\"0.00\"",
            "-1",
            "\"1e3\"",
            "\"\"",
            "\"44.000\"",
            "\"044000\"",
            "\"Rp1\"",
            "1000000000000",
        ] {
            assert!(serde_json::from_str::<GrossAmount>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_payer_reads_dots_between_thousands() {
        for (rupiah, text) in [(1, "Rp1"), (999, "Rp999"), (44_000, "Rp44.000"), (20_000_000, "Rp20.000.000")] {
            assert_eq!(GrossAmount::from_rupiah(rupiah).map(GrossAmount::to_rupiah_text), Some(text.to_owned()));
        }
    }
}
