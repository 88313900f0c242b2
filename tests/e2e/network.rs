//! The network between browsers and the shop: all of it goes through here. It remembers what was said, and it can be cut,
//! or let only some things through, in every engine alike.

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

/// What a browser asked the shop, and what it was answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The path that was asked for, with its query.
    pub path: String,
    /// The HTTP status of the answer; none while there is none, or where the connection was cut before.
    pub status: Option<u16>,
    /// All headers of request and answer.
    pub headers: String,
    /// As much of the answer's body as has come.
    pub body: String,
}

/// The one network of a shop.
pub struct Network {
    port: u16,
    inside: Arc<Inside>,
    listening: JoinHandle<()>,
}

struct Inside {
    /// `http://127.0.0.1:PORT` of the merchant.
    merchant: String,
    http: reqwest::Client,
    is_cut: watch::Sender<bool>,
    blocked: Mutex<Option<String>>,
    exchanges: Mutex<Vec<Exchange>>,
}

impl Network {
    /// Opens it before a merchant on this port.
    pub(crate) async fn opens(merchant_port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("this machine has a free port");
        let port = listener.local_addr().expect("it has one").port();
        // Each answer on a connection of its own: a merchant that goes down leaves no old one behind.
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).pool_max_idle_per_host(0);
        let inside = Arc::new(Inside {
            merchant: format!("http://127.0.0.1:{merchant_port}"),
            http: http.build().expect("an HTTP client"),
            is_cut: watch::Sender::new(false),
            blocked: Mutex::default(),
            exchanges: Mutex::default(),
        });
        let listening = tokio::spawn(listen(listener, Arc::clone(&inside)));
        Self { port, inside, listening }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Nothing gets through any more, and what is under way breaks off; or all is well again.
    pub fn is_cut(&self, cut: bool) {
        self.inside.is_cut.send_replace(cut);
    }

    /// Cuts every request whose path ends so, as some networks do with what they do not know.
    pub fn blocks(&self, path_end: &str) {
        *lock(&self.inside.blocked) = Some(path_end.to_owned());
    }

    /// Everything so far, what is still under way included.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.inside.exchanges).clone()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.is_cut(true);
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, inside: Arc<Inside>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connect(stream, Arc::clone(&inside)));
    }
}

async fn connect(stream: TcpStream, inside: Arc<Inside>) {
    let mut is_cut = inside.is_cut.subscribe();
    let service = service_fn(|request| inside.clone().carry(request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        biased;
        _ = is_cut.wait_for(|cut| *cut) => {}
        // How a connection ended is the browser's to see.
        _ = connection => {}
    }
}

/// Why there is no answer: then the connection ends without one.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("this network lets no such request through")]
    Blocked,
    #[error(transparent)]
    Request(#[from] hyper::Error),
    #[error(transparent)]
    Answer(#[from] reqwest::Error),
    #[error(transparent)]
    Strange(#[from] hyper::http::Error),
}

impl Inside {
    async fn carry(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<UnsyncBoxBody<Bytes, reqwest::Error>>, Broken> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let number = {
            let mut exchanges = lock(&self.exchanges);
            let headers = format!("{:?}", request.headers());
            exchanges.push(Exchange { path: path.clone(), status: None, headers, body: String::new() });
            exchanges.len() - 1
        };
        if lock(&self.blocked).as_deref().is_some_and(|end| request.uri().path().ends_with(end)) {
            return Err(Broken::Blocked);
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
            if let Some(policy) = WidgetBuild::asked_for().policy().filter(|_| is_page) {
                headers.append(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
            }
        }
        self.notes(number, |exchange| {
            exchange.status = Some(answer.status().as_u16());
            exchange.headers.push_str(&format!(" {:?}", answer.headers()));
        });
        let noting = Arc::clone(&self);
        let body = answer.bytes_stream().map_ok(move |bytes| {
            noting.notes(number, |exchange| exchange.body.push_str(&String::from_utf8_lossy(&bytes)));
            Frame::data(bytes)
        });
        Ok(response.body(BodyExt::boxed_unsync(StreamBody::new(body)))?)
    }

    fn notes(&self, number: usize, note: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = lock(&self.exchanges).get_mut(number) {
            note(exchange);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
