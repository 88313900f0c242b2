//! Logs: one line per request and one per thing that happened to a payment, on standard error.
//!
//! Fields are stable: `order_id`, `transaction_id`, `transaction_status`, `http.method`, `http.path`, `http.status`,
//! `duration_ms`. Never logged, anywhere: the server key, signatures, order tokens, `Authorization`, bodies, deeplinks,
//! query strings.

use axum::body::Body;
use axum::http::{Request, Response};
use std::io::IsTerminal as _;
use std::time::Duration;
use tracing::Span;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging to standard error. `RUST_LOG` chooses what; default `info`.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_terminal);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Text => registry.with(lines).init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).init(),
    }
}

/// The span of one request. The query is left out: the GoPay app returns payers with one.
pub(crate) fn request_span(request: &Request<Body>) -> Span {
    tracing::info_span!(
        "request",
        http.method = %request.method(),
        http.path = request.uri().path(),
        order_id = tracing::field::Empty,
    )
}

/// The one line of a request.
pub(crate) fn answered(response: &Response<Body>, latency: Duration, _span: &Span) {
    let status = response.status().as_u16();
    tracing::info!(http.status = status, duration_ms = latency.as_millis(), "answered");
}

/// Names the order in all further lines of this request.
pub(crate) fn about_order(order_id: &gopay_contract::OrderId) {
    Span::current().record("order_id", tracing::field::display(order_id));
}
