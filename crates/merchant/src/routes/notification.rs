//! `POST /api/gopay/notifications`: Midtrans tells of a transaction.
//!
//! The answer decides whether Midtrans sends it again: 200 is done, 503 four more times, 400 and 404 twice.

use crate::cashier::Received;
use crate::core_api::CoreApiError;
use crate::merchant::Merchant;
use crate::metrics::Counter;
use crate::openapi::{ErrorBody as ErrorShape, Notification as NotificationBody};
use crate::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use gopay_contract::ErrorBody;
use gopay_contract::midtrans::{InvalidNotification, Notification};
use secrecy::ExposeSecret;
use std::sync::Arc;

#[utoipa::path(
    post,
    path = "/notifications",
    tag = "midtrans",
    summary = "Midtrans tells of a transaction",
    request_body = NotificationBody,
    responses(
        (status = 200, body = ErrorShape, description = "Confirmed, and stored"),
        (status = 400, body = ErrorShape, description = "No notification, or one that contradicts our order"),
        (status = 403, body = ErrorShape, description = "Its signature does not hold"),
        (status = 404, body = ErrorShape, description = "No such transaction"),
        (status = 408, description = "It took too long"),
        (status = 413, body = ErrorShape, description = "A body of more than 16 KiB"),
        (status = 429, body = ErrorShape, description = "Too often; see Retry-After"),
        (status = 503, body = ErrorShape, description = "Midtrans does not confirm it yet, or our own trouble: it is to come again"),
    )
)]
pub(crate) async fn notification(
    State(merchant): State<Arc<Merchant>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ErrorBody>, Problem> {
    let received = receive(&merchant, body).await;
    merchant.metrics.count(Counter::Notifications, outcome(&received));
    received.map_err(Problem::of_a_notification)?;
    Ok(Json(ErrorBody::new(200, "OK")))
}

async fn receive(merchant: &Merchant, body: Result<Bytes, BytesRejection>) -> Result<Received, Problem> {
    let body = body?;
    let notification =
        Notification::verify(&body, merchant.server_key.expose_secret()).map_err(|invalid| match invalid {
            // The parser's sentence may quote the body, and nobody has signed it.
            InvalidNotification::Malformed(_) => Problem::invalid("the body is not a notification of Midtrans"),
            InvalidNotification::Forged => Problem::Forged,
        })?;
    merchant.cashier.hear(notification).await
}

fn outcome(received: &Result<Received, Problem>) -> &'static str {
    match received {
        Ok(Received::Recorded) => "recorded",
        Ok(Received::Unchanged) => "unchanged",
        Ok(Received::Doubled) => "doubled",
        Err(Problem::BadRequest { .. }) => "malformed",
        Err(Problem::Forged) => "forged",
        Err(Problem::NoTransaction) => "unknown_order",
        Err(Problem::Unconfirmed | Problem::Midtrans(CoreApiError::Unreachable { .. } | CoreApiError::Refused(_))) => {
            "unconfirmed"
        }
        Err(_) => "failed",
    }
}
