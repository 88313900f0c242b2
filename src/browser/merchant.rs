//! The merchant's four URLs: what is asked of each, and with which headers.

use super::wire::Wire;
use crate::config::Config;
use crate::payment::{Input, Problem, ProblemCode};
use gopay_contract::{ChargeRequest, TransactionId};
use js_sys::{Array, Function};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{AbortSignal, HtmlElement, Url};

/// Where an order's merchant is, and how to speak to it.
pub(crate) struct Merchant {
    config: Config,
    /// The element, or what stands in for it: its `headers` and `fetch` properties are the page's say in this.
    host: HtmlElement,
    wire: Wire,
}

impl Merchant {
    /// Checks that every URL leads somewhere.
    pub(crate) fn new(config: Config, host: HtmlElement, wire: Wire) -> Result<Self, Problem> {
        let urls = [
            ("charge-url", Some(&config.charge_url)),
            ("status-url", Some(&config.status_url)),
            ("events-url", config.events_url.as_ref()),
            ("cancel-url", config.cancel_url.as_ref()),
        ];
        for (attribute, url) in urls {
            if let Some(url) = url.filter(|url| absolute(&host, url).is_none()) {
                let message =
                    ["attribute ", attribute, " is \"", url, "\"; expected a path or an http(s) URL"].concat();
                return Err(Problem::new(ProblemCode::Config, message));
            }
        }
        Ok(Self { config, host, wire })
    }

    /// The origin of `charge-url`, from which a QR picture may come too.
    pub(crate) fn charge_origin(&self) -> Option<String> {
        absolute(&self.host, &self.config.charge_url).map(|url| url.origin())
    }

    /// Lets a developer know what the machine is told.
    pub(crate) fn step(&self, input: &Input) {
        self.wire.step(&self.host, input.number());
    }

    /// What its requests leave by.
    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The order and where it is charged: the same for every element that may share the asking.
    pub(crate) fn shared_name(&self) -> String {
        [&self.config.charge_url, " ", self.config.order_id.as_str()].concat()
    }

    pub(crate) fn charge(&self, key: &str, retry_of: Option<TransactionId>, signal: &AbortSignal, hear: &Function) {
        let mut body = ChargeRequest::new(self.config.order_id.clone(), self.config.callback_url.clone());
        body.retry_of = retry_of;
        let body = serde_json::to_string(&body).unwrap_or_default();
        let own = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
        self.ask("POST", &self.config.charge_url, None, &own, Some(body), signal, hear);
    }

    pub(crate) fn status(&self, transaction: &TransactionId, signal: &AbortSignal, hear: &Function) {
        self.ask("GET", &self.config.status_url, Some(transaction), &[], None, signal, hear);
    }

    pub(crate) fn cancel(&self, transaction: &TransactionId, signal: &AbortSignal, hear: &Function) {
        let url = self.config.cancel_url.as_deref().unwrap_or_default();
        self.ask("POST", url, Some(transaction), &[], None, signal, hear);
    }

    pub(crate) fn events(
        &self,
        transaction: &TransactionId,
        last_event_id: Option<&str>,
        signal: &AbortSignal,
        hear: &Closure<dyn FnMut(String, JsValue) -> bool>,
    ) {
        let url = self.config.events_url.as_deref().unwrap_or_default();
        let own = self.headers("text/event-stream", last_event_id.map(|id| ("Last-Event-ID", id)).as_slice());
        self.wire.watch(&self.host, &self.filled(url, Some(transaction)), &own, signal, hear);
    }

    #[expect(clippy::too_many_arguments, reason = "a request has as many parts")]
    fn ask(
        &self,
        method: &str,
        url: &str,
        transaction: Option<&TransactionId>,
        own: &[(&str, &str)],
        body: Option<String>,
        signal: &AbortSignal,
        hear: &Function,
    ) {
        let own = self.headers("application/json", own);
        self.wire.ask(&self.host, method, &self.filled(url, transaction), &own, body, signal, hear);
    }

    /// `url` with its placeholders filled in. Both ids consist of characters that a URL carries unescaped.
    fn filled(&self, url: &str, transaction: Option<&TransactionId>) -> String {
        let url = filled(url, "{order_id}", self.config.order_id.as_str());
        match transaction {
            Some(transaction) => filled(&url, "{transaction_id}", transaction.as_str()),
            None => url,
        }
    }

    fn headers(&self, accept: &str, own: &[(&str, &str)]) -> Array {
        let pairs = Array::new();
        let add = |name: &str, value: &str| pairs.push(&Array::of2(&name.into(), &value.into()));
        add("Accept", accept);
        for (name, value) in own {
            add(name, value);
        }
        if let Some(token) = &self.config.order_token {
            add("Authorization", &token.authorization());
        }
        pairs
    }
}

/// Every `placeholder` in `url` replaced. (`str::replace` brings a search algorithm of two kilobytes along.)
fn filled(url: &str, placeholder: &str, value: &str) -> String {
    let mut whole = String::new();
    let mut rest = url;
    while let Some(next) = rest.chars().next() {
        match rest.strip_prefix(placeholder) {
            Some(after) => {
                whole.push_str(value);
                rest = after;
            }
            None => {
                whole.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    whole
}

/// `url` against the page's base; only http and https.
fn absolute(host: &HtmlElement, url: &str) -> Option<Url> {
    let base = host.base_uri().ok().flatten()?;
    // Placeholders are braces, which a path may not have; they are replaced before a request leaves.
    let url = Url::new_with_base(url, &base).ok()?;
    matches!(url.protocol().as_str(), "http:" | "https:").then_some(url)
}
