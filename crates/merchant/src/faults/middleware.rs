//! Middleware that applies faults to requests.

use super::mutate::Mutation;
use super::{Content, FaultKind, FaultRegistry, Operation};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use gopay_contract::ErrorBody;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

/// Between the half of a body that comes and the cut: the half is to be on its way by then.
const BEFORE_THE_CUT: Duration = Duration::from_millis(20);

/// Passes a request on, or applies a fault to it.
pub(crate) async fn inject(
    State((registry, operation)): State<(Arc<FaultRegistry>, Operation)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(fault) = registry.next_fault(operation) else { return next.run(request).await };
    tracing::warn!(?operation, ?fault, "a fault is injected, on request");
    match fault {
        FaultKind::Answer { http_status, body, status_code, retry_after } => {
            answer(http_status, body, status_code.unwrap_or(http_status), retry_after)
        }
        FaultKind::TimeOut {} => {
            registry.closed().await;
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        FaultKind::Cut {} => cut_off(next.run(request).await).await,
        FaultKind::Mutate { change } => mutate(next.run(request).await, change).await,
        FaultKind::Silent {} => stream(silence(&registry)),
        FaultKind::Ends {} => stream(Body::empty()),
    }
}

fn answer(http_status: u16, body: Content, status_code: u16, retry_after: Option<u32>) -> Response {
    let mut response = match body {
        Content::Html => Html("<!DOCTYPE html><html><body><h1>Not the shop</h1></body></html>").into_response(),
        Content::Empty => ().into_response(),
        Content::NotJson => ([(header::CONTENT_TYPE, "application/json")], "{\"order_id\":\"or").into_response(),
        Content::Midtrans => {
            Json(ErrorBody::new(status_code, "This was asked for at /merchant/faults.")).into_response()
        }
    };
    // Only 200 to 599 gets this far.
    *response.status_mut() = StatusCode::from_u16(http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Half of the body, or of a stream's first event; then the connection breaks.
async fn cut_off(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let first = body.into_data_stream().next().await.and_then(Result::ok).unwrap_or_default();
    if !is_stream(&parts.headers) {
        parts.headers.insert(header::CONTENT_LENGTH, first.len().into());
    }
    let (pieces, body) = mpsc::channel::<io::Result<Bytes>>(1);
    tokio::spawn(async move {
        // Errors mean that the client has left by itself.
        let _ = pieces.send(Ok(first.slice(..first.len() / 2))).await;
        tokio::time::sleep(BEFORE_THE_CUT).await;
        let _ = pieces.send(Err(io::Error::other("cut on request"))).await;
    });
    Response::from_parts(parts, Body::from_stream(ReceiverStream::new(body)))
}

async fn mutate(response: Response, change: Mutation) -> Response {
    let (mut parts, body) = response.into_parts();
    if is_stream(&parts.headers) {
        // Whole events come, each in one piece: so the merchant's own stream writes them.
        let events = body
            .into_data_stream()
            .map(move |piece| piece.map(|piece| Bytes::from(change.events(&String::from_utf8_lossy(&piece)))));
        return Response::from_parts(parts, Body::from_stream(events));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(body) => (parts, change.text(&String::from_utf8_lossy(&body))).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

fn stream(body: Body) -> Response {
    let kind = HeaderValue::from_static("text/event-stream");
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// Nothing, until the client leaves or the process stops.
fn silence(registry: &FaultRegistry) -> Body {
    let (silent, body) = mpsc::channel::<Result<Bytes, Infallible>>(1);
    let closed = registry.closed();
    tokio::spawn(async move {
        tokio::select! {
            () = closed => {}
            () = silent.closed() => {}
        }
    });
    Body::from_stream(ReceiverStream::new(body))
}
