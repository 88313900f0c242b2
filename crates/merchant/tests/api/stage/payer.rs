//! The shop and its payer: orders, charges, statuses, and what is pushed.

use super::{DEADLINE, PUSH_DEADLINE, Stage, rupiah};
use gopay_contract::OrderId;
use gopay_contract::midtrans::{ItemDetails, OptionalData};
use gopay_merchant::NewOrder;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// An order that the shop has made.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) order_id: String,
    pub(crate) token: String,
}

/// An answer: HTTP status and JSON body.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) http: u16,
    pub(crate) body: Value,
}

impl Answered {
    pub(crate) async fn from(response: Response) -> Self {
        let http = response.status().as_u16();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("HTTP {http}, not JSON: {text}"));
        Self { http, body }
    }

    /// A field as text.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body))
    }

    pub(crate) fn action(&self, name: &str) -> Option<String> {
        let actions = self.body["actions"].as_array()?;
        Some(actions.iter().find(|action| action["name"] == name)?["url"].as_str()?.to_owned())
    }
}

impl Stage {
    /// The shop's own software makes this order.
    pub(crate) async fn places(&self, order: &NewOrder) -> Placed {
        let checkout = self.merchant.checkout.as_ref().expect("the merchant's own");
        checkout.place(order).await.expect("placed");
        Placed { order_id: order.order_id().to_string(), token: checkout.order_token(order.order_id()) }
    }

    /// An order of coffee for 44,000 rupiah.
    pub(crate) async fn order(&self) -> Placed {
        let name = "Kopi Gayo 250 g".to_owned();
        let coffee = ItemDetails { price: 44_000, quantity: 1, name: name.clone(), ..ItemDetails::default() };
        let optional = OptionalData { item_details: Some(vec![coffee]), ..OptionalData::default() };
        let order_id = format!("order-{:016x}", rand::random::<u64>());
        let order_id = OrderId::parse(&order_id).expect("an order id");
        self.places(&NewOrder::new(order_id, rupiah(44_000), name, optional).expect("an order")).await
    }

    pub(crate) async fn charge(&self, order: &Placed) -> Answered {
        self.charge_with(order, json!({})).await
    }

    pub(crate) async fn charge_instead_of(&self, order: &Placed, transaction_id: &str) -> Answered {
        self.charge_with(order, json!({"retry_of": transaction_id})).await
    }

    /// A charge whose body has these fields too.
    pub(crate) async fn charge_with(&self, order: &Placed, more: Value) -> Answered {
        let mut body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        let request = self.post("/api/gopay/charge").bearer_auth(&order.token).json(&body);
        Answered::from(request.send().await.expect("the merchant answers")).await
    }

    pub(crate) async fn status(&self, order: &Placed) -> Answered {
        let path = format!("/api/gopay/orders/{}", order.order_id);
        let request = self.get(&path).bearer_auth(&order.token);
        Answered::from(request.send().await.expect("the merchant answers")).await
    }

    pub(crate) async fn cancel(&self, order: &Placed) -> Answered {
        let path = format!("/api/gopay/orders/{}/cancel", order.order_id);
        let request = self.post(&path).bearer_auth(&order.token);
        Answered::from(request.send().await.expect("the merchant answers")).await
    }

    pub(crate) async fn watch(&self, order: &Placed) -> OpenStream {
        let path = format!("/api/gopay/orders/{}/events", order.order_id);
        let request = self.get(&path).bearer_auth(&order.token).header("Accept", "text/event-stream");
        let response = request.send().await.expect("the merchant answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        OpenStream { response, read: String::new() }
    }

    /// Waits until the merchant says so by itself.
    pub(crate) async fn until_status(&self, order: &Placed, transaction_status: &str) -> Answered {
        let started = Instant::now();
        loop {
            let answered = self.status(order).await;
            if answered.body["transaction_status"] == transaction_status {
                return answered;
            }
            assert!(started.elapsed() < DEADLINE, "still {}", answered.body);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.merchant.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.merchant.url))
    }
}

/// Somebody who watches an order.
pub(crate) struct OpenStream {
    response: Response,
    read: String,
}

impl OpenStream {
    /// The next event's id and data, or `None` at the stream's end. Comments are passed over.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        let next = async {
            loop {
                while let Some((event, rest)) = self.read.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.read = rest;
                    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                    if let Some(data) = field("data:") {
                        assert_eq!(field("event:"), Some("status"));
                        let id = field("id:").expect("an id").to_owned();
                        return Some((id, serde_json::from_str(data).expect("JSON")));
                    }
                }
                let chunk = self.response.chunk().await.expect("a stream that ends cleanly")?;
                self.read.push_str(std::str::from_utf8(&chunk).expect("text"));
            }
        };
        tokio::time::timeout(PUSH_DEADLINE, next).await.expect("something is pushed")
    }
}
