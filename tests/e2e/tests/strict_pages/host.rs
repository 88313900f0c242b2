//! A web server in front of the shop: one page with the policy that a test wants, the widget's files delivered as a test
//! wants, and everything else forwarded to the merchant. A second one is the CDN of pages that have their script there.

use super::tampering::{ALTERED, Tampering, altered, script};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::StreamExt as _;
use gopay_e2e::{Shop, dist};
use serde_json::Value;
use std::convert::Infallible;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A page and how its files are delivered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// Its Content-Security-Policy. `{qr}` is the QR code's host, `{cdn}` the script's.
    pub(crate) policy: Option<String>,
    /// More headers of the page.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// More attributes of the widget's `<script>`.
    pub(crate) script: String,
    /// A script in the page's head, before everything else.
    pub(crate) before: &'static str,
    /// True if the script comes from another origin.
    pub(crate) from_cdn: bool,
    /// Delivery of the widget's files.
    pub(crate) delivery: Delivery,
}

/// Ways to deliver the widget's files.
#[derive(Clone, Debug, Default)]
pub(crate) enum Delivery {
    /// Correctly.
    #[default]
    Right,
    /// With another `Content-Type`, and `nosniff`.
    As(&'static str),
    /// With this `Content-Encoding`: `br` or `gzip`.
    Coded(&'static str),
    /// Behind a redirect.
    Redirected,
    /// With one byte of these files changed.
    Wrong(Vec<String>),
    /// This file not at all at first, and with one byte changed when it is asked for again.
    LateAndWrong(String),
    /// With this failure in place of these files.
    Broken(Vec<String>, Break),
    /// This file unchanged to some requests, and altered to others.
    Tampered(String, Tampering),
}

/// Failed deliveries of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Break {
    /// An error status, as a blocker or a firewall sends it.
    Status(StatusCode),
    /// An HTML page, as a captive portal sends it.
    Html,
    /// The first half, then the end of the body.
    Cut,
    /// The first half, then nothing; the body never ends.
    Half,
    /// The server sends no byte; the body never ends.
    Silent,
}

/// The web server. It stops when dropped.
pub(crate) struct Host {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    cdn: Option<Box<Self>>,
    serving: JoinHandle<()>,
}

struct ServerState {
    page: Page,
    html: String,
    policy: Option<String>,
    merchant: String,
    http: reqwest::Client,
    asked: Arc<Mutex<Vec<String>>>,
}

const NONCE: &str = "c2VuamE";

impl Host {
    /// Starts it in front of `shop`, with `order` on the page.
    pub(crate) async fn opens(shop: &Shop, order: &Value, page: Page) -> Self {
        let cdn = if page.from_cdn {
            let beside = Page { delivery: page.delivery.clone(), ..Page::default() };
            Some(Box::new(Self::serves(shop, order, beside, None).await))
        } else {
            None
        };
        let mut host = Self::serves(shop, order, page, cdn.as_deref().map(Self::origin)).await;
        host.cdn = cdn;
        host
    }

    async fn serves(shop: &Shop, order: &Value, page: Page, cdn: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it has one").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script_origin = cdn.clone().unwrap_or_default();
        let policy = page.policy.as_ref().map(|policy| {
            policy.replace("{qr}", shop.sandbox.url()).replace("{cdn}", &script_origin).replace("{nonce}", NONCE)
        });
        let html = html(&page, order, &script_origin);
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let state = ServerState { page, html, policy, merchant: shop.address(""), http, asked: Arc::clone(&asked) };
        let router = Router::new().fallback(answer).with_state(Arc::new(state));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { port, asked, cdn: None, serving }
    }

    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn page_address(&self) -> String {
        format!("{}/page", self.origin())
    }

    /// Origins that the page may request something from: this host, the script's, and the QR code's.
    pub(crate) fn origins(&self, shop: &Shop) -> Vec<String> {
        let cdn = self.cdn.as_deref().map(Self::origin);
        [self.origin(), shop.sandbox.url().to_owned()].into_iter().chain(cdn).collect()
    }

