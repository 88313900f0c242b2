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
    /// Reads an answer, or nothing where it is none. As [`Deserialize`] does, but without words for what is wrong with
    /// it, and without the code that makes them.
    pub fn read_quietly<'de, D: Deserializer<'de>>(deserializer: D) -> Option<Self> {
        Json::deserialize(deserializer).ok().and_then(|json| Self::read(json).ok())
    }

    fn read(json: Json) -> Result<Self, Unreadable> {
        let mut answer = Self::default();
        for (name, value) in json.fields("an answer")? {
            answer.read_field(&name, value)?;
        }
        Ok(answer)
    }

    fn read_field(&mut self, name: &str, value: Json) -> Result<(), Unreadable> {
        match name {
            "actions" => value.list(name, Action::read).map(|actions| self.actions = actions),
            "validation_messages" => {
                value.list(name, |text| text.text(name)).map(|messages| self.validation_messages = messages)
            }
            _ => match FIELDS.iter().find(|(known, _)| *known == name) {
                Some((_, read)) => match value.optional_text(name)? {
                    Some(text) => read(self, text, name),
                    None => Ok(()),
                },
                None => Ok(()),
            },
        }
    }
}

/// Reads a field that is written as a text.
type Read = fn(&mut Answer, String, &str) -> Result<(), Unreadable>;

/// Every such field and its reader. A table, because a comparison for each name was half a kilobyte of the browser's build.
const FIELDS: [(&str, Read); 17] = [
    ("status_code", |answer, text, name| put(&mut answer.status_code, StatusCode::parse(&text), name)),
    ("status_message", |answer, text, name| once(&mut answer.status_message, Some(text), name)),
    ("transaction_id", |answer, text, name| put(&mut answer.transaction_id, TransactionId::parse(&text), name)),
    ("order_id", |answer, text, name| put(&mut answer.order_id, OrderId::parse(&text), name)),
    ("merchant_id", |answer, text, name| once(&mut answer.merchant_id, Some(text), name)),
    ("gross_amount", |answer, text, name| put(&mut answer.gross_amount, GrossAmount::parse(&text), name)),
    ("currency", |answer, text, name| once(&mut answer.currency, Some(text.into()), name)),
    ("payment_type", |answer, text, name| once(&mut answer.payment_type, Some(text), name)),
    ("transaction_time", |answer, text, name| once(&mut answer.transaction_time, time(&text), name)),
    ("transaction_status", |answer, text, name| {
        once(&mut answer.transaction_status, Some(TransactionStatus::parse(&text)), name)
    }),
    ("fraud_status", |answer, text, name| once(&mut answer.fraud_status, Some(text.into()), name)),
    ("settlement_time", |answer, text, name| once(&mut answer.settlement_time, time(&text), name)),
    ("expiry_time", |answer, text, name| once(&mut answer.expiry_time, time(&text), name)),
    ("expire_time", |answer, text, name| once(&mut answer.expiry_time, time(&text), name)),
    ("refund_amount", |answer, text, name| put(&mut answer.refund_amount, GrossAmount::parse(&text), name)),
    ("channel_response_code", |answer, text, name| once(&mut answer.channel_response_code, Some(text), name)),
    ("channel_response_message", |answer, text, name| once(&mut answer.channel_response_message, Some(text), name)),
];

fn put<T, E: std::fmt::Display>(field: &mut Option<T>, parsed: Result<T, E>, name: &str) -> Result<(), Unreadable> {
    match parsed {
        Ok(value) => once(field, Some(value), name),
        Err(why) => Err(Unreadable::because(|| why.to_string())),
    }
}

/// A time, or nothing where it cannot be read: old accounts leave times out, and none of them decides about money.
fn time(text: &str) -> Option<JakartaTime> {
    JakartaTime::parse(text).ok()
}
