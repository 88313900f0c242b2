//! The merchant's four URLs, over fetch. Every failure becomes a [`Trouble`]; no JavaScript value escapes.
//!
//! Requests are built with gloo-net. The call itself goes through web-sys: gloo-net panics when a page's patched `fetch`
//! rejects with something that is no `Error`, and a panic here would leave the payer at "charging" for ever.

use super::clock;
use crate::config::{Config, Credentials};
use crate::payment::{Heard, Problem, ProblemCode, Trouble, read_answer};
use gloo_net::http::{Headers, Method, RequestBuilder};
use gopay_contract::{ChargeRequest, TransactionId};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, HtmlElement, RequestCache, RequestCredentials, Response, Url};

/// Where an order's merchant is, and how to speak to it.
pub(crate) struct Merchant {
    config: Config,
    /// The element, or what stands in for it: its `headers` and `fetch` properties are the page's say in this.
    host: HtmlElement,
}

/// One request, ready to go.
pub(crate) struct Call {
    request: Result<web_sys::Request, Trouble>,
    fetch: Option<js_sys::Function>,
}

impl Merchant {
    /// Checks that every URL leads somewhere.
    pub(crate) fn new(config: Config, host: HtmlElement) -> Result<Self, Problem> {
        let urls = [
            ("charge-url", Some(&config.charge_url)),
            ("status-url", Some(&config.status_url)),
            ("events-url", config.events_url.as_ref()),
            ("cancel-url", config.cancel_url.as_ref()),
        ];
        for (attribute, url) in urls {
            if let Some(url) = url.filter(|url| absolute(&host, url).is_none()) {
                let message = format!("attribute {attribute} is {url:?}; expected a path or an http(s) URL");
                return Err(Problem::new(ProblemCode::Config, message));
            }
        }
        Ok(Self { config, host })
    }

    /// The origin of `charge-url`, from which a QR picture may come too.
    pub(crate) fn charge_origin(&self) -> Option<String> {
        absolute(&self.host, &self.config.charge_url).map(|url| url.origin())
    }

    /// The same for every element on the same order of the same merchant.
    pub(crate) fn shared_name(&self) -> String {
        format!("{} {}", self.config.charge_url, self.config.order_id)
    }

    pub(crate) fn charge(&self, key: &str, retry_of: Option<TransactionId>, signal: &AbortSignal) -> Call {
        let mut body = ChargeRequest::new(self.config.order_id.clone(), self.config.callback_url.clone());
        body.retry_of = retry_of;
        let body = serde_json::to_string(&body).unwrap_or_default();
        let builder = self
            .request(Method::POST, &self.config.charge_url, None, signal)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key);
        self.call(builder, Some(body))
    }

    pub(crate) fn status(&self, transaction: &TransactionId, signal: &AbortSignal) -> Call {
        let builder = self.request(Method::GET, &self.config.status_url, Some(transaction), signal);
        self.call(builder.header("Accept", "application/json"), None)
    }

    pub(crate) fn cancel(&self, transaction: &TransactionId, signal: &AbortSignal) -> Call {
        let url = self.config.cancel_url.as_deref().unwrap_or_default();
        let builder = self.request(Method::POST, url, Some(transaction), signal);
        self.call(builder.header("Accept", "application/json"), None)
    }

    pub(crate) fn events(
        &self,
        transaction: &TransactionId,
        last_event_id: Option<&str>,
        signal: &AbortSignal,
    ) -> Call {
        let url = self.config.events_url.as_deref().unwrap_or_default();
        let mut builder =
            self.request(Method::GET, url, Some(transaction), signal).header("Accept", "text/event-stream");
        if let Some(id) = last_event_id {
            builder = builder.header("Last-Event-ID", id);
        }
        self.call(builder, None)
    }

    fn request(
        &self,
        method: Method,
        url: &str,
        transaction: Option<&TransactionId>,
        signal: &AbortSignal,
    ) -> RequestBuilder {
        // Both ids consist of characters that a URL carries unescaped.
        let mut url = url.replace("{order_id}", self.config.order_id.as_str());
        if let Some(transaction) = transaction {
            url = url.replace("{transaction_id}", transaction.as_str());
        }
        let url = absolute(&self.host, &url).map_or(url, |url| url.href());
        let headers = Headers::new();
        for (name, value) in page_headers(&self.host) {
            headers.set(&name, &value);
        }
        let mut builder = RequestBuilder::new(&url)
            .method(method)
            .headers(headers)
            .credentials(match self.config.credentials {
                Credentials::SameOrigin => RequestCredentials::SameOrigin,
                Credentials::Include => RequestCredentials::Include,
                Credentials::Omit => RequestCredentials::Omit,
            })
            .cache(RequestCache::NoStore)
            .abort_signal(Some(signal));
        if let Some(token) = &self.config.order_token {
            builder = builder.header("Authorization", &token.authorization());
        }
        builder
    }

    fn call(&self, builder: RequestBuilder, body: Option<String>) -> Call {
        let built = match body {
            Some(body) => builder.body(body),
            None => builder.build(),
        };
        let request = built
            .map(web_sys::Request::from)
            .map_err(|_| Problem::new(ProblemCode::Config, "the request to the merchant cannot be built").into());
        Call { request, fetch: property(&self.host, "fetch").and_then(|value| value.dyn_into().ok()) }
    }
}

