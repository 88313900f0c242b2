//! Midtrans' answers about a transaction. The answer to a charge, to get-status, cancel, expire and refund, and the
//! body of a notification share one shape and differ only in which fields are there.

use crate::{
    Action, ActionName, Currency, FraudStatus, GrossAmount, JakartaTime, OrderId, StatusCode, TransactionId,
    TransactionStatus,
    json::{Json, Unreadable, set_once},
};
use serde::{Deserialize, Deserializer, Serialize};

/// An answer about a transaction. Every field may be missing: who reads one says what it needs.
///
/// An empty text, `null` and absence are one thing, and so are an amount of zero and none. A field that decides about
/// money and cannot be what it claims to be (an amount with sen, an id with a slash) makes the whole answer unreadable.
/// One that decides nothing, like a time, counts as missing then; an action or a sentence costs itself alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields),
    schema(
        description = "The status of a payment, in Midtrans' own words: the answer to a charge, a status request and a \
        cancel, and the `data` of a pushed status. Only `status_code` 2xx and 407 (`expire`) tell of a transaction."
    )
)]
pub struct Answer {
    /// The status code of the answer. It decides, whatever the HTTP status says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = StatusCode, required = true))]
    pub status_code: Option<StatusCode>,
    /// A sentence for developers. Its wording has changed with every era of Midtrans: never compare it. A merchant's
    /// own `message`, or RFC 9457's `title` and `detail`, stand for it where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Midtrans' record of the charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = TransactionId, required = true))]
    pub transaction_id: Option<TransactionId>,
    /// The order, or an attempt at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = OrderId, required = true))]
    pub order_id: Option<OrderId>,
    /// The merchant's id at Midtrans (`G123456789`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<String>,
    /// The total.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = GrossAmount, required = true))]
    pub gross_amount: Option<GrossAmount>,
    /// Absent means rupiah.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// `gopay`; may turn to `qris` once the QR code was scanned. Never compare it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_type: Option<String>,
    /// Time of the charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_time: Option<JakartaTime>,
    /// The transaction's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = TransactionStatus, required = true))]
    pub transaction_status: Option<TransactionStatus>,
    /// The verdict of fraud detection: decides whether a paid status counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraud_status: Option<FraudStatus>,
    /// Time of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settlement_time: Option<JakartaTime>,
    /// The end of the time to pay. One document writes `expire_time`, which is read where this one is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<JakartaTime>,
    /// True if there is an `expiry_time` that cannot be read: the charge expires, at an unknown time.
    #[serde(skip)]
    pub is_expiry_unreadable: bool,
    /// The URLs to pay at. Only in a charge's answer: Midtrans does not repeat them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub actions: Vec<Action>,
    /// Given back so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_amount: Option<GrossAmount>,
    /// One sentence per bad field, with `status_code` 400.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub validation_messages: Vec<String>,
    /// GoPay's reason for a refusal, with `deny`.
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
        Self::read(Json::deserialize(deserializer)?).map_err(Unreadable::into_serde)
    }
}

