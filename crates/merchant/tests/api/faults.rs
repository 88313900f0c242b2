//! Faults between the merchant and the widget, on request: for the tests of whoever builds a page.

use crate::stage::{Answered, Placed, Stage};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn stage() -> Stage {
    Stage::set_with(&[("MERCHANT_FAULTS", "on")]).await
}

async fn suffers(stage: &Stage, fault: Value) -> StatusCode {
    stage.post("/merchant/faults").json(&fault).send().await.expect("an answer").status()
}

async fn faults(stage: &Stage) -> Value {
    stage.get("/merchant/faults").send().await.expect("an answer").json().await.expect("JSON")
}

/// HTTP status, `Retry-After` and body of a status, whatever they are.
async fn raw_status(stage: &Stage, order: &Placed) -> (u16, Option<String>, reqwest::Result<String>) {
    let path = format!("/api/gopay/orders/{}", order.order_id);
    let response = stage.get(&path).bearer_auth(&order.token).send().await.expect("a head");
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().expect("text").to_owned());
    (response.status().as_u16(), retry_after, response.text().await)
}

#[tokio::test]
async fn nobody_can_ask_for_a_fault_unless_the_settings_say_so() {
    let stage = Stage::set().await;
    assert_eq!(suffers(&stage, json!({"fault": "time_out"})).await, 404);
    let order = stage.order().await;
    assert_eq!(stage.charge(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn another_answer_comes_instead_of_the_true_one_and_nothing_is_done() {
    let stage = stage().await;
    let order = stage.order().await;
    let gateway =
        json!({"fault": "answer", "on": ["charge"], "http_status": 200, "body": "midtrans", "status_code": 402});
    assert_eq!(suffers(&stage, gateway).await, 201);
    let refused = stage.charge(&order).await;
    assert_eq!((refused.http, refused.text("status_code")), (200, "402"));
    assert!(stage.transactions_of(&order).await.is_empty(), "Midtrans has heard of nothing");
    assert_eq!(stage.charge(&order).await.text("transaction_status"), "pending", "it strikes once");

    for (fault, http, retry_after, body) in [
        (json!({"http_status": 401, "body": "html"}), 401, None, "<!DOCTYPE html>"),
        (json!({"http_status": 429, "body": "empty", "retry_after": 7}), 429, Some("7"), ""),
        (json!({"http_status": 200, "body": "not_json"}), 200, None, "{\"order_id\":\"or"),
        (json!({"http_status": 503, "body": "midtrans"}), 503, None, "{\"status_code\":\"503\""),
    ] {
        let mut fault = fault;
        fault["fault"] = json!("answer");
        assert_eq!(suffers(&stage, fault).await, 201);
        let (status, seconds, text) = raw_status(&stage, &order).await;
        let text = text.expect("all of it");
        assert_eq!((status, seconds.as_deref()), (http, retry_after), "{text}");
        assert!(text.starts_with(body) && text.is_empty() == body.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn a_cut_answer_has_a_head_and_half_a_body_and_the_work_was_done() {
    let stage = stage().await;
    let order = stage.order().await;
    suffers(&stage, json!({"fault": "cut", "on": ["charge"]})).await;
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
    let request = stage.post("/api/gopay/charge").bearer_auth(&order.token).json(&body);
    let mut response = request.send().await.expect("a head");
    assert_eq!(response.status(), 200);
    let declared = response.content_length().expect("a declared length");
    let half = response.chunk().await.expect("a piece").expect("not the end yet");
    assert_eq!(half.len() as u64, declared / 2);
    response.chunk().await.expect_err("the body breaks off");

    assert_eq!(stage.charge(&order).await.text("transaction_status"), "pending");
    assert_eq!(stage.transactions_of(&order).await.len(), 1, "the charge was made, once");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_waited_for_until_the_merchant_stops() {
    let mut stage = stage().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    suffers(&stage, json!({"fault": "time_out", "on": ["status"]})).await;
    let path = format!("/api/gopay/orders/{}", order.order_id);
    let waiting = tokio::spawn(stage.get(&path).bearer_auth(&order.token).send());
    while faults(&stage).await[0]["struck"] != 1 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    stage.merchant.stop().await;
    assert_eq!(waiting.await.expect("it ran").expect("an answer at last").status(), 503);
}

#[tokio::test]
async fn the_true_answer_comes_with_one_thing_changed() {
    let stage = stage().await;
    let order = stage.order().await;
    let truth = stage.charge(&order).await.body;
    suffers(&stage, json!({"fault": "mutate", "change": "deeplink_javascript", "on": ["charge"]})).await;
    let charged = stage.charge(&order).await;
    assert_eq!(charged.action("deeplink-redirect").as_deref(), Some("javascript:alert(1)"));
    assert_eq!(charged.text("transaction_id"), truth["transaction_id"]);

    suffers(&stage, json!({"fault": "mutate", "change": "gross_amount", "on": ["status"]})).await;
    assert_eq!(stage.status(&order).await.text("gross_amount"), "44001.00");
    assert_eq!(stage.status(&order).await.text("gross_amount"), "44000.00");

    suffers(&stage, json!({"fault": "mutate", "change": "transaction_status", "on": ["events"]})).await;
    let mut watch = stage.watch(&order).await;
    let (id, status) = watch.next().await.expect("the current one");
    assert_eq!((status["transaction_status"].as_str(), id.is_empty()), (Some("sukses"), false));
}

#[tokio::test]
async fn a_stream_ends_at_once_or_says_nothing() {
    let mut stage = stage().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    suffers(&stage, json!({"fault": "ends"})).await;
    assert_eq!(stage.watch(&order).await.next().await, None);

    suffers(&stage, json!({"fault": "silent"})).await;
    let mut silent = stage.watch(&order).await;
    let mut talking = stage.watch(&order).await;
    talking.next().await.expect("the next stream is a true one");
    stage.merchant.stop().await;
    assert_eq!(silent.next().await, None, "not a word before its end");
}

#[tokio::test]
async fn faults_are_listed_with_how_often_they_struck_until_they_are_deleted() {
    let stage = stage().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    suffers(&stage, json!({"fault": "answer", "http_status": 500, "body": "empty", "times": 0, "on": ["status"]}))
        .await;
    for _ in 0..3 {
        assert_eq!(raw_status(&stage, &order).await.0, 500);
    }
    let expected = json!([{
        "fault": "answer", "http_status": 500, "body": "empty", "on": ["status"], "times": null, "struck": 3,
    }]);
    assert_eq!(faults(&stage).await, expected);
    let url = format!("{}/merchant/faults", stage.merchant.url);
    assert_eq!(stage.http.request(Method::DELETE, url).send().await.expect("an answer").status(), 204);
    assert_eq!(faults(&stage).await, json!([]));
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_fault_that_does_not_exist_is_refused_by_its_name() {
    let stage = stage().await;
    let request = stage.post("/merchant/faults").json(&json!({"fault": "flood"}));
    let answered = Answered::from(request.send().await.expect("an answer")).await;
    assert_eq!(answered.http, 400);
    assert!(answered.body["validation_messages"][0].as_str().is_some_and(|it| it.contains("flood")), "{answered:?}");
    assert_eq!(faults(&stage).await, json!([]));
}
