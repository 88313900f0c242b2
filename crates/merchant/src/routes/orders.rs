//! `POST /orders`: stores an order of the shop's own backend, where that is another program. One of the admin endpoints: whoever
//! reaches it makes orders.

use crate::backend::Merchant;
use crate::error::ApiError;
use crate::orders::{NewOrder, PlaceError};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use gopay_contract::midtrans::OptionalData;
use gopay_contract::{ErrorBody, GrossAmount, OrderId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// An order of the shop.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ShopOrder {
    order_id: OrderId,
    /// Whole rupiah.
    #[schema(minimum = 1)]
    gross_amount: u64,
    /// Description for the payer.
    #[serde(default)]
    description: String,
    /// Beside these, the optional fields of Midtrans' charge: `item_details`, `customer_details`, `custom_expiry`, …
    #[serde(flatten)]
    #[schema(value_type = Object)]
    optional: OptionalData,
}

/// The order, with the token that opens it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Placed {
    order_id: OrderId,
    /// For the page with its widget: opens this order and no other, until it expires.
    order_token: String,
}

#[utoipa::path(
    post,
    path = "/orders",
    tag = "admin",
    summary = "Store an order of the shop's own backend; the same again makes a new token",
    request_body = ShopOrder,
    responses(
        (status = 200, body = Placed, description = "It is stored already, with this amount"),
        (status = 201, body = Placed, description = "It is stored now"),
        (status = 400, body = ErrorBody, description = "What Midtrans would refuse, named"),
        (status = 404, description = "Not where the internet could ask; see MERCHANT_ADMIN_BIND"),
        (status = 409, body = ErrorBody, description = "It is stored with another amount, or was deleted"),
        (status = 413, description = "A body of more than 16 KiB"),
        (status = 415, body = ErrorBody, description = "Not application/json"),
        (status = 503, body = ErrorBody, description = "The database cannot be asked; see Retry-After"),
    )
)]
pub(crate) async fn place(
    State(merchant): State<Arc<Merchant>>,
    body: Result<Json<ShopOrder>, JsonRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let Json(ShopOrder { order_id, gross_amount, description, optional }) = body?;
    let amount = GrossAmount::from_rupiah(gross_amount);
    let amount =
        amount.ok_or_else(|| ApiError::invalid("gross_amount must be a whole number of rupiah, at least 1"))?;
    let order = NewOrder::new(order_id, amount, description, optional);
    let order = order.map_err(|why| ApiError::invalid(why.to_string()))?;
    let now = merchant.orders.now();
    let order_id = order.order_id().clone();
    crate::telemetry::about_order(&order_id);
    let status = match merchant.orders.place(&order, now).await {
        Ok(()) => {
            tracing::info!(%order_id, gross_amount, "order placed");
            StatusCode::CREATED
        }
        Err(PlaceError::Exists) => {
            let known = merchant.orders.find(&order_id).await?.ok_or(ApiError::Busy)?;
            if known.gross_amount != amount {
                return Err(ApiError::Conflict(format!(
                    "the order is stored with gross_amount {}",
                    known.gross_amount
                )));
            }
            StatusCode::OK
        }
        Err(why @ PlaceError::Deleted) => return Err(ApiError::Conflict(why.to_string())),
        Err(PlaceError::Store(why)) => return Err(ApiError::Internal(why.0)),
    };
    let order_token = merchant.order_tokens.issue(&order_id, now);
    let fresh = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((status, fresh, Json(Placed { order_id, order_token })))
}