impl Call {
    /// Sends it; the answer may be of any HTTP status.
    pub(crate) async fn send(self) -> Result<Response, Trouble> {
        let request = self.request?;
        let failed = |_: JsValue| Trouble::no_answer("the request to the merchant failed in the network");
        let promise = match self.fetch {
            Some(fetch) => js_sys::Promise::resolve(&fetch.call1(&JsValue::UNDEFINED, &request).map_err(failed)?),
            None => web_sys::window().ok_or_else(|| failed(JsValue::NULL))?.fetch_with_request(&request),
        };
        let response = JsFuture::from(promise).await.map_err(failed)?;
        // Not `instanceof`: pages take their fetch from another frame, or write it themselves.
        let is_response = ["text", "headers", "status"].iter().all(|name| has(&response, name));
        if is_response { Ok(response.unchecked_into()) } else { Err(failed(response)) }
    }

    /// Sends it and reads an answer about a transaction.
    pub(crate) async fn ask(self) -> Result<Heard, Trouble> {
        let response = self.send().await?;
        let server_now =
            Some(header(&response, "Date").and_then(|d| clock::http_date(&d)).unwrap_or_else(clock::payers_clock));
        let retry_after_ms = header(&response, "Retry-After").and_then(|text| match text.trim().parse::<i64>() {
            Ok(seconds) => Some(seconds.saturating_mul(1000)),
            Err(_) => Some(clock::http_date(&text)?.0 - server_now?.0),
        });
        let cut = |_: JsValue| Trouble::no_answer("the merchant's answer broke off");
        let body = JsFuture::from(response.text().map_err(cut)?).await.map_err(cut)?;
        read_answer(response.status(), &body.as_string().unwrap_or_default())
            .map(|answer| Heard { answer, server_now })
            .map_err(|trouble| Trouble { retry_after_ms, ..trouble })
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

/// `url` against the page's base; only http and https.
fn absolute(host: &HtmlElement, url: &str) -> Option<Url> {
    let base = host.base_uri().ok().flatten()?;
    // Placeholders are braces, which a path may not have; they are replaced before a request leaves.
    let url = Url::new_with_base(url, &base).ok()?;
    matches!(url.protocol().as_str(), "http:" | "https:").then_some(url)
}

fn has(target: &JsValue, name: &str) -> bool {
    js_sys::Reflect::get(target, &JsValue::from_str(name)).is_ok_and(|value| !value.is_undefined())
}

fn property(host: &HtmlElement, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(host, &JsValue::from_str(name)).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// The page's own headers (a CSRF token, say): an object of texts, or a function that gives one.
fn page_headers(host: &HtmlElement) -> Vec<(String, String)> {
    let Some(mut headers) = property(host, "headers") else { return Vec::new() };
    if let Some(function) = headers.dyn_ref::<js_sys::Function>() {
        headers = function.call0(&JsValue::UNDEFINED).unwrap_or(JsValue::UNDEFINED);
    }
    let Some(object) = headers.dyn_ref::<js_sys::Object>() else { return Vec::new() };
    js_sys::Object::entries(object)
        .iter()
        .filter_map(|entry| {
            let entry: js_sys::Array = entry.dyn_into().ok()?;
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
        })
        .collect()
}
