//! HTTP client for the merchant, with the requests of the widget and of Midtrans.

use crate::{
    check::{CheckError, CheckResult},
    endpoints::Endpoints,
    limits, lock,
    orders::Order,
    response::{EventStream, Response},
    secrets::Secrets,
};
use gopay_contract::{OrderId, TransactionId};
use reqwest::{
    Client, Method, RequestBuilder, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A merchant's backend, over HTTP.
pub(crate) struct Merchant {
    http: Client,
    endpoints: Endpoints,
    /// Additional headers of an order's own page.
    headers: HeaderMap,
    secrets: Arc<Secrets>,
    /// The transaction that each order was last answered with, for `{transaction_id}`.
    transactions: Mutex<HashMap<OrderId, TransactionId>>,
    /// Places in which a server key was found.
    leaks: Mutex<Vec<String>>,
}

impl Merchant {
    pub(crate) fn new(http: Client, endpoints: Endpoints, headers: HeaderMap, secrets: Arc<Secrets>) -> Self {
        Self { http, endpoints, headers, secrets, transactions: Mutex::default(), leaks: Mutex::default() }
    }

    /// Places in which a server key was found so far, in any answer.
    pub(crate) fn leaks(&self) -> Vec<String> {
        lock(&self.leaks).clone()
    }

    /// Records the place if there is a server key in `text`.
    pub(crate) fn scan_for_keys(&self, asked: &str, place: &str, text: &str) {
        if let Some(form) = self.secrets.found_in(text) {
            lock(&self.leaks).push(format!("{form} stands in the {place} of the answer to {asked}"));
        }
    }

    /// Sends the request and reads the whole answer. Who is told to come later does.
    async fn ask(&self, asked: &str, request: RequestBuilder, limit: Duration) -> CheckResult<Response> {
        let read = |response: reqwest::Response| async move {
            let (http, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.text().await.map_err(|why| no_answer(asked, &why))?;
            self.scan_for_keys(asked, "body", &body);
            Ok(Response { asked: asked.to_owned(), http, headers, body })
        };
        self.send(asked, request, limit, read).await
    }

    /// Sends the request and applies `read` to the answer, all within `limit`; repeats it after a 429.
    async fn send<T, Reading: Future<Output = CheckResult<T>>>(
        &self,
        asked: &str,
        request: RequestBuilder,
        limit: Duration,
        read: impl Fn(reqwest::Response) -> Reading,
    ) -> CheckResult<T> {
        let mut tries = 0;
        loop {
            let this_one =
                request.try_clone().ok_or_else(|| CheckError::broken(asked, "a request that cannot be repeated"))?;
            let once = async {
                let response = this_one.send().await.map_err(|why| no_answer(asked, &why))?;
                self.scan_headers(asked, response.headers());
                match retry_after(&response).filter(|_| tries < limits::RETRIES) {
                    Some(pause) => Ok(Err(pause)),
                    None => read(response).await.map(Ok),
                }
            };
            let too_late = |_| {
                let seen = format!("{asked} was not answered within {} s", limit.as_secs());
                CheckError::failed(seen, "an answer in time, if only an error")
            };
            match tokio::time::timeout(limit, once).await.map_err(too_late)?? {
                Ok(read) => return Ok(read),
                Err(pause) => tokio::time::sleep(pause).await,
            }
            tries += 1;
        }
    }

    fn scan_headers(&self, asked: &str, headers: &HeaderMap) {
        for (name, value) in headers {
            let line = format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()));
            self.scan_for_keys(asked, "headers", &line);
        }
    }
}

/// The pause before a repetition: a merchant may limit the rate.
fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let pause = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)?;
    (response.status() == StatusCode::TOO_MANY_REQUESTS && pause <= limits::RETRY_AFTER).then_some(pause)
}

fn no_answer(asked: &str, why: &reqwest::Error) -> CheckError {
    let what = if why.is_connect() {
        "nobody listens there".to_owned()
    } else if why.is_timeout() {
        "none came in time".to_owned()
    } else {
        "the connection broke".to_owned()
    };
    CheckError::failed(format!("{asked} got no answer: {what}"), "an answer, if only an error")
}