impl Answer {
    /// Reads an answer, or names the field that cannot be read; `None` where it is no JSON. Like [`Deserialize`], but
    /// without an error text, and without the code that makes one.
    pub fn read_without_reason<'de, D: Deserializer<'de>>(deserializer: D) -> Option<Result<Self, &'static str>> {
        let json = Json::deserialize(deserializer).ok()?;
        Some(Self::read(json).map_err(|why| why.name))
    }

    fn read(json: Json) -> Result<Self, Unreadable> {
        let mut answer = Self::default();
        let mut expire_time = None;
        let mut says = None;
        for (name, value) in json.fields("answer")? {
            match name.as_str() {
                "actions" => answer.actions = value.list(Action::read),
                "validation_messages" => answer.validation_messages = value.texts("validation_messages"),
                // What frameworks say where Midtrans has `status_message`; of RFC 9457 `detail` comes after `title`.
                "message" | "title" | "detail" => says = value.optional_text("message").ok().flatten().or(says),
                "expire_time" => expire_time = answer.read_expiry(value),
                "expiry_time" => {
                    let expiry_time = answer.read_expiry(value);
                    set_once(&mut answer.expiry_time, expiry_time, "expiry_time")?;
                }
                _ => answer.read_text(&name, value)?,
            }
        }
        answer.status_message = answer.status_message.or(says);
        answer.expiry_time = answer.expiry_time.or(expire_time);
        answer.is_expiry_unreadable &= answer.expiry_time.is_none();
        Ok(answer)
    }

    /// A time until when it can be paid; remembers that there is one where it cannot be read.
    fn read_expiry(&mut self, value: Json) -> Option<JakartaTime> {
        let text = value.optional_text("expiry_time");
        let is_absent = matches!(text, Ok(None));
        let read = text.ok().flatten().and_then(|text| time(&text));
        self.is_expiry_unreadable |= read.is_none() && !is_absent;
        read
    }

    fn read_text(&mut self, name: &str, value: Json) -> Result<(), Unreadable> {
        let Some((name, decides, read)) = FIELDS.iter().find(|(known, ..)| *known == name) else { return Ok(()) };
        match value.optional_text(name) {
            Ok(Some(text)) => read(self, text, name),
            Err(why) if *decides => Err(why),
            Ok(None) | Err(_) => Ok(()),
        }
    }
}

/// Reads a field that is written as a text.
type Read = fn(&mut Answer, String, &'static str) -> Result<(), Unreadable>;

/// The fields that are texts: name, whether it decides about money, reader. A table, because a comparison for each name
/// was half a kilobyte of the browser's build.
const FIELDS: [(&str, bool, Read); 15] = [
    ("status_code", true, |answer, text, name| put(&mut answer.status_code, StatusCode::parse(&text), name)),
    ("status_message", false, |answer, text, name| set_once(&mut answer.status_message, Some(text), name)),
    ("transaction_id", true, |answer, text, name| put(&mut answer.transaction_id, TransactionId::parse(&text), name)),
    ("order_id", true, |answer, text, name| put(&mut answer.order_id, OrderId::parse(&text), name)),
    ("merchant_id", false, |answer, text, name| set_once(&mut answer.merchant_id, Some(text), name)),
    ("gross_amount", true, |answer, text, name| amount(&mut answer.gross_amount, &text, name)),
    ("currency", true, |answer, text, name| set_once(&mut answer.currency, Some(text.into()), name)),
    ("payment_type", false, |answer, text, name| set_once(&mut answer.payment_type, Some(text), name)),
    ("transaction_time", false, |answer, text, name| set_once(&mut answer.transaction_time, time(&text), name)),
    ("transaction_status", true, |answer, text, name| {
        set_once(&mut answer.transaction_status, Some(TransactionStatus::parse(&text)), name)
    }),
    ("fraud_status", true, |answer, text, name| set_once(&mut answer.fraud_status, Some(text.into()), name)),
    ("settlement_time", false, |answer, text, name| set_once(&mut answer.settlement_time, time(&text), name)),
    ("refund_amount", true, |answer, text, name| amount(&mut answer.refund_amount, &text, name)),
    ("channel_response_code", false, |answer, text, name| {
        set_once(&mut answer.channel_response_code, Some(text), name)
    }),
    ("channel_response_message", false, |answer, text, name| {
        set_once(&mut answer.channel_response_message, Some(text), name)
    }),
];

fn put<T, E: std::fmt::Display>(
    field: &mut Option<T>,
    parsed: Result<T, E>,
    name: &'static str,
) -> Result<(), Unreadable> {
    match parsed {
        Ok(value) => set_once(field, Some(value), name),
        Err(why) => Err(Unreadable::because(name, || why.to_string())),
    }
}

/// An amount. Zero is none: a refund that the bank denies leaves `refund_amount` at `0.00`.
fn amount(field: &mut Option<GrossAmount>, text: &str, name: &'static str) -> Result<(), Unreadable> {
    if text.bytes().all(|b| matches!(b, b'0' | b'.')) { Ok(()) } else { put(field, GrossAmount::parse(text), name) }
}

/// A time, or nothing where it cannot be read: old accounts leave times out, and none of them decides about money.
fn time(text: &str) -> Option<JakartaTime> {
    JakartaTime::parse_lenient(text)
}
