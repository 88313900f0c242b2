//! Answers that are spoiled, or late, on request.

use super::error_of;
use crate::{
    faults::{Operation, Spoiler, When},
    lock::lock,
    sandbox::Sandbox,
};
use axum::{
    body::{Body, Bytes},
    extract::{MatchedPath, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use std::{io, sync::Arc};

impl Operation {
    /// What the request's route is, if a fault may strike it.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        match request.extensions().get::<MatchedPath>()?.as_str() {
            "/v2/charge" => Some(Self::Charge),
            "/v2/{id}/status" => Some(Self::Status),
            "/v2/{id}/cancel" => Some(Self::Cancel),
            "/v2/{id}/expire" => Some(Self::Expire),
            "/v2/{id}/refund" | "/v2/{id}/refund/online/direct" => Some(Self::Refund),
            "/v2/gopay/{transaction_id}/qr-code" | "/v4/qris/gopay/{reference}/qr-code" => Some(Self::QrCode),
            _ => None,
        }
    }
}

/// Lets a request through, or does to it what was asked for.
pub(crate) async fn spoil(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let spoiler = Operation::of(&request).and_then(|operation| lock(&sandbox.faults).spoiler(operation));
    let Some((spoiler, when)) = spoiler else {
        return next.run(request).await;
    };
    let spoiled = match spoiler {
        Spoiler::Error(status_code) => error_of(&sandbox, status_code),
        Spoiler::EdgePage => edge_page(),
        Spoiler::Cut => cut(),
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

/// Does the work at once, and answers as late as was asked for.
pub(crate) async fn delay(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let latency = Operation::of(&request).map(|operation| lock(&sandbox.faults).latency(operation));
    let response = next.run(request).await;
    if let Some(latency) = latency {
        tokio::time::sleep(latency).await;
    }
    response
}

fn edge_page() -> Response {
    let page = "<!DOCTYPE html><html><head><title>Access denied</title></head><body><h1>Error 1020</h1></body></html>";
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}

/// An answer that breaks off before its first byte of body: hyper then closes the connection.
fn cut() -> Response {
    let broken = tokio_stream::once(Err::<Bytes, _>(io::Error::other("cut on request")));
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(broken)).into_response()
}
