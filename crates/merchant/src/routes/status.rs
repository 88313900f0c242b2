//! `GET /api/gopay/orders/{order_id}`: the status of an order's payment.

use super::AuthorizedOrder;
use crate::error::ApiError;
use crate::merchant::Merchant;
use crate::openapi::OrderErrors;
use crate::telemetry::QuietLog;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use gopay_contract::{Answer, OrderId};
use std::sync::Arc;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[utoipa::path(
    get,
    path = "/orders/{order_id}",
    tag = "widget",
    summary = "How an order's payment stands",
    params(("order_id" = OrderId, Path, description = "The shop's order")),
    security(("order_token" = [])),
    responses(
        (status = 200, body = Answer, description = "The status, in Midtrans' own words"),
        OrderErrors,
    )
)]
pub(crate) async fn status(
    State(merchant): State<Arc<Merchant>>,
    AuthorizedOrder(order_id): AuthorizedOrder,
) -> Result<impl IntoResponse, ApiError> {
    let payload = merchant.payments.status(&order_id).await?;
    Ok((Extension(QuietLog), [(header::CONTENT_TYPE, JSON)], payload.json))
}
