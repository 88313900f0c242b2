//! Middleware that applies faults to requests.

use crate::fault::{Content, FaultKind, Faults, Operation};
use crate::mutate::Mutation;
use axum::Json;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream::unfold;
use gopay_contract::ErrorBody;
use std::convert::Infallible;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};

/// Between the half of a body that comes and the cut: the half is to be on its way by then.
const BEFORE_THE_CUT: Duration = Duration::from_millis(20);

/// Passes a request on, or applies a fault to it. For [`axum::middleware::from_fn_with_state`].
pub async fn inject(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let operation = Operation::of(request.method(), request.uri().path());
    let Some(fault) = operation.and_then(|operation| faults.next(operation)) else { return next.run(request).await };
    tracing::warn!(?operation, ?fault, "a fault is injected, on request");
    match fault {
        FaultKind::Answer { http_status, body, status_code, retry_after } => {
            answer(http_status, body, status_code.unwrap_or(http_status), retry_after)
        }
        FaultKind::TimeOut {} => {
            faults.closed().await;
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        FaultKind::Cut {} => cut_off(next.run(request).await).await,
        FaultKind::Mutate { change } => mutate(next.run(request).await, change).await,
        FaultKind::Silent {} => stream(silence(&faults)),
        FaultKind::Ends {} => stream(Body::empty()),
    }
}

fn answer(http_status: u16, body: Content, status_code: u16, retry_after: Option<u32>) -> Response {
    let mut response = match body {
        Content::Html => Html("<!DOCTYPE html><html><body><h1>Not the shop</h1></body></html>").into_response(),
        Content::Empty => ().into_response(),
        Content::NotJson => ([(header::CONTENT_TYPE, "application/json")], "{\"order_id\":\"or").into_response(),
        Content::Midtrans => Json(ErrorBody::new(status_code, "This fault was asked for.")).into_response(),
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
    let first = if is_stream(&parts.headers) {
        whole_events(body).next().await.and_then(Result::ok).unwrap_or_default()
    } else {
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        parts.headers.insert(header::CONTENT_LENGTH, body.len().into());
        body
    };
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
        let events = whole_events(body)
            .map(move |event| event.map(|event| Bytes::from(change.events(&String::from_utf8_lossy(&event)))));
        return Response::from_parts(parts, Body::from_stream(events));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(body) => (parts, change.text(&String::from_utf8_lossy(&body))).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The events of a stream, each in one piece, however the pieces came. What is left at the end comes as it is.
fn whole_events(body: Body) -> std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, axum::Error>> + Send>> {
    let state: (BodyDataStream, Vec<u8>) = (body.into_data_stream(), Vec::new());
    Box::pin(unfold(state, |(mut pieces, mut read)| async move {
        loop {
            if let Some(end) = read.windows(2).position(|pair| pair == b"\n\n") {
                let rest = read.split_off(end + 2);
                return Some((Ok(Bytes::from(read)), (pieces, rest)));
            }
            match pieces.next().await {
                Some(Ok(piece)) => read.extend_from_slice(&piece),
                Some(Err(why)) => return Some((Err(why), (pieces, Vec::new()))),
                None if read.is_empty() => return None,
                None => return Some((Ok(Bytes::from(read)), (pieces, Vec::new()))),
            }
        }
    }))
}

pub(crate) fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

fn stream(body: Body) -> Response {
    let kind = HeaderValue::from_static("text/event-stream");
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// Nothing, until the client leaves or the process stops.
fn silence(faults: &Faults) -> Body {
    let (silent, body) = mpsc::channel::<Result<Bytes, Infallible>>(1);
    let closed = faults.closed();
    tokio::spawn(async move {
        tokio::select! {
            () = closed => {}
            () = silent.closed() => {}
        }
    });
    Body::from_stream(ReceiverStream::new(body))
}
