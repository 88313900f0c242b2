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
        // First whatever is written as a text, then what it says: the names stand here twice, and the reading of them
        // once for each type instead of once for each field.
        let text = match name {
            "actions" => return value.list(name, Action::read).map(|actions| self.actions = actions),
            "validation_messages" => {
                return value.list(name, |text| text.text(name)).map(|messages| self.validation_messages = messages);
            }
            "status_code"
            | "status_message"
            | "transaction_id"
            | "order_id"
            | "merchant_id"
            | "gross_amount"
            | "currency"
            | "payment_type"
            | "transaction_time"
            | "transaction_status"
            | "fraud_status"
            | "settlement_time"
            | "expiry_time"
            | "expire_time"
            | "refund_amount"
            | "channel_response_code"
            | "channel_response_message" => value.optional_text(name)?,
            _ => return Ok(()),
        };
        let Some(text) = text else { return Ok(()) };
        match name {
            "status_code" => once(&mut self.status_code, parsed(StatusCode::parse(&text))?, name),
            "transaction_id" => once(&mut self.transaction_id, parsed(TransactionId::parse(&text))?, name),
            "order_id" => once(&mut self.order_id, parsed(OrderId::parse(&text))?, name),
            "gross_amount" => once(&mut self.gross_amount, parsed(GrossAmount::parse(&text))?, name),
            "refund_amount" => once(&mut self.refund_amount, parsed(GrossAmount::parse(&text))?, name),
            "currency" => once(&mut self.currency, Some(text.into()), name),
            "transaction_status" => once(&mut self.transaction_status, Some(TransactionStatus::parse(&text)), name),
            "fraud_status" => once(&mut self.fraud_status, Some(text.into()), name),
            "transaction_time" => once(&mut self.transaction_time, time(&text), name),
            "settlement_time" => once(&mut self.settlement_time, time(&text), name),
            "expiry_time" | "expire_time" => once(&mut self.expiry_time, time(&text), name),
            "status_message" => once(&mut self.status_message, Some(text), name),
            "merchant_id" => once(&mut self.merchant_id, Some(text), name),
            "payment_type" => once(&mut self.payment_type, Some(text), name),
            "channel_response_code" => once(&mut self.channel_response_code, Some(text), name),
            _ => once(&mut self.channel_response_message, Some(text), name),
        }
    }
}

fn parsed<T, E: std::fmt::Display>(parsed: Result<T, E>) -> Result<Option<T>, Unreadable> {
    parsed.map(Some).map_err(|why| Unreadable::because(|| why.to_string()))
}

/// A time, or nothing where it cannot be read: old accounts leave times out, and none of them decides about money.
fn time(text: &str) -> Option<JakartaTime> {
    JakartaTime::parse(text).ok()
}
