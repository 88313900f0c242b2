//! Applies faults to answers.

use super::{error_response, injected_error};
use crate::{
    error::ApiError,
    faults::{Mutation, Operation, RequestFaults, When},
    ledger::ChargedOrderId,
    lock,
    sandbox::Sandbox,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{MatchedPath, RawPathParams, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use std::{io, sync::Arc, time::Duration};

impl Operation {
    /// The request's operation, if a fault may strike it.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        match request.extensions().get::<MatchedPath>()?.as_str() {
            "/v2/charge" => Some(Self::Charge),
            "/v2/{id}/status" => Some(Self::Status),
            "/v2/{id}/cancel" => Some(Self::Cancel),
            "/v2/{id}/expire" => Some(Self::Expire),
            "/v2/{id}/refund" | "/v2/{id}/refund/online/direct" => Some(Self::Refund),
            "/v2/gopay/{transaction_id}/qr-code"
            | "/v4/qris/gopay/{reference}/qr-code"
            | "//v4/qris/gopay/{reference}/qr-code" => Some(Self::QrCode),
            _ => None,
        }
    }
}

/// The delay of this request's answer: decided in [`inject_faults`], done in [`delay`].
#[derive(Clone, Copy)]
struct Delay(Duration);

/// Applies the faults to a request, or lets it through.
pub(crate) async fn inject_faults(
    State(sandbox): State<Arc<Sandbox>>,
    parameters: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let Some(operation) = Operation::of(&request).filter(|_| !lock(&sandbox.faults).is_empty()) else {
        return next.run(request).await;
    };
    let (order_id, mut request) = match order_id(&sandbox, operation, &parameters, request).await {
        Ok(found) => found,
        Err(error) => return error_response(&sandbox, &error),
    };
    let now = sandbox.clock.now().jakarta();
    let RequestFaults { mutation, latency } = lock(&sandbox.faults).request(now, operation, order_id.as_deref());
    request.extensions_mut().insert(Delay(latency));
    sandbox.changes.notify();
    let Some((mutation, when)) = mutation else {
        return next.run(request).await;
    };
    let spoiled = match mutation {
        Mutation::Error(status_code, http_status) => injected_error(&sandbox, status_code, http_status),
        Mutation::EdgePage(http_status) => edge_page(http_status),
        Mutation::Cut => cut_connection(),
    };
    match when {
        When::Before => spoiled,
        When::After => {
            // Done to its end even if the caller hangs up meanwhile.
            drop(tokio::spawn(next.run(request)).await);
            spoiled
        }
    }
}

/// The order's id in the request: in the body of a charge, in the path of all others.
async fn order_id(
    sandbox: &Sandbox,
    operation: Operation,
    parameters: &RawPathParams,
    request: Request,
) -> Result<(Option<String>, Request), ApiError> {
    if operation == Operation::Charge {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|_| ApiError::Malformed)?;
        let read: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let order_id = ChargedOrderId::text_of(&read["transaction_details"]["order_id"]);
        return Ok((order_id, Request::from_parts(head, Body::from(body))));
    }
    let found = parameters.iter().next().and_then(|(_, id)| {
        sandbox.with_ledger(|ledger, _| {
            let found = ledger.find(id).or_else(|_| ledger.find_by_reference(id));
            found.ok().map(|transaction| transaction.charge.order_id.to_string())
        })
    });
    Ok((found, request))
}

/// Delays the answer; the work is done at once.
pub(crate) async fn delay(request: Request, next: Next) -> Response {
    let late = request.extensions().get::<Delay>().copied();
    let response = next.run(request).await;
    if let Some(Delay(latency)) = late {
        tokio::time::sleep(latency).await;
    }
    response
}

fn edge_page(http_status: u16) -> Response {
    let page = "<!DOCTYPE html><html><head><title>Access denied</title></head><body><h1>Error 1020</h1></body></html>";
    (StatusCode::from_u16(http_status).unwrap_or(StatusCode::FORBIDDEN), Html(page)).into_response()
}

/// Cuts an answer before its first byte of body: hyper then closes the connection.
fn cut_connection() -> Response {
    let broken = tokio_stream::once(Err::<Bytes, _>(io::Error::other("cut on request")));
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(broken)).into_response()
}
