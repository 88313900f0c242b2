//! Somebody asks about an order that is not theirs.

use crate::stage::{Placed, TOKEN_SECRET};
use crate::target::{Target, refused};
use gopay_contract::OrderId;
use gopay_merchant::{OrderTokenSettings, OrderTokens, UnixMillis};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn tokens(secret: &str) -> OrderTokens {
    let secret = secret.to_owned().into();
    OrderTokens::new(&OrderTokenSettings { secret, previous_secret: None, lifetime: HOUR })
}

fn id(order: &Placed) -> OrderId {
    OrderId::parse(&order.order_id).expect("an order id")
}

/// The four requests that an order token guards, without one.
fn requests(target: &Target) -> [RequestBuilder; 4] {
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": target.order.order_id}});
    [
        target.stage.post("/api/gopay/charge").json(&body),
        target.stage.get(&target.path("")),
        target.stage.get(&target.path("/events")),
        target.stage.post(&target.path("/cancel")),
    ]
}

#[tokio::test]
async fn the_token_of_another_order_opens_nothing() {
    let target = Target::waits().await;
    let other = tokens(TOKEN_SECRET).issue(&OrderId::parse("order-of-mine").expect("an id"), UnixMillis::now());
    for request in requests(&target) {
        refused(request.bearer_auth(&other), 403).await;
    }
    // The order in the body and the order of the token are held against each other, not against what is asked beside it.
    let body = json!({"payment_type": "gopay", "order_id": "order-of-mine",
        "transaction_details": {"order_id": target.order.order_id, "gross_amount": 1}});
    refused(target.stage.post("/api/gopay/charge?order_id=order-of-mine").bearer_auth(&other).json(&body), 403).await;
    target.is_unharmed().await;
}

#[tokio::test]
async fn an_expired_token_opens_nothing_and_its_expiry_cannot_be_moved() {
    let target = Target::waits().await;
    let expired = tokens(TOKEN_SECRET).issue(&id(&target.order), UnixMillis::now().minus(2 * HOUR));
    for request in requests(&target) {
        refused(request.bearer_auth(&expired), 401).await;
    }
    let [_, expiry, mac] = expired.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let later = expiry.parse::<i64>().expect("seconds") + 10 * 3600;
    for (moved, http) in [
        (format!("v1.{later}.{mac}"), 403),
        (format!("v1.0{expiry}.{mac}"), 401),
        (format!("v1.+{later}.{mac}"), 401),
        (format!("v1.-{expiry}.{mac}"), 401),
        (format!("v1.999999999999999999999.{mac}"), 401),
    ] {
        for request in requests(&target) {
            refused(request.bearer_auth(&moved), http).await;
        }
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn the_token_of_another_shop_opens_nothing() {
    let target = Target::waits().await;
    let theirs = tokens("another shop's secret, which is as long as ours").issue(&id(&target.order), UnixMillis::now());
    for request in requests(&target) {
        refused(request.bearer_auth(&theirs), 403).await;
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_token_is_taken_from_its_header_and_from_nowhere_else() {
    let target = Target::waits().await;
    let token = &target.order.token;
    let in_query = |name: &str| format!("?{name}={token}");
    for name in ["token", "order_token", "access_token", "authorization", "bearer"] {
        refused(target.stage.get(&target.path(&in_query(name))), 401).await;
        refused(target.stage.get(&target.path(&format!("/events{}", in_query(name)))), 401).await;
        refused(target.stage.post(&target.path(&format!("/cancel{}", in_query(name)))), 401).await;
    }
    for header in ["Cookie", "X-Order-Token", "Proxy-Authorization", "X-Authorization", "Last-Event-ID"] {
        refused(target.stage.get(&target.path("")).header(header, format!("Bearer {token}")), 401).await;
    }
    refused(target.stage.get(&target.path("")).basic_auth(token, Some(token)), 401).await;
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": target.order.order_id},
        "order_token": token});
    refused(target.stage.post("/api/gopay/charge").json(&body), 401).await;
    target.is_unharmed().await;
}

#[tokio::test]
async fn nobody_watches_without_a_token() {
    let target = Target::waits().await;
    let watch = || target.stage.get(&target.path("/events")).header("Accept", "text/event-stream");
    refused(watch(), 401).await;
    refused(watch().header("Authorization", ""), 401).await;
    refused(watch().header("Authorization", "Bearer"), 401).await;
    refused(watch().header("Authorization", "Bearer "), 401).await;
    refused(watch().header("Last-Event-ID", "1.1"), 401).await;
    target.is_unharmed().await;
}

#[tokio::test]
async fn no_spelling_of_a_token_opens_but_its_own() {
    let target = Target::waits().await;
    let token = &target.order.token;
    for altered in [
        token.to_uppercase(),
        token.replacen("v1", "v2", 1),
        token.replacen("v1.", "", 1),
        token.replacen('.', "", 1),
        token.replacen("v1.", "v1.0", 1),
        format!(" {token}"),
        format!("\t{token}"),
        format!("{token}="),
        format!("{token}A"),
        format!("{token},{token}"),
        format!("\"{token}\""),
        token[..token.len() - 1].to_owned(),
        token.chars().rev().collect(),
        "v1..".to_owned(),
        "v1.9999999999.".to_owned(),
        "null".to_owned(),
        "x".repeat(4000),
    ] {
        let answered = target.stage.get(&target.path("")).bearer_auth(&altered).send().await.expect("an answer");
        assert!(matches!(answered.status().as_u16(), 401 | 403), "{altered}: {}", answered.status());
    }
    // Two of them: the first is read, as long as it is, and the true one behind it opens nothing.
    let two =
        target.stage.get(&target.path("")).bearer_auth("v1.1.x").header("Authorization", format!("Bearer {token}"));
    refused(two, 401).await;
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_token_reads_and_cancels_only_by_the_methods_that_do_so() {
    let target = Target::waits().await;
    let token = &target.order.token;
    for (method, path) in [
        (Method::GET, target.path("/cancel")),
        (Method::PUT, target.path("/cancel")),
        (Method::DELETE, target.path("")),
        (Method::POST, target.path("")),
        (Method::PATCH, target.path("")),
        (Method::POST, target.path("/events")),
        (Method::GET, "/api/gopay/charge".to_owned()),
        (Method::GET, "/api/gopay/notifications".to_owned()),
        (Method::DELETE, "/api/gopay/notifications".to_owned()),
        (Method::TRACE, target.path("")),
        (Method::from_bytes(b"CANCEL").expect("a word"), target.path("")),
    ] {
        refused(target.request(method, &path).bearer_auth(token), 405).await;
    }
    // What says that it is another method is not believed.
    for header in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        let asked = target.stage.get(&target.path("")).bearer_auth(token).header(header, "DELETE");
        assert_eq!(asked.send().await.expect("an answer").status(), 200);
        let asked = target.stage.get(&target.path("/cancel?_method=POST")).bearer_auth(token).header(header, "POST");
        refused(asked, 405).await;
    }
    target.is_unharmed().await;
}
