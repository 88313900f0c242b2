//! Requests and responses with gloo-net's types, and the call to the page's `fetch`.
//!
//! A page may replace `fetch`: by another frame's, or by a function that throws, rejects with a text, never settles, or
//! answers with an object of its own. gloo-net takes each of these for a bug and panics: in `Request::send()`,
//! `Response::text()`, and `Headers::set()` for a name that is no header's. So requests are built with [`RequestBuilder`]
//! and answers read with [`Response`], and whatever can fail at a page's hand goes through bindings that catch.

use super::clock;
use super::promise::on_settled;
use crate::config::Credentials;
use crate::payment::{Moment, Problem, ProblemCode, RequestError, ServerResponse, UnixMillis, read_answer};
use gloo_net::http::{Headers, Method, RequestBuilder, Response};
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, HtmlElement, RequestCache, RequestCredentials, Url};

#[wasm_bindgen]
extern "C" {
    /// The browser's, or what the page has put in its place.
    #[wasm_bindgen(catch)]
    fn fetch(request: &web_sys::Request) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Object, js_name = entries)]
    fn entries(object: &JsValue) -> Result<Array, JsValue>;
}

/// One request to the merchant.
pub(super) struct Request {
    pub(super) method: Method,
    /// Resolved against the page's base.
    pub(super) url: String,
    pub(super) credentials: Credentials,
    /// They win over those that the page adds.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<String>,
}

/// An HTTP response that was read to its end.
pub(super) struct HttpResponse {
    pub(super) status: u16,
    /// `Date`
    pub(super) date: Option<String>,
    /// `Retry-After`
    pub(super) retry_after: Option<String>,
    pub(super) body: String,
    /// True if the request was redirected.
    pub(super) is_redirected: bool,
    /// Time at which its headers arrived, perhaps long before it is read.
    pub(super) received_at: Moment,
}

/// Reason for a missing response.
#[derive(Clone, Copy)]
pub(super) enum FetchError {
    /// The request cannot be made: an invalid header, a URL with a password in it.
    CannotBuild,
    /// No answer came.
    Network,
    /// The answer broke off.
    BodyCut,
}

impl From<FetchError> for RequestError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::CannotBuild => {
                Problem::new(ProblemCode::Config, "the request to the merchant cannot be built").into()
            }
            // A browser does not say that CORS is why.
            FetchError::Network => Self::no_answer(
                "the request to the merchant failed in the network; if it is of another origin, its CORS must allow Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
            ),
            FetchError::BodyCut => Self::no_answer("the merchant's answer broke off"),
        }
    }
}

/// Callback for the whole response to a request, or an error.
pub(super) type ResponseCallback = Box<dyn FnOnce(Result<HttpResponse, FetchError>)>;

/// Callback for a response whose body is still to be read, or an error.
pub(super) type OpenCallback = Box<dyn FnOnce(Result<Response, FetchError>)>;

/// Sends `request` for `element`, and reads the whole answer.
pub(super) fn send(element: &HtmlElement, request: Request, signal: &AbortSignal, callback: ResponseCallback) {
    let read = move |response: Result<Response, FetchError>| match response {
        Ok(response) => read_to_end(response, callback),
        Err(error) => callback(Err(error)),
    };
    open(element, request, signal, Box::new(read));
}

/// Sends `request` for `element`; `callback` gets the response as soon as its headers are there, never before this returns.
pub(super) fn open(element: &HtmlElement, request: Request, signal: &AbortSignal, callback: OpenCallback) {
    let request = build(element, request, signal);
    let error = if request.is_some() { FetchError::Network } else { FetchError::CannotBuild };
    let sent = request.and_then(|request| call_fetch(element, &request).ok()).unwrap_or(JsValue::UNDEFINED);
    on_settled(&sent, Box::new(move |answer| callback(answer.ok().and_then(response_from).ok_or(error))));
}

