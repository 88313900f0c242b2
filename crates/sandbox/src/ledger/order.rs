//! The `order_id` of a charge, by the rule of the switch.

use crate::behaviour::OrderIdCharacters;
use gopay_contract::OrderId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The merchant's name for its order: an [`OrderId`], or with [`OrderIdCharacters::Any`] any text of 1–50 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChargedOrderId(String);

impl ChargedOrderId {
    /// Reads an id.
    ///
    /// # Errors
    /// A sentence for `validation_messages`.
    pub fn parse(text: &str, characters: OrderIdCharacters) -> Result<Self, String> {
        if text.is_empty() {
            return Err("transaction_details.order_id is required".to_owned());
        }
        if text.chars().count() > OrderId::MAX_LENGTH {
            return Err("transaction_details.order_id must be at most 50 characters".to_owned());
        }
        match characters {
            OrderIdCharacters::Enforced if OrderId::parse(text).is_err() => {
                Err("transaction_details.order_id must only have the characters A-Z a-z 0-9 - _ ~ .".to_owned())
            }
            OrderIdCharacters::Enforced | OrderIdCharacters::Any => Ok(Self(text.to_owned())),
        }
    }

    /// The id in a charge's JSON: a text, or a number as some libraries send it.
    #[must_use]
    pub fn text_of(given: &Value) -> Option<String> {
        let number = given.is_u64() || given.is_i64();
        given.as_str().map(str::to_owned).or_else(|| number.then(|| given.to_string()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChargedOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
