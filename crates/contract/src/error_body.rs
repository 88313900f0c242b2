//! How Midtrans, or a merchant in its manner, says no.

use crate::{StatusCode, lenient};
use serde::{Deserialize, Serialize};

/// Midtrans' error body. Its shape is the same for every error; `validation_messages` come with 400 only, and `id` is
/// sometimes missing (412, 413).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What decides, whatever the HTTP status says.
    pub status_code: StatusCode,
    /// For developers; never shown raw to a payer.
    #[serde(default)]
    pub status_message: String,
    /// One sentence per bad field.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Vec::is_empty")]
    pub validation_messages: Vec<String>,
    /// Midtrans' id of the request, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl ErrorBody {
    /// An error with a code and a sentence, nothing more.
    #[must_use]
    pub fn new(status_code: u16, status_message: impl Into<String>) -> Self {
        Self {
            status_code: StatusCode(status_code),
            status_message: status_message.into(),
            validation_messages: Vec::new(),
            id: None,
        }
    }
}
