//! `POST /api/gopay/notifications`: Midtrans' webhook.
//!
//! The answer decides whether Midtrans sends it again: 200 is done, 503 four more times, 400 twice. A signed notification that
//! is not about an order of ours is answered 200, too: the URL is the account's, and the dashboard's test expects it.

use crate::backend::Merchant;
use crate::error::ApiError;
use crate::metrics::Counter;
use crate::midtrans::MidtransError;
use crate::openapi::SignedNotification;
use crate::payments::Received;
use crate::telemetry::LogAuthorization;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::{Extension, Json};
use gopay_contract::ErrorBody;
use gopay_contract::midtrans::{InvalidNotification, Notification};
use secrecy::ExposeSecret;
use std::sync::Arc;

#[utoipa::path(
    post,
    path = "/notifications",
    tag = "midtrans",
    summary = "Midtrans tells of a transaction",
    request_body = SignedNotification,
    responses(
        (status = 200, body = ErrorBody, description = "Confirmed, and stored; or rightly signed and not about an order of ours"),
        (status = 400, body = ErrorBody, description = "No notification, or one that contradicts our order"),
        (status = 403, body = ErrorBody, description = "Its signature does not hold"),
        (status = 408, description = "It took too long"),
        (status = 413, body = ErrorBody, description = "A body of more than 16 KiB"),
        (status = 429, body = ErrorBody, description = "Too often; see Retry-After"),
        (status = 503, body = ErrorBody, description = "Midtrans does not confirm it yet, or our own trouble: it is to come again"),
    )
)]
pub(crate) async fn notification(
    State(merchant): State<Arc<Merchant>>,
    Extension(authorized): Extension<LogAuthorization>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ErrorBody>, ApiError> {
    let received = receive(&merchant, &authorized, body).await;
    merchant.metrics.count(Counter::Notifications, outcome(&received));
    received.map_err(ApiError::of_a_notification)?;
    Ok(Json(ErrorBody::new(200, "OK")))
}

async fn receive(
    merchant: &Merchant,
    authorized: &LogAuthorization,
    body: Result<Bytes, BytesRejection>,
) -> Result<Received, ApiError> {
    let body = body?;
    match Notification::verify(&body, merchant.server_key.expose_secret()) {
        Ok(notification) => {
            authorized.set();
            merchant.payments.handle(notification).await
        }
        Err(InvalidNotification::Unreadable { order_id, why }) => {
            merchant.payments.handle_unreadable(&order_id, &why).await
        }
        // The parser's sentence may quote the body, and nobody has signed it.
        Err(InvalidNotification::Malformed(_)) => Err(ApiError::invalid("the body is not a notification of Midtrans")),
        Err(InvalidNotification::Forged) => Err(ApiError::Forged),
    }
}

fn outcome(received: &Result<Received, ApiError>) -> &'static str {
    match received {
        Ok(Received::Recorded) => "recorded",
        Ok(Received::Stale) => "stale",
        Ok(Received::Duplicate) => "duplicate",
        Ok(Received::Foreign) => "foreign",
        Err(ApiError::BadRequest { .. }) => "malformed",
        Err(ApiError::Forged) => "forged",
        Err(
            ApiError::Unconfirmed | ApiError::Midtrans(MidtransError::Unreachable { .. } | MidtransError::Refused(_)),
        ) => "unconfirmed",
        Err(_) => "failed",
    }
}
