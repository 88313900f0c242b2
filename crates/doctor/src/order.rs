//! An order of the shop.

use gopay_contract::{GrossAmount, OrderId};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// An order as the shop describes it. Other fields are passed over.
#[derive(Clone, Debug, Deserialize)]
pub struct Order {
    /// The shop's order id.
    pub order_id: OrderId,
    /// The page's bearer token; without it, nothing is sent.
    #[serde(default, deserialize_with = "secret")]
    pub order_token: Option<SecretString>,
    /// The total in rupiah.
    pub gross_amount: GrossAmount,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
}
