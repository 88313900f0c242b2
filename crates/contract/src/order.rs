//! `order_id`: the shop's id of its order, as Midtrans accepts it.

use crate::json::deserialize_text;
use crate::lenient::shortened;
use serde::Serialize;
use std::fmt;

/// An order's id: 1–50 of `A-Z a-z 0-9 - _ ~ .`, the only characters Midtrans takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[A-Za-z0-9_~.-]{1,50}$", example = "order-101"))]
pub struct OrderId(String);

/// Error: the text is no [`OrderId`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrderId(String);

impl fmt::Display for InvalidOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "order_id {:?} must be 1 to 50 of A-Z a-z 0-9 - _ ~ .", self.0)
    }
}

impl std::error::Error for InvalidOrderId {}

impl OrderId {
    /// Longest id Midtrans takes, in characters.
    pub const MAX_LENGTH: usize = 50;

    /// Reads an id, or says what was wrong with it.
    ///
    /// # Errors
    /// [`InvalidOrderId`] on an empty text, one longer than 50 characters, or one with another character.
    pub fn parse(text: &str) -> Result<Self, InvalidOrderId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'~' | b'.');
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.bytes().all(allowed) {
            return Err(InvalidOrderId(shortened(text)));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if `self` may be the id, at Midtrans, of an attempt at the shop's `order`: the same id, or one that begins with
    /// it. The documents' own sample asks for `order-101` and is answered `order-101h-1570513296`. A longer number is another
    /// order: `order-10` begins with `order-1`, and is no attempt at it.
    #[must_use]
    pub fn is_attempt_at(&self, order: &Self) -> bool {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        let goes_on_counting = is_digit(order.0.as_bytes().last()) && is_digit(self.0.as_bytes().get(order.0.len()));
        self.0.starts_with(&order.0) && !goes_on_counting
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

deserialize_text!(OrderId, "order_id", OrderId::parse);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_midtrans_takes_is_kept_as_it_is() {
        for id in ["order-101", "INV-2026.001_a~1", "x", &"a".repeat(50)] {
            assert_eq!(OrderId::parse(id).map(|id| id.to_string()), Ok(id.to_owned()));
        }
    }

    #[test]
    fn an_id_that_midtrans_would_refuse_is_named_in_the_error() {
        for id in ["", "a b", "pesanan/1", "é", "a+b", &"a".repeat(51)] {
            let error = OrderId::parse(id).expect_err("must be refused").to_string();
            assert!(error.contains("1 to 50") && error.contains(&format!("{id:?}")), "{error}");
        }
    }

    #[test]
    fn the_documents_own_attempt_id_belongs_to_its_order() {
        let order = OrderId::parse("order-101").expect("valid");
        let attempt = OrderId::parse("order-101h-1570513296").expect("valid");
        assert!(attempt.is_attempt_at(&order) && order.is_attempt_at(&order));
        assert!(!order.is_attempt_at(&attempt));
    }

    #[test]
    fn a_longer_number_is_another_order() {
        let order = OrderId::parse("order-1").expect("valid");
        let ids =
            [("order-1", true), ("order-1-2", true), ("order-1h-157", true), ("order-10", false), ("order-12", false)];
        for (id, is_it) in ids {
            assert_eq!(OrderId::parse(id).expect("valid").is_attempt_at(&order), is_it, "{id}");
        }
    }
}
