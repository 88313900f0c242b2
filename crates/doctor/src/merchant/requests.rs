//! The requests to the merchant.

use super::Merchant;
use crate::event_stream::EventStream;
use crate::limits;
use crate::lock::lock;
use crate::order::Order;
use crate::seen::Seen;
use crate::verdict::{Halt, Verdict};
use gopay_contract::{OrderId, TransactionId};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

/// The caller of a request.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// The order's own page.
    ItsPage,
    /// Somebody without any authorization.
    Nobody,
    /// Somebody with this token.
    Holder(SecretString),
    /// The order's own page, if it were on this origin.
    PageAt(&'static str),
}

/// The answer to a request for the push stream.
pub(crate) struct Events {
    /// The answer's head; its body is not read.
    pub(crate) head: Seen,
    pub(crate) stream: EventStream,
}

impl Merchant {
    /// Sends a charge as the widget does, with `more` in its body.
    pub(crate) async fn charge(&self, order: &Order, key: Uuid, more: &Value, who: &Who) -> Verdict<Seen> {
        self.charge_at(&[], order, key, more, who).await
    }

    /// Sends a charge with a query in the URL.
    pub(crate) async fn charge_at(
        &self,
        query: &[(&str, &str)],
        order: &Order,
        key: Uuid,
        more: &Value,
        who: &Who,
    ) -> Verdict<Seen> {
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
    ) -> Verdict<Seen> {
        let request = self.http.post(self.endpoints.charge.of(&order.order_id, None)).body(body);
        let request = request.header("Idempotency-Key", Uuid::new_v4().to_string());
        let request = self.named(request, order, &Who::ItsPage).header(CONTENT_TYPE, content_type);
        self.ask(&format!("POST charge with {what}"), request, limits::CHARGE).await
    }

    pub(crate) async fn status(&self, order: &Order, who: &Who) -> Verdict<Seen> {
        let url = self.endpoints.status.of(&order.order_id, self.transaction_of(&order.order_id).as_ref());
        let asked = format!("GET status of {}", order.order_id);
        self.ask(&asked, self.named(self.http.get(url), order, who), limits::STATUS).await
    }

    /// Requests the status of a text that is no order, with the token of an order.
    pub(crate) async fn status_of_text(&self, order_id: &str, order: &Order) -> Verdict<Seen> {
        let request = self.http.get(self.endpoints.status.of_text(order_id));
        self.ask("GET status of an unknown order", self.named(request, order, &Who::ItsPage), limits::STATUS).await
    }

    pub(crate) async fn cancel(&self, order: &Order, who: &Who) -> Verdict<Seen> {
        let Some(cancel) = &self.endpoints.cancel else {
            return Err(Halt::NotOffered("there is no cancel URL".to_owned()));
        };
        let url = cancel.of(&order.order_id, self.transaction_of(&order.order_id).as_ref());
        let request = self.http.post(url).json(&json!({}));
        let asked = format!("POST cancel of {}", order.order_id);
        let seen = self.ask(&asked, self.named(request, order, who), limits::CANCEL).await?;
        if matches!(who, Who::ItsPage) && is_absent(&seen) {
            return Err(Halt::NotOffered(seen.head()));
        }
        Ok(seen)
    }

    pub(crate) async fn events(&self, order: &Order, who: &Who) -> Verdict<Events> {
        let Some(events) = &self.endpoints.events else {
            return Err(Halt::NotOffered("there is no events URL".to_owned()));
        };
        let url = events.of(&order.order_id, self.transaction_of(&order.order_id).as_ref());
        let request = self.named(self.http.get(url), order, who).header(ACCEPT, "text/event-stream");
        let asked = format!("GET events of {}", order.order_id);
        let open = |response: Response| {
            let (http, headers) = (response.status().as_u16(), response.headers().clone());
            let head = Seen { asked: asked.clone(), http, headers, body: String::new() };
            std::future::ready(Ok(Events { head, stream: EventStream::of(response) }))
        };
        let events = self.send(&asked, request, limits::STATUS, open).await?;
        if matches!(who, Who::ItsPage) && is_absent(&events.head) {
            return Err(Halt::NotOffered(events.head.head()));
        }
        Ok(events)
    }

    /// Sends a notification as Midtrans would.
    pub(crate) async fn notify(&self, notification: &Value) -> Verdict<Seen> {
        let what = notification["transaction_status"].as_str().unwrap_or("no status");
        self.notify_with("application/json", notification.to_string(), what).await
    }

    /// Sends any text to the notification URL.
    pub(crate) async fn notify_with(&self, content_type: &str, body: String, what: &str) -> Verdict<Seen> {
        let request = self.http.post(self.endpoints.notification.of_text("order-101")).body(body);
        let request = request.header(CONTENT_TYPE, content_type).header("User-Agent", "Veritrans");
        self.ask(&format!("POST notification ({what})"), request, limits::NOTIFICATION).await
    }

    /// Sends a browser's preflight, before a page of `origin` may charge.
    pub(crate) async fn preflight(&self, order: &Order, origin: &'static str) -> Verdict<Seen> {
        let request = self.http.request(Method::OPTIONS, self.endpoints.charge.of(&order.order_id, None));
        let request = request
            .header(ORIGIN, origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type,idempotency-key");
        self.ask("OPTIONS of the charge URL", request, limits::STATUS).await
    }

    /// Makes an order at the shop.
    pub(crate) async fn place(&self, url: &str, body: &Value) -> Result<Seen, Halt> {
        let request = self.http.post(url).headers(self.headers.clone()).json(body);
        self.ask("POST of an order", request, limits::OTHER).await
    }

    fn transaction_of(&self, order_id: &OrderId) -> Option<TransactionId> {
        lock(&self.transactions).get(order_id).cloned()
    }

    fn named(&self, request: RequestBuilder, order: &Order, who: &Who) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let token = match who {
            Who::Nobody => return request.headers(headers),
            Who::Holder(token) => Some(token),
            Who::ItsPage => order.order_token.as_ref(),
            Who::PageAt(origin) => {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
                order.order_token.as_ref()
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
fn is_absent(seen: &Seen) -> bool {
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
