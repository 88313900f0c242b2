//! Notifications and their deliveries; also notifications about none of the sandbox's transactions: the dashboard's test
//! notification, and those of another application on the same account. A notification URL belongs to the account, so a shop gets
//! both, rightly signed.

use crate::{application::MERCHANT_ID, clock::Moment};
use gopay_contract::{JakartaTime, midtrans::Signature};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A notification to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutgoingNotification {
    /// Number in the order of the changes.
    pub(crate) number: u64,
    pub(crate) order_id: String,
    pub(crate) transaction_id: String,
    pub(crate) transaction_status: String,
    /// Signed JSON; the same for every attempt.
    pub(crate) body: String,
}

/// One notification to one URL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    #[serde(with = "shared")]
    pub(crate) notification: Arc<OutgoingNotification>,
    pub(crate) url: String,
    pub(crate) retries_made: usize,
    pub(crate) due: Moment,
    /// True while it waits for a later notification of its order to the same URL, or at the latest until it is due.
    #[serde(default)]
    pub(crate) held: bool,
}

/// Faults of a notification on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryFault {
    /// The notification never leaves.
    pub(crate) lost: bool,
    /// The notification leaves twice.
    pub(crate) doubled: bool,
    /// The notification leaves after the order's next one.
    pub(crate) reordered: bool,
    /// The notification leaves this much later.
    pub(crate) delay: std::time::Duration,
}

/// Serialises `Arc<T>` as `T`; reading makes a new `Arc`.
pub(super) mod shared {
    use super::{Arc, Deserialize, Deserializer, OutgoingNotification, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(it: &Arc<OutgoingNotification>, serializer: S) -> Result<S::Ok, S::Error> {
        it.as_ref().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<OutgoingNotification>, D::Error> {
        OutgoingNotification::deserialize(from).map(Arc::new)
    }
}

/// An attempt that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Its number, for `GET /sandbox/notifications/{id}`.
    pub(crate) id: u64,
    /// End of the attempt.
    pub(crate) at: JakartaTime,
    #[serde(with = "shared")]
    pub(crate) notification: Arc<OutgoingNotification>,
    pub(crate) url: String,
    /// Number of the attempt, from 1.
    pub(crate) attempt: usize,
    /// The merchant's answer, if it gave one.
    pub(crate) answer: Option<Answer>,
    /// The error if no answer came, or `lost`.
    pub(crate) problem: Option<String>,
    /// Time of the next attempt, if there is one.
    pub(crate) next_attempt_at: Option<JakartaTime>,
}

impl Attempt {
    /// True if Midtrans' dashboard would call a test notification successful: for nothing but 200.
    pub(crate) fn is_test_success(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.code == 200)
    }
}

/// A merchant's answer to a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) code: u16,
    pub(crate) content_type: Option<String>,
    /// The beginning of the body.
    pub(crate) body: String,
    /// True if the body was longer.
    pub(crate) has_more: bool,
}

/// The fields that the signature covers, in its order; `server_key` follows.
const SIGNED: [&str; 3] = ["order_id", "status_code", "gross_amount"];

/// The fields of such a notification, without its signature.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AccountNotification(Map<String, Value>);

impl AccountNotification {
    /// The test notification of Midtrans' dashboard ("Test notification"): recordings of seven accounts differ in
    /// `order_id`, `merchant_id` and signature, and in nothing else.
    pub(crate) fn test() -> Self {
        let order_id = format!("payment_notif_test_{MERCHANT_ID}_{}", uuid::Uuid::new_v4());
        Self::of(json!({
            "transaction_time": "2023-11-15 18:45:13",
            "transaction_status": "settlement",
            "transaction_id": "513f1f01-c9da-474c-9fc9-d5c64364b709",
            "status_message": "midtrans payment notification",
            "status_code": "200",
            "settlement_time": "2023-11-15 22:45:13",
            "payment_type": "gopay",
            "order_id": order_id,
            "merchant_id": MERCHANT_ID,
            "gross_amount": "105000.00",
            "fraud_status": "accept",
            "currency": "IDR",
        }))
    }

    /// Reads the body of `POST /sandbox/notifications`: fields as they are to be sent. Those that it does not name are a
    /// settlement's, made now; those that it says `null` of are left out.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub(crate) fn read(body: &[u8], now: JakartaTime) -> Result<Self, String> {
        let given: Map<String, Value> = serde_json::from_slice(body).map_err(|why| {
            format!("expected {{\"order_id\": \"INV/2026/01/7\", \"gross_amount\": \"150000.50\", …}}: {why}")
        })?;
        let mut fields = Self::of(json!({
            "transaction_time": now,
            "transaction_status": "settlement",
            "transaction_id": uuid::Uuid::new_v4().to_string(),
            "status_message": "midtrans payment notification",
            "status_code": "200",
            "settlement_time": now,
            "payment_type": "gopay",
            "merchant_id": MERCHANT_ID,
            "fraud_status": "accept",
            "currency": "IDR",
        }))
        .0;
        fields.extend(given);
        fields.retain(|_, value| !value.is_null());
        match SIGNED.into_iter().find(|name| !fields.get(*name).is_some_and(Value::is_string)) {
            Some(name) => Err(format!("{name}: must be a text, because the signature covers it")),
            None => Ok(Self(fields)),
        }
    }

    fn of(fields: Value) -> Self {
        match fields {
            Value::Object(fields) => Self(fields),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Self(Map::new()),
        }
    }

    /// Signs the notification, over the very texts that are sent.
    pub(crate) fn signed(mut self, server_key: &str) -> OutgoingNotification {
        let [order_id, status_code, gross_amount] = SIGNED.map(|name| self.text(name));
        let signature = Signature::over(&order_id, &status_code, &gross_amount, server_key);
        self.0.insert("signature_key".to_owned(), signature.to_hex().into());
        OutgoingNotification {
            number: 0,
            order_id,
            transaction_id: self.text("transaction_id"),
            transaction_status: self.text("transaction_status"),
            body: Value::Object(self.0).to_string(),
        }
    }

    fn text(&self, name: &str) -> String {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}
