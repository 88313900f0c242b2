//! Notifications about none of the sandbox's transactions: the dashboard's test notification, and those of another
//! application on the same account. A notification URL belongs to the account, so a shop gets both, rightly signed.

use crate::{notifier::OutgoingNotification, settings::MERCHANT_ID};
use gopay_contract::{JakartaTime, midtrans::Signature};
use serde_json::{Map, Value, json};

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
