//! The widget's requests below `/api/gopay`: `POST /charge` charges an order, or finds its charge again; `GET /orders/{order_id}`
//! reads the status of its payment; `POST /orders/{order_id}/cancel` cancels what is not paid yet.
//!
//! The browser's `Idempotency-Key` is not needed here: charges are idempotent per order, which is stronger.

use super::{AuthorizedOrder, UnauthorizedRequest};
use crate::backend::Merchant;
use crate::error::ApiError;
use crate::guard;
use crate::metrics::Counter;
use crate::midtrans::MidtransError;
use crate::openapi::{Answered, OrderErrors};
use crate::payments::Charged;
use crate::telemetry::QuietLog;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use gopay_contract::{Answer, ChargeRequest, ErrorBody, OrderId};
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
    let gopay = guard::check_callback_url(request.gopay, page_origin, &merchant.browser).map_err(ApiError::invalid)?;
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

#[utoipa::path(
    post,
    path = "/orders/{order_id}/cancel",
    tag = "widget",
    summary = "Cancel what is not paid yet",
    params(("order_id" = OrderId, Path, description = "The shop's order")),
    security(("order_token" = [])),
    responses(
        (status = 200, body = inline(Answered), description = "The status after trying; status_code 412 where it could not be cancelled any more"),
        (status = 415, body = ErrorBody, description = "A body as a form sends it"),
        OrderErrors,
    )
)]
pub(crate) async fn cancel(
    State(merchant): State<Arc<Merchant>>,
    AuthorizedOrder(order_id): AuthorizedOrder,
    headers: HeaderMap,
) -> Result<Json<Answer>, ApiError> {
    // Nothing of a body is read; but any page can post a form.
    if guard::is_of_a_form(&headers) {
        return Err(ApiError::BadRequest {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            status_message: "Expected request without a body, or with `Content-Type: application/json`".to_owned(),
            validation_messages: Vec::new(),
        });
    }
    merchant.guard.check_charge_rate(&order_id)?;
    Ok(Json(merchant.payments.cancel(&order_id).await?))
}
