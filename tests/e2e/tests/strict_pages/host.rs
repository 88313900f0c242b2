//! A web server in front of the shop: one page with the policy that a test wants, the widget's files delivered as a test
//! wants, and everything else handed on to the merchant. A second one is the CDN of pages that have their script there.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use gopay_e2e::{Shop, dist};
use serde_json::Value;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a page is like.
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
    /// Whether the script comes from another origin.
    pub(crate) from_cdn: bool,
    /// How files are delivered.
    pub(crate) delivery: Delivery,
}

/// How a server delivers one of the widget's files.
#[derive(Clone, Debug, Default)]
pub(crate) enum Delivery {
    /// As a server should.
    #[default]
    Right,
    /// With another `Content-Type`, and the word that it is to be believed.
    As(&'static str),
    /// Coded: `br` or `gzip`.
    Coded(&'static str),
    /// From another address, which it names.
    Redirected,
    /// With one byte of this file changed.
    Wrong(String),
    /// This file not at all at first, and with one byte changed when it is asked for again.
    LateAndWrong(String),
}

/// The server. Gone when dropped.
pub(crate) struct Host {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    cdn: Option<Box<Self>>,
    serving: JoinHandle<()>,
}

struct Inside {
    page: Page,
    html: String,
    policy: Option<String>,
    merchant: String,
    http: reqwest::Client,
    asked: Arc<Mutex<Vec<String>>>,
}

const NONCE: &str = "c2VuamE";

impl Host {
    /// Opens it before `shop`, with `order` on the page.
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
        let inside = Inside { page, html, policy, merchant: shop.address(""), http, asked: Arc::clone(&asked) };
        let router = Router::new().fallback(answer).with_state(Arc::new(inside));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { port, asked, cdn: None, serving }
    }

    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn page_address(&self) -> String {
        format!("{}/page", self.origin())
    }

    /// Whoever may be asked for something: this host, the script's, and the QR code's.
    pub(crate) fn origins(&self, shop: &Shop) -> Vec<String> {
        let cdn = self.cdn.as_deref().map(Self::origin);
        [self.origin(), shop.sandbox.url().to_owned()].into_iter().chain(cdn).collect()
    }

    /// The paths that were asked for, here and at the CDN.
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
        <script nonce="{NONCE}" src="/watch.js"></script>{before}
        <script nonce="{NONCE}" type="module" src="{script_origin}/gopay-checkout.js" {script}></script></head>
        <body><gopay-checkout {attributes}><a href="/cara-bayar">Cara bayar lain</a></gopay-checkout></body></html>"#
    )
}

/// Before anything else: what the policy refuses, and all that is asked for, is written down.
const WATCH: &str = r"
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

async fn answer(State(inside): State<Arc<Inside>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    inside.asked.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
    match path.as_str() {
        "/page" => with(&inside.page_headers(), Body::from(inside.html.clone())),
        "/watch.js" => with(&[("content-type", "text/javascript")], Body::from(WATCH)),
        "/before.js" => with(&[("content-type", "text/javascript")], Body::from(inside.page.before)),
        "/favicon.ico" => Response::new(Body::empty()),
        path if path.starts_with("/api/") => inside.hand_on(request).await,
        path => inside.file(path, request.uri().query().is_some_and(|query| query.starts_with("again="))),
    }
}

impl Inside {
    fn page_headers(&self) -> Vec<(&'static str, &str)> {
        let mut headers = vec![("content-type", "text/html")];
        headers.extend(self.policy.as_deref().map(|policy| ("content-security-policy", policy)));
        headers.extend(self.page.headers.iter().copied());
        headers
    }

    fn file(&self, path: &str, again: bool) -> Response {
        let (name, moved) = match path.strip_prefix("/moved/") {
            Some(name) => (name, true),
            None => (path.trim_start_matches('/'), false),
        };
        let Ok(mut bytes) = fs::read(dist().join(name)) else {
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
            Delivery::LateAndWrong(late) if name == late && !again => status(StatusCode::SERVICE_UNAVAILABLE),
            Delivery::Wrong(wrong) | Delivery::LateAndWrong(wrong) if name == wrong => {
                // In the middle: in a name or a number, where it still may be a program.
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                with(&[("content-type", right), any, corp], Body::from(bytes))
            }
            Delivery::Right
            | Delivery::As(_)
            | Delivery::Coded(_)
            | Delivery::Redirected
            | Delivery::Wrong(_)
            | Delivery::LateAndWrong(_) => with(&[("content-type", right), any, corp], Body::from(bytes)),
        }
    }

    /// To the merchant, and its answer back as it comes: streams too.
    async fn hand_on(&self, request: Request) -> Response {
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

fn with(headers: &[(&'static str, &str)], body: Body) -> Response {
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
