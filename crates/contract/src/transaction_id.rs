//! `transaction_id`: Midtrans' name for one charge.

use crate::json::deserialize_text;
use crate::lenient::shortened;
use serde::Serialize;
use std::fmt;

/// Midtrans' id of one charge (a UUID today; opaque here).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[A-Za-z0-9_-]{1,64}$"))]
pub struct TransactionId(String);

/// Error: the text is no [`TransactionId`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTransactionId(String);

impl fmt::Display for InvalidTransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transaction_id {:?} must be 1 to 64 of A-Z a-z 0-9 - _", self.0)
    }
}

impl std::error::Error for InvalidTransactionId {}

impl TransactionId {
    /// Longest id that is let in, in characters.
    pub const MAX_LENGTH: usize = 64;

    /// Reads an id: 1–64 letters, digits, `-` or `_`. It ends up in URLs, so nothing else is let in.
    ///
    /// # Errors
    /// [`InvalidTransactionId`] on anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidTransactionId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.bytes().all(allowed) {
            return Err(InvalidTransactionId(shortened(text)));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

deserialize_text!(TransactionId, "transaction_id", TransactionId::parse);