    /// Paths requested so far, here and at the CDN.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        asked.extend(self.cdn.iter().flat_map(|cdn| cdn.asked()));
        asked
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn html(page: &Page, order: &Value, script_origin: &str) -> String {
    let text = |name: &str| order[name].as_str().unwrap_or_default();
    let hosts = order["trusted_hosts"].as_array().into_iter().flatten();
    let hosts: Vec<_> = hosts.filter_map(Value::as_str).collect();
    let attributes = format!(
        r#"order-id="{}" order-token="{}" trusted-hosts="{}" gross-amount="{}"
        charge-url="/api/gopay/charge" status-url="/api/gopay/orders/{{order_id}}" events-url="/api/gopay/orders/{{order_id}}/events""#,
        text("order_id"),
        text("order_token"),
        hosts.join(" "),
        order["gross_amount"],
    );
    let (before, script) = (page.before, page.script.replace("{nonce}", NONCE));
    let before =
        if before.is_empty() { String::new() } else { format!("<script nonce={NONCE} src=/before.js></script>") };
    format!(
        r#"<!doctype html><html lang="id"><head><meta charset="utf-8"><title>Toko yang ketat</title>
        <link rel="icon" href="/favicon.ico">
        <script nonce="{NONCE}" src="/recorder.js"></script>{before}
        <script nonce="{NONCE}" type="module" src="{script_origin}/gopay-checkout.js" {script}></script></head>
        <body><gopay-checkout {attributes}><a href="/cara-bayar">Cara bayar lain</a></gopay-checkout></body></html>"#
    )
}

/// Script that runs first on the page: records problems, policy violations and requested URLs.
const RECORDER: &str = r"
    const violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      violations.push(`${event.effectiveDirective}: ${event.blockedURI}`);
    });
    const problems = [];
    document.addEventListener('gopay-problem', ({ detail }) => problems.push(`${detail.code}: ${detail.message}`));
    window.noticed = {
      problems: () => problems,
      violations: () => violations,
      resources: () => performance.getEntriesByType('resource').map((it) => it.name).filter((it) => /^http/.test(it)),
    };";

async fn answer(State(state): State<Arc<ServerState>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    state.asked.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
    match path.as_str() {
        "/page" => with(&state.page_headers(), Body::from(state.html.clone())),
        "/recorder.js" => with(&[("content-type", "text/javascript")], Body::from(RECORDER)),
        "/before.js" => with(&[("content-type", "text/javascript")], Body::from(state.page.before)),
        "/favicon.ico" => Response::new(Body::empty()),
        path if path.starts_with("/api/") => state.forwards(request).await,
        path if path.starts_with(ALTERED) => match fs::read(dist().join(&path[ALTERED.len()..])) {
            Ok(bytes) => script(altered(&bytes)),
            Err(_) => status(StatusCode::NOT_FOUND),
        },
        path => state.file(path, request.headers()),
    }
}

impl ServerState {
    fn page_headers(&self) -> Vec<(&'static str, &str)> {
        let mut headers = vec![("content-type", "text/html")];
        headers.extend(self.policy.as_deref().map(|policy| ("content-security-policy", policy)));
        headers.extend(self.page.headers.iter().copied());
        headers
    }

