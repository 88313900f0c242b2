use crate::sandbox::{Answer, Sandbox};
use gopay_contract::midtrans::Signature;
use midtrans_sandbox::{DEFAULT_SERVER_KEY, Settings};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn the_code_of_get_status_follows_the_state_and_its_signature_holds() {
    let sandbox = Sandbox::start().await;
    for (order_id, verb, code, status) in [
        ("o-1", "", "201", "pending"),
        ("o-2", "pay", "200", "settlement"),
        ("o-3", "expire", "407", "expire"),
        ("o-4", "cancel", "200", "cancel"),
        ("o-5", "deny", "202", "deny"),
    ] {
        sandbox.charge(order_id).await;
        if !verb.is_empty() {
            sandbox.post(&format!("/sandbox/transactions/{order_id}/{verb}")).await;
        }
        let answer = sandbox.status(order_id).await;
        assert_eq!(answer.summary(), (200, code, status));
        let signature = Signature::over(order_id, code, "44000.00", DEFAULT_SERVER_KEY);
        assert!(signature.matches(answer.text("signature_key")), "{order_id}");
    }
    assert_eq!(sandbox.status("o-6").await.summary(), (200, "404", ""));
}

#[tokio::test]
async fn the_uncertain_codes_are_switches() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"status_code_of_cancel": 202, "status_code_of_deny": 200})).await;
    sandbox.charge("o-1").await;
    sandbox.post("/v2/o-1/cancel").await;
    sandbox.charge("o-2").await;
    sandbox.post("/sandbox/transactions/o-2/deny").await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "202", "cancel"));
    let denied = sandbox.status("o-2").await;
    assert_eq!(denied.summary(), (200, "200", "deny"));
    assert_eq!(denied.text("channel_response_code"), "900");
}

#[tokio::test]
async fn every_body_that_a_library_sends_along_is_taken() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    for body in ["", "{}", "null"] {
        let get = sandbox.request(Method::GET, "/v2/o-1/status").body(body).send().await.unwrap();
        assert_eq!(Answer::of(get).await.summary(), (200, "201", "pending"), "{body:?}");
    }
    for (place, body) in ["", "{}", "null"].into_iter().enumerate() {
        let order_id = format!("o-{}", place + 2);
        sandbox.charge(&order_id).await;
        let cancel = sandbox.request(Method::POST, &format!("/v2/{order_id}/cancel")).body(body).send().await.unwrap();
        assert_eq!(Answer::of(cancel).await.summary(), (200, "200", "cancel"), "{body:?}");
    }
}

#[tokio::test]
async fn what_has_ended_is_neither_cancelled_nor_expired() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let expired = sandbox.post(&format!("/v2/{}/expire", charge.text("transaction_id"))).await;
    assert_eq!(expired.summary(), (200, "407", "expire"));
    for verb in ["cancel", "expire"] {
        assert_eq!(sandbox.post(&format!("/v2/o-1/{verb}")).await.summary(), (200, "412", ""), "{verb}");
        assert_eq!(sandbox.post(&format!("/v2/o-2/{verb}")).await.summary(), (200, "404", ""), "{verb}");
    }
}

#[tokio::test]
async fn get_status_cancel_and_expire_answer_in_midtrans_words() {
    let sandbox = Sandbox::start().await;
    for (order_id, verb, words) in
        [("o-1", "cancel", "Success, transaction is canceled"), ("o-2", "expire", "Success, transaction is expired")]
    {
        sandbox.charge(order_id).await;
        assert_eq!(sandbox.post(&format!("/v2/{order_id}/{verb}")).await.text("status_message"), words);
        assert_eq!(sandbox.status(order_id).await.text("status_message"), "Success, transaction is found");
    }
}

#[tokio::test]
async fn the_shortest_life_is_pending_past_its_expiry_time_too() {
    let sandbox = Sandbox::start().await;
    let mut body = crate::sandbox::charge_body("o-1");
    body["custom_expiry"] = json!({"expiry_duration": 20, "unit": "second"});
    sandbox.charge_with(&body).await;
    sandbox.advance(21).await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "201", "pending"));
    sandbox.advance(30).await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "407", "expire"));
}

#[tokio::test]
async fn a_transaction_expires_when_the_batch_job_comes_by_and_not_before() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.charge("o-2").await;
    sandbox.advance(15 * 60 + 5).await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "201", "pending"));
    sandbox.pay("o-2").await;
    sandbox.advance(30).await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "407", "expire"));
    assert_eq!(sandbox.status("o-2").await.summary(), (200, "200", "settlement"));
}

#[tokio::test]
async fn the_date_of_every_answer_is_the_sandboxs_own_time() {
    let sandbox = Sandbox::start_with(Settings::default()).await;
    sandbox.advance(10 * 86_400).await;
    let charge = sandbox.request(Method::POST, "/v2/charge").json(&crate::sandbox::charge_body("o-1")).send().await;
    let charge = charge.unwrap();
    let date = charge.headers()["date"].to_str().unwrap().to_owned();
    let date = httpdate::parse_http_date(&date).unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let body: gopay_contract::Answer = charge.json().await.unwrap();
    let time = u64::try_from(body.transaction_time.unwrap().unix_seconds()).unwrap();
    assert!(date.abs_diff(time) <= 60, "{date} and {time} are of one clock");
}

#[tokio::test]
async fn what_is_not_for_gopay_changes_nothing() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    for verb in ["approve", "deny"] {
        assert_eq!(sandbox.post(&format!("/v2/o-1/{verb}")).await.summary(), (200, "412", ""), "{verb}");
        assert_eq!(sandbox.post(&format!("/v2/nothing/{verb}")).await.summary(), (200, "404", ""), "{verb}");
    }
    let capture = async |body: serde_json::Value| sandbox.post_json("/v2/capture", &body).await;
    let of = json!({"transaction_id": charge.text("transaction_id"), "gross_amount": 44_000});
    assert_eq!(capture(of).await.summary(), (200, "412", ""));
    assert_eq!(capture(json!({"transaction_id": "nothing"})).await.summary(), (200, "404", ""));
    assert_eq!(capture(json!({})).await.summary(), (400, "400", ""));
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn the_b2b_status_lists_the_orders_transactions_the_latest_first() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.post("/v2/o-1/cancel").await;
    sandbox.charge("o-1").await;
    let list = sandbox.get("/v2/o-1/status/b2b").await;
    assert_eq!(list.text("status_code"), "200");
    let statuses: Vec<_> =
        list.body["transactions"].as_array().unwrap().iter().map(|one| one["transaction_status"].clone()).collect();
    assert_eq!(statuses, ["pending", "cancel"]);
    assert_eq!(sandbox.get("/v2/nothing/status/b2b").await.summary(), (200, "404", ""));
}

#[tokio::test]
async fn every_time_is_jakartas_without_an_offset() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    let status = sandbox.status("o-1").await;
    for time in [charge.text("transaction_time"), charge.text("expiry_time"), status.text("settlement_time")] {
        let digits: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(digits, "0000-00-00 00:00:00");
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let read = gopay_contract::JakartaTime::parse(charge.text("transaction_time")).unwrap().unix_seconds();
    assert!(now.abs_diff(u64::try_from(read).unwrap()) <= 60, "the same moment, seven hours ahead of UTC");
}
