//! Logs: one line per request (of mere status reads at `debug`; of requests without authorization ten a second, see
//! `LogLimit`) and one per thing that happened to a payment, on standard error.
//!
//! Fields are stable: `order_id`, `transaction_id`, `transaction_status`, `request_id`, `http.method`, `http.path`,
//! `http.status`, `duration_ms`. With `--log-format json` a line's own fields are at its top, and those of its request
//! (`order_id` and `request_id` among them) under `span`. Never logged, anywhere: the server key, signatures, order tokens,
//! `Authorization`, bodies, deeplinks, query strings, and what the shop tells of its customers.

use crate::lock;
use crate::metrics::{Counter, Metrics};
use axum::extract::{MatchedPath, OriginalUri, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response};
use axum::middleware::Next;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tower_http::request_id::{MakeRequestId, RequestId};
use tracing::Span;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use uuid::Builder;

/// Format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Text, for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Target of the audit lines of operators' commands.
pub(crate) const AUDIT: &str = "audit";

/// Starts logging to standard error. `RUST_LOG` chooses what; default `info`. Audit lines are always written.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = match format!("{AUDIT}=info").parse() {
        Ok(always) => filter.add_directive(always),
        Err(_) => filter,
    };
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_terminal);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Text => registry.with(lines).init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true).with_span_list(false)).init(),
    }
}

/// The span of one request. The query is left out: the GoPay app returns payers with one.
pub(crate) fn request_span<B>(request: &axum::http::Request<B>) -> Span {
    let request_id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    // Of a nested router's request only this has the whole path.
    let uri = request.extensions().get::<OriginalUri>().map_or_else(|| request.uri(), |original| &original.0);
    tracing::info_span!(
        "request",
        request_id,
        http.method = %request.method(),
        http.path = uri.path(),
        order_id = tracing::field::Empty,
    )
}

/// Marks responses logged at `debug`: status polls that changed nothing. Payers poll every few seconds, so a line for each
/// would be most of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuietLog;

/// Why a request was refused, for the request's log line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefusedBecause(pub(crate) &'static str);

/// Marks responses to authorized requests: their line is always written.
#[derive(Clone, Copy, Debug)]
struct WasAuthorized;

/// Writes the log line of a request. Lines of unauthorized requests are rate limited.
pub(crate) fn answered<B>(limit: &LogLimit, response: &Response<B>, latency: Duration) {
    let (status, duration_ms) = (response.status().as_u16(), u64::try_from(latency.as_millis()).unwrap_or(u64::MAX));
    let extensions = response.extensions();
    if extensions.get::<QuietLog>().is_some() {
        tracing::debug!(http.status = status, duration_ms, "answered");
        return;
    }
    let left_out = if extensions.get::<WasAuthorized>().is_some() { Some(0) } else { limit.admit() };
    let Some(left_out) = left_out else { return };
    let left_out = (left_out > 0).then_some(left_out);
    if let Some(RefusedBecause(why)) = extensions.get() {
        tracing::warn!(http.status = status, duration_ms, lines_left_out = left_out, why, "answered");
    } else {
        tracing::info!(http.status = status, duration_ms, lines_left_out = left_out, "answered");
    }
}

/// Counts a request by its route's template (a path would let anybody create labels), and gives it the [`LogAuthorization`] that
/// routes set.
pub(crate) async fn track_request(
    State(metrics): State<Metrics>,
    mut request: Request,
    next: Next,
) -> axum::response::Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = word(request.method());
    let authorized = LogAuthorization::default();
    request.extensions_mut().insert(authorized.clone());
    let mut response = next.run(request).await;
    if authorized.is_set() {
        response.extensions_mut().insert(WasAuthorized);
    }
    metrics.http(method, route.as_ref().map_or("none", MatchedPath::as_str), response.status().as_u16());
    response
}

fn word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        _ => "other",
    }
}

/// Records the order in the request's span.
pub(crate) fn about_order(order_id: &gopay_contract::OrderId) {
    Span::current().record("order_id", tracing::field::display(order_id));
}

