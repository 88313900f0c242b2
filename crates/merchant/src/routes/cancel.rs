//! `POST /api/gopay/orders/{order_id}/cancel`: cancels what is not paid yet.

use super::OpenedOrder;
use crate::error::ApiError;
use crate::guard;
use crate::merchant::Merchant;
use crate::openapi::{Answered, ErrorBody};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use gopay_contract::Answer;
use std::sync::Arc;

#[utoipa::path(
    post,
    path = "/orders/{order_id}/cancel",
    tag = "widget",
    summary = "Cancel what is not paid yet",
    params(("order_id" = String, Path, description = "The shop's order", pattern = "^[A-Za-z0-9_~.-]{1,50}$", example = "order-101")),
    security(("order_token" = [])),
    responses(
        (status = 200, body = inline(Answered), description = "The status after trying; status_code 412 where it could not be cancelled any more"),
        (status = 400, body = ErrorBody, description = "The body or the path cannot be read, or asks for what cannot be"),
        (status = 401, body = ErrorBody, description = "No token, or one that has expired"),
        (status = 403, body = ErrorBody, description = "Not this order's token"),
        (status = 404, body = ErrorBody, description = "No such order, or no charge of it yet"),
        (status = 408, description = "It took too long"),
        (status = 415, body = ErrorBody, description = "A body as a form sends it"),
        (status = 429, body = ErrorBody, description = "Too often; see Retry-After"),
        (status = 500, body = ErrorBody, description = "Our own trouble"),
        (status = 503, body = ErrorBody, description = "Busy, or Midtrans or the database cannot be asked; see Retry-After"),
    )
)]
pub(crate) async fn cancel(
    State(merchant): State<Arc<Merchant>>,
    OpenedOrder(order_id): OpenedOrder,
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
    merchant.guard.admits_charge_of(&order_id)?;
    Ok(Json(merchant.payments.cancel(&order_id).await?))
}
