//! Midtrans' HTTP notification: first [`UnverifiedNotification`], and a [`Notification`] only once its signature held.

use super::Signature;
use crate::{Answer, GrossAmount, OrderId, StatusCode, TransactionId, TransactionStatus, lenient};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A body that claims to be a notification. Nothing in it may be acted upon before [`Notification::verify`].
#[derive(Clone, Deserialize, Serialize)]
pub struct UnverifiedNotification {
    /// The three raw texts that the signature covers, beside the typed ones: `"44000.00"` signs, `44000` does not.
    #[serde(deserialize_with = "required_text")]
    order_id: String,
    #[serde(deserialize_with = "required_text")]
    status_code: String,
    #[serde(deserialize_with = "required_text")]
    gross_amount: String,
    #[serde(deserialize_with = "required_text")]
    signature_key: String,
}

/// A notification whose signature held. Still only a reason to ask get-status: the signature does not cover
/// `transaction_status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The order, or an attempt at it.
    pub order_id: OrderId,
    /// Which transaction.
    pub transaction_id: TransactionId,
    /// What it claims.
    pub transaction_status: TransactionStatus,
    /// How much.
    pub gross_amount: GrossAmount,
    /// The code that it was signed with: 201 pending, 200 settlement and refunds, 202 expire, cancel, deny.
    pub status_code: StatusCode,
    /// All that was said, read leniently.
    pub answer: Answer,
}

/// Why a body is not a [`Notification`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidNotification {
    /// Not JSON, or a needed field is missing or cannot be read. The sentence names it.
    Malformed(String),
    /// The signature is not the one that the server key makes: forged, or for another merchant.
    Forged,
}

impl fmt::Display for InvalidNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "malformed notification: {why}"),
            Self::Forged => f.write_str("signature_key does not match"),
        }
    }
}

impl std::error::Error for InvalidNotification {}

impl Notification {
    /// Reads a body and checks its signature against `server_key`.
    ///
    /// # Errors
    /// [`InvalidNotification`]: `Malformed` before anything was checked, `Forged` when the signature does not hold.
    pub fn verify(body: &[u8], server_key: &str) -> Result<Self, InvalidNotification> {
        let malformed = |e: serde_json::Error| InvalidNotification::Malformed(e.to_string());
        let claim: UnverifiedNotification = serde_json::from_slice(body).map_err(malformed)?;
        let signature = Signature::over(&claim.order_id, &claim.status_code, &claim.gross_amount, server_key);
        let answer: Answer = serde_json::from_slice(body).map_err(malformed)?;
        let missing = |field: &str| InvalidNotification::Malformed(format!("missing field `{field}`"));
        let notification = Self {
            order_id: answer.order_id.clone().ok_or_else(|| missing("order_id"))?,
            transaction_id: answer.transaction_id.clone().ok_or_else(|| missing("transaction_id"))?,
            transaction_status: answer.transaction_status.clone().ok_or_else(|| missing("transaction_status"))?,
            gross_amount: answer.gross_amount.ok_or_else(|| missing("gross_amount"))?,
            status_code: answer.status_code.ok_or_else(|| missing("status_code"))?,
            answer,
        };
        if signature.matches(&claim.signature_key) { Ok(notification) } else { Err(InvalidNotification::Forged) }
    }
}

fn required_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(lenient::Text::deserialize(deserializer)?.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "SB-Mid-server-test";

    fn body(status: &str, amount: &str, key: &str) -> Vec<u8> {
        let signature = Signature::over("order-101", "200", amount, key).to_hex();
        serde_json::to_vec(&serde_json::json!({
            "order_id": "order-101", "status_code": "200", "gross_amount": amount, "signature_key": signature,
            "transaction_id": "231c79c5-e39e-4993-86da-cadcaee56c1d", "transaction_status": status, "pop_id": "new",
        }))
        .expect("writes")
    }

    #[test]
    fn a_rightly_signed_body_is_a_notification() {
        let notification = Notification::verify(&body("settlement", "44000.00", KEY), KEY).expect("verifies");
        assert_eq!(notification.transaction_status, TransactionStatus::Settlement);
        assert_eq!(notification.gross_amount.rupiah(), 44_000);
    }

    #[test]
    fn a_body_signed_with_another_key_is_forged() {
        let forged = Notification::verify(&body("settlement", "44000.00", "SB-Mid-server-other"), KEY);
        assert_eq!(forged, Err(InvalidNotification::Forged));
    }

    #[test]
    fn the_raw_text_is_what_was_signed() {
        let notification = Notification::verify(&body("settlement", "44000", KEY), KEY).expect("signed as it stands");
        assert_eq!(notification.gross_amount.rupiah(), 44_000);
    }

    #[test]
    fn a_malformed_body_is_named_before_its_signature_is_looked_at() {
        for (body, names) in [
            (&b"not json"[..], "expected"),
            (b"{}", "order_id"),
            (br#"{"order_id":"a","status_code":"200","gross_amount":"1.00"}"#, "signature_key"),
            (br#"{"order_id":"a","status_code":"200","gross_amount":"1.00","signature_key":"x"}"#, "transaction_id"),
            (br#"{"order_id":"a b","status_code":"200","gross_amount":"1.00","signature_key":"x"}"#, "order_id"),
        ] {
            match Notification::verify(body, KEY) {
                Err(InvalidNotification::Malformed(why)) => assert!(why.contains(names), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
