//! The body of `POST /v2/charge`.

use crate::{GopayOptions, GrossAmount, JakartaTime, OrderId, PaymentType};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A charge as Midtrans reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChargeRequest {
    /// Always `gopay`.
    pub payment_type: PaymentType,
    /// Which order, and how much.
    pub transaction_details: TransactionDetails,
    /// Where the app returns the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gopay: Option<GopayOptions>,
    /// What is bought. Prices times quantities must sum to `gross_amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_details: Option<Vec<ItemDetails>>,
    /// Who buys; passed through as the shop gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_details: Option<serde_json::Value>,
    /// Until when it can be paid, if not fifteen minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_expiry: Option<CustomExpiry>,
    /// Echoed in notifications and get-status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<serde_json::Value>,
    /// Echoed in notifications and get-status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_field1: Option<String>,
    /// Echoed in notifications and get-status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_field2: Option<String>,
    /// Echoed in notifications and get-status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_field3: Option<String>,
}

/// `transaction_details` of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionDetails {
    /// The shop's order, or an attempt at it. Midtrans never takes the same id twice while it is pending or paid.
    pub order_id: OrderId,
    /// The total, here a plain number of rupiah (Midtrans: Long, no decimals).
    #[serde(serialize_with = "as_number")]
    pub gross_amount: GrossAmount,
}

/// One line of `item_details`. The price may be negative: a discount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemDetails {
    /// The shop's own id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Rupiah for one.
    pub price: i64,
    /// How many, at least 1.
    pub quantity: u32,
    /// What it is called; Midtrans' own libraries cut it at 50 characters.
    pub name: String,
}

/// `custom_expiry`: how long a charge can be paid. Midtrans takes 20 seconds to 7 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomExpiry {
    /// From when the duration counts; `yyyy-MM-dd HH:mm:ss Z`. Default: the transaction's time.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "with_offset")]
    pub order_time: Option<JakartaTime>,
    /// How many units. Documented as a text, shown as a number: both are read.
    #[serde(deserialize_with = "count")]
    pub expiry_duration: u32,
    /// Of what. Default: minutes.
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
    /// How many seconds one unit has.
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

fn as_number<S: Serializer>(amount: &GrossAmount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(amount.rupiah())
}

fn with_offset<S: Serializer>(time: &Option<JakartaTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&format_args!("{time} +0700")),
        None => serializer.serialize_none(),
    }
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = crate::lenient::Text::deserialize(deserializer)?.into_string();
    text.parse().map_err(|_| serde::de::Error::custom(format_args!("expiry_duration {text:?} must be a whole number")))
}
