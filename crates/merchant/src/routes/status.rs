//! `GET /api/gopay/orders/{order_id}`: the status of an order's payment.

use super::OpenedOrder;
use crate::error::ApiError;
use crate::merchant::Merchant;
use crate::openapi::{ErrorBody, PaymentAnswer};
use crate::telemetry::QuietLog;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use std::sync::Arc;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[utoipa::path(
    get,
    path = "/orders/{order_id}",
    tag = "widget",
    summary = "How an order's payment stands",
    params(("order_id" = String, Path, description = "The shop's order", pattern = "^[A-Za-z0-9_~.-]{1,50}$", example = "order-101")),
    security(("order_token" = [])),
    responses(
        (status = 200, body = PaymentAnswer, description = "The status, in Midtrans' own words"),
        (status = 400, body = ErrorBody, description = "The body or the path cannot be read, or asks for what cannot be"),
        (status = 401, body = ErrorBody, description = "No token, or one that has expired"),
        (status = 403, body = ErrorBody, description = "Not this order's token"),
        (status = 404, body = ErrorBody, description = "No such order, or no charge of it yet"),
        (status = 408, description = "It took too long"),
        (status = 429, body = ErrorBody, description = "Too often; see Retry-After"),
        (status = 500, body = ErrorBody, description = "Our own trouble"),
        (status = 503, body = ErrorBody, description = "Busy, or Midtrans or the database cannot be asked; see Retry-After"),
    )
)]
pub(crate) async fn status(
    State(merchant): State<Arc<Merchant>>,
    OpenedOrder(order_id): OpenedOrder,
) -> Result<impl IntoResponse, ApiError> {
    let payload = merchant.payments.status(&order_id).await?;
    Ok((Extension(QuietLog), [(header::CONTENT_TYPE, JSON)], payload.json))
}
