//! The proxy between a client and a server of this test's own.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use fault_proxy::{Fault, FaultProxy, Moment};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

/// A server that echoes bodies, streams an event in two pieces, and counts its requests.
struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn starts(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(AtomicUsize::new(0));
        let routes = Router::new().fallback(answer).with_state((name, Arc::clone(&requests)));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, requests }
    }
}

async fn answer(State((name, requests)): State<(&'static str, Arc<AtomicUsize>)>, request: Request) -> Response {
    requests.fetch_add(1, Ordering::SeqCst);
    if request.uri().path().ends_with("/events") {
        let pieces = ["id: 1\ndata: {\"transaction_", "status\":\"pending\"}\n\n"];
        let pieces = futures_util::stream::iter(pieces.map(|piece| Ok::<_, Infallible>(Bytes::from(piece))));
        return ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(pieces)).into_response();
    }
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    format!("{name} was sent {}", String::from_utf8_lossy(&body)).into_response()
}

/// The answer to a request; `None`: no answer, or not all of it.
async fn send(proxy: &FaultProxy, path: &str, body: &'static str) -> Option<(StatusCode, HeaderMap, String)> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = hyper::Request::post(format!("{}{path}", proxy.url())).body(Full::from(body)).expect("a request");
    let (head, body) = client.request(request).await.ok()?.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    Some((head.status, head.headers, String::from_utf8_lossy(&body).into_owned()))
}

async fn text(proxy: &FaultProxy, path: &str) -> Option<String> {
    send(proxy, path, "hello").await.map(|(_, _, text)| text)
}

#[tokio::test]
async fn what_passes_is_what_was_said_and_is_recorded() {
    let server = Server::starts("one").await;
    let proxy = FaultProxy::before(&server.url).await;
    assert_eq!(text(&proxy, "/a?b=c").await.as_deref(), Some("one was sent hello"));
    let exchanges = proxy.exchanges();
    let [exchange] = exchanges.as_slice() else { panic!("{exchanges:?}") };
    assert_eq!((exchange.method.as_str(), exchange.path.as_str(), exchange.status), ("POST", "/a?b=c", Some(200)));
    assert_eq!((&exchange.request_body[..], exchange.body.as_str()), (&b"hello"[..], "one was sent hello"));
    assert!(exchange.headers.contains("text/plain"), "{}", exchange.headers);
}

#[tokio::test]
async fn several_servers_are_asked_in_turn_and_one_that_is_not_there_gives_no_answer() {
    let (one, other) = (Server::starts("one").await, Server::starts("other").await);
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let proxy = FaultProxy::before_each_of(vec![one.url.clone(), other.url.clone(), format!("http://{nobody}")]).await;
    for said in [Some("one was sent hello"), Some("other was sent hello"), None, Some("one was sent hello")] {
        assert_eq!(text(&proxy, "/").await.as_deref(), said);
    }
}

#[tokio::test]
async fn what_is_blocked_gets_no_answer_and_the_server_does_not_hear_it() {
    let server = Server::starts("one").await;
    let proxy = FaultProxy::before(&server.url).await;
    proxy.block("/events");
    assert_eq!(text(&proxy, "/orders/order-101/events").await, None);
    assert!(text(&proxy, "/orders/order-101").await.is_some());
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_held_request_waits_before_the_server_or_behind_it() {
    for (moment, heard) in [(Moment::Asked, 0), (Moment::Answered, 1)] {
        let server = Server::starts("one").await;
        let proxy = Arc::new(FaultProxy::before(&server.url).await);
        let mut held = proxy.hold("/charge", moment);
        let asking = Arc::clone(&proxy);
        let waiting = tokio::spawn(async move { text(&asking, "/v2/charge").await });
        held.caught().await;
        assert_eq!(server.requests.load(Ordering::SeqCst), heard, "{moment:?}");
        assert!(!waiting.is_finished(), "{moment:?}");
        held.release();
        assert_eq!(waiting.await.expect("no panic").as_deref(), Some("one was sent hello"), "{moment:?}");
    }
}

#[tokio::test]
async fn cut_traffic_ends_requests_in_flight_until_it_is_let_through_again() {
    let server = Server::starts("one").await;
    let proxy = Arc::new(FaultProxy::before(&server.url).await);
    let mut held = proxy.hold("/", Moment::Answered);
    let asking = Arc::clone(&proxy);
    let waiting = tokio::spawn(async move { text(&asking, "/").await });
    held.caught().await;
    proxy.set_cut(true);
    assert_eq!(waiting.await.expect("no panic"), None);
    assert_eq!(text(&proxy, "/").await, None);
    proxy.set_cut(false);
    assert!(text(&proxy, "/").await.is_some());
}

#[tokio::test]
async fn texts_and_headers_are_replaced_until_they_are_not() {
    let server = Server::starts("one").await;
    let proxy = FaultProxy::before(&server.url).await;
    proxy.replace(Some(("hello", "good-bye")));
    proxy.set_header(header::DATE, "Sat, 31 Jan 2026 03:00:00 GMT");
    let (_, headers, said) = send(&proxy, "/", "hello").await.expect("an answer");
    assert_eq!(said, "one was sent good-bye");
    assert_eq!(headers[header::DATE], "Sat, 31 Jan 2026 03:00:00 GMT");
    proxy.replace(None);
    assert_eq!(text(&proxy, "/").await.as_deref(), Some("one was sent hello"));
}

#[tokio::test]
async fn faults_strike_the_widgets_requests_and_no_others() {
    let server = Server::starts("one").await;
    let proxy = FaultProxy::before(&server.url).await;
    let fault = |fault| proxy.faults().add(Fault::read(&fault).expect("a fault"));
    fault(json!({"fault": "answer", "http_status": 503, "body": "empty", "on": ["charge"]}));
    fault(json!({"fault": "cut", "on": ["charge"]}));
    assert!(text(&proxy, "/api/shop/orders").await.is_some());
    let (status, _, said) = send(&proxy, "/api/gopay/charge", "hello").await.expect("an answer");
    assert_eq!((status, said.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
    assert_eq!(server.requests.load(Ordering::SeqCst), 1, "the charge was not passed on");
    assert_eq!(text(&proxy, "/api/gopay/charge").await, None, "half of it came");
    assert_eq!(server.requests.load(Ordering::SeqCst), 2);
    assert!(text(&proxy, "/api/gopay/charge").await.is_some(), "both are used up");
}

#[tokio::test]
async fn an_event_is_changed_whole_however_its_pieces_come() {
    let server = Server::starts("one").await;
    let proxy = FaultProxy::before(&server.url).await;
    proxy.faults().add(Fault::read(&json!({"fault": "mutate", "change": "transaction_status"})).expect("a fault"));
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let url = format!("{}/orders/order-101/events", proxy.url()).parse().expect("a URL");
    let body = client.get(url).await.expect("a stream").into_body().collect().await.expect("events").to_bytes();
    assert_eq!(body, "id: 1\ndata: {\"transaction_status\":\"sukses\"}\n\n");
}
