//! An order that the merchant is to be paid for.

use gopay_contract::{GrossAmount, OrderId};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// What the shop says about an order that it has made. Other fields are passed over.
#[derive(Clone, Debug, Deserialize)]
pub struct Order {
    /// The shop's own name for it.
    pub order_id: OrderId,
    /// What its page sends as `Authorization: Bearer …`; without it, nothing is sent.
    #[serde(default, deserialize_with = "secret")]
    pub order_token: Option<SecretString>,
    /// What it costs, in rupiah.
    pub gross_amount: GrossAmount,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
}
