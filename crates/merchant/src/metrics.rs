//! Metrics, in `OpenMetrics`' text form, which Prometheus reads.
//!
//! `prometheus-client`, because its registry is a value: several merchants in one process (a test, a shop with two
//! accounts) do not count into each other, as they would with a global recorder. Labels are words of ours or route
//! templates, never what somebody sent: there are never many.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter as Count;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// `Content-Type` of [`Metrics::render`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Histogram buckets. Midtrans answers within tens of milliseconds, and times out after `MIDTRANS_TIME_LIMIT_SECONDS`.
const SECONDS: [f64; 11] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0];

/// A counter with one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Counter {
    /// Requests to charge, by outcome.
    Charges,
    /// Statuses recorded, by `transaction_status`.
    Statuses,
    /// Notifications received, by outcome.
    Notifications,
    /// Status polls of an open transaction, sent or throttled.
    StatusPolls,
    /// Deliveries to the shop's own listener, by outcome.
    ListenerDeliveries,
    /// Reconciliations, by outcome.
    Reconciliations,
    /// Ended orders that retention checked, by outcome.
    Retention,
    /// Alerts, by kind.
    Alerts,
    /// Log lines about unauthorized requests that the log limit dropped.
    LogLinesLeftOut,
}

impl Counter {
    const ALL: [Self; 9] = [
        Self::Charges,
        Self::Statuses,
        Self::Notifications,
        Self::StatusPolls,
        Self::ListenerDeliveries,
        Self::Reconciliations,
        Self::Retention,
        Self::Alerts,
        Self::LogLinesLeftOut,
    ];

    /// Name (`_total` is appended), label, and HELP text (a full stop is appended).
    const fn describe(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Charges => ("gopay_charges", "outcome", "Requests to charge an order, by outcome"),
            Self::Statuses => ("gopay_statuses", "transaction_status", "Status changes recorded"),
            Self::Notifications => ("gopay_notifications", "outcome", "Notifications received, by outcome"),
            Self::StatusPolls => {
                ("gopay_status_polls", "decision", "Status polls of an open transaction, sent or throttled")
            }
            Self::ListenerDeliveries => {
                ("gopay_listener_deliveries", "outcome", "Deliveries of a payment to the shop's listener, by outcome")
            }
            Self::Reconciliations => ("gopay_reconciliations", "outcome", "Reconciliations of an attempt, by outcome"),
            Self::Retention => ("gopay_retention", "outcome", "Ended orders that retention checked, by outcome"),
            Self::LogLinesLeftOut => {
                ("gopay_log_lines_left_out", "of", "Log lines about unauthorized requests that the log limit dropped")
            }
            Self::Alerts => ("gopay_alerts", "what", "Alerts that need a person; the log names the order"),
        }
    }
}

type ByWord = Family<[(&'static str, &'static str); 1], Count>;
type Latency = Family<MidtransRequest, Histogram, fn() -> Histogram>;

/// A request to Midtrans that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct MidtransRequest {
    /// `charge`, `status`, `cancel` …
    pub(crate) call: &'static str,
    /// `ok`, `refused`, `server_key` or `unreachable`.
    pub(crate) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HttpRequest {
    method: &'static str,
    route: String,
    code: u16,
}

/// The metrics of one merchant.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    counters: HashMap<Counter, ByWord>,
    push_streams: Gauge,
    midtrans: Latency,
    http: Family<HttpRequest, Count>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let mut counters = HashMap::new();
        for counter in Counter::ALL {
            let (name, _, help) = counter.describe();
            let family = ByWord::default();
            registry.register(name, help, family.clone());
            counters.insert(counter, family);
        }
        let (push_streams, http) = (Gauge::default(), Family::default());
        registry.register("gopay_push_streams", "Open push streams", push_streams.clone());
        let midtrans = Latency::new_with_constructor(|| Histogram::new(SECONDS));
        let help = "How long Midtrans took to answer, by call and outcome";
        registry.register("gopay_midtrans_request_duration_seconds", help, midtrans.clone());
        registry.register("gopay_http_requests", "Requests answered, by route template and HTTP status", http.clone());
        let build = Family::<[(&'static str, &'static str); 1], Gauge>::default();
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
        registry.register("gopay_build_info", "Which version runs", build);
        Self { inner: Arc::new(Inner { registry, counters, push_streams, midtrans, http }) }
    }
}

impl Metrics {
    /// Counts one. `word` is the label's value, one of a fixed set.
    pub(crate) fn count(&self, counter: Counter, word: &'static str) {
        let (_, label, _) = counter.describe();
        if let Some(family) = self.inner.counters.get(&counter) {
            family.get_or_create(&[(label, word)]).inc();
        }
    }

    /// Observes a request to Midtrans.
    pub(crate) fn midtrans(&self, request: MidtransRequest, took: Duration) {
        self.inner.midtrans.get_or_create(&request).observe(took.as_secs_f64());
    }

    /// Counts a request to the merchant. `route` is a template of the router, never a path.
    pub(crate) fn http(&self, method: &'static str, route: &str, code: u16) {
        self.inner.http.get_or_create(&HttpRequest { method, route: route.to_owned(), code }).inc();
    }

    /// All metrics as text.
    ///
    /// # Errors
    /// Never in practice: a text can always be written to.
    pub(crate) fn render(&self, push_streams: usize) -> Result<String, std::fmt::Error> {
        self.inner.push_streams.set(i64::try_from(push_streams).unwrap_or(i64::MAX));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.inner.registry)?;
        Ok(text)
    }
}
