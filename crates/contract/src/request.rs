//! The browser's requests to the merchant.

use crate::{OrderId, TransactionId, lenient};
use serde::{Deserialize, Serialize};

/// `payment_type` of a request. Only one way to pay is spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PaymentType {
    /// `gopay`
    #[serde(rename = "gopay")]
    Gopay,
}

/// The body of `POST {charge-url}`. It has no amount on purpose: the merchant looks the amount up, because a browser
/// that could name it could lower it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChargeRequest {
    /// Always `gopay`.
    pub payment_type: PaymentType,
    /// The order.
    pub transaction_details: OrderDetails,
    /// Options of the return from the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gopay: Option<GopayOptions>,
    /// The ended transaction that a new attempt is to replace. Without it no new attempt is made.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<TransactionId>,
}

/// `transaction_details` as a browser may send it: the order, and no amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderDetails {
    /// The shop's order.
    pub order_id: OrderId,
}

/// The `gopay` object of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GopayOptions {
    /// True if the app returns the payer. Midtrans' default is `false`.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub enable_callback: bool,
    /// The address to return to: an `http(s)` URL or an app's own scheme.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub callback_url: Option<String>,
}

impl ChargeRequest {
    /// A first (or resumed) charge of `order_id`.
    #[must_use]
    pub fn new(order_id: OrderId, callback_url: Option<String>) -> Self {
        Self {
            payment_type: PaymentType::Gopay,
            transaction_details: OrderDetails { order_id },
            gopay: callback_url
                .map(|callback_url| GopayOptions { enable_callback: true, callback_url: Some(callback_url) }),
            retry_of: None,
        }
    }
}
