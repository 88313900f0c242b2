//! The merchant, asked as the widget and Midtrans ask it.

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
    /// Sent with whatever an order's own page asks.
    headers: HeaderMap,
    secrets: Arc<Secrets>,
    /// The transaction that each order was last answered with, for `{transaction_id}`.
    transactions: Mutex<HashMap<OrderId, TransactionId>>,
    /// Where a server key was found.
    leaks: Mutex<Vec<String>>,
}

impl Merchant {
    pub(crate) fn new(http: Client, endpoints: Endpoints, headers: HeaderMap, secrets: Arc<Secrets>) -> Self {
        Self { http, endpoints, headers, secrets, transactions: Mutex::default(), leaks: Mutex::default() }
    }

    /// Where a server key was seen so far, in any answer.
    pub(crate) fn leaks(&self) -> Vec<String> {
        lock(&self.leaks).clone()
    }

    /// Remembers it if there is a server key in `text`.
    pub(crate) fn look_for_keys(&self, asked: &str, place: &str, text: &str) {
        if let Some(form) = self.secrets.found_in(text) {
            lock(&self.leaks).push(format!("{form} stands in the {place} of the answer to {asked}"));
        }
    }

    /// Sends it and reads the whole answer. Who is told to come later does.
    async fn ask(&self, asked: &str, request: RequestBuilder, limit: Duration) -> Verdict<Seen> {
        let read = async {
            let response = self.send(asked, request).await?;
            let (http, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.text().await.map_err(|why| no_answer(asked, &why))?;
            self.look_for_keys(asked, "body", &body);
            Ok(Seen { asked: asked.to_owned(), http, headers, body })
        };
        match tokio::time::timeout(limit, read).await {
            Ok(seen) => seen,
            Err(_) => Err(Halt::failed(
                format!("{asked} was not answered within {} s", limit.as_secs()),
                "an answer in time, if only an error",
            )),
        }
    }

    /// Sends it and reads the answer's head.
    async fn send(&self, asked: &str, request: RequestBuilder) -> Verdict<Response> {
        let mut tries = 0;
        loop {
            let this_one =
                request.try_clone().ok_or_else(|| Halt::broken(asked, "a request that cannot be repeated"))?;
            let response = this_one.send().await.map_err(|why| no_answer(asked, &why))?;
            for (name, value) in response.headers() {
                self.look_for_keys(asked, "headers", &format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
            }
            let pause = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let pause = pause.map(Duration::from_secs).filter(|pause| *pause <= limits::RETRY_AFTER);
            match pause {
                Some(pause) if response.status() == StatusCode::TOO_MANY_REQUESTS && tries < limits::RETRIES => {
                    tries += 1;
                    tokio::time::sleep(pause).await;
                }
                Some(_) | None => return Ok(response),
            }
        }
    }
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
