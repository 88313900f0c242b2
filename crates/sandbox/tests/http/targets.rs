//! `X-Override-Notification` and `X-Append-Notification`: who hears of a charge, and of all that becomes of it.

use crate::{
    sandbox::{Sandbox, charge_body, eventually},
    shop::Shop,
};
use axum::{http::StatusCode, response::IntoResponse};
use midtrans_sandbox::Settings;
use reqwest::Method;
use serde_json::json;

/// A sandbox that retries at once, the shop of its own setting, and two more.
struct Town {
    sandbox: Sandbox,
    shop: Shop,
    other: Shop,
    third: Shop,
}

impl Town {
    async fn open() -> Self {
        let (shop, other, third) = (Shop::open().await, Shop::open().await, Shop::open().await);
        let notification_url = Some(shop.url.parse().unwrap());
        let sandbox = Sandbox::start_with(Settings { notification_url, retry_scale: 0.0, ..Settings::default() }).await;
        Self { sandbox, shop, other, third }
    }

    async fn charge(&self, order_id: &str, header: &str, urls: &str) {
        let request = self.sandbox.request(Method::POST, "/v2/charge").header(header, urls);
        request.json(&charge_body(order_id)).send().await.unwrap();
    }

    /// Number of notifications that each shop received.
    fn received(&self) -> (usize, usize, usize) {
        (self.shop.received().len(), self.other.received().len(), self.third.received().len())
    }
}

/// `pending`, `settlement`, then both notifications of a full refund, told apart by the bank's word.
const LIFE: [(&str, bool); 4] = [("pending", false), ("settlement", false), ("refund", false), ("refund", true)];

/// The notifications of this shop: each status, and whether the bank has confirmed the refund.
fn life(shop: &Shop) -> Vec<(String, bool)> {
    let heard = shop.received();
    let told = heard.iter().map(crate::shop::Received::json);
    told.map(|json| {
        let status = json["transaction_status"].as_str().unwrap().to_owned();
        (status, json["refunds"][0]["bank_confirmed_at"].is_string())
    })
    .collect()
}

/// Pays the order and gives all of it back; goes on only when all `urls` have heard of it.
async fn pay_and_refund(sandbox: &Sandbox, order_id: &str, urls: usize) {
    sandbox.attempts(urls).await;
    sandbox.pay(order_id).await;
    sandbox.attempts(2 * urls).await;
    assert_eq!(sandbox.post(&format!("/v2/{order_id}/refund")).await.summary(), (200, "200", "refund"));
    sandbox.attempts(3 * urls).await;
    sandbox.advance(2).await;
    sandbox.attempts(4 * urls).await;
}

#[tokio::test]
async fn the_charges_headers_say_who_else_is_told() {
    let town = Town::open().await;
    town.charge("o-1", "X-Override-Notification", &format!("{},{}", town.other.url, town.third.url)).await;
    town.sandbox.attempts(2).await;
    assert_eq!(town.received(), (0, 1, 1));
    town.charge("o-2", "X-Append-Notification", &town.other.url).await;
    town.sandbox.attempts(4).await;
    assert_eq!(town.received(), (1, 2, 1));
    town.charge("o-3", "X-Override-Notification", "").await;
    town.sandbox.attempts(5).await;
    assert_eq!(town.received(), (2, 2, 1));
}

#[tokio::test]
async fn an_override_alone_is_used_where_both_headers_come() {
    let town = Town::open().await;
    let request = town.sandbox.request(Method::POST, "/v2/charge").header("X-Override-Notification", &town.other.url);
    let request = request.header("X-Append-Notification", &town.third.url).json(&charge_body("o-1"));
    request.send().await.unwrap();
    town.sandbox.attempts(1).await;
    town.sandbox.pay("o-1").await;
    town.sandbox.attempts(2).await;
    assert_eq!(town.received(), (0, 2, 0));
}

#[tokio::test]
async fn a_settlement_and_both_notifications_of_a_refund_go_where_the_charge_said() {
    let whole = LIFE.map(|(status, confirmed)| (status.to_owned(), confirmed)).to_vec();
    let town = Town::open().await;
    town.charge("o-1", "X-Override-Notification", &town.other.url).await;
    pay_and_refund(&town.sandbox, "o-1", 1).await;
    assert_eq!((life(&town.shop), life(&town.other)), (Vec::new(), whole.clone()), "replaced");

    let town = Town::open().await;
    town.charge("o-1", "X-Append-Notification", &town.third.url).await;
    pay_and_refund(&town.sandbox, "o-1", 2).await;
    assert_eq!((life(&town.shop), life(&town.third)), (whole.clone(), whole), "added");
}

#[tokio::test]
async fn a_retry_goes_to_the_url_that_failed_and_to_no_other() {
    let town = Town::open().await;
    town.charge("o-1", "X-Override-Notification", &format!("{},{}", town.other.url, town.third.url)).await;
    town.sandbox.attempts(2).await;
    let away = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    town.other.will_answer([away(), away()]);
    town.sandbox.pay("o-1").await;
    let attempts = eventually("the settlement is taken at last", async || {
        let made = town.sandbox.attempts(2).await;
        let of_other = made.iter().filter(|it| it["url"] == json!(town.other.url));
        (of_other.filter(|it| it["answer_code"] == 200).count() == 2).then_some(made)
    })
    .await;
    assert_eq!(attempts.len(), 2 + 3 + 1, "{attempts:?}");
    assert_eq!(town.received(), (0, 1 + 3, 1 + 1));
    let bodies: Vec<_> = town.other.received()[1..].iter().map(|heard| heard.body.clone()).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the same bytes every time");
}
