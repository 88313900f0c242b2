//! `Gate`: stands before a server, or before several in turn, lets everything through, and can hold one request at the
//! moment that a test wants, or be closed.
//!
//! A process killed while one of its requests is held dies at a known place: before the other side has heard it, or
//! after the other side has done the work and before the answer is here.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Where on its way a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It has been sent; the other side has not heard it.
    Asked,
    /// The other side has answered; the answer is not here.
    Answered,
}

#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    targets: Vec<String>,
    /// How many requests have come.
    count: AtomicUsize,
    is_closed: AtomicBool,
    http: reqwest::Client,
    trap: Mutex<Option<Trap>>,
}

struct Trap {
    path_ends_with: &'static str,
    moment: Moment,
    caught: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

/// A trap that waits for a request, or holds it.
#[must_use = "a trap that is dropped lets its request go"]
pub(crate) struct Held {
    caught: oneshot::Receiver<()>,
    release: oneshot::Sender<()>,
}

impl Held {
    /// Waits until the request is there.
    pub(crate) async fn caught(&mut self) {
        let caught = tokio::time::timeout(crate::program::DEADLINE, &mut self.caught).await;
        caught.expect("such a request comes").expect("the gate stands");
    }

    pub(crate) fn release(self) {
        drop(self.release);
    }
}

impl Gate {
    /// A gate before the server at `target`.
    pub(crate) async fn before(target: &str) -> Self {
        Self::before_each_of(vec![target.to_owned()]).await
    }

    /// A gate that lets requests through to these servers in turn, whether they are there or not.
    pub(crate) async fn before_each_of(targets: Vec<String>) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = http.build().expect("a client");
        let (count, is_closed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let inner = Arc::new(Inner { targets, count, is_closed, http, trap: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(pass).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    /// Lets nothing through any more.
    pub(crate) fn close(&self) {
        self.inner.is_closed.store(true, Ordering::SeqCst);
    }

    /// Holds the next request whose path ends so.
    pub(crate) fn hold(&self, path_ends_with: &'static str, moment: Moment) -> Held {
        let ((catch, caught), (release, released)) = (oneshot::channel(), oneshot::channel());
        let trap = Trap { path_ends_with, moment, caught: catch, released };
        *self.inner.trap.lock().expect("nobody panics with it") = Some(trap);
        Held { caught, release }
    }
}

impl Inner {
    fn spring(&self, path: &str, moment: Moment) -> Option<Trap> {
        let mut trap = self.trap.lock().expect("nobody panics with it");
        trap.take_if(|trap| path.ends_with(trap.path_ends_with) && trap.moment == moment)
    }

    async fn wait(&self, path: &str, moment: Moment) {
        if let Some(trap) = self.spring(path, moment) {
            let _ = trap.caught.send(());
            drop(trap.released.await);
        }
    }
}

async fn pass(State(gate): State<Arc<Inner>>, request: Request) -> Response {
    if gate.is_closed.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let target = &gate.targets[gate.count.fetch_add(1, Ordering::SeqCst) % gate.targets.len()];
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let url = format!("{target}{}", parts.uri.path_and_query().map_or("/", |both| both.as_str()));
    let Ok(body) = to_bytes(body, 1 << 20).await else { return StatusCode::BAD_REQUEST.into_response() };
    gate.wait(&path, Moment::Asked).await;
    let request = gate.http.request(parts.method, url).headers(end_to_end(parts.headers)).body(body);
    let Ok(answer) = request.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, headers) = (answer.status(), end_to_end(answer.headers().clone()));
    let Ok(body) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    gate.wait(&path, Moment::Answered).await;
    (status, headers, Body::from(body)).into_response()
}

/// Without those that concern one connection only.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
        headers.remove(name);
    }
    headers
}
