//! HTTP client for the merchant's four endpoints: URL, headers and body of each request.

use super::clock;
use super::fetch::{self, FetchError, HttpResponse, OpenCallback, Request, ResponseCallback};
use super::web_lock::{self, HeldLock, WithoutLock};
use crate::config::{Config, fill};
use crate::payment::{Input, Problem, ProblemCode, RequestError, ServerResponse};
use gloo_net::http::Method;
use gopay_contract::{ChargeRequest, TransactionId, contains};
use js_sys::{Function, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, HtmlElement, Url};

/// HTTP client for the merchant of one order.
pub(crate) struct MerchantClient {
    config: RefCell<Rc<Config>>,
    /// Its `headers` and `fetch` properties are the page's part in each request.
    host: HtmlElement,
}

impl MerchantClient {
    /// Makes the client, or a `config` problem if a URL is invalid.
    pub(crate) fn new(config: Rc<Config>, host: HtmlElement) -> Result<Self, Problem> {
        let urls = [
            ("charge-url", Some(&config.charge_url)),
            ("status-url", Some(&config.status_url)),
            ("events-url", config.events_url.as_ref()),
            ("cancel-url", config.cancel_url.as_ref()),
        ];
        for (attribute, url) in urls {
            if let Some(url) = url.filter(|url| absolute(&host, url).is_none()) {
                let message = [
                    "attribute ",
                    attribute,
                    " is \"",
                    url,
                    "\"; expected a path or an http(s) URL, like /api/gopay/charge",
                ]
                .concat();
                return Err(Problem::new(ProblemCode::Config, message));
            }
        }
        Ok(Self { config: RefCell::new(config), host })
    }

    /// Replaces the configuration for the next requests: the page may have a fresh `order-token`.
    pub(crate) fn update(&self, config: Rc<Config>) {
        self.config.replace(config);
    }

    fn config(&self) -> Rc<Config> {
        Rc::clone(&self.config.borrow())
    }

    /// Reads the response to a request. Adds to an error what only this side knows of its cause.
    pub(crate) fn read(&self, response: Result<HttpResponse, FetchError>) -> Result<ServerResponse, RequestError> {
        let hint = match &response {
            Ok(HttpResponse { is_redirected: true, .. }) => "; the request was redirected",
            Ok(HttpResponse { status: 401 | 403, .. }) if self.config().order_token.is_none() => {
                "; no order-token is set"
            }
            Ok(_) | Err(_) => "",
        };
        fetch::server_response(response).map_err(|mut error| {
            error.problem.message.push_str(hint);
            error
        })
    }

    /// The origin of `charge-url`, from which the QR image may come too.
    pub(crate) fn charge_origin(&self) -> Option<String> {
        absolute(&self.host, &self.config().charge_url).map(|url| url.origin())
    }

    /// Shows an input in the debug panel (`src/loader/debug.js`), where a developer has loaded it. Nothing is sent.
    pub(crate) fn show_in_debug_panel(&self, input: &Input) {
        if let Ok(report) = Reflect::get(&self.host, &"debugInput".into())
            && let Some(report) = report.dyn_ref::<Function>()
        {
            // Only the developer's panel misses it.
            let _reported = report.call1(&self.host, &input.number().into());
        }
    }

    /// Name of the leader election: the order and its `charge-url`.
    pub(crate) fn election_name(&self) -> String {
        let config = self.config();
        [&config.charge_url, " ", config.order_id.as_str()].concat()
    }

    /// POST `charge-url`.
    pub(crate) fn send_charge(
        &self,
        key: String,
        retry_of: Option<TransactionId>,
        signal: &AbortSignal,
        callback: ResponseCallback,
    ) {
        let config = self.config();
        let mut body = ChargeRequest::new(config.order_id.clone(), config.callback_url.clone());
        body.retry_of = retry_of;
        let mut request = request(&config, Method::POST, &config.charge_url, None, "application/json");
        request.headers.push(("Content-Type", "application/json".to_owned()));
        request.headers.push(("Idempotency-Key", key));
        request.body = serde_json::to_string(&body).ok();
        // One charge of an order is in flight at a time, in all tabs (contract §3.6). The loader's early charge holds this lock too.
        let name = ["gopay-charge ", config.order_id.as_str(), " ", &request.url].concat();
        let (host, signal) = (self.host.clone(), signal.clone());
        let aborted = signal.clone();
        let option = ("signal", &JsValue::from(&signal));
        let granted = move |lock: Option<HeldLock>| {
            // A page's own fetch may ignore the abort.
            lock.iter().for_each(|lock| lock.end_with(&signal));
            let callback = Box::new(move |response| {
                drop(lock);
                callback(response);
            });
            fetch::send(&host, request, &signal, callback);
        };
        let lost = move |_: &JsValue| if aborted.aborted() { WithoutLock::GiveUp } else { WithoutLock::Proceed };
        web_lock::request(&name, option, Box::new(granted), Box::new(lost));
    }

    /// GET `status-url`; `bypass_cache` adds the time to its query.
    pub(crate) fn poll_status(
        &self,
        transaction: &TransactionId,
        bypass_cache: bool,
        signal: &AbortSignal,
        callback: ResponseCallback,
    ) {
        let config = self.config();
        let mut request = request(&config, Method::GET, &config.status_url, Some(transaction), "application/json");
        if bypass_cache {
            let separator = if contains(&request.url, "?") { "&_=" } else { "?_=" };
            request.url.push_str(separator);
            request.url.push_str(&clock::payers_clock().0.to_string());
        }
        fetch::send(&self.host, request, signal, callback);
    }

    /// POST `cancel-url`.
    pub(crate) fn send_cancel(&self, transaction: &TransactionId, signal: &AbortSignal, callback: ResponseCallback) {
        let config = self.config();
        let url = config.cancel_url.as_deref().unwrap_or_default();
        let request = request(&config, Method::POST, url, Some(transaction), "application/json");
        fetch::send(&self.host, request, signal, callback);
    }

    /// GET `events-url`, when the result is called; `callback` gets the response as soon as its headers are there.
    pub(crate) fn stream(
        &self,
        transaction: &TransactionId,
        last_event_id: Option<String>,
        signal: AbortSignal,
        callback: OpenCallback,
    ) -> impl FnOnce() + use<> {
        let config = self.config();
        let url = config.events_url.as_deref().unwrap_or_default();
        let mut request = request(&config, Method::GET, url, Some(transaction), "text/event-stream");
        request.headers.extend(last_event_id.map(|id| ("Last-Event-ID", id)));
        let host = self.host.clone();
        move || fetch::open(&host, request, &signal, callback)
    }
}

/// A request with the common headers. Both ids consist of characters that a URL carries unescaped.
fn request(config: &Config, method: Method, url: &str, transaction: Option<&TransactionId>, accept: &str) -> Request {
    let mut url = fill(url, "order_id", config.order_id.as_str());
    if let Some(transaction) = transaction {
        url = fill(&url, "transaction_id", transaction.as_str());
    }
    let mut headers = vec![("Accept", accept.to_owned())];
    headers.extend(config.order_token.as_ref().map(|token| ("Authorization", token.authorization())));
    Request { method, url, credentials: config.credentials, headers, body: None }
}

/// `url` against the page's base; only http and https.
fn absolute(host: &HtmlElement, url: &str) -> Option<Url> {
    let base = host.base_uri().ok().flatten()?;
    // Placeholders are braces, which a path may not have; they are replaced before a request leaves.
    let url = Url::new_with_base(url, &base).ok()?;
    matches!(url.protocol().as_str(), "http:" | "https:").then_some(url)
}
