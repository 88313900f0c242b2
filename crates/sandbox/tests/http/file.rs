//! `--file`: what outlives a restart.

use crate::{
    sandbox::{Answer, Sandbox, charge_body},
    shop::Shop,
};
use axum::{http::StatusCode, response::IntoResponse};
use midtrans_sandbox::{Application, Chaos, FaultName, Settings};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

fn settings(folder: &TempDir) -> Settings {
    Settings { file: Some(folder.path().join("sandbox.json")), ..Settings::default() }
}

async fn charge_with_key(sandbox: &Sandbox, order_id: &str) -> Answer {
    let request = sandbox.request(Method::POST, "/v2/charge").header("Idempotency-Key", "key-1");
    Answer::of(request.json(&charge_body(order_id)).send().await.unwrap()).await
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let folder = TempDir::new().unwrap();
    let sandbox = Sandbox::start_with(settings(&folder)).await;
    let charge = charge_with_key(&sandbox, "o-1").await;
    sandbox.charge("o-2").await;
    sandbox.pay("o-2").await;
    sandbox.post_json("/v2/o-2/refund", &json!({"amount": 1000, "refund_key": "r-1"})).await;
    sandbox.advance(120).await;
    sandbox.behave(json!({"qr_string_in_charge": true})).await;
    sandbox.fault(json!({"fault": "stuck_pending"})).await;
    let before = sandbox.get("/sandbox/transactions").await.body;
    sandbox.stop().await;

    let sandbox = Sandbox::start_with(settings(&folder)).await;
    assert_eq!(sandbox.get("/sandbox/transactions").await.body, before);
    let again = charge_with_key(&sandbox, "o-1").await;
    assert_eq!(again.text("transaction_id"), charge.text("transaction_id"), "the key still has its answer");
    let refund = sandbox.post_json("/v2/o-2/refund", &json!({"amount": 1000, "refund_key": "r-1"})).await;
    assert_eq!(refund.text("status_code"), "406", "the refund's key is known");
    assert_eq!(sandbox.get("/sandbox/behaviour").await.body["qr_string_in_charge"], true);
    assert_eq!(sandbox.get("/sandbox/faults").await.body[0]["fault"], "stuck_pending");
    // Two minutes were passed before, so the rest of the fifteen and the job's half minute is enough.
    sandbox.advance(13 * 60 + 30).await;
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "expire");
}

#[tokio::test]
async fn a_notification_that_waits_to_be_sent_again_is_sent_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let shop = Shop::open().await;
    shop.will_answer([StatusCode::INTERNAL_SERVER_ERROR.into_response()]);
    let sandbox = Sandbox::start_with(settings(&folder)).await;
    sandbox.post_json("/sandbox/notification-url", &json!({"url": shop.url})).await;
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    sandbox.stop().await;

    let sandbox = Sandbox::start_with(settings(&folder)).await;
    assert_eq!(shop.received().len(), 1, "its time has not come");
    sandbox.advance(132).await;
    let attempts = sandbox.attempts(2).await;
    assert_eq!((&attempts[1]["attempt"], &attempts[1]["answer_code"]), (&json!(2), &json!(200)));
    assert_eq!(shop.received()[0].body, shop.received()[1].body);
    sandbox.pay("o-1").await;
    assert_eq!(sandbox.attempts(3).await.len(), 3, "the URL is known too");
}

#[tokio::test]
async fn chance_goes_on_where_it_stopped() {
    let kinds = vec![FaultName::Html403, FaultName::CutConnection, FaultName::Error];
    let chaos = Chaos { seed: 42, one_in: 2, kinds };
    let run = async |stops: bool| -> Vec<Value> {
        let folder = TempDir::new().unwrap();
        let settings = Settings { chaos: Some(chaos.clone()), ..settings(&folder) };
        let mut sandbox = Sandbox::start_with(settings.clone()).await;
        for n in 0..20 {
            let _ = sandbox.request(Method::GET, "/v2/gopay/none/qr-code").send().await;
            if stops && n == 9 {
                sandbox.stop().await;
                sandbox = Sandbox::start_with(settings.clone()).await;
            }
        }
        let applied = sandbox.get("/sandbox/faults/applied").await.body;
        applied.as_array().unwrap().iter().map(|applied| applied["reason"].clone()).collect()
    };
    let (straight, stopped) = (run(false).await, run(true).await);
    assert!(straight.len() > 3, "{straight:?}");
    assert_eq!(straight, stopped);
}

#[tokio::test]
async fn a_file_that_is_no_sandboxs_is_refused_by_name_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sandbox.json");
    for (content, why) in [
        ("{\"version\":1,\"state\":{\"transactions\":[{\"order", "does not hold the state of a sandbox"),
        ("my shopping list", "does not hold the state of a sandbox"),
        ("", "does not hold the state of a sandbox"),
        ("{\"version\":9,\"state\":{}}", "another version"),
    ] {
        fs::write(&path, content).unwrap();
        let refused = Application::build(settings(&folder)).await.err().unwrap().to_string();
        assert!(refused.contains(why) && refused.contains("sandbox.json"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_known_at_the_start() {
    let file = Some(Path::new("/nowhere/at/all/sandbox.json").to_owned());
    let refused = Application::build(Settings { file, ..Settings::default() }).await.err().unwrap().to_string();
    assert!(refused.contains("/nowhere/at/all/sandbox.json"), "{refused}");
}

#[tokio::test]
async fn two_sandboxes_do_not_share_a_file() {
    let folder = TempDir::new().unwrap();
    let first = Sandbox::start_with(settings(&folder)).await;
    let refused = Application::build(settings(&folder)).await.err().unwrap().to_string();
    assert!(refused.contains("in use"), "{refused}");
    first.stop().await;
    Application::build(settings(&folder)).await.unwrap();
}

#[tokio::test]
async fn the_server_key_is_not_in_the_file() {
    let folder = TempDir::new().unwrap();
    let sandbox = Sandbox::start_with(settings(&folder)).await;
    charge_with_key(&sandbox, "o-1").await;
    sandbox.stop().await;
    let written = fs::read_to_string(folder.path().join("sandbox.json")).unwrap();
    assert!(written.contains("o-1") && !written.contains(midtrans_sandbox::DEFAULT_SERVER_KEY));
}
