//! The body of `POST /v2/charge`: order and amount, and optional data beside them. Midtrans advises to send as much as
//! possible: its reports and its dashboard show it.

use super::details::{ValidationErrors, check_items, shown};
use super::{ClampedExpiry, CustomExpiry, CustomerDetails, ItemDetails};
use crate::{GopayOptions, GrossAmount, JakartaTime, OrderId, PaymentType};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;

/// Longest `custom_field` (Midtrans, "charge transactions").
const MOST_CHARACTERS: usize = 255;
/// Maximum size of all optional data as JSON, in bytes. Midtrans is said to take bodies of 16 KB; order, amount and
/// callback need some.
const MOST_BYTES: usize = 12 * 1024;

/// A charge as Midtrans reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChargeRequest {
    /// Always `gopay`.
    pub payment_type: PaymentType,
    /// The order and the amount.
    pub transaction_details: TransactionDetails,
    /// Options of the return from the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gopay: Option<GopayOptions>,
    /// Optional data: items, customer, expiry, the shop's own fields.
    #[serde(flatten)]
    pub optional: OptionalData,
}

/// `transaction_details` of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionDetails {
    /// The shop's order, or an attempt at it. Midtrans never takes the same id twice while it is pending or paid.
    pub order_id: OrderId,
    /// The total, here a plain number of rupiah (Midtrans: Long, no decimals).
    #[serde(serialize_with = "as_number")]
    pub gross_amount: GrossAmount,
}

fn as_number<S: Serializer>(amount: &GrossAmount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(amount.rupiah())
}

/// The optional fields of a charge, as a shop writes them. [`ChargeData`] is what Midtrans will take of them.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OptionalData {
    /// The items. Prices times quantities come to `gross_amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_details: Option<Vec<ItemDetails>>,
    /// The buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_details: Option<CustomerDetails>,
    /// The time to pay, if not fifteen minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_expiry: Option<CustomExpiry>,
    /// Anything of the shop's own. Echoed in notifications and get-status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Echoed in notifications and get-status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_field1: Option<String>,
    /// Echoed in notifications and get-status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_field2: Option<String>,
    /// Echoed in notifications and get-status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_field3: Option<String>,
}

/// Shows which fields there are, and no value: some of them are a customer's, and any may be.
impl fmt::Debug for OptionalData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [
            ("item_details", self.item_details.is_some()),
            ("customer_details", self.customer_details.is_some()),
            ("custom_expiry", self.custom_expiry.is_some()),
            ("metadata", self.metadata.is_some()),
            ("custom_field1", self.custom_field1.is_some()),
            ("custom_field2", self.custom_field2.is_some()),
            ("custom_field3", self.custom_field3.is_some()),
        ];
        f.debug_set().entries(fields.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name)).finish()
    }
}

/// [`OptionalData`] that Midtrans takes with a charge of a certain amount.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ChargeData(OptionalData);

/// Error: [`OptionalData`] cannot go with a charge. One sentence per field; no sentence shows a customer's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidChargeData {
    /// One sentence per bad field.
    pub sentences: Vec<String>,
}

impl fmt::Display for InvalidChargeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentences.join("; "))
    }
}

impl std::error::Error for InvalidChargeData {}

impl ChargeData {
    /// Validates the data by Midtrans' rules, and against the amount that will be charged. A `custom_expiry` outside of
    /// what Midtrans takes is not refused, but changed when it is sent ([`Self::to_send`]).
    ///
    /// # Errors
    /// [`InvalidChargeData`]
    pub fn check(data: OptionalData, gross_amount: GrossAmount) -> Result<Self, InvalidChargeData> {
        let mut errors = ValidationErrors::default();
        if let Some(items) = &data.item_details {
            check_items(items, gross_amount, &mut errors);
        }
        if let Some(customer) = &data.customer_details {
            customer.check(&mut errors);
        }
        for (field, text) in [
            ("custom_field1", &data.custom_field1),
            ("custom_field2", &data.custom_field2),
            ("custom_field3", &data.custom_field3),
        ] {
            if let Some(text) = text {
                errors.check_length(field, text, MOST_CHARACTERS);
            }
        }
        match serde_json::to_vec(&data).map(|json| json.len()) {
            Ok(0..=MOST_BYTES) => {}
            Ok(bytes) => errors.add(format!("all optional data are {bytes} bytes, expected at most {MOST_BYTES}")),
            Err(why) => {
                errors.add(format!("the optional data cannot be written as JSON: {}", shown(&why.to_string())));
            }
        }
        let ValidationErrors(sentences) = errors;
        if sentences.is_empty() { Ok(Self(data)) } else { Err(InvalidChargeData { sentences }) }
    }

    /// Wraps data that was [checked](Self::check) before it was stored, without checking again. The rules may have
    /// become stricter since, and an order that is being paid is still that order.
    #[must_use]
    pub const fn from_database(data: OptionalData) -> Self {
        Self(data)
    }

    /// The data as the shop wrote them.
    #[must_use]
    pub const fn as_written(&self) -> &OptionalData {
        &self.0
    }

    /// The data to send with a charge that is made `now`: all of it, with a `custom_expiry` that Midtrans takes
    /// ([`CustomExpiry::clamped`]).
    #[must_use]
    pub fn to_send(&self, now: JakartaTime) -> (OptionalData, Option<ClampedExpiry>) {
        let (custom_expiry, clamped) = match &self.0.custom_expiry {
            Some(asked) => {
                let (sent, clamped) = asked.clamped(now);
                (Some(sent), clamped)
            }
            None => (None, None),
        };
        (OptionalData { custom_expiry, ..self.0.clone() }, clamped)
    }
}

#[cfg(test)]
mod tests;