/// `X-Request-Id`, which identifies a request in the proxy's log, in ours, and in the response. As HTTP/1.1 and /2 write it.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id: longer than a UUID and any trace id, and too short to fill logs.
const MAX_ID_LENGTH: usize = 64;

/// Generates an id for a request without one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        // A name and no secret: from this thread's own generator, which does not ask the kernel each time.
        let id = Builder::from_random_bytes(rand::random()).into_uuid();
        HeaderValue::from_str(id.hyphenated().encode_lower(&mut [0; 36])).ok().map(RequestId::new)
    }
}

/// Removes an id that is too long, or has characters that are unsafe in a log or a shell. The request gets a new one.
pub(crate) fn plain_request_ids(mut request: Request) -> Request {
    if request.headers().get_all(REQUEST_ID).iter().any(|id| !is_plain(id.as_bytes())) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

fn is_plain(id: &[u8]) -> bool {
    let is_of_it = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.iter().all(is_of_it)
}

/// Lines at once, from a full bucket.
const BURST: u32 = 50;
/// One more line per this time: ten a second.
const REFILL: Duration = Duration::from_millis(100);

/// Lifts the limit of log lines for one request. Set once it has shown an order token, a signature, or what the shop's own authorization takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogAuthorization(Arc<AtomicBool>);

impl LogAuthorization {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bucket of lines that unauthorized requests may still cause.
#[derive(Clone)]
pub(crate) struct LogLimit {
    metrics: Metrics,
    bucket: Arc<Mutex<Bucket>>,
}

struct Bucket {
    left: u32,
    refilled: Instant,
    left_out: u64,
}

impl LogLimit {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { metrics, bucket: Arc::new(Mutex::new(Bucket::full(Instant::now()))) }
    }

    /// Returns how many lines were left out before this one, or `None` if it must be left out too. Those are counted.
    pub(crate) fn admit(&self) -> Option<u64> {
        let admitted = lock(&self.bucket).take(Instant::now());
        if admitted.is_none() {
            self.metrics.count(Counter::LogLinesLeftOut, "request");
        }
        admitted
    }
}

impl Bucket {
    const fn full(now: Instant) -> Self {
        Self { left: BURST, refilled: now, left_out: 0 }
    }

    fn take(&mut self, now: Instant) -> Option<u64> {
        let passed = now.saturating_duration_since(self.refilled).as_millis() / REFILL.as_millis();
        let refill = u32::try_from(passed).unwrap_or(BURST).min(BURST);
        if refill > 0 {
            self.left = (self.left + refill).min(BURST);
            self.refilled = now;
        }
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            Some(std::mem::take(&mut self.left_out))
        } else {
            self.left_out += 1;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_and_three_signs_are_kept_and_nothing_else() {
        assert!(is_plain(b"01890f0e-7b1c-7cc0-9d0f-3a1b2c3d4e5f") && is_plain(b"Root_1.2"));
        for id in [&b""[..], b"a b", b"a\"b", b"a\tb", b"a;b", b"${x}", "\u{e9}".as_bytes(), &[b'a'; 65]] {
            assert!(!is_plain(id), "{id:?}");
        }
    }

    #[test]
    fn strangers_write_a_burst_of_lines_and_then_ten_a_second_and_what_is_left_out_is_told() {
        let start = Instant::now();
        let mut bucket = Bucket::full(start);
        let written = (0..1000).filter(|_| bucket.take(start).is_some()).count();
        assert_eq!(written, 50);
        let later = start + Duration::from_millis(100);
        assert_eq!(bucket.take(later), Some(950), "the next one says how many");
        assert_eq!(bucket.take(later), None);
        // A thousand a second, for ten seconds.
        let flood = (0..10_000).map(|at| later + Duration::from_millis(at)).filter(|at| bucket.take(*at).is_some());
        let written = flood.count();
        assert!((90..=100).contains(&written), "{written}");
        let much_later = later + Duration::from_secs(3600);
        assert_eq!((0..1000).filter(|_| bucket.take(much_later).is_some()).count(), 50);
    }
}
