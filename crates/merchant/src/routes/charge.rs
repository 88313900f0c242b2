//! `POST /api/gopay/charge`: charges an order, or finds its charge again.
//!
//! The browser's `Idempotency-Key` is not needed here: charges are idempotent per order, which is stronger.

use super::UnauthorizedRequest;
use crate::callback_url;
use crate::error::ApiError;
use crate::merchant::Merchant;
use crate::metrics::Counter;
use crate::midtrans::MidtransError;
use crate::openapi::{Answered, OrderErrors};
use crate::payments::Charged;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, header};
use gopay_contract::{Answer, ChargeRequest, ErrorBody};
use std::sync::Arc;

#[utoipa::path(
    post,
    path = "/charge",
    tag = "widget",
    summary = "Charge an order, or find its charge again",
    request_body = ChargeRequest,
    security(("order_token" = [])),
    responses(
        (status = 200, body = inline(Answered), description = "The charge, or Midtrans' refusal in the body"),
        (status = 409, body = ErrorBody, description = "The shop has changed the order since it was first charged"),
        (status = 413, description = "A body of more than 16 KiB"),
        (status = 415, body = ErrorBody, description = "Not application/json"),
        OrderErrors,
    )
)]
pub(crate) async fn charge(
    State(merchant): State<Arc<Merchant>>,
    unopened: UnauthorizedRequest,
    headers: HeaderMap,
    body: Result<Json<ChargeRequest>, JsonRejection>,
) -> Result<Json<Answer>, ApiError> {
    let Json(request) = body?;
    let order_id = request.transaction_details.order_id;
    unopened.authorize(&order_id, &merchant).await?;
    merchant.guard.check_charge_rate(&order_id)?;
    let page_origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let gopay = callback_url::check(request.gopay, page_origin, &merchant.browser).map_err(ApiError::invalid)?;
    let charged = merchant.payments.charge(&order_id, request.retry_of, gopay).await;
    merchant.metrics.count(Counter::Charges, outcome(&charged));
    Ok(Json(charged?.transaction.to_charge_answer()))
}

fn outcome(charged: &Result<Charged, ApiError>) -> &'static str {
    match charged {
        Ok(Charged { is_new: true, .. }) => "created",
        Ok(Charged { transaction, .. }) if transaction.transaction_status.is_final() => "final",
        Ok(_) => "resumed",
        Err(ApiError::Midtrans(MidtransError::Refused(_))) => "refused",
        Err(ApiError::NoTransaction) => "unknown_order",
        Err(ApiError::OrderChanged { .. }) => "order_changed",
        Err(ApiError::BadRequest { .. }) => "malformed",
        Err(ApiError::Busy | ApiError::Midtrans(MidtransError::Unreachable { .. })) => "unavailable",
        Err(_) => "failed",
    }
}
