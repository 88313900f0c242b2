//! What Midtrans says about a transaction: the answer to a charge, to get-status, cancel, expire and refund, and the
//! body of a notification share one shape and differ only in which fields are there.

use crate::{
    Action, ActionName, Currency, FraudStatus, GrossAmount, JakartaTime, OrderId, StatusCode, TransactionId,
    TransactionStatus, lenient,
};
use serde::{Deserialize, Deserializer, Serialize};

/// An answer about a transaction. Every field may be missing: who reads one says what it needs.
///
/// A field that is there but cannot be what it claims to be (an amount with sen, an id with a slash) makes the whole
/// answer unreadable. Only the three times are let go: an unreadable one counts as missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// What decides, whatever the HTTP status says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<StatusCode>,
    /// For developers. Its wording has changed with every era of Midtrans: never compare it.
    #[serde(deserialize_with = "lenient::optional_text", skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Midtrans' record of the charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// The order, or an attempt at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Whose transaction (`G123456789`).
    #[serde(deserialize_with = "lenient::optional_text", skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<String>,
    /// The total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gross_amount: Option<GrossAmount>,
    /// Absent means rupiah.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// `gopay`; may turn to `qris` once the QR code was scanned. Never compare it.
    #[serde(deserialize_with = "lenient::optional_text", skip_serializing_if = "Option::is_none")]
    pub payment_type: Option<String>,
    /// When the charge was made.
    #[serde(deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub transaction_time: Option<JakartaTime>,
    /// Where the transaction stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_status: Option<TransactionStatus>,
    /// Whether a paid status counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraud_status: Option<FraudStatus>,
    /// When the payment was made.
    #[serde(deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub settlement_time: Option<JakartaTime>,
    /// Until when it can be paid. One document writes `expire_time`.
    #[serde(alias = "expire_time", deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<JakartaTime>,
    /// The URLs to pay at. Only in a charge's answer: whoever loses them cannot ask again.
    #[serde(deserialize_with = "lenient::list", skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Given back so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_amount: Option<GrossAmount>,
    /// One sentence per bad field, with `status_code` 400.
    #[serde(deserialize_with = "lenient::list", skip_serializing_if = "Vec::is_empty")]
    pub validation_messages: Vec<String>,
    /// Why GoPay refused, with `deny`.
    #[serde(deserialize_with = "lenient::optional_text", skip_serializing_if = "Option::is_none")]
    pub channel_response_code: Option<String>,
    /// The same in words, for developers.
    #[serde(deserialize_with = "lenient::optional_text", skip_serializing_if = "Option::is_none")]
    pub channel_response_message: Option<String>,
}

impl Answer {
    /// The URL of the action with this name, exactly as Midtrans gave it.
    #[must_use]
    pub fn action_url(&self, name: &ActionName) -> Option<&str> {
        self.actions.iter().find(|action| action.name == *name).map(|action| action.url.as_str())
    }
}

/// A time, or nothing where it cannot be read: old accounts leave times out, and none of them decides about money.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JakartaTime>, D::Error> {
    Ok(lenient::optional_text(deserializer)?.and_then(|text| JakartaTime::parse(&text).ok()))
}
