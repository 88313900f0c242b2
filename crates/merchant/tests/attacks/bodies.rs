//! Somebody sends bodies that are too long, too slow, too deep or not what they say.

use crate::target::{Target, refused, rest_of};
use serde_json::json;
use std::fmt::Write as _;
use tokio::io::AsyncWriteExt as _;

const TEN_MEGABYTES: usize = 10 * 1024 * 1024;
const DOORS: [&str; 2] = ["/api/gopay/charge", "/api/gopay/notifications"];

fn head(target: &Target, path: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nAuthorization: Bearer {}\r\n{more}\r\n",
        target.order.token
    )
}

#[tokio::test]
async fn ten_megabytes_are_refused_before_they_are_read() {
    let target = Target::waits().await;
    for path in DOORS {
        let announced = head(&target, path, &format!("Content-Length: {TEN_MEGABYTES}\r\nConnection: close\r\n"));
        // None of the body is sent, but for what is needed to be refused.
        let mut connection = target.connection().await;
        connection.write_all(announced.as_bytes()).await.expect("the head");
        let _ = connection.write_all(&[b' '; 32 * 1024]).await;
        assert_eq!(rest_of(connection).await.statuses(), [413], "{path}");
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn ten_megabytes_in_pieces_are_refused_too() {
    let target = Target::waits().await;
    for path in DOORS {
        let mut connection = target.connection().await;
        let head = head(&target, path, "Transfer-Encoding: chunked\r\nConnection: close\r\n");
        connection.write_all(head.as_bytes()).await.expect("the head");
        let mut piece = format!("{:x}\r\n", 4096).into_bytes();
        piece.extend_from_slice(&[b' '; 4096]);
        piece.extend_from_slice(b"\r\n");
        for _ in 0..TEN_MEGABYTES / 4096 {
            // The merchant stops reading long before, and closes.
            if connection.write_all(&piece).await.is_err() {
                break;
            }
        }
        // Whoever goes on sending may lose the answer to a reset, but gets no other one.
        let answer = rest_of(connection).await;
        assert!(matches!(answer.statuses()[..], [413] | []), "{path}: {answer:?}");
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_library_that_sends_ten_megabytes_hears_413_in_midtrans_words() {
    let target = Target::waits().await;
    let body = json!({"payment_type": "gopay", "filler": "x".repeat(17 * 1024)});
    for path in DOORS {
        refused(target.stage.post(path).bearer_auth(&target.order.token).json(&body), 413).await;
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_body_without_a_length_is_no_body() {
    let target = Target::waits_with(&[("MERCHANT_HEADER_TIME_LIMIT_SECONDS", "1")]).await;
    for path in DOORS {
        let request = head(&target, path, "Connection: close\r\n") + "{\"payment_type\": \"gopay\"}";
        let answer = target.receives(request.as_bytes()).await;
        assert!(matches!(answer.statuses()[..], [400]), "{path}: {answer:?}");
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let target = Target::waits_with(&[("MERCHANT_BODY_TIME_LIMIT_SECONDS", "1")]).await;
    for path in DOORS {
        let mut connection = target.connection().await;
        let head = head(&target, path, "Content-Length: 100\r\nConnection: close\r\n");
        connection.write_all(head.as_bytes()).await.expect("the head");
        connection.write_all(b"{\"payment_").await.expect("a little of the body");
        assert_eq!(rest_of(connection).await.statuses(), [408], "{path}");
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_body_that_comes_letter_by_letter_ends_with_the_request_s_time() {
    let variables = [("MERCHANT_BODY_TIME_LIMIT_SECONDS", "3600"), ("MERCHANT_REQUEST_TIME_LIMIT_SECONDS", "1")];
    let target = Target::waits_with(&variables).await;
    let mut connection = target.connection().await;
    let head = head(&target, "/api/gopay/charge", "Content-Length: 100\r\nConnection: close\r\n");
    connection.write_all(head.as_bytes()).await.expect("the head");
    connection.write_all(b"{").await.expect("a letter");
    assert_eq!(rest_of(connection).await.statuses(), [408]);
    target.is_unharmed().await;
}

#[tokio::test]
async fn json_of_any_depth_is_refused_and_breaks_nothing() {
    let target = Target::waits().await;
    let depth = 7_000;
    let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = format!("{}1{}", "{\"a\":".repeat(2_500), "}".repeat(2_500));
    for body in [lists.clone(), objects, format!("{{\"payment_type\": {lists}}}"), "[".repeat(16_000)] {
        for path in DOORS {
            let request = target.stage.post(path).header("Content-Type", "application/json");
            refused(request.bearer_auth(&target.order.token).body(body.clone()), 400).await;
        }
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_charge_that_names_its_order_twice_is_refused() {
    let target = Target::waits().await;
    let order_id = &target.order.order_id;
    for body in [
        format!(
            "{{\"payment_type\":\"gopay\",\"transaction_details\":{{\"order_id\":\"order-x\",\"order_id\":\"{order_id}\"}}}}"
        ),
        format!(
            "{{\"payment_type\":\"gopay\",\"transaction_details\":{{\"order_id\":\"{order_id}\"}},\"transaction_details\":{{\"order_id\":\"order-x\"}}}}"
        ),
        format!(
            "{{\"payment_type\":\"gopay\",\"payment_type\":\"qris\",\"transaction_details\":{{\"order_id\":\"{order_id}\"}}}}"
        ),
    ] {
        let request = target.stage.post("/api/gopay/charge").header("Content-Type", "application/json");
        refused(request.bearer_auth(&target.order.token).body(body), 400).await;
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn what_is_no_json_or_says_that_it_is_none_is_refused() {
    let target = Target::waits().await;
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": target.order.order_id}}).to_string();
    let mut with_names = String::new();
    for number in 0..900 {
        let _ = write!(with_names, "\"name{number}\":1,");
    }
    for (content_type, body, http) in [
        // What a form or a page without CORS can send is never a charge.
        ("text/plain", body.clone(), 415),
        ("application/x-www-form-urlencoded", body.clone(), 415),
        ("multipart/form-data; boundary=x", body.clone(), 415),
        ("application/json", "payment_type=gopay".to_owned(), 400),
        ("application/json", String::new(), 400),
        ("application/json", format!("{body}{body}"), 400),
        ("application/json", "\u{feff}".to_owned() + &body, 400),
        ("application/json", format!("{{{with_names}\"payment_type\":\"gopay\"}}"), 400),
    ] {
        let request = target.stage.post("/api/gopay/charge").header("Content-Type", content_type);
        refused(request.bearer_auth(&target.order.token).body(body), http).await;
    }
    let mut latin = body.into_bytes();
    latin.push(0xff);
    let request = target.stage.post("/api/gopay/charge").header("Content-Type", "application/json");
    refused(request.bearer_auth(&target.order.token).body(latin), 400).await;
    target.is_unharmed().await;
}
