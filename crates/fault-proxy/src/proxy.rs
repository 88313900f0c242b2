//! The HTTP proxy: stands between a client and a server, or before several servers in turn.

use crate::fault::Faults;
use crate::inject::{inject, is_stream};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

/// How long [`Held::caught`] waits: long enough for a busy machine.
const DEADLINE: Duration = Duration::from_secs(90);

/// One request, and the response.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request's method.
    pub method: Method,
    /// The request's path with its query.
    pub path: String,
    /// The request's body. Empty until all of it has come.
    pub request_body: Bytes,
    /// HTTP status of the response; `None` until it arrives, and where the connection was cut before.
    pub status: Option<u16>,
    /// All headers of request and response.
    pub headers: String,
    /// The part of the response body received so far.
    pub body: String,
}

/// The moment at which a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It has been sent; the server has not received it.
    Asked,
    /// The server has answered; the client has not received the answer.
    Answered,
}

/// A request that is held, or will be. Dropping it lets the request go.
#[derive(Debug)]
#[must_use = "dropping it lets the request go"]
pub struct Held {
    caught: oneshot::Receiver<()>,
    _release: oneshot::Sender<()>,
}

impl Held {
    /// Waits until the request is held.
    ///
    /// # Panics
    /// If no such request comes in time, or the proxy is gone.
    pub async fn caught(&mut self) {
        let caught = tokio::time::timeout(DEADLINE, &mut self.caught).await;
        caught.expect("such a request comes").expect("the proxy runs");
    }

    /// Lets the request go.
    pub fn release(self) {
        drop(self);
    }
}

/// An HTTP proxy on a port of its own. It ends, with all its connections, when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    port: u16,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    targets: Mutex<Vec<String>>,
    turn: AtomicUsize,
    client: Client<HttpConnector, Full<Bytes>>,
    faults: Faults,
    is_cut: watch::Sender<bool>,
    rules: Mutex<Rules>,
    exchanges: Mutex<Vec<Exchange>>,
    in_flight: InFlight,
}

/// Rules for all requests, beside the faults.
#[derive(Debug, Default)]
struct Rules {
    blocked: Option<String>,
    trap: Option<Trap>,
    replaced: Option<(String, String)>,
    header: Option<(HeaderName, HeaderValue)>,
}

#[derive(Debug)]
struct Trap {
    path_end: String,
    moment: Moment,
    caught: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

#[derive(Debug, Default)]
struct InFlight {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl FaultProxy {
    /// Starts a proxy that leads nowhere yet: [`FaultProxy::leads_to`] says where.
    ///
    /// # Panics
    /// If this machine has no free port.
    pub async fn open() -> Self {
        Self::before_each_of(Vec::new()).await
    }

    /// Starts a proxy before the server at `target`, like `http://127.0.0.1:7080`.
    ///
    /// # Panics
    /// If this machine has no free port.
    pub async fn before(target: &str) -> Self {
        Self::before_each_of(vec![target.to_owned()]).await
    }

