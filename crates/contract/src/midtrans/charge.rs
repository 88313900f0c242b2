//! The body of `POST /v2/charge`.

use super::OptionalData;
use crate::{GopayOptions, GrossAmount, OrderId, PaymentType};
use serde::{Deserialize, Serialize, Serializer};

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
