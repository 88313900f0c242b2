//! `status_code`: the number in the body that decides, whatever the HTTP status says.

use crate::json::deserialize_text;
use serde::{Serialize, Serializer};
use std::fmt;

/// Midtrans' `status_code`. Written as a text of three digits (the Go and Java SDKs need a JSON string).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[1-9][0-9]{2}$", example = "201"))]
pub struct StatusCode(pub u16);

/// Error: the text is no [`StatusCode`].
pub(crate) struct InvalidStatusCode(String);

impl fmt::Display for InvalidStatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status_code {:?} must be three digits, like \"201\"", self.0)
    }
}

impl StatusCode {
    /// Reads three digits.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidStatusCode> {
        match text.parse() {
            Ok(code @ 100..=999) => Ok(Self(code)),
            Ok(_) | Err(_) => Err(InvalidStatusCode(text.to_owned())),
        }
    }

    /// True if the body reports an error. 407 is none: it is how Midtrans answers about an expired transaction.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 >= 400 && self.0 != 407
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

impl Serialize for StatusCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

deserialize_text!(StatusCode, "status_code", StatusCode::parse);
