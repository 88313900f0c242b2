//! The images behind `generate-qr-code` and `generate-qr-code-v2`. Public: a shop's page shows them in an `<img>`.

mod picture;

use crate::{ApiError, behaviour::QrCodeWhenFinal, core_api::error_response, ledger::Transaction, sandbox::Sandbox};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use picture::Look;
use std::sync::Arc;

/// `GET /v2/gopay/{transaction_id}/qr-code`
pub(crate) async fn plain(State(sandbox): State<Arc<Sandbox>>, Path(transaction_id): Path<String>) -> Response {
    let found = sandbox.with_ledger(|ledger, _| ledger.find(&transaction_id).cloned());
    image(&sandbox, found, Look::Plain)
}

/// `GET /v4/qris/gopay/{reference}/qr-code`
pub(crate) async fn framed(State(sandbox): State<Arc<Sandbox>>, Path(reference): Path<String>) -> Response {
    let found = sandbox.with_ledger(|ledger, _| ledger.find_by_reference(&reference).cloned());
    image(&sandbox, found, Look::Framed)
}

fn image(sandbox: &Sandbox, found: Result<Transaction, ApiError>, look: Look) -> Response {
    let behaviour = sandbox.behaviour();
    let refused = |transaction: &Transaction| match behaviour.qr_code_when_final {
        QrCodeWhenFinal::Served => false,
        QrCodeWhenFinal::Refused => transaction.transaction_status().is_final(),
    };
    let png = found.and_then(|transaction| {
        if !behaviour.qris_activated {
            return Err(ApiError::PartnerUnavailable);
        }
        if refused(&transaction) {
            return Err(ApiError::NotFound);
        }
        picture::png(&transaction.qris, look, behaviour.qr_code_module_pixels).map_err(|error| {
            tracing::error!(%error, "a QR code could not be drawn");
            ApiError::PartnerUnavailable
        })
    });
    match png {
        Ok(png) => {
            let headers = [
                (header::CONTENT_TYPE, "image/png"),
                (header::CACHE_CONTROL, behaviour.qr_code_cache_control.as_str()),
            ];
            (headers, png).into_response()
        }
        Err(error) => error_response(sandbox, &error),
    }
}
