//! HTTP client for the merchant, with the requests of the widget and of Midtrans.

mod requests;

pub(crate) use requests::Who;

use crate::endpoints::Endpoints;
use crate::limits;
use crate::lock::lock;
use crate::secrets::Secrets;
use crate::seen::Seen;
use crate::verdict::{Halt, Verdict};
use gopay_contract::{OrderId, TransactionId};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

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
    pub(crate) fn look_for_keys(&self, asked: &str, place: &str, text: &str) {
        if let Some(form) = self.secrets.found_in(text) {
            lock(&self.leaks).push(format!("{form} stands in the {place} of the answer to {asked}"));
        }
    }

    /// Sends the request and reads the whole answer. Who is told to come later does.
    async fn ask(&self, asked: &str, request: RequestBuilder, limit: Duration) -> Verdict<Seen> {
        let read = |response: Response| async move {
            let (http, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.text().await.map_err(|why| no_answer(asked, &why))?;
            self.look_for_keys(asked, "body", &body);
            Ok(Seen { asked: asked.to_owned(), http, headers, body })
        };
        self.send(asked, request, limit, read).await
    }

    /// Sends the request and applies `read` to the answer, all within `limit`; repeats it after a 429.
    async fn send<T, Reading: Future<Output = Verdict<T>>>(
        &self,
        asked: &str,
        request: RequestBuilder,
        limit: Duration,
        read: impl Fn(Response) -> Reading,
    ) -> Verdict<T> {
        let mut tries = 0;
        loop {
            let this_one =
                request.try_clone().ok_or_else(|| Halt::broken(asked, "a request that cannot be repeated"))?;
            let once = async {
                let response = this_one.send().await.map_err(|why| no_answer(asked, &why))?;
                self.look_into_headers(asked, response.headers());
                match told_to_wait(&response).filter(|_| tries < limits::RETRIES) {
                    Some(pause) => Ok(Err(pause)),
                    None => read(response).await.map(Ok),
                }
            };
            let too_late = |_| {
                let seen = format!("{asked} was not answered within {} s", limit.as_secs());
                Halt::failed(seen, "an answer in time, if only an error")
            };
            match tokio::time::timeout(limit, once).await.map_err(too_late)?? {
                Ok(read) => return Ok(read),
                Err(pause) => tokio::time::sleep(pause).await,
            }
            tries += 1;
        }
    }

    fn look_into_headers(&self, asked: &str, headers: &HeaderMap) {
        for (name, value) in headers {
            let line = format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()));
            self.look_for_keys(asked, "headers", &line);
        }
    }
}

/// The pause before a repetition: a merchant may limit the rate.
fn told_to_wait(response: &Response) -> Option<Duration> {
    let pause = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)?;
    (response.status() == StatusCode::TOO_MANY_REQUESTS && pause <= limits::RETRY_AFTER).then_some(pause)
}

fn no_answer(asked: &str, why: &reqwest::Error) -> Halt {
    let what = if why.is_connect() {
        "nobody listens there".to_owned()
    } else if why.is_timeout() {
        "none came in time".to_owned()
    } else {
        "the connection broke".to_owned()
    };
    Halt::failed(format!("{asked} got no answer: {what}"), "an answer, if only an error")
}
