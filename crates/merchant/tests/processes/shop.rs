//! `Shop`: what a page asks of the merchant, asking again as the widget does until there is an answer.

use crate::program::DEADLINE;
use gopay_contract::{Answer, TransactionId};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Between two tries. The widget waits longer; a test has less time.
const PAUSE: Duration = Duration::from_millis(100);

impl Placed {
    /// The order of this id, whose token is not needed any more.
    pub(crate) fn of(order_id: &str) -> Self {
        Self { order_id: order_id.to_owned(), token: String::new() }
    }
}

/// The merchant from outside, by all the addresses that lead to it.
#[derive(Clone)]
pub(crate) struct Shop {
    http: reqwest::Client,
    urls: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) order_id: String,
    token: String,
}

impl Shop {
    /// Behind one address, or behind several: a try that fails at one goes to the next.
    pub(crate) fn at(urls: &[String]) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(40)).build().expect("a client");
        Self { http, urls: urls.to_vec() }
    }

    /// The same shop for a payer whom another address is given first.
    pub(crate) fn entering_at(&self, first: usize) -> Self {
        let mut urls = self.urls.clone();
        urls.rotate_left(first % self.urls.len());
        Self { http: self.http.clone(), urls }
    }

    pub(crate) async fn order(&self) -> Placed {
        let order_id = format!("order-{:016x}", rand::random::<u64>());
        let shop = json!({"order_id": order_id, "gross_amount": 44_000, "description": "Kopi Gayo 250 g"});
        let placed = self.ask(Method::POST, "/orders", None, &shop).await;
        let token = placed["order_token"].as_str().unwrap_or_else(|| panic!("no order_token: {placed}")).to_owned();
        Placed { order_id, token }
    }

    pub(crate) async fn charge(&self, order: &Placed, retry_of: Option<&TransactionId>) -> Value {
        let mut body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
        if let Some(retry_of) = retry_of {
            body["retry_of"] = json!(retry_of);
        }
        self.ask(Method::POST, "/api/gopay/charge", Some(order), &body).await
    }

    pub(crate) async fn status(&self, order: &Placed) -> Answer {
        let path = format!("/api/gopay/orders/{}", order.order_id);
        read(self.ask(Method::GET, &path, Some(order), &Value::Null).await)
    }

    pub(crate) async fn cancel(&self, order: &Placed) -> Answer {
        let path = format!("/api/gopay/orders/{}/cancel", order.order_id);
        read(self.ask(Method::POST, &path, Some(order), &Value::Null).await)
    }

    /// Asks for the charge once. What it is answered: an HTTP status, or `none`.
    pub(crate) async fn charge_once(&self, order: &Placed) -> String {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
        self.once(Method::POST, "/api/gopay/charge", order, &body).await
    }

    /// Asks for the status once.
    pub(crate) async fn status_once(&self, order: &Placed) -> String {
        let path = format!("/api/gopay/orders/{}", order.order_id);
        self.once(Method::GET, &path, order, &Value::Null).await
    }

    /// Asks what only a supervisor asks.
    pub(crate) async fn probe(&self, path: &str) -> String {
        answer_to(self.http.get(format!("{}{path}", self.urls[0]))).await
    }

    async fn once(&self, method: Method, path: &str, order: &Placed, body: &Value) -> String {
        let request = self.http.request(method, format!("{}{path}", self.urls[0])).json(body);
        answer_to(request.bearer_auth(&order.token)).await
    }

    /// Opens the status stream.
    pub(crate) async fn watch(&self, order: &Placed) -> Option<Response> {
        let url = format!("{}/api/gopay/orders/{}/events", self.urls[0], order.order_id);
        let response = self.http.get(url).timeout(DEADLINE * 5).bearer_auth(&order.token).send().await.ok()?;
        response.status().is_success().then_some(response)
    }

    /// Asks until there is an answer: nobody there, a cut connection, 5xx and 429 are reasons to ask again.
    async fn ask(&self, method: Method, path: &str, order: Option<&Placed>, body: &Value) -> Value {
        let started = Instant::now();
        for url in self.urls.iter().cycle() {
            let mut request = self.http.request(method.clone(), format!("{url}{path}")).json(body);
            if let Some(order) = order {
                request = request.bearer_auth(&order.token);
            }
            let trouble = match request.send().await {
                Ok(response) => {
                    let http = response.status();
                    let text = response.text().await.unwrap_or_default();
                    match serde_json::from_str(&text) {
                        Ok(answer) if http.is_success() => return answer,
                        Ok(_) | Err(_) if http.is_server_error() || http == StatusCode::TOO_MANY_REQUESTS => {
                            format!("HTTP {http}: {text}")
                        }
                        // Cut in the middle.
                        Err(_) if http.is_success() => format!("HTTP {http}: {text:?}"),
                        Ok(_) | Err(_) => panic!("{path}: HTTP {http}: {text}"),
                    }
                }
                Err(why) => format!("{why:?}"),
            };
            assert!(started.elapsed() < DEADLINE * 2, "{path}: no answer for too long, at last {trouble}");
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!("the addresses go round for ever")
    }
}

async fn answer_to(request: RequestBuilder) -> String {
    match request.send().await {
        Ok(answer) if answer.status().is_success() => "200".to_owned(),
        Ok(answer) => answer.status().as_u16().to_string(),
        Err(_) => "none".to_owned(),
    }
}

pub(crate) fn read(answer: Value) -> Answer {
    serde_json::from_value(answer).expect("an answer about a transaction")
}

/// The transaction of a charge's answer.
pub(crate) fn transaction_id(charged: &Value) -> TransactionId {
    read(charged.clone()).transaction_id.unwrap_or_else(|| panic!("no transaction_id: {charged}"))
}
