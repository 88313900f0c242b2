//! `status_code` and HTTP status of errors: each by itself.

use crate::sandbox::{Answer, Sandbox, charge_body};
use reqwest::{Method, header};
use serde_json::{Value, json};

/// Codes whose HTTP status nobody has published.
const UNCERTAIN: [u16; 7] = [402, 410, 414, 429, 500, 503, 505];

#[tokio::test]
async fn the_http_status_of_each_uncertain_code_is_set_by_itself() {
    let sandbox = Sandbox::start().await;
    let answer = async |code: u16| {
        sandbox.fault(json!({"fault": "error", "status_code": code, "on": ["status"]})).await;
        let answer = sandbox.status("o-1").await;
        assert_eq!(answer.text("status_code"), code.to_string());
        answer.http_status
    };
    for follows in UNCERTAIN {
        sandbox.behave(json!({"http_status_follows_body": [follows]})).await;
        for code in UNCERTAIN {
            assert_eq!(answer(code).await, if code == follows { code } else { 200 }, "{follows} alone follows");
        }
        assert_eq!(answer(401).await, 401, "as ever");
    }
    sandbox.behave(json!({"http_status_follows_body": [402, 503]})).await;
    assert_eq!((answer(402).await, answer(503).await, answer(429).await), (402, 503, 200));
    let behaviour = sandbox.get("/sandbox/behaviour").await.body;
    assert_eq!(behaviour["http_status_follows_body"], json!([402, 503]), "read as it was written");
    let wrong = sandbox.request(Method::PATCH, "/sandbox/behaviour").json(&json!({"http_status_follows_body": [200]}));
    let refused = Answer::of(wrong.send().await.unwrap()).await;
    assert_eq!(refused.http_status, 400);
    assert!(refused.text("status_message").contains("200"), "{}", refused.body);
}

#[tokio::test]
async fn every_code_may_be_the_answer_of_get_status_alone_and_of_one_order_alone() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-2").await;
    for code in [400, 401, 402, 403, 404, 405, 406, 408, 410, 411, 412, 413, 414, 429, 500, 503] {
        let order_id = format!("o-1-{code}");
        sandbox.fault(json!({"fault": "error", "status_code": code, "on": ["status"], "order_id": order_id})).await;
        assert_eq!(sandbox.charge(&order_id).await.summary(), (200, "201", "pending"), "{code}: the charge");
        assert_eq!(sandbox.status("o-2").await.summary(), (200, "201", "pending"), "{code}: another order");
        let answer = sandbox.status(&order_id).await;
        let (http_status, word) = (if code <= 401 { code } else { 200 }, code.to_string());
        assert_eq!(answer.summary(), (http_status, word.as_str(), ""));
        assert_eq!(answer.body["id"].is_null(), matches!(code, 412 | 413), "{}", answer.body);
        assert_eq!(answer.body["validation_messages"].is_array(), code == 400, "{}", answer.body);
        assert_eq!(sandbox.post(&format!("/v2/{order_id}/cancel")).await.summary(), (200, "200", "cancel"), "{code}");
        assert_eq!(sandbox.status(&order_id).await.text("transaction_status"), "cancel", "{code}: it struck once");
    }
}

#[tokio::test]
async fn a_401_has_a_recorded_sentence() {
    let sandbox = Sandbox::start().await;
    let stranger = Answer::of(sandbox.client.get(format!("{}/v2/o-1/status", sandbox.url)).send().await.unwrap()).await;
    let sentence = "Transaction cannot be authorized with the current client/server key.";
    assert_eq!((stranger.summary(), stranger.text("status_message")), ((401, "401", ""), sentence));
}

#[tokio::test]
async fn a_charge_is_looked_at_key_first_then_form_fields_account_and_order() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.behave(json!({"gopay_account": "not_activated"})).await;
    let mut zero = charge_body("o-1");
    zero["transaction_details"]["gross_amount"] = json!(0);
    let charge = async |key: &str, body: String| {
        let request = sandbox.client.post(format!("{}/v2/charge", sandbox.url)).basic_auth(key, Some(""));
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        Answer::of(request.send().await.unwrap()).await.text("status_code").to_owned()
    };
    let key = midtrans_sandbox::DEFAULT_SERVER_KEY;
    assert_eq!(charge("another", "{".to_owned()).await, "401");
    assert_eq!(charge(key, "{".to_owned()).await, "413");
    assert_eq!(charge(key, zero.to_string()).await, "400");
    assert_eq!(charge(key, charge_body("o-1").to_string()).await, "402");
    sandbox.behave(json!({"gopay_account": "active"})).await;
    assert_eq!(charge(key, charge_body("o-1").to_string()).await, "406");
    assert_eq!(charge(key, charge_body("o-2").to_string()).await, "201");
}

#[tokio::test]
async fn an_edge_page_may_have_the_http_status_of_a_gateway() {
    let sandbox = Sandbox::start().await;
    for http_status in [429, 502, 504] {
        sandbox.fault(json!({"fault": "html_403", "http_status": http_status})).await;
        let page = sandbox.status("o-1").await;
        assert_eq!(page.http_status, http_status);
        assert!(matches!(&page.body, Value::String(page) if page.contains("<html>")), "{}", page.body);
    }
}