    /// Starts a proxy that passes requests on to these servers in turn, whether they are there or not.
    ///
    /// # Panics
    /// If this machine has no free port.
    pub async fn before_each_of(targets: Vec<String>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("this machine has a free port");
        let port = listener.local_addr().expect("it has one").port();
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        // No connection pool: connections to a server that has stopped are never reused.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        let shared = Arc::new(Shared {
            targets: Mutex::new(targets),
            turn: AtomicUsize::new(0),
            client,
            faults: Faults::default(),
            is_cut: watch::Sender::new(false),
            rules: Mutex::default(),
            exchanges: Mutex::default(),
            in_flight: InFlight::default(),
        });
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Self { port, shared, listening }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:PORT` of the proxy.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on requests go to this server.
    pub fn leads_to(&self, target: &str) {
        *lock(&self.shared.targets) = vec![target.to_owned()];
    }

    /// The faults that it injects.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Cuts all traffic, requests in flight included; or lets it through again.
    pub fn set_cut(&self, cut: bool) {
        self.shared.is_cut.send_replace(cut);
    }

    /// Ends the connection of every request whose path ends with `path_end`, as some networks block event streams.
    pub fn block(&self, path_end: &str) {
        lock(&self.shared.rules).blocked = Some(path_end.to_owned());
    }

    /// Holds the next request whose path ends so.
    pub fn hold(&self, path_end: &str, moment: Moment) -> Held {
        let ((catch, caught), (release, released)) = (oneshot::channel(), oneshot::channel());
        lock(&self.shared.rules).trap = Some(Trap { path_end: path_end.to_owned(), moment, caught: catch, released });
        Held { caught, _release: release }
    }

    /// From now on answers say `by` where they said `text`; `None` ends it. Streams stay as they are.
    pub fn replace(&self, text_by: Option<(&str, &str)>) {
        lock(&self.shared.rules).replaced = text_by.map(|(text, by)| (text.to_owned(), by.to_owned()));
    }

    /// From now on answers have this header.
    pub fn set_header(&self, name: HeaderName, value: &'static str) {
        lock(&self.shared.rules).header = Some((name, HeaderValue::from_static(value)));
    }

    /// All exchanges so far, those in flight included.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.shared.exchanges).clone()
    }

    /// The most requests that were on their way to the server at the same time.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.shared.in_flight.most.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.set_cut(true);
        self.shared.faults.close();
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let routes = Router::new()
        .fallback(forward)
        .layer(from_fn_with_state(shared.faults.clone(), inject))
        .with_state(Arc::clone(&shared));
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connect(stream, routes.clone(), Arc::clone(&shared)));
    }
}

async fn connect(stream: TcpStream, routes: Router, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let mut is_cut = shared.is_cut.subscribe();
    let service = service_fn(|request| respond(request, routes.clone(), Arc::clone(&shared)));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        biased;
        _ = is_cut.wait_for(|cut| *cut) => {}
        // Connection errors are for the client to notice.
        _ = connection => {}
    }
}

/// The connection ends without an answer: the request is blocked, or the server cannot be reached.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no answer")]
struct NoAnswer;

/// The place of a request in the record.
#[derive(Clone, Copy, Debug)]
struct Number(usize);

async fn respond(mut request: Request<Incoming>, routes: Router, shared: Arc<Shared>) -> Result<Response, NoAnswer> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let number = {
        let mut exchanges = lock(&shared.exchanges);
        exchanges.push(Exchange {
            method: request.method().clone(),
            path,
            request_body: Bytes::new(),
            status: None,
            headers: format!("{:?}", request.headers()),
            body: String::new(),
        });
        exchanges.len() - 1
    };
    if lock(&shared.rules).blocked.as_deref().is_some_and(|end| request.uri().path().ends_with(end)) {
        return Err(NoAnswer);
    }
    request.extensions_mut().insert(Number(number));
    let Ok(response) = routes.oneshot(request.map(Body::new)).await;
    if response.extensions().get::<NoAnswer>().is_some() {
        return Err(NoAnswer);
    }
    shared.records(number, |exchange| {
        exchange.status = Some(response.status().as_u16());
        exchange.headers.push_str(&format!(" {:?}", response.headers()));
    });
    Ok(response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            if let Some(piece) = frame.data_ref() {
                shared.records(number, |exchange| exchange.body.push_str(&String::from_utf8_lossy(piece)));
            }
            frame
        }))
    }))
}

/// Passes a request on to the server.
async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match shared.forward(request).await {
        Some(response) => response,
        None => {
            let mut response = StatusCode::BAD_GATEWAY.into_response();
            response.extensions_mut().insert(NoAnswer);
            response
        }
    }
}

impl Shared {
    /// `None`: the server cannot be reached, or ends the connection.
    async fn forward(&self, request: Request) -> Option<Response> {
        let _in_flight = self.in_flight.enter();
        let (mut head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        let body = to_bytes(body, usize::MAX).await.ok()?;
        if let Some(Number(number)) = head.extensions.get() {
            self.records(*number, |exchange| exchange.request_body = body.clone());
        }
        self.wait(&path, Moment::Asked).await;
        head.uri = self.target_of(&head.uri)?;
        of_this_connection(&mut head.headers);
        let mut request = hyper::Request::new(Full::new(body));
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (head.method, head.uri, head.headers);
        let (mut head, body) = self.client.request(request).await.ok()?.into_parts();
        of_this_connection(&mut head.headers);
        if is_stream(&head.headers) {
            return Some(Response::from_parts(head, Body::new(body)));
        }
        let mut body = body.collect().await.ok()?.to_bytes();
        {
            let rules = lock(&self.rules);
            if let Some((text, by)) = &rules.replaced {
                body = String::from_utf8_lossy(&body).replace(text, by).into();
                head.headers.remove(header::CONTENT_LENGTH);
            }
            if let Some((name, value)) = &rules.header {
                head.headers.insert(name, value.clone());
            }
        }
        self.wait(&path, Moment::Answered).await;
        Some(Response::from_parts(head, Body::from(body)))
    }

    /// The request's address at the server whose turn it is.
    fn target_of(&self, uri: &Uri) -> Option<Uri> {
        let targets = lock(&self.targets);
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        let target = targets.get(turn.checked_rem(targets.len())?)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        format!("{}{path}", target.trim_end_matches('/')).parse().ok()
    }

    /// Holds the request, if it is the one.
    async fn wait(&self, path: &str, moment: Moment) {
        let trap = lock(&self.rules).trap.take_if(|trap| path.ends_with(&trap.path_end) && trap.moment == moment);
        if let Some(trap) = trap {
            let _ = trap.caught.send(());
            drop(trap.released.await);
        }
    }

    fn records(&self, number: usize, note: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = lock(&self.exchanges).get_mut(number) {
            note(exchange);
        }
    }
}

impl InFlight {
    fn enter(&self) -> Leave<'_> {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Leave(self)
    }
}

struct Leave<'a>(&'a InFlight);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Removes the headers that concern one connection only.
fn of_this_connection(headers: &mut HeaderMap) {
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::CONNECTION);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
