//! Midtrans' HTTP notification: first [`UnverifiedNotification`], and a [`Notification`] only once its signature held.

use super::Signature;
use crate::{Answer, GrossAmount, OrderId, StatusCode, TransactionId, TransactionStatus, json};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Prefix of the `order_id` of the dashboard's test notification: `payment_notif_test_{merchant id}_{uuid}`.
const TEST_PREFIX: &str = "payment_notif_test_";

/// A body that claims to be a notification. Nothing in it may be acted upon before [`Notification::verify`].
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(description = "The signature, and what it covers."))]
pub struct UnverifiedNotification {
    // The three raw texts that the signature covers, beside the typed ones: `"44000.00"` signs, `44000` does not.
    #[serde(deserialize_with = "required_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = OrderId))]
    order_id: String,
    #[serde(deserialize_with = "required_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = StatusCode))]
    status_code: String,
    #[serde(deserialize_with = "required_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = GrossAmount))]
    gross_amount: String,
    /// SHA-512 over `order_id`, `status_code`, `gross_amount` and the server key, in lower-case hex.
    #[serde(deserialize_with = "required_text")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{128}$"))]
    signature_key: String,
}

/// A notification whose signature held. Still only a reason to ask get-status: the signature does not cover
/// `transaction_status`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// The order, or an attempt at it.
    pub order_id: OrderId,
    /// The transaction.
    pub transaction_id: TransactionId,
    /// The claimed status.
    #[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 1))]
    pub transaction_status: TransactionStatus,
    /// The amount.
    pub gross_amount: GrossAmount,
    /// The code that it was signed with: 201 pending, 200 settlement and refunds, 202 expire, cancel, deny.
    pub status_code: StatusCode,
    /// The whole body, read leniently.
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub answer: Answer,
}

/// Error: a body is no [`Notification`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidNotification {
    /// The body is no JSON, or lacks one of the four texts that a signature needs. The sentence names it.
    Malformed(String),
    /// The signature is not the one that the server key makes: forged, or for another merchant.
    Forged,
    /// The signature is right, but the notification is not about a charge that this library could have made: another
    /// application on the same Midtrans account has other order ids (`INV/2026/01/7`) and amounts (`150000.50`), and so
    /// has the dashboard's test.
    Unreadable {
        /// The `order_id` as it was signed.
        order_id: String,
        /// The field that could not be read, and the expected value.
        why: String,
    },
}

impl InvalidNotification {
    /// True if this `order_id` is the dashboard's own test notification.
    #[must_use]
    pub fn is_test(order_id: &str) -> bool {
        order_id.starts_with(TEST_PREFIX)
    }
}

impl fmt::Display for InvalidNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "malformed notification: {why}"),
            Self::Forged => f.write_str("signature_key does not match"),
            Self::Unreadable { why, .. } => write!(f, "a notification of another application: {why}"),
        }
    }
}

impl std::error::Error for InvalidNotification {}

impl Notification {
    /// Checks the signature of a body against `server_key`, over the raw texts, and only then reads the rest of it.
    ///
    /// # Errors
    /// [`InvalidNotification`]: `Malformed` where there is nothing to check, `Forged` when the signature does not hold,
    /// `Unreadable` when it holds and the rest cannot be read.
    pub fn verify(body: &[u8], server_key: &str) -> Result<Self, InvalidNotification> {
        let claim: UnverifiedNotification =
            serde_json::from_slice(body).map_err(|e| InvalidNotification::Malformed(e.to_string()))?;
        let signature = Signature::over(&claim.order_id, &claim.status_code, &claim.gross_amount, server_key);
        if !signature.matches(&claim.signature_key) {
            return Err(InvalidNotification::Forged);
        }
        Self::read(body).map_err(|why| InvalidNotification::Unreadable { order_id: claim.order_id, why })
    }

    fn read(body: &[u8]) -> Result<Self, String> {
        let answer: Answer = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let missing = |field: &str| format!("missing field `{field}`");
        Ok(Self {
            order_id: answer.order_id.clone().ok_or_else(|| missing("order_id"))?,
            transaction_id: answer.transaction_id.clone().ok_or_else(|| missing("transaction_id"))?,
            transaction_status: answer.transaction_status.clone().ok_or_else(|| missing("transaction_status"))?,
            gross_amount: answer.gross_amount.ok_or_else(|| missing("gross_amount"))?,
            status_code: answer.status_code.ok_or_else(|| missing("status_code"))?,
            answer,
        })
    }
}

fn required_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    json::text(deserializer, "a signed field")
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
    fn what_cannot_be_signed_is_malformed_and_what_is_wrongly_signed_is_forged_whatever_else_it_is() {
        for (body, names) in [
            (&b"not json"[..], "expected"),
            (b"{}", "order_id"),
            (br#"{"order_id":"a","status_code":"200","gross_amount":"1.00"}"#, "signature_key"),
            (br#"{"order_id":["a"],"status_code":"200","gross_amount":"1.00","signature_key":"x"}"#, "string"),
        ] {
            match Notification::verify(body, KEY) {
                Err(InvalidNotification::Malformed(why)) => assert!(why.contains(names), "{why}"),
                other => panic!("{other:?}"),
            }
        }
        for body in [
            &br#"{"order_id":"a","status_code":"200","gross_amount":"1.00","signature_key":"x"}"#[..],
            br#"{"order_id":"a b","status_code":"?","gross_amount":"","signature_key":""}"#,
        ] {
            assert_eq!(Notification::verify(body, KEY), Err(InvalidNotification::Forged));
        }
    }

    #[test]
    fn what_another_application_on_the_account_is_told_is_rightly_signed_all_the_same() {
        let test = format!("{TEST_PREFIX}G100000000_231c79c5-e39e-4993-86da-cadcaee56c1d");
        assert_eq!((test.len(), InvalidNotification::is_test(&test)), (66, true));
        for (order_id, amount, names) in [
            (test.as_str(), "105000.00", "order_id"),
            ("INV/2026/01/7", "150000.00", "order_id"),
            ("pesanan 7: ulang", "150000.00", "order_id"),
            ("order-101", "150000.50", "gross_amount"),
            ("", "", "order_id"),
        ] {
            let signature = Signature::over(order_id, "200", amount, KEY).to_hex();
            let body = serde_json::json!({
                "order_id": order_id, "status_code": "200", "gross_amount": amount, "signature_key": signature,
                "transaction_id": "t-1", "transaction_status": "settlement",
            });
            match Notification::verify(body.to_string().as_bytes(), KEY) {
                Err(InvalidNotification::Unreadable { order_id: signed, why }) => {
                    assert_eq!(signed, order_id);
                    assert!(why.contains(names), "{why}");
                }
                other => panic!("{order_id}: {other:?}"),
            }
            assert_eq!(
                Notification::verify(body.to_string().as_bytes(), "SB-Mid-server-other"),
                Err(InvalidNotification::Forged)
            );
        }
    }
}
