//! `POST /api/gopay/orders/{order_id}/cancel`: cancels what is not paid yet.

use super::AuthorizedOrder;
use crate::error::ApiError;
use crate::guard;
use crate::merchant::Merchant;
use crate::openapi::{Answered, OrderErrors};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use gopay_contract::{Answer, ErrorBody, OrderId};
use std::sync::Arc;

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
