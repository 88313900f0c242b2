//! `Wire`: stands between the merchant and Midtrans, passes everything on, and remembers what it was.

use crate::stage::Stage;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::net::TcpListener;

/// Bodies are small; whoever sends more is not Midtrans and not the merchant.
const MOST_BYTES: usize = 1024 * 1024;

/// Set it as `MIDTRANS_BASE_URL`, then say where it leads.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    http: reqwest::Client,
    end: OnceLock<String>,
    passed: Mutex<Vec<(String, Value)>>,
    now: AtomicUsize,
    most: AtomicUsize,
    lie: Mutex<Option<(String, String)>>,
    date: Mutex<Option<&'static str>>,
}

impl Wire {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        // It may be the first in this process that needs one; the merchant installs the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let inner = Arc::new(Inner { http, ..Inner::default() });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    pub(crate) fn leads_to(&self, midtrans: &str) {
        self.inner.end.set(midtrans.to_owned()).expect("it leads to one place");
    }

    /// The bodies of what was sent, oldest first, whose `METHOD /path` ends so.
    pub(crate) fn sent(&self, ending: &str) -> Vec<Value> {
        let passed = self.inner.passed.lock().expect("not poisoned");
        passed.iter().filter(|(what, _)| what.ends_with(ending)).map(|(_, body)| body.clone()).collect()
    }

    /// The `METHOD /path` of each that ends so.
    pub(crate) fn sent_to(&self, ending: &str) -> Vec<String> {
        let passed = self.inner.passed.lock().expect("not poisoned");
        passed.iter().map(|(what, _)| what.clone()).filter(|what| what.ends_with(ending)).collect()
    }

    /// How often get-status was asked.
    pub(crate) fn asks(&self) -> usize {
        self.sent("/status").len()
    }

    /// The most requests that were on their way at the same time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.inner.most.load(Ordering::SeqCst)
    }

    /// From now on Midtrans' answers say `lie` where the truth is `true_text`.
    pub(crate) fn lies(&self, true_text: &str, lie: &str) {
        *self.inner.lie.lock().expect("not poisoned") = Some((format!("\"{true_text}\""), format!("\"{lie}\"")));
    }

    /// From now on their `Date` is this.
    pub(crate) fn dates(&self, date: &'static str) {
        *self.inner.date.lock().expect("not poisoned") = Some(date);
    }

    /// From now on they are passed on as they are.
    pub(crate) fn lies_no_more(&self) {
        *self.inner.lie.lock().expect("not poisoned") = None;
    }
}

/// A stage whose merchant reaches Midtrans over a wire.
pub(crate) async fn on_a_wire(variables: &[(&'static str, &str)]) -> (Stage, Wire) {
    let wire = Wire::open().await;
    let mut all = vec![("MIDTRANS_BASE_URL", wire.url.as_str())];
    all.extend(variables);
    let stage = Stage::set_with(&all).await;
    wire.leads_to(&stage.sandbox.url);
    (stage, wire)
}

async fn pass(State(wire): State<Arc<Inner>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MOST_BYTES).await.expect("a body");
    let sent = (format!("{} {}", head.method, head.uri.path()), serde_json::from_slice(&body).unwrap_or(Value::Null));
    wire.passed.lock().expect("not poisoned").push(sent);
    let now = wire.now.fetch_add(1, Ordering::SeqCst) + 1;
    wire.most.fetch_max(now, Ordering::SeqCst);
    let end = wire.end.get().expect("it leads somewhere");
    let mut passing = wire.http.request(head.method, format!("{end}{}", head.uri)).body(body);
    for name in ["authorization", "accept", "content-type", "idempotency-key"] {
        passing = match head.headers.get(name) {
            Some(value) => passing.header(name, value),
            None => passing,
        };
    }
    let answered = answer(passing).await;
    wire.now.fetch_sub(1, Ordering::SeqCst);
    match answered {
        Ok((status, mut body)) => {
            if let Some((true_text, lie)) = wire.lie.lock().expect("not poisoned").as_ref() {
                body = String::from_utf8_lossy(&body).replace(true_text, lie).into();
            }
            let mut answer = (status, [("content-type", "application/json")], body).into_response();
            if let Some(date) = *wire.date.lock().expect("not poisoned") {
                answer.headers_mut().insert("date", axum::http::HeaderValue::from_static(date));
            }
            answer
        }
        // Cut on the other side: nothing that anybody could read.
        Err(_) => (StatusCode::BAD_GATEWAY, "the connection was cut").into_response(),
    }
}

async fn answer(passing: reqwest::RequestBuilder) -> reqwest::Result<(StatusCode, Bytes)> {
    let answered = passing.send().await?;
    Ok((answered.status(), answered.bytes().await?))
}
