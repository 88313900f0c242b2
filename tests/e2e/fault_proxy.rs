//! Fault proxy: an HTTP proxy between browsers and merchant. It records the traffic, and can cut the connection or block
//! some requests, in every engine alike.

use crate::widget_build::WidgetBuild;
use futures_util::TryStreamExt;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, server::conn::http1};
use hyper_util::rt::TokioIo;
use reqwest::redirect::Policy;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// One request of a browser to the shop, and the response.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request's path with its query.
    pub path: String,
    /// HTTP status of the response; `None` until it arrives, and where the connection was cut before.
    pub status: Option<u16>,
    /// All headers of request and response.
    pub headers: String,
    /// The part of the response body received so far.
    pub body: String,
}

/// The proxy in front of a shop.
pub struct FaultProxy {
    port: u16,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

struct Shared {
    /// `http://127.0.0.1:PORT` of the merchant.
    merchant: String,
    http: reqwest::Client,
    is_cut: watch::Sender<bool>,
    blocked: Mutex<Option<String>>,
    exchanges: Mutex<Vec<Exchange>>,
}

impl FaultProxy {
    /// Starts a proxy for the merchant on this port.
    pub(crate) async fn opens(merchant_port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("this machine has a free port");
        let port = listener.local_addr().expect("it has one").port();
        // No connection pool: connections to a merchant that has stopped are never reused.
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).pool_max_idle_per_host(0);
        let shared = Arc::new(Shared {
            merchant: format!("http://127.0.0.1:{merchant_port}"),
            http: http.build().expect("an HTTP client"),
            is_cut: watch::Sender::new(false),
            blocked: Mutex::default(),
            exchanges: Mutex::default(),
        });
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Self { port, shared, listening }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts all traffic, requests in flight included; or lets it through again.
    pub fn is_cut(&self, cut: bool) {
        self.shared.is_cut.send_replace(cut);
    }

    /// Blocks every request whose path ends with `path_end`, as some networks block event streams.
    pub fn blocks(&self, path_end: &str) {
        *lock(&self.shared.blocked) = Some(path_end.to_owned());
    }

    /// All exchanges so far, those in flight included.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.shared.exchanges).clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.is_cut(true);
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connect(stream, Arc::clone(&shared)));
    }
}

async fn connect(stream: TcpStream, shared: Arc<Shared>) {
    let mut is_cut = shared.is_cut.subscribe();
    let service = service_fn(|request| shared.clone().forwards(request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        biased;
        _ = is_cut.wait_for(|cut| *cut) => {}
        // Connection errors are for the browser to notice.
        _ = connection => {}
    }
}

/// Reason to end a connection without a response.
#[derive(Debug, thiserror::Error)]
enum ProxyError {
    #[error("the proxy blocks this request")]
    Blocked,
    #[error(transparent)]
    Request(#[from] hyper::Error),
    #[error(transparent)]
    Answer(#[from] reqwest::Error),
    #[error(transparent)]
    InvalidResponse(#[from] hyper::http::Error),
}

impl Shared {
    async fn forwards(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<UnsyncBoxBody<Bytes, reqwest::Error>>, ProxyError> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let number = {
            let mut exchanges = lock(&self.exchanges);
            let headers = format!("{:?}", request.headers());
            exchanges.push(Exchange { path: path.clone(), status: None, headers, body: String::new() });
            exchanges.len() - 1
        };
        if lock(&self.blocked).as_deref().is_some_and(|end| request.uri().path().ends_with(end)) {
            return Err(ProxyError::Blocked);
        }

        let (head, body) = request.into_parts();
        let asked = self.http.request(head.method, format!("{}{path}", self.merchant)).headers(head.headers);
        let answer = asked.body(body.collect().await?.to_bytes()).send().await?;

        let mut response = Response::builder().status(answer.status());
        let is_page =
            answer.headers().get(header::CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
            // Of this connection's own making.
            headers.remove(header::TRANSFER_ENCODING);
            headers.remove(header::CONNECTION);
            if let Some(policy) = WidgetBuild::from_env().policy().filter(|_| is_page) {
                headers.append(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
            }
        }
        self.records(number, |exchange| {
            exchange.status = Some(answer.status().as_u16());
            exchange.headers.push_str(&format!(" {:?}", answer.headers()));
        });
        let recording = Arc::clone(&self);
        let body = answer.bytes_stream().map_ok(move |bytes| {
            recording.records(number, |exchange| exchange.body.push_str(&String::from_utf8_lossy(&bytes)));
            Frame::data(bytes)
        });
        Ok(response.body(BodyExt::boxed_unsync(StreamBody::new(body)))?)
    }

    fn records(&self, number: usize, note: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = lock(&self.exchanges).get_mut(number) {
            note(exchange);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
