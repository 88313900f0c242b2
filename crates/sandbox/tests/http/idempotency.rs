use crate::sandbox::{Answer, Sandbox, charge_body, eventually};
use reqwest::Method;
use serde_json::json;

async fn charge(sandbox: &Sandbox, key: &str, order_id: &str) -> Answer {
    let request = sandbox.request(Method::POST, "/v2/charge").header("Idempotency-Key", key);
    Answer::of(request.json(&charge_body(order_id)).send().await.unwrap()).await
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer_whatever_the_body_for_five_minutes() {
    let sandbox = Sandbox::start().await;
    let first = charge(&sandbox, "k-1", "o-1").await;
    assert_eq!(charge(&sandbox, "k-1", "o-2").await.body, first.body);
    assert_eq!(sandbox.status("o-2").await.text("status_code"), "404");
    sandbox.advance(301).await;
    assert_eq!(charge(&sandbox, "k-1", "o-1").await.text("status_code"), "406");
}

#[tokio::test]
async fn a_key_is_one_for_all_endpoints() {
    let sandbox = Sandbox::start().await;
    let first = charge(&sandbox, "k-1", "o-1").await;
    let cancel = sandbox.request(Method::POST, "/v2/o-1/cancel").header("Idempotency-Key", "k-1");
    assert_eq!(Answer::of(cancel.send().await.unwrap()).await.body, first.body);
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn only_success_is_remembered_and_a_long_or_empty_key_is_passed_over() {
    let sandbox = Sandbox::start().await;
    assert_eq!(charge(&sandbox, "k-1", "a b").await.text("status_code"), "400");
    assert_eq!(charge(&sandbox, "k-1", "o-1").await.text("status_code"), "201");
    for key in ["", &"k".repeat(47)] {
        sandbox.charge(&format!("x{}", key.len())).await;
        assert_eq!(charge(&sandbox, key, &format!("o{}", key.len())).await.text("status_code"), "201");
        assert_eq!(charge(&sandbox, key, &format!("o{}", key.len())).await.text("status_code"), "406");
    }
}

#[tokio::test]
async fn a_repeat_that_overtakes_the_answer_is_http_202() {
    let sandbox = Sandbox::start().await;
    // Longer than any test takes: the first request is given up before its answer.
    sandbox.fault(json!({"fault": "latency", "milliseconds": 600_000, "on": ["charge"]})).await;
    let slow = sandbox.request(Method::POST, "/v2/charge").header("Idempotency-Key", "k-1").json(&charge_body("o-1"));
    let slow = tokio::spawn(slow.send());
    eventually("the charge is made", async || (sandbox.status("o-1").await.text("status_code") == "201").then_some(()))
        .await;
    assert_eq!(charge(&sandbox, "k-1", "o-1").await.http_status, 202);
    slow.abort();
    assert_eq!(charge(&sandbox, "k-1", "o-1").await.http_status, 202, "hanging up does not undo the first request");
}

#[tokio::test]
async fn a_charge_whose_answer_was_cut_is_found_again_by_its_key() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "cut_connection", "when": "after"})).await;
    let request = sandbox.request(Method::POST, "/v2/charge").header("Idempotency-Key", "k-1");
    let cut = request.json(&charge_body("o-1")).send().await;
    assert!(cut.is_err(), "{cut:?}");
    let again = charge(&sandbox, "k-1", "o-1").await;
    assert_eq!(again.summary(), (200, "201", "pending"));
    assert!(!again.action("deeplink-redirect").is_empty());
}
