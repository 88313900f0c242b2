//! Midtrans: what becomes of a payment there, what goes wrong, and what it tells.

use super::{Answered, DEADLINE, Placed, Stage};
use gopay_contract::midtrans::Signature;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

impl Stage {
    pub(crate) async fn notify_the_merchant(&self) {
        self.notify(json!(format!("{}/api/gopay/notifications", self.merchant.url))).await;
    }

    pub(crate) async fn notify_nobody(&self) {
        self.notify(Value::Null).await;
    }

    pub(crate) async fn notify(&self, url: Value) {
        self.steer(Method::POST, "notification-url", json!({"url": url})).await;
    }

    /// The payer pays (`pay`), or Midtrans ends it (`expire`, `cancel`, `deny`).
    pub(crate) async fn at_midtrans(&self, id: &str, verb: &str) {
        self.steer(Method::POST, &format!("transactions/{id}/{verb}"), json!({})).await;
    }

    /// A charge of this order that is paid, of which the merchant is not told.
    pub(crate) async fn paid_unheard(&self, order: &Placed) -> Answered {
        self.notify_the_merchant().await;
        let charged = self.charge(order).await;
        self.deliveries(&order.order_id, "pending", 1).await;
        self.notify_nobody().await;
        self.at_midtrans(&order.order_id, "pay").await;
        charged
    }

    /// A charge of this order that has expired, as the merchant knows.
    pub(crate) async fn expired(&self, order: &Placed) -> Answered {
        self.notify_the_merchant().await;
        let charged = self.charge(order).await;
        self.at_midtrans(charged.text("transaction_id"), "expire").await;
        self.until_status(order, "expire").await;
        charged
    }

    /// Money that Midtrans learns of after the end.
    pub(crate) async fn pay_late(&self, id: &str) {
        self.steer(Method::POST, &format!("transactions/{id}/pay"), json!({"late": true})).await;
    }

    /// The payer pays, or has paid before the end, and Midtrans learns of it only now.
    pub(crate) async fn pay_late_or_in_time(&self, transaction_id: &str) {
        let all = self.steer(Method::GET, "transactions", Value::Null).await;
        let all = all.as_array().expect("a list");
        let is_pending =
            |one: &Value| one["transaction_id"] == transaction_id && one["transaction_status"] == "pending";
        if all.iter().any(is_pending) {
            self.at_midtrans(transaction_id, "pay").await;
        } else {
            self.pay_late(transaction_id).await;
        }
    }

    /// The shop's own software gives this much back, at Midtrans.
    pub(crate) async fn gives_back(&self, transaction_id: &str, amount: u64) {
        let url = format!("{}/v2/{transaction_id}/refund", self.sandbox.url);
        let refund = json!({"refund_key": format!("r-{amount}"), "amount": amount, "reason": "Rusak"});
        let request = self.http.post(url).basic_auth(midtrans_sandbox::DEFAULT_SERVER_KEY, Some(""));
        let request = request.header("Accept", "application/json").json(&refund);
        let answered = Answered::from(request.send().await.expect("an answer")).await;
        assert_eq!(answered.text("status_code"), "200", "{}", answered.body);
    }

    /// Somebody else has charged this order id at Midtrans: a system that is not this merchant.
    pub(crate) async fn somebody_else_charges(&self, order_id: &str) -> Answered {
        let charge = json!({
            "payment_type": "gopay",
            "transaction_details": {"order_id": order_id, "gross_amount": 44_000},
        });
        let request = self.http.post(format!("{}/v2/charge", self.sandbox.url)).json(&charge);
        let request = request.basic_auth(midtrans_sandbox::DEFAULT_SERVER_KEY, Some(""));
        Answered::from(request.header("Accept", "application/json").send().await.expect("an answer")).await
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.steer(Method::POST, "faults", fault).await;
    }

    pub(crate) async fn no_more_faults(&self) {
        self.steer(Method::DELETE, "faults", Value::Null).await;
    }

    /// Midtrans' transactions of the order, all attempts together.
    pub(crate) async fn transactions_of(&self, order: &Placed) -> Vec<Value> {
        let all = self.steer(Method::GET, "transactions", Value::Null).await;
        let all = all.as_array().expect("a list").clone();
        let is_of = |one: &Value| one["order_id"].as_str().is_some_and(|id| id.starts_with(&order.order_id));
        all.into_iter().filter(is_of).collect()
    }

    /// The answers to deliveries about this order with this status, once there are at least `count`.
    pub(crate) async fn deliveries(&self, order_id: &str, transaction_status: &str, count: usize) -> Vec<Value> {
        let started = Instant::now();
        loop {
            let all = self.steer(Method::GET, "notifications", Value::Null).await;
            let all = all.as_array().expect("a list").clone();
            let is_it = |one: &Value| one["order_id"] == order_id && one["transaction_status"] == transaction_status;
            let found: Vec<Value> = all.into_iter().filter(is_it).collect();
            if found.len() >= count {
                return found;
            }
            assert!(started.elapsed() < DEADLINE, "only {found:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn steer(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox/{path}", self.sandbox.url);
        let response = self.http.request(method, url).json(&body).send().await.expect("the sandbox answers");
        let (http, text) = (response.status(), response.text().await.expect("a body"));
        assert!(http.is_success(), "{path}: HTTP {http} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Sends the merchant a notification by hand.
    pub(crate) async fn notify_by_hand(&self, notification: &Value) -> Answered {
        let request = self.post("/api/gopay/notifications").json(notification);
        Answered::from(request.send().await.expect("the merchant answers")).await
    }
}

/// A notification as Midtrans signs it with `server_key`.
pub(crate) fn signed(charged: &Answered, status_code: &str, status: &str, server_key: &str) -> Value {
    let (order_id, gross_amount) = (charged.text("order_id"), charged.text("gross_amount"));
    json!({
        "order_id": order_id,
        "transaction_id": charged.text("transaction_id"),
        "transaction_status": status,
        "status_code": status_code,
        "gross_amount": gross_amount,
        "payment_type": "gopay",
        "currency": "IDR",
        "fraud_status": "accept",
        "signature_key": Signature::over(order_id, status_code, gross_amount, server_key).to_hex(),
    })
}
