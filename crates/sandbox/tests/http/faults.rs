use crate::{
    sandbox::{Answer, Sandbox, charge_body},
    shop::Shop,
};
use midtrans_sandbox::{Chaos, FaultName, Settings};
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

#[tokio::test]
async fn an_error_may_have_an_http_status_of_its_own() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "error", "status_code": 503, "http_status": 502})).await;
    assert_eq!(sandbox.charge("o-1").await.summary(), (502, "503", ""));
}

#[tokio::test]
async fn a_fault_of_one_order_leaves_every_other_order_alone() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "error", "order_id": "o-1", "times": 0})).await;
    assert_eq!(sandbox.charge("o-2").await.text("status_code"), "201");
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "500");
    sandbox.request(Method::DELETE, "/sandbox/faults/1").send().await.unwrap();
    let charge = sandbox.charge("o-1").await;
    assert_eq!(charge.text("status_code"), "201");
    // By transaction_id too, and by whatever an image's URL names.
    sandbox.fault(json!({"fault": "error", "order_id": "o-1", "times": 0, "on": ["status", "qr_code"]})).await;
    assert_eq!(sandbox.status(charge.text("transaction_id")).await.text("status_code"), "500");
    assert_eq!(sandbox.status("o-2").await.text("status_code"), "201");
    for action in ["generate-qr-code", "generate-qr-code-v2"] {
        let image = sandbox.client.get(charge.action(action)).send().await.unwrap();
        assert_eq!(Answer::of(image).await.text("status_code"), "500", "{action}");
    }
}

#[tokio::test]
async fn a_fault_of_one_order_strikes_its_charge_though_the_order_id_is_a_number() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "error", "order_id": "101", "on": ["charge"]})).await;
    let mut body = charge_body("");
    body["transaction_details"]["order_id"] = json!(102);
    assert_eq!(sandbox.charge_with(&body).await.text("status_code"), "201", "another order");
    body["transaction_details"]["order_id"] = json!(101);
    assert_eq!(sandbox.charge_with(&body).await.text("status_code"), "500");
    assert_eq!(sandbox.charge_with(&body).await.text("order_id"), "101", "it struck once");
}

#[tokio::test]
async fn a_transaction_may_settle_by_itself_after_it_has_expired() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::start().await;
    sandbox.post_json("/sandbox/notification-url", &json!({"url": shop.url})).await;
    sandbox.fault(json!({"fault": "settlement_after_expiry", "seconds": 120})).await;
    sandbox.charge("o-1").await;
    sandbox.advance(15 * 60 + 30).await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "407", "expire"));
    sandbox.advance(90).await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "200", "settlement"));
    let told: Vec<_> = sandbox.attempts(3).await.iter().map(|made| made["transaction_status"].clone()).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(["pending", "expire", "settlement"].iter().all(|status| told.contains(&json!(status))), "{told:?}");
}

#[tokio::test]
async fn a_reordered_notification_comes_after_the_next_one() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::start().await;
    sandbox.post_json("/sandbox/notification-url", &json!({"url": shop.url})).await;
    sandbox.fault(json!({"fault": "reordered_notification", "transaction_status": "pending"})).await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    sandbox.attempts(2).await;
    let heard: Vec<_> = shop.received().iter().map(|heard| heard.json()["transaction_status"].clone()).collect();
    assert_eq!(heard, ["settlement", "pending"]);
}

#[tokio::test]
async fn every_fault_that_struck_is_in_the_log_with_its_reason() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({"fault": "stuck_pending"})).await;
    sandbox.fault(json!({"fault": "html_403", "on": ["status"]})).await;
    sandbox.charge("o-1").await;
    sandbox.status("o-1").await;
    let applied = sandbox.get("/sandbox/faults/applied").await.body;
    let log: Vec<_> = applied.as_array().unwrap().iter().map(|it| (&it["on"], &it["fault"], &it["order_id"])).collect();
    let order = json!("o-1");
    assert_eq!(
        log,
        [(&json!("new_transaction"), &json!("stuck_pending"), &order), (&json!("status"), &json!("html_403"), &order)]
    );
    assert_eq!(applied[1]["reason"], "asked for as fault 2");
}

/// The applied faults in one run of thirty orders, each charged, asked about and paid.
async fn run_with_seed(seed: u64) -> Value {
    // But for `latency`, which is real time.
    let kinds = FaultName::ALL.into_iter().filter(|name| *name != FaultName::Latency).collect();
    let chaos = Some(Chaos { seed, one_in: 3, kinds });
    let shop = Shop::open().await;
    let notification_url = Some(shop.url.parse().unwrap());
    let settings = Settings { chaos, notification_url, ..Settings::default() };
    let sandbox = Sandbox::start_with(settings).await;
    for n in 0..30 {
        let order_id = format!("o-{n}");
        // Answered or cut: what matters is that the sandbox has heard it.
        let charge = sandbox.request(Method::POST, "/v2/charge").json(&charge_body(&order_id));
        let _ = charge.send().await;
        let _ = sandbox.request(Method::GET, &format!("/v2/{order_id}/status")).send().await;
        sandbox.post(&format!("/sandbox/transactions/{order_id}/pay")).await;
    }
    let mut applied = sandbox.get("/sandbox/faults/applied").await.body;
    for fault in applied.as_array_mut().unwrap() {
        fault.as_object_mut().unwrap().remove("at");
    }
    applied
}

#[tokio::test]
async fn the_same_seed_and_the_same_requests_have_the_same_faults() {
    let (first, second, other) = (run_with_seed(42).await, run_with_seed(42).await, run_with_seed(43).await);
    assert_eq!(first, second);
    assert_ne!(first, other);
    assert!(first.as_array().unwrap().len() > 20, "{first}");
}

#[tokio::test]
async fn chaos_begins_and_ends_while_the_sandbox_runs() {
    let sandbox = Sandbox::start().await;
    let set = async |chaos: Value| {
        Answer::of(sandbox.request(Method::PUT, "/sandbox/chaos").json(&chaos).send().await.unwrap()).await
    };
    for (wrong, names) in [
        (json!({"one_in": 3}), "seed"),
        (json!({"seed": 1, "one_in": 0}), "one_in"),
        (json!({"seed": 1, "kinds": ["flood"]}), "flood"),
    ] {
        let refused = set(wrong).await;
        assert_eq!(refused.http_status, 400);
        assert!(refused.text("status_message").contains(names), "{}", refused.body);
    }
    assert_eq!(set(json!({"seed": 1, "one_in": 1, "kinds": ["html_403"]})).await.http_status, 200);
    assert_eq!(sandbox.charge("o-1").await.http_status, 403);
    assert_eq!(sandbox.request(Method::DELETE, "/sandbox/chaos").send().await.unwrap().status(), 204);
    assert_eq!(sandbox.get("/sandbox/chaos").await.body, Value::Null);
    assert_eq!(sandbox.charge("o-2").await.text("status_code"), "201");
}
