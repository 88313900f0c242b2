//! The accept loop, with a time limit for each thing that a client does.
//!
//! HTTP/1.1 by hyper, and not `axum::serve`, because that waits for a request's head for ever.

use crate::{ApiError, core_api::error_response, sandbox::Sandbox};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use std::{future::Future, io::ErrorKind, pin::pin, sync::Arc, time::Duration};
use tokio::{net::TcpListener, time::timeout};
use tower::ServiceExt as _;

/// Longest body of a request, whatever the switch `longest_body` says.
const MOST_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Pause when no connection can be accepted, mostly for want of file descriptors.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// Serves `listener` until `stop` is done, then lets every open connection finish its request. `time_limit` is for a
/// request's head, and for the time between two requests of a connection.
pub(crate) async fn serve(listener: TcpListener, router: Router, time_limit: Duration, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(time_limit);
    let open = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) if is_the_clients(error.kind()) => continue,
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_BACKOFF).await;
                continue;
            }
        };
        // Answers are small; an error here means that the client has gone already.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service =
            service_fn(move |request: hyper::Request<Incoming>| router.clone().oneshot(request.map(Body::new)));
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// True if accepting failed because of the one connection.
fn is_the_clients(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Reads the whole body before the request is handled. One that is too long, or does not come in time, is malformed as
/// Midtrans has it, and its connection is closed.
pub(crate) async fn read_body(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match timeout(sandbox.time_limit, to_bytes(body, MOST_BODY_BYTES)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Body::from(body))).await,
        Ok(Err(_)) | Err(_) => {
            let mut response = error_response(&sandbox, &ApiError::Malformed);
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}
