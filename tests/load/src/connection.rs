//! One HTTP/1.1 connection that is kept: a request, its answer, the next request.

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::http::request::Builder;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// Longer than any answer takes; whoever takes longer hangs.
const TIME_LIMIT: Duration = Duration::from_secs(40);

/// A request with all of its body.
pub(crate) type FullRequest = Request<Full<Bytes>>;

/// An answer with all of its body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body of a success as JSON.
    pub(crate) fn json(&self) -> Result<Value> {
        let text = String::from_utf8_lossy(&self.body);
        anyhow::ensure!(self.status.is_success(), "HTTP {}: {text}", self.status);
        serde_json::from_slice(&self.body).with_context(|| format!("not JSON: {text}"))
    }
}

/// A connection to a server.
pub(crate) struct Connection {
    address: SocketAddr,
    requests: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await?;
        // Whatever ends it is told to whoever waits for an answer.
        tokio::spawn(connection);
        Ok(Self { address, requests })
    }

    pub(crate) async fn send(&mut self, request: FullRequest) -> Result<Answer> {
        let answer = async {
            self.requests.ready().await?;
            let response = self.requests.send_request(request).await?;
            let status = response.status();
            Ok(Answer { status, body: response.into_body().collect().await?.to_bytes() })
        };
        tokio::time::timeout(TIME_LIMIT, answer).await.context("no answer")?
    }

    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> Result<FullRequest> {
        get(self.address, path, token)
    }

    /// `POST` a JSON body; the answer must be a success.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Result<Answer> {
        let answer = self.send(post(self.address, path, None, body)?).await?;
        let text = String::from_utf8_lossy(&answer.body);
        anyhow::ensure!(answer.status.is_success(), "{path}: HTTP {}: {text}", answer.status);
        Ok(answer)
    }
}

/// `GET path`, as a browser that holds an order token asks.
pub(crate) fn get(address: SocketAddr, path: &str, token: Option<&str>) -> Result<FullRequest> {
    Ok(request(Method::GET, address, path, token).body(Full::default())?)
}

/// `POST path` with a JSON body.
pub(crate) fn post(address: SocketAddr, path: &str, token: Option<&str>, body: &Value) -> Result<FullRequest> {
    let request = request(Method::POST, address, path, token).header(header::CONTENT_TYPE, "application/json");
    Ok(request.body(Full::from(body.to_string()))?)
}

fn request(method: Method, address: SocketAddr, path: &str, token: Option<&str>) -> Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, address.to_string());
    let request = request.header(header::ACCEPT, "application/json");
    match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}
