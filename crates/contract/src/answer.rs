//! What Midtrans says about a transaction: the answer to a charge, to get-status, cancel, expire and refund, and the
//! body of a notification share one shape and differ only in which fields are there.

use crate::{
    Action, ActionName, Currency, FraudStatus, GrossAmount, JakartaTime, OrderId, StatusCode, TransactionId,
    TransactionStatus,
    json::{Json, Unreadable, once},
};
use serde::{Deserialize, Deserializer, Serialize};

/// An answer about a transaction. Every field may be missing: who reads one says what it needs.
///
/// A field that is there but cannot be what it claims to be (an amount with sen, an id with a slash) makes the whole
/// answer unreadable. Only the three times are let go: an unreadable one counts as missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What decides, whatever the HTTP status says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<StatusCode>,
    /// For developers. Its wording has changed with every era of Midtrans: never compare it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Midtrans' record of the charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// The order, or an attempt at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Whose transaction (`G123456789`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<String>,
    /// The total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gross_amount: Option<GrossAmount>,
    /// Absent means rupiah.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// `gopay`; may turn to `qris` once the QR code was scanned. Never compare it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_type: Option<String>,
    /// When the charge was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_time: Option<JakartaTime>,
    /// Where the transaction stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_status: Option<TransactionStatus>,
    /// Whether a paid status counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraud_status: Option<FraudStatus>,
    /// When the payment was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settlement_time: Option<JakartaTime>,
    /// Until when it can be paid. One document writes `expire_time`, which is read too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<JakartaTime>,
    /// The URLs to pay at. Only in a charge's answer: whoever loses them cannot ask again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Given back so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_amount: Option<GrossAmount>,
    /// One sentence per bad field, with `status_code` 400.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub validation_messages: Vec<String>,
    /// Why GoPay refused, with `deny`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_response_code: Option<String>,
    /// The same in words, for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_response_message: Option<String>,
}

impl Answer {
    /// The URL of the action with this name, exactly as Midtrans gave it.
    #[must_use]
    pub fn action_url(&self, name: &ActionName) -> Option<&str> {
        self.actions.iter().find(|action| action.name == *name).map(|action| action.url.as_str())
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Json::deserialize(deserializer)?).map_err(Unreadable::told)
    }
}

impl Answer {
    fn read(json: Json) -> Result<Self, Unreadable> {
        let mut answer = Self::default();
        for (name, value) in json.fields("an answer")? {
            answer.read_field(&name, value)?;
        }
        Ok(answer)
    }

    fn read_field(&mut self, name: &str, value: Json) -> Result<(), Unreadable> {
        match name {
            "status_code" => once(&mut self.status_code, value.optional(name, StatusCode::parse)?, name),
            "status_message" => once(&mut self.status_message, value.optional_text(name)?, name),
            "transaction_id" => once(&mut self.transaction_id, value.optional(name, TransactionId::parse)?, name),
            "order_id" => once(&mut self.order_id, value.optional(name, OrderId::parse)?, name),
            "merchant_id" => once(&mut self.merchant_id, value.optional_text(name)?, name),
            "gross_amount" => once(&mut self.gross_amount, value.optional(name, GrossAmount::parse)?, name),
            "currency" => once(&mut self.currency, value.optional_text(name)?.map(Currency::from), name),
            "payment_type" => once(&mut self.payment_type, value.optional_text(name)?, name),
            "transaction_time" => once(&mut self.transaction_time, time(value, name)?, name),
            "transaction_status" => {
                let status = value.optional_text(name)?.map(|text| TransactionStatus::parse(&text));
                once(&mut self.transaction_status, status, name)
            }
            "fraud_status" => once(&mut self.fraud_status, value.optional_text(name)?.map(FraudStatus::from), name),
            "settlement_time" => once(&mut self.settlement_time, time(value, name)?, name),
            "expiry_time" | "expire_time" => once(&mut self.expiry_time, time(value, name)?, name),
            "actions" => value.list(name, Action::read).map(|actions| self.actions = actions),
            "refund_amount" => once(&mut self.refund_amount, value.optional(name, GrossAmount::parse)?, name),
            "validation_messages" => {
                value.list(name, |text| text.text(name)).map(|messages| self.validation_messages = messages)
            }
            "channel_response_code" => once(&mut self.channel_response_code, value.optional_text(name)?, name),
            "channel_response_message" => once(&mut self.channel_response_message, value.optional_text(name)?, name),
            _ => Ok(()),
        }
    }
}

/// A time, or nothing where it cannot be read: old accounts leave times out, and none of them decides about money.
fn time(value: Json, name: &str) -> Result<Option<JakartaTime>, Unreadable> {
    Ok(value.optional_text(name)?.and_then(|text| JakartaTime::parse(&text).ok()))
}