/// The caller of a request.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// The order's own page.
    ItsPage,
    /// Somebody without any authorization.
    Nobody,
    /// Somebody with this token.
    Holder(SecretString),
    /// The order's own page, if it were on this origin.
    PageAt(&'static str),
    /// A form on a page of this origin, which the payer's browser sends with the shop's cookies and nothing else of the shop's.
    FormAt(&'static str),
}

/// The answer to a request for the push stream.
pub(crate) struct Events {
    /// The answer's head; its body is not read.
    pub(crate) head: Response,
    pub(crate) stream: EventStream,
}

impl Merchant {
    /// Sends a charge as the widget does, with `more` in its body.
    pub(crate) async fn charge(&self, order: &Order, key: Uuid, more: &Value, who: &Caller) -> CheckResult<Response> {
        self.charge_at(&[], order, key, more, who).await
    }

    /// Sends a charge with a query in the URL.
    pub(crate) async fn charge_at(
        &self,
        query: &[(&str, &str)],
        order: &Order,
        key: Uuid,
        more: &Value,
        who: &Caller,
    ) -> CheckResult<Response> {
        let mut body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id.as_str()}});
        merge(&mut body, more);
        let request = self.http.post(self.endpoints.charge.of(&order.order_id, None)).query(query);
        let request = request.json(&body).header("Idempotency-Key", key.to_string());
        let asked = format!("POST charge of {}", order.order_id);
        let seen = self.ask(&asked, self.named(request, order, who), limits::CHARGE).await?;
        if let Ok(transaction_id) = seen.answer().map(|answer| answer.transaction_id) {
            lock(&self.transactions).extend(transaction_id.map(|id| (order.order_id.clone(), id)));
        }
        Ok(seen)
    }

    /// Sends any text to the charge URL, as the order's page.
    pub(crate) async fn charge_with(
        &self,
        order: &Order,
        content_type: &str,
        body: String,
        what: &str,
    ) -> CheckResult<Response> {
        let request = self.http.post(self.endpoints.charge.of(&order.order_id, None)).body(body);
        let request = request.header("Idempotency-Key", Uuid::new_v4().to_string());
        let request = self.named(request, order, &Caller::ItsPage).header(CONTENT_TYPE, content_type);
        self.ask(&format!("POST charge with {what}"), request, limits::CHARGE).await
    }

    /// Sends a charge as a form on a page of `origin`: its text is JSON, and its Content-Type is one that a form can have.
    pub(crate) async fn charge_by_form(&self, order: &Order, origin: &'static str) -> CheckResult<Response> {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id.as_str()}});
        let request = self.http.post(self.endpoints.charge.of(&order.order_id, None)).body(body.to_string());
        let request = request.header(CONTENT_TYPE, "text/plain");
        let asked = format!("POST charge of {} by a foreign form", order.order_id);
        self.ask(&asked, self.named(request, order, &Caller::FormAt(origin)), limits::CHARGE).await
    }

    pub(crate) async fn status(&self, order: &Order, who: &Caller) -> CheckResult<Response> {
        let url = self.endpoints.status.of(&order.order_id, self.transaction_of(&order.order_id).as_ref());
        let asked = format!("GET status of {}", order.order_id);
        self.ask(&asked, self.named(self.http.get(url), order, who), limits::STATUS).await
    }

    /// Requests the status of a text that is no order, with the token of an order.
    pub(crate) async fn status_of_text(&self, order_id: &str, order: &Order) -> CheckResult<Response> {
        let request = self.http.get(self.endpoints.status.of_text(order_id));
        self.ask("GET status of an unknown order", self.named(request, order, &Caller::ItsPage), limits::STATUS).await
    }

    pub(crate) async fn cancel(&self, order: &Order, who: &Caller) -> CheckResult<Response> {
        let request = self.http.post(self.cancel_url(order)?).json(&json!({}));
        let asked = format!("POST cancel of {}", order.order_id);
        let seen = self.ask(&asked, self.named(request, order, who), limits::CANCEL).await?;
        if matches!(who, Caller::ItsPage) && is_absent(&seen) {
            return Err(CheckError::NotOffered(seen.head()));
        }
        Ok(seen)
    }

    fn cancel_url(&self, order: &Order) -> CheckResult<String> {
        let cancel = self.endpoints.cancel.as_ref();
        let cancel = cancel.ok_or_else(|| CheckError::NotOffered("there is no cancel URL".to_owned()))?;
        Ok(cancel.of(&order.order_id, self.transaction_of(&order.order_id).as_ref()))
    }

    /// Sends a cancel as a form on a page of `origin`.
    pub(crate) async fn cancel_by_form(&self, order: &Order, origin: &'static str) -> CheckResult<Response> {
        let request = self
            .http
            .post(self.cancel_url(order)?)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body("cancel=1");
        let asked = format!("POST cancel of {} by a foreign form", order.order_id);
        self.ask(&asked, self.named(request, order, &Caller::FormAt(origin)), limits::CANCEL).await
    }

    pub(crate) async fn events(&self, order: &Order, who: &Caller) -> CheckResult<Events> {
        let Some(events) = &self.endpoints.events else {
            return Err(CheckError::NotOffered("there is no events URL".to_owned()));
        };
        let url = events.of(&order.order_id, self.transaction_of(&order.order_id).as_ref());
        let request = self.named(self.http.get(url), order, who).header(ACCEPT, "text/event-stream");
        let asked = format!("GET events of {}", order.order_id);
        let open = |response: reqwest::Response| {
            let (http, headers) = (response.status().as_u16(), response.headers().clone());
            let head = Response { asked: asked.clone(), http, headers, body: String::new() };
            std::future::ready(Ok(Events { head, stream: EventStream::of(response) }))
        };
        let events = self.send(&asked, request, limits::STATUS, open).await?;
        if matches!(who, Caller::ItsPage) && is_absent(&events.head) {
            return Err(CheckError::NotOffered(events.head.head()));
        }
        Ok(events)
    }

    /// Sends a notification as Midtrans would.
    pub(crate) async fn notify(&self, notification: &Value) -> CheckResult<Response> {
        let what = notification["transaction_status"].as_str().unwrap_or("no status");
        self.notify_with("application/json", notification.to_string(), what).await
    }

    /// Sends any text to the notification URL.
    pub(crate) async fn notify_with(&self, content_type: &str, body: String, what: &str) -> CheckResult<Response> {
        let request = self.http.post(self.endpoints.notification.of_text("order-101")).body(body);
        let request = request.header(CONTENT_TYPE, content_type).header("User-Agent", "Veritrans");
        self.ask(&format!("POST notification ({what})"), request, limits::NOTIFICATION).await
    }

    /// Sends a browser's preflight, before a page of `origin` may charge.
    pub(crate) async fn preflight(&self, order: &Order, origin: &'static str) -> CheckResult<Response> {
        let request = self.http.request(Method::OPTIONS, self.endpoints.charge.of(&order.order_id, None));
        let request = request
            .header(ORIGIN, origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type,idempotency-key");
        self.ask("OPTIONS of the charge URL", request, limits::STATUS).await
    }

    /// Makes an order at the shop.
    pub(crate) async fn place(&self, url: &str, body: &Value) -> Result<Response, CheckError> {
        let request = self.http.post(url).headers(self.headers.clone()).json(body);
        self.ask("POST of an order", request, limits::OTHER).await
    }

    fn transaction_of(&self, order_id: &OrderId) -> Option<TransactionId> {
        lock(&self.transactions).get(order_id).cloned()
    }

    fn named(&self, request: RequestBuilder, order: &Order, who: &Caller) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let token = match who {
            Caller::Nobody => return request.headers(headers),
            Caller::Holder(token) => Some(token),
            Caller::ItsPage => order.order_token.as_ref(),
            Caller::PageAt(origin) => {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
                order.order_token.as_ref()
            }
            Caller::FormAt(origin) => {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
                headers.insert(FETCH_SITE, HeaderValue::from_static("cross-site"));
                headers.extend(self.headers.get(COOKIE).cloned().map(|cookie| (COOKIE, cookie)));
                return request.headers(headers);
            }
        };
        headers.extend(self.headers.clone());
        let bearer = token.and_then(|token| HeaderValue::try_from(format!("Bearer {}", token.expose_secret())).ok());
        if let Some(mut bearer) = bearer {
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        request.headers(headers)
    }
}

/// True if the endpoint does not exist.
fn is_absent(seen: &Response) -> bool {
    matches!(seen.http, 404 | 405 | 501)
}

/// Merges `more` into `body`, objects into objects.
fn merge(body: &mut Value, more: &Value) {
    match (body, more) {
        (Value::Object(body), Value::Object(more)) => {
            for (name, value) in more {
                merge(body.entry(name).or_insert(Value::Null), value);
            }
        }
        (body, more) => *body = more.clone(),
    }
}