    /// Number of requests for this file so far.
    fn request_count(&self, file: &str) -> usize {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|path| path.strip_prefix('/') == Some(file)).count()
    }

    fn file(&self, path: &str, head: &HeaderMap) -> Response {
        let (name, moved) = match path.strip_prefix("/moved/") {
            Some(name) => (name, true),
            None => (path.trim_start_matches('/'), false),
        };
        let Ok(bytes) = fs::read(dist().join(name)) else {
            return status(StatusCode::NOT_FOUND);
        };
        let right = if name.ends_with(".wasm") { "application/wasm" } else { "text/javascript" };
        let any = ("access-control-allow-origin", "*");
        let corp = ("cross-origin-resource-policy", "cross-origin");
        let of_core = name.starts_with("core/");
        match &self.page.delivery {
            Delivery::As(kind) if name.ends_with(".wasm") => {
                with(&[("content-type", kind), ("x-content-type-options", "nosniff"), any, corp], Body::from(bytes))
            }
            Delivery::Coded(coding) if of_core => {
                let end = if *coding == "br" { "br" } else { "gz" };
                let bytes = fs::read(dist().join(format!("{name}.{end}"))).expect("it lies beside the file");
                with(&[("content-type", right), ("content-encoding", coding), any, corp], Body::from(bytes))
            }
            Delivery::Redirected if of_core && !moved => {
                let mut answer = with(&[any, corp], Body::empty());
                *answer.status_mut() = StatusCode::FOUND;
                let to = HeaderValue::from_str(&format!("/moved/{name}")).expect("a path");
                answer.headers_mut().insert("location", to);
                answer
            }
            Delivery::LateAndWrong(late) if name == late && self.request_count(late) == 1 => {
                status(StatusCode::SERVICE_UNAVAILABLE)
            }
            Delivery::Wrong(wrong) if wrong.iter().any(|wrong| name == wrong) => {
                with(&[("content-type", right), any, corp], Body::from(with_one_byte_changed(bytes)))
            }
            Delivery::LateAndWrong(wrong) if name == wrong => {
                with(&[("content-type", right), any, corp], Body::from(with_one_byte_changed(bytes)))
            }
            Delivery::Broken(broken, how) if broken.iter().any(|broken| name == broken) => {
                let silence = futures_util::stream::pending::<Result<Vec<u8>, Infallible>>();
                let kind = ("content-type", right);
                let length = bytes.len();
                let half = bytes[..length / 2].to_vec();
                match how {
                    Break::Status(code) => status(*code),
                    Break::Html => with(&[("content-type", "text/html"), any, corp], Body::from("<p>Masuk ke Wi-Fi")),
                    Break::Cut => with(&[kind, any, corp], Body::from(half)),
                    Break::Half => {
                        let first = futures_util::stream::once(async { Ok(half) });
                        with(&[kind, any, corp], Body::from_stream(first.chain(silence)))
                    }
                    Break::Silent => with(&[kind, any, corp], Body::from_stream(silence)),
                }
            }
            Delivery::Tampered(file, tampering) if name == file => {
                let host = head.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
                let nth = self.request_count(file).saturating_sub(1);
                if tampering.applies_to(head, nth) {
                    tampering.tampered(name, &bytes, host)
                } else {
                    tampering.untampered(bytes)
                }
            }
            Delivery::Right
            | Delivery::As(_)
            | Delivery::Coded(_)
            | Delivery::Redirected
            | Delivery::Wrong(_)
            | Delivery::LateAndWrong(_)
            | Delivery::Broken(..)
            | Delivery::Tampered(..) => with(&[("content-type", right), any, corp], Body::from(bytes)),
        }
    }

    /// Forwards a request to the merchant, and its response as it arrives: streams too.
    async fn forwards(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let body = axum::body::to_bytes(body, 64 * 1024).await.expect("a small body");
        let mut headers = head.headers;
        headers.remove("host");
        let url = format!("{}{path}", self.merchant);
        let answer = self.http.request(head.method, url).headers(headers).body(body).send().await;
        let answer = answer.expect("the merchant answers");
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        response.headers_mut().remove("transfer-encoding");
        *response.body_mut() = Body::from_stream(answer.bytes_stream());
        response
    }
}

/// Changes one byte in the middle: within a name or a number, so that the file may still be a valid program.
fn with_one_byte_changed(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

pub(crate) fn with(headers: &[(&'static str, &str)], body: Body) -> Response {
    let mut response = Response::new(body);
    *response.headers_mut() = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header's value")))
        .collect::<HeaderMap>();
    response
}

fn status(code: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}
