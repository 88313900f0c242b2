//! The accept loop: accepts connections, each with its limits, until shutdown.
//!
//! HTTP/1.1 by hyper, and not `axum::serve`, because that has no limit for how slowly a request's head may come, how long
//! it may be, or how many connections there are. One connection too many is answered 503 and closed.

use crate::guard::{API_POLICY, Client, Permits, SECURITY_HEADERS};
use crate::settings::LimitSettings;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// Header lines in one request. A browser behind two proxies sends some thirty.
const MOST_HEADERS: usize = 64;
/// Bytes of a request's head. Longer ones are answered 431 (414 where it is the address that is long).
const MOST_HEAD_BYTES: usize = 16 * 1024;
/// Bytes of a connection's buffers. Nothing that is read or written here is longer.
const MOST_BUFFER_BYTES: usize = 64 * 1024;
/// How long to wait when no connection can be accepted (out of file descriptors, mostly): until some have been closed.
const BREATHE: Duration = Duration::from_secs(1);
/// The body of the answer to a connection too many.
const FULL: &str = r#"{"status_code":"503","status_message":"Too many connections are open"}"#;

/// Serves `listener` until `stop` is done, then lets every open connection finish its request.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &LimitSettings,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_headers(MOST_HEADERS)
        .max_header_size(MOST_HEAD_BYTES)
        .max_buf_size(MOST_BUFFER_BYTES);
    // Behind proxies all peers are proxies, and there is no telling how many clients are behind one.
    let per_client = limits.connections_per_client.filter(|_| limits.trusted_proxies == 0);
    let permits = Permits::new(limits.connections, per_client);
    let (open, full) = (GracefulShutdown::new(), full());
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(e) if is_the_clients(e.kind()) => continue,
            Err(why) => {
                tracing::error!(%why, "no connection can be accepted");
                tokio::time::sleep(BREATHE).await;
                continue;
            }
        };
        let Some(permit) = permits.take(Client::at(peer.ip())) else {
            tracing::debug!("a connection too many was refused");
            // Into the socket's empty buffer; whoever does not read it has been told all the same.
            let _ = stream.try_write(full.as_bytes());
            continue;
        };
        // Events are small and should not wait for each other; an error here means that the client has gone already.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request);
            async move {
                let mut response = answer.await?;
                // RFC 9112 §6.1: there may have been a Content-Length too, which hyper has taken away, and a proxy may have
                // believed that one. What follows on this connection is not to be taken for a request.
                if is_chunked {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(why) = connection.await {
                tracing::debug!(%why, "a connection broke");
            }
            drop(permit);
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// The whole answer to a connection too many, with the headers that the router would have put around it.
fn full() -> String {
    let mut answer = "HTTP/1.1 503 Service Unavailable\r\n".to_owned();
    let own = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::RETRY_AFTER, "5"),
        (header::CONNECTION, "close"),
        (header::CONTENT_SECURITY_POLICY, API_POLICY),
    ];
    for (name, value) in own.into_iter().chain(SECURITY_HEADERS) {
        answer += &format!("{name}: {value}\r\n");
    }
    answer + &format!("content-length: {}\r\n\r\n{FULL}", FULL.len())
}

/// True if the error is of the one connection that was to be accepted, not of accepting.
fn is_the_clients(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}
