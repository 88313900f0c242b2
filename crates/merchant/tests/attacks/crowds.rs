//! Somebody asks too often, or takes all the places.

use crate::origins::is_careful;
use crate::stage::{Answered, DEADLINE, Placed, eventually};
use crate::target::{Target, header_in};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::json;
use tokio::io::AsyncReadExt as _;

/// More than any budget here grants, on a machine of any speed: those refill by one or two in half a minute.
const TOO_OFTEN: usize = 12;

fn charge(target: &Target, order: &Placed) -> RequestBuilder {
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
    target.stage.post("/api/gopay/charge").bearer_auth(&order.token).json(&body)
}

/// Asks until it is too often; the answer that says so.
async fn until_too_many(request: impl Fn() -> RequestBuilder) -> reqwest::Response {
    for _ in 0..TOO_OFTEN {
        let answered = request().send().await.expect("an answer");
        if answered.status() == StatusCode::TOO_MANY_REQUESTS {
            return answered;
        }
    }
    panic!("{TOO_OFTEN} requests were none too many")
}

async fn is_never_too_many(request: impl Fn() -> RequestBuilder) {
    for _ in 0..TOO_OFTEN {
        let status = request().send().await.expect("an answer").status();
        assert_ne!(status, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test]
async fn whoever_charges_too_often_is_told_when_to_come_back_and_nothing_is_charged() {
    let variables = [("MERCHANT_CHARGES_PER_MINUTE", "2"), ("MERCHANT_ALLOWED_ORIGINS", "https://toko.example")];
    let target = Target::waits_with(&variables).await;
    let refused = until_too_many(|| charge(&target, &target.order).header("Origin", "https://toko.example")).await;
    let header = |name: &str| refused.headers()[name].to_str().expect("text").to_owned();
    let seconds: u64 = header("retry-after").parse().expect("whole seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(header("access-control-allow-origin"), "https://toko.example", "or the widget could not read it");
    assert!(header("access-control-expose-headers").to_ascii_lowercase().contains("retry-after"));
    let answered = Answered::from(refused).await;
    assert_eq!((answered.http, answered.text("status_code")), (429, "429"));
    let cancel = || target.stage.post(&target.path("/cancel")).bearer_auth(&target.order.token);
    until_too_many(cancel).await;
    is_never_too_many(|| target.stage.get(&target.path("")).bearer_auth(&target.order.token)).await;
    target.has_lost_nothing().await;
}

#[tokio::test]
async fn an_order_is_charged_only_so_often_and_strangers_spend_nothing_of_it() {
    let target = Target::waits_with(&[("MERCHANT_CHARGES_PER_ORDER_PER_MINUTE", "2")]).await;
    let other = target.stage.order().await;
    let strange = Placed { token: target.order.token.clone(), ..other.clone() };
    for _ in 0..TOO_OFTEN {
        assert_eq!(charge(&target, &strange).send().await.expect("an answer").status(), 403);
    }
    until_too_many(|| charge(&target, &target.order)).await;
    assert_eq!(target.stage.charge(&other).await.text("status_code"), "201", "another order has its own");
}

#[tokio::test]
async fn statuses_and_notifications_have_budgets_of_their_own() {
    let variables = [("MERCHANT_STATUSES_PER_MINUTE", "2"), ("MERCHANT_NOTIFICATIONS_PER_MINUTE", "2")];
    let target = Target::waits_with(&variables).await;
    until_too_many(|| target.stage.get(&target.path("")).bearer_auth(&target.order.token)).await;
    until_too_many(|| target.stage.get(&target.path("/events")).bearer_auth(&target.order.token)).await;
    until_too_many(|| target.stage.post("/api/gopay/notifications").json(&json!({}))).await;
    is_never_too_many(|| charge(&target, &target.order)).await;
}

#[tokio::test]
async fn off_is_off() {
    let target = Target::waits_with(&[("MERCHANT_RATE_LIMITS", "off"), ("MERCHANT_CHARGES_PER_MINUTE", "1")]).await;
    is_never_too_many(|| charge(&target, &target.order)).await;
    target.is_unharmed().await;
}

#[tokio::test]
async fn an_address_that_a_client_writes_itself_buys_nothing() {
    let target = Target::waits_with(&[("MERCHANT_CHARGES_PER_MINUTE", "2")]).await;
    let number = std::sync::atomic::AtomicU32::new(0);
    let address = || format!("203.0.113.{}", number.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    until_too_many(|| charge(&target, &target.order).header("X-Forwarded-For", address())).await;

    let behind_a_proxy = [("MERCHANT_CHARGES_PER_MINUTE", "2"), ("MERCHANT_TRUSTED_PROXIES", "1")];
    let target = Target::waits_with(&behind_a_proxy).await;
    is_never_too_many(|| charge(&target, &target.order).header("X-Forwarded-For", address())).await;
    let spoofed = || format!("{}, 198.51.100.7", address());
    until_too_many(|| charge(&target, &target.order).header("X-Forwarded-For", spoofed())).await;
    let household = || format!("2001:db8:1:2::{}", number.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    until_too_many(|| charge(&target, &target.order).header("X-Forwarded-For", household())).await;
}

#[tokio::test]
async fn one_client_cannot_take_all_connections() {
    let target = Target::waits_with(&[("MERCHANT_CONNECTIONS_PER_CLIENT", "20")]).await;
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let mut readers = Vec::new();
    for _ in 0..30 {
        let (mut connection, told) = (target.connection().await, told.clone());
        readers.push(tokio::spawn(async move {
            let mut text = String::new();
            // One that has a place is told nothing for a while.
            let _ = connection.read_to_string(&mut text).await;
            let _ = told.send(text);
        }));
    }
    let first = tokio::time::timeout(DEADLINE, hears.recv()).await.expect("30 connections are too many");
    let text = first.expect("what the first of them is told");
    assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("\r\nretry-after: "), "{text:?}");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    assert_eq!(header_in(head, "content-length"), Some(body.len().to_string()));
    assert!(serde_json::from_str::<serde_json::Value>(body).is_ok_and(|body| body["status_code"] == "503"), "{body}");
    is_careful(&|name| header_in(head, name), "503 of a connection too many");
    for reader in readers {
        reader.abort();
    }
    eventually("whoever comes gets in when all have left", async || {
        is_ok(target.stage.get("/healthz").send().await.as_ref())
    })
    .await;
    target.is_unharmed().await;
}

fn is_ok(answered: Result<&reqwest::Response, &reqwest::Error>) -> bool {
    answered.is_ok_and(|response| response.status().is_success())
}

#[tokio::test]
async fn one_client_holds_only_so_many_streams_and_a_stream_left_is_free_again() {
    let target = Target::waits_with(&[("MERCHANT_STREAMS_PER_CLIENT", "2")]).await;
    let mut first = target.stage.watch(&target.order).await;
    let mut second = target.stage.watch(&target.order).await;
    first.next().await.expect("pending");
    second.next().await.expect("pending");
    let third = || target.stage.get(&target.path("/events")).bearer_auth(&target.order.token);
    let answered = Answered::from(third().send().await.expect("an answer")).await;
    assert_eq!((answered.http, answered.text("status_code")), (429, "429"));
    drop(first);
    eventually("the place of a stream that was left is free again", async || is_ok(third().send().await.as_ref()))
        .await;
    target.has_lost_nothing().await;
}

#[tokio::test]
async fn a_stream_ends_when_it_is_old_and_another_may_be_opened() {
    let target = Target::waits_with(&[("MERCHANT_STREAM_AGE_SECONDS", "1")]).await;
    for _ in 0..2 {
        let mut watch = target.stage.watch(&target.order).await;
        let (_, status) = watch.next().await.expect("the current status first");
        assert_eq!(status["transaction_status"], "pending");
        assert_eq!(watch.next().await, None, "it ends well, between two events");
    }
    target.is_unharmed().await;
}
