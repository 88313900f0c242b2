//! Faults between the merchant and the widget, on request: for whoever builds a page.

use crate::fixture::{Order, Shop, build};
use gopay_demo_shop::Demo;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

async fn suffers(shop: &Shop, fault: Value) {
    assert_eq!(shop.post("/faults", &fault).await.0, 201, "{fault}");
}

async fn faults(shop: &Shop) -> Value {
    shop.get("/faults").await.json().await.expect("JSON")
}

/// HTTP status, `Retry-After` and body of a status, whatever they are.
async fn raw_status(shop: &Shop, order: &Order) -> (u16, Option<String>, String) {
    let response = shop.status(order).send().await.expect("a head");
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().expect("text").to_owned());
    (response.status().as_u16(), retry_after, response.text().await.expect("all of it"))
}

/// A stream's text before the first empty line. Empty: it ended.
async fn first_event(mut stream: Response) -> String {
    let mut read = String::new();
    while !read.contains("\n\n") {
        let Some(piece) = stream.chunk().await.expect("a stream that ends cleanly") else { break };
        read.push_str(&String::from_utf8_lossy(&piece));
    }
    read
}

#[tokio::test]
async fn another_answer_comes_instead_of_the_true_one_and_nothing_is_done() {
    let shop = Shop::opens().await;
    let order = shop.order().await;
    let gateway =
        json!({"fault": "answer", "on": ["charge"], "http_status": 200, "body": "midtrans", "status_code": 402});
    suffers(&shop, gateway).await;
    let refused = shop.charge(&order).send().await.expect("an answer");
    assert_eq!(refused.status(), 200);
    assert_eq!(refused.json::<Value>().await.expect("JSON")["status_code"], "402");
    assert!(shop.transactions().await.is_empty(), "Midtrans has heard of nothing");
    assert_eq!(shop.charged(&order).await["transaction_status"], "pending", "it strikes once");

    for (fault, http, retry_after, body) in [
        (json!({"http_status": 401, "body": "html"}), 401, None, "<!DOCTYPE html>"),
        (json!({"http_status": 429, "body": "empty", "retry_after": 7}), 429, Some("7"), ""),
        (json!({"http_status": 200, "body": "not_json"}), 200, None, "{\"order_id\":\"or"),
        (json!({"http_status": 503, "body": "midtrans"}), 503, None, "{\"status_code\":\"503\""),
    ] {
        let mut fault = fault;
        fault["fault"] = json!("answer");
        suffers(&shop, fault).await;
        let (status, seconds, text) = raw_status(&shop, &order).await;
        assert_eq!((status, seconds.as_deref()), (http, retry_after), "{text}");
        assert!(text.starts_with(body) && text.is_empty() == body.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn a_cut_answer_has_a_head_and_half_a_body_and_the_work_was_done() {
    let shop = Shop::opens().await;
    let order = shop.order().await;
    suffers(&shop, json!({"fault": "cut", "on": ["charge"]})).await;
    let mut response = shop.charge(&order).send().await.expect("a head");
    assert_eq!(response.status(), 200);
    let declared = response.content_length().expect("a declared length");
    let half = response.chunk().await.expect("a piece").expect("not the end yet");
    assert_eq!(half.len() as u64, declared / 2);
    response.chunk().await.expect_err("the body breaks off");

    assert_eq!(shop.charged(&order).await["transaction_status"], "pending");
    assert_eq!(shop.transactions().await.len(), 1, "the charge was made, once");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_waited_for_until_the_shop_stops() {
    let mut shop = Shop::opens().await;
    let order = shop.order().await;
    shop.charged(&order).await;
    suffers(&shop, json!({"fault": "time_out", "on": ["status"]})).await;
    let waiting = tokio::spawn(shop.status(&order).send());
    while faults(&shop).await[0]["struck"] != 1 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    shop.stop().await;
    assert_eq!(waiting.await.expect("it ran").expect("an answer at last").status(), 503);
}

#[tokio::test]
async fn the_true_answer_comes_with_one_thing_changed() {
    let shop = Shop::opens().await;
    let order = shop.order().await;
    let truth = shop.charged(&order).await;
    suffers(&shop, json!({"fault": "mutate", "change": "deeplink_javascript", "on": ["charge"]})).await;
    let charged = shop.charged(&order).await;
    let actions = charged["actions"].as_array().expect("a list");
    let deeplink = actions.iter().find(|action| action["name"] == "deeplink-redirect").expect("a deeplink");
    assert_eq!(deeplink["url"], "javascript:alert(1)");
    assert_eq!(charged["transaction_id"], truth["transaction_id"]);

    suffers(&shop, json!({"fault": "mutate", "change": "gross_amount", "on": ["status"]})).await;
    for gross_amount in ["44001.00", "44000.00"] {
        assert!(raw_status(&shop, &order).await.2.contains(gross_amount));
    }
    suffers(&shop, json!({"fault": "mutate", "change": "transaction_status", "on": ["events"]})).await;
    let event = first_event(shop.events(&order).await).await;
    assert!(event.contains("\"sukses\"") && event.contains("id: "), "{event}");
}

#[tokio::test]
async fn a_stream_ends_at_once_or_says_nothing() {
    let mut shop = Shop::opens().await;
    let order = shop.order().await;
    shop.charged(&order).await;
    suffers(&shop, json!({"fault": "ends"})).await;
    assert_eq!(first_event(shop.events(&order).await).await, "");

    suffers(&shop, json!({"fault": "silent"})).await;
    let silent = shop.events(&order).await;
    assert!(first_event(shop.events(&order).await).await.contains("pending"), "the next stream is a true one");
    shop.stop().await;
    assert_eq!(first_event(silent).await, "", "not a word before its end");
}

#[tokio::test]
async fn faults_are_listed_with_how_often_they_struck_until_they_are_deleted() {
    let shop = Shop::opens().await;
    let order = shop.order().await;
    shop.charged(&order).await;
    let fault = json!({"fault": "answer", "http_status": 500, "body": "empty", "times": 0, "on": ["status"]});
    suffers(&shop, fault).await;
    for _ in 0..3 {
        assert_eq!(raw_status(&shop, &order).await.0, 500);
    }
    let expected = json!([{
        "fault": "answer", "http_status": 500, "body": "empty", "on": ["status"], "times": null, "struck": 3,
    }]);
    assert_eq!(faults(&shop).await, expected);
    assert_eq!(shop.request(Method::DELETE, "/faults").send().await.expect("an answer").status(), 204);
    assert_eq!(faults(&shop).await, json!([]));
    assert_eq!(raw_status(&shop, &order).await.0, 200);
}

#[tokio::test]
async fn a_fault_that_does_not_exist_is_refused_by_its_name() {
    let shop = Shop::opens().await;
    let (http, body) = shop.post("/faults", &json!({"fault": "flood"})).await;
    assert_eq!(http, 400);
    assert!(body.to_string().contains("flood"), "{body}");
    assert_eq!(faults(&shop).await, json!([]));
}

#[tokio::test]
async fn neither_a_foreign_page_nor_a_name_that_is_made_to_lead_here_steers_faults() {
    let shop = Shop::opens().await;
    let fault = json!({"fault": "time_out", "on": ["charge"]});
    let requests = || [shop.request(Method::POST, "/faults").json(&fault), shop.request(Method::DELETE, "/faults")];
    for request in requests() {
        let answered = request.header("Origin", "https://evil.example").send().await.expect("an answer");
        assert_eq!(answered.status(), 403);
    }
    for host in ["evil.example", "evil.example:7080", "localhost.evil.example"] {
        for request in requests() {
            let request = request.header("Host", host).header("Origin", format!("http://{host}"));
            assert_eq!(request.send().await.expect("an answer").status(), 404, "{host}");
        }
    }
    assert_eq!(faults(&shop).await, json!([]));
}

#[tokio::test]
async fn at_midtrans_itself_there_are_no_faults() {
    let folder = TempDir::new().expect("a folder");
    let built = build(Demo::default(), "https://api.sandbox.midtrans.com", "SB-Mid-server-x", &folder).await;
    let shop = built.expect("the shop starts");
    let url = format!("{}/faults", shop.url());
    let running = tokio::spawn(shop.run_until_stopped(std::future::pending()));
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    assert_eq!(http.get(url).send().await.expect("an answer").status(), StatusCode::NOT_FOUND);
    running.abort();
}
