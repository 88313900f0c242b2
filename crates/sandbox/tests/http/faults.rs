use crate::sandbox::{Answer, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_error_on_request_comes_once_and_the_work_is_not_done() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "error"})).await;
    assert_eq!(sandbox.charge("o-1").await.summary(), (200, "500", ""));
    assert_eq!(sandbox.status("o-1").await.text("status_code"), "404");
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "201");
}

#[tokio::test]
async fn an_error_after_the_work_leaves_a_charge_that_the_shop_never_heard_of() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "error", "status_code": 503, "when": "after", "on": ["charge"]})).await;
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "503");
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "406");
    assert_eq!(sandbox.status("o-1").await.text("status_code"), "201");
}

#[tokio::test]
async fn an_edge_page_is_html_with_http_403() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "html_403", "on": ["status"]})).await;
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "201");
    let page = sandbox.status("o-1").await;
    assert_eq!(page.http_status, 403);
    assert!(page.body.as_str().unwrap().contains("<html>"), "{}", page.body);
    assert_eq!(sandbox.status("o-1").await.text("status_code"), "201");
}

#[tokio::test]
async fn a_cut_connection_is_no_answer_at_all() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "cut_connection", "times": 0, "on": ["status"]})).await;
    sandbox.charge("o-1").await;
    for _ in 0..2 {
        let cut = sandbox.request(Method::GET, "/v2/o-1/status").send().await;
        assert!(cut.is_err(), "{cut:?}");
    }
    assert_eq!(sandbox.request(Method::DELETE, "/sandbox/faults").send().await.unwrap().status(), 204);
    assert_eq!(sandbox.status("o-1").await.text("status_code"), "201");
}

#[tokio::test]
async fn a_denied_charge_is_body_202_and_has_no_actions() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "deny_next_charge"})).await;
    let denied = sandbox.charge("o-1").await;
    assert_eq!(denied.summary(), (200, "202", "deny"));
    assert_eq!((denied.text("channel_response_code"), &denied.body["actions"]), ("900", &Value::Null));
    assert_eq!(sandbox.charge("o-2").await.summary(), (200, "201", "pending"));
}

#[tokio::test]
async fn a_charge_lacks_what_it_is_told_to_lack() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "missing_expiry_time"})).await;
    sandbox.fault(json!({"fault": "missing_generate_qr_code_v2"})).await;
    let charge = sandbox.charge("o-1").await;
    assert_eq!((&charge.body["expiry_time"], charge.action("generate-qr-code-v2")), (&Value::Null, ""));
    assert_eq!(sandbox.status("o-1").await.body["expiry_time"], Value::Null);
    let next = sandbox.charge("o-2").await;
    assert!(next.body["expiry_time"].is_string() && !next.action("generate-qr-code-v2").is_empty());
}

#[tokio::test]
async fn a_stuck_transaction_stays_pending_long_after_its_time() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "stuck_pending"})).await;
    sandbox.charge("o-1").await;
    sandbox.advance(86_400).await;
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_qr_image_may_be_unavailable_for_a_while() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "error", "status_code": 503, "on": ["qr_code"]})).await;
    let charge = sandbox.charge("o-1").await;
    let image = async || sandbox.client.get(charge.action("generate-qr-code")).send().await.unwrap();
    assert_eq!(Answer::of(image().await).await.text("status_code"), "503");
    assert_eq!(image().await.headers()["content-type"], "image/png");
}

#[tokio::test]
async fn a_late_answer_delays_only_the_operation_it_was_asked_for() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    sandbox.fault(json!({"fault": "latency", "milliseconds": 600_000, "on": ["qr_code"]})).await;
    sandbox.fault(json!({"fault": "latency", "milliseconds": 600_000, "on": ["cancel"]})).await;
    let impatient = std::time::Duration::from_millis(200);
    let image = sandbox.client.get(charge.action("generate-qr-code")).timeout(impatient).send().await;
    assert!(image.is_err_and(|error| error.is_timeout()));
    let cancel = sandbox.request(Method::POST, "/v2/o-1/cancel").timeout(impatient).send().await;
    assert!(cancel.is_err_and(|error| error.is_timeout()));
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "cancel", "the work was done at once");
}

#[tokio::test]
async fn an_unknown_fault_is_refused_by_name() {
    let sandbox = Sandbox::start().await;
    let refused = sandbox.post_json("/sandbox/faults", &json!({"fault": "flood"})).await;
    assert_eq!(refused.http_status, 400);
    assert!(refused.text("status_message").contains("flood"), "{}", refused.body);
}