fn build(element: &HtmlElement, request: Request, signal: &AbortSignal) -> Option<web_sys::Request> {
    let url = Url::new_with_base(&request.url, &element.base_uri().ok()??).ok()?.href();
    // gloo-net would panic for a page whose own `Request` throws something that is no `Error`.
    web_sys::Request::new_with_str(&url).ok()?;
    let headers = web_sys::Headers::new().ok()?;
    for pair in page_headers(element).unwrap_or_default().iter() {
        let pair: Array = pair.unchecked_into();
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            headers.set(&name, &value).ok()?;
        }
    }
    for (name, value) in request.headers {
        headers.set(name, &value).ok()?;
    }
    RequestBuilder::new(&url)
        .method(request.method)
        .headers(Headers::from_raw(headers))
        .credentials(match request.credentials {
            Credentials::SameOrigin => RequestCredentials::SameOrigin,
            Credentials::Include => RequestCredentials::Include,
            Credentials::Omit => RequestCredentials::Omit,
        })
        .cache(RequestCache::NoStore)
        .abort_signal(Some(signal))
        .body(request.body)
        .ok()
        .map(Into::into)
}

/// Headers that the page adds by the element's `headers` property: an object of texts, or a function that returns one.
fn page_headers(element: &HtmlElement) -> Result<Array, JsValue> {
    let headers = Reflect::get(element, &"headers".into())?;
    let headers = match headers.dyn_ref::<Function>() {
        Some(headers) => headers.call0(&JsValue::UNDEFINED)?,
        None => headers,
    };
    entries(&headers)
}

/// Calls the element's `fetch` property, where the page has set it, or else `fetch`.
fn call_fetch(element: &HtmlElement, request: &web_sys::Request) -> Result<JsValue, JsValue> {
    match Reflect::get(element, &"fetch".into())?.dyn_ref::<Function>() {
        Some(page) => page.call1(&JsValue::UNDEFINED, request),
        None => fetch(request),
    }
}

/// Reads the result of a page's `fetch` as a response. By its members, not its class: it may come from another frame or be the
/// page's own object.
fn response_from(answer: JsValue) -> Option<Response> {
    let property = |name: &str| Reflect::get(&answer, &name.into()).ok();
    let is_response = property("text")?.is_truthy() && property("headers")?.is_truthy();
    (is_response && property("status")?.as_f64().is_some())
        .then(|| Response::from(answer.unchecked_into::<web_sys::Response>()))
}

fn read_to_end(response: Response, callback: ResponseCallback) {
    let received_at = clock::now();
    // A page's own headers may be unable to tell; `Headers::get()` of gloo-net panics then.
    let headers = response.headers().into_raw();
    let header = |name| headers.get(name).ok().flatten();
    let (date, retry_after, status) = (header("Date"), header("Retry-After"), response.status());
    let response = web_sys::Response::from(response);
    let is_redirected = Reflect::get(&response, &"redirected".into()).is_ok_and(|it| it.is_truthy());
    let Ok(body) = response.text() else { return callback(Err(FetchError::BodyCut)) };
    let read = move |body: Result<JsValue, JsValue>| {
        callback(body.map_err(|_| FetchError::BodyCut).map(|body| HttpResponse {
            status,
            date,
            retry_after,
            body: body.as_string().unwrap_or_default(),
            is_redirected,
            received_at,
        }));
    };
    on_settled(&body, Box::new(read));
}

/// Reads a response's body and the times in its headers.
pub(super) fn server_response(response: Result<HttpResponse, FetchError>) -> Result<ServerResponse, RequestError> {
    let HttpResponse { status, date, retry_after, body, is_redirected: _, received_at } = response?;
    // An early charge may have been answered while this code was still on its way; the server's clock has gone on since.
    let since = clock::now().since(received_at);
    let date = date.and_then(|date| clock::http_date(&date)).map(|UnixMillis(ms)| UnixMillis(ms + since));
    let server_now = Some(date.unwrap_or_else(clock::payers_clock));
    let retry_after_ms = retry_after.and_then(|text| match text.trim().parse::<i64>() {
        Ok(seconds) => Some(seconds.saturating_mul(1000)),
        Err(_) => Some(clock::http_date(&text)?.0 - server_now?.0),
    });
    read_answer(status, &body)
        .map(|answer| ServerResponse { answer, server_now })
        .map_err(|error| RequestError { retry_after_ms, ..error })
}
