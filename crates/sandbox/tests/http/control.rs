use crate::sandbox::{Answer, Sandbox};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn every_deed_is_one_request_and_answers_with_where_the_transaction_stands() {
    let sandbox = Sandbox::start().await;
    for (verb, status) in [("pay", "settlement"), ("expire", "expire"), ("cancel", "cancel"), ("deny", "deny")] {
        let charge = sandbox.charge(verb).await;
        let id = charge.text("transaction_id");
        let done = sandbox.post(&format!("/sandbox/transactions/{id}/{verb}")).await;
        assert_eq!((done.http_status, done.text("order_id"), done.text("transaction_status")), (200, verb, status));
        let again = sandbox.post(&format!("/sandbox/transactions/{verb}/{verb}")).await;
        assert_eq!((again.http_status, again.text("status_code")), (409, "412"));
        let unknown = sandbox.post(&format!("/sandbox/transactions/nothing/{verb}")).await;
        assert_eq!((unknown.http_status, unknown.text("status_code")), (404, "404"));
    }
    let listed = sandbox.get("/sandbox/transactions").await.body;
    let order_ids: Vec<_> = listed.as_array().unwrap().iter().map(|line| line["order_id"].clone()).collect();
    assert_eq!(order_ids, ["pay", "expire", "cancel", "deny"]);
}

#[tokio::test]
async fn a_page_of_another_origin_steers_nothing_and_ones_own_does() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    let own = sandbox.url.clone();
    for (from, origin) in [("cross-site", "https://jahat.example"), ("same-site", "http://127.0.0.1:1"), ("", "null")] {
        // What a form of such a page can send without asking first: no JSON type, and no header of its own.
        for (path, body) in [("/sandbox/transactions/o-1/pay", "{}"), ("/dashboard/pay", "transaction_id=o-1")] {
            let mut posted = sandbox.client.post(format!("{own}{path}")).header("origin", origin).body(body);
            if !from.is_empty() {
                posted = posted.header("sec-fetch-site", from);
            }
            let posted = Answer::of(posted.header("content-type", "text/plain").send().await.unwrap()).await;
            assert_eq!((posted.http_status, posted.text("status_code")), (403, "403"), "{path} from {origin}");
        }
    }
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
    let posted = sandbox.client.post(format!("{own}/sandbox/transactions/o-1/pay")).header("origin", &own);
    let posted = posted.header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(Answer::of(posted).await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_payment_may_be_by_qris_and_may_be_late() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    let paid = sandbox.post_json("/sandbox/transactions/o-1/pay", &json!({"via": "qris"})).await;
    assert_eq!((paid.http_status, paid.text("paid_via")), (200, "qris"));
    sandbox.charge("o-2").await;
    sandbox.post("/v2/o-2/expire").await;
    assert_eq!(sandbox.post("/sandbox/transactions/o-2/pay").await.http_status, 409);
    let late = sandbox.post_json("/sandbox/transactions/o-2/pay", &json!({"late": true})).await;
    assert_eq!((late.http_status, late.text("transaction_status")), (200, "settlement"));
}

#[tokio::test]
async fn a_bad_request_names_what_was_expected() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    for (path, body, names) in [
        ("/sandbox/transactions/o-1/pay", json!({"via": "cash"}), "cash"),
        ("/sandbox/clock/advance", json!({"seconds": -1}), "seconds"),
        ("/sandbox/clock/advance", json!({"seconds": u64::MAX}), "315360000"),
        ("/sandbox/notification-url", json!({"url": "toko"}), "toko"),
        ("/sandbox/notification-url", json!({"uri": "http://toko.example/"}), "uri"),
    ] {
        let refused = sandbox.post_json(path, &body).await;
        assert_eq!(refused.http_status, 400, "{path} {body}");
        assert!(refused.text("status_message").contains(names), "{}", refused.body);
    }
    let patch = sandbox.request(Method::PATCH, "/sandbox/behaviour").json(&json!({"callback_join": "slash"}));
    let refused = Answer::of(patch.send().await.unwrap()).await;
    assert_eq!(refused.http_status, 400);
    assert!(refused.text("status_message").contains("slash"), "{}", refused.body);
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_patch_changes_the_switches_it_names_and_no_others() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"expiry_job_delay_seconds": 0})).await;
    sandbox.behave(json!({"merchant_id": false})).await;
    let all = sandbox.get("/sandbox/behaviour").await.body;
    assert_eq!(
        (&all["expiry_job_delay_seconds"], &all["merchant_id"], &all["qris_activated"]),
        (&json!(0), &json!(false), &json!(true))
    );
    sandbox.charge("o-1").await;
    sandbox.advance(901).await;
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "expire");
}

#[tokio::test]
async fn the_dashboards_buttons_do_what_they_say() {
    let sandbox = Sandbox::start().await;
    for (button, status, done) in [
        ("pay", "settlement", "paid"),
        ("scan", "settlement", "paid"),
        ("fail", "pending", "failed"),
        ("expire", "expire", "ended"),
        ("cancel", "cancel", "ended"),
        ("deny", "deny", "ended"),
    ] {
        let charge = sandbox.charge(button).await;
        let page = sandbox.get("/").await.body;
        assert!(page.as_str().unwrap().contains(&format!("action=\"dashboard/{button}\"")), "{button}");
        let form = [("transaction_id", charge.text("transaction_id"))];
        let pressed = sandbox.post_form(&format!("/dashboard/{button}"), &form).await;
        assert_eq!(
            (pressed.status().as_u16(), &pressed.headers()["location"]),
            (303, &format!("../?done={done}").parse().unwrap())
        );
        assert_eq!(sandbox.status(button).await.text("transaction_status"), status);
    }
    let paid = sandbox.get("/sandbox/transactions/pay").await;
    sandbox.post_form("/dashboard/refund", &[("transaction_id", paid.text("transaction_id"))]).await;
    assert_eq!(sandbox.status("pay").await.text("transaction_status"), "refund");
}

#[tokio::test]
async fn it_is_healthy_and_stops_when_told_to() {
    let application = midtrans_sandbox::Application::build(midtrans_sandbox::Settings::default()).await.unwrap();
    let url = application.url();
    assert_eq!(url, format!("http://127.0.0.1:{}", application.port()));
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let running = tokio::spawn(application.run_until_stopped(async {
        let _ = stopped.await;
    }));
    let health = reqwest::get(format!("{url}/healthz")).await.unwrap();
    assert_eq!(health.status(), 200);
    drop(health);
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert!(reqwest::get(format!("{url}/healthz")).await.is_err());
}

#[tokio::test]
async fn a_settlement_may_be_in_doubt_and_older_than_the_shop() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    let made = sandbox.get("/sandbox/transactions/o-1").await.text("transaction_time").to_owned();
    let how = json!({"challenge": true, "seconds_ago": 172_800});
    let paid = sandbox.post_json("/sandbox/transactions/o-1/pay", &how).await;
    assert_eq!(paid.text("transaction_status"), "settlement");
    let status = sandbox.get("/v2/o-1/status").await;
    assert_eq!((status.text("transaction_status"), status.text("fraud_status")), ("settlement", "challenge"));
    assert!(status.text("transaction_time") < made.as_str(), "{} is not before {made}", status.body);
    assert!(status.text("settlement_time") < made.as_str(), "{} is not before {made}", status.body);
}

#[tokio::test]
async fn where_notifications_go_can_be_read_and_put_back() {
    let sandbox = Sandbox::start().await;
    for url in [json!("http://127.0.0.1:9/hook"), json!(null)] {
        let body = json!({"url": url});
        assert_eq!(sandbox.post_json("/sandbox/notification-url", &body).await.http_status, 204);
        assert_eq!(sandbox.get("/sandbox/notification-url").await.body, body);
    }
}

#[tokio::test]
async fn an_answer_that_is_late_does_not_hold_up_the_stop() {
    let application = midtrans_sandbox::Application::build(midtrans_sandbox::Settings::default()).await.unwrap();
    let url = application.url();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let running = tokio::spawn(application.run_until_stopped(async {
        let _ = stopped.await;
    }));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let fault = json!({"fault": "latency", "milliseconds": 600_000});
    client.post(format!("{url}/sandbox/faults")).json(&fault).send().await.unwrap();
    let charge = client.post(format!("{url}/v2/charge")).basic_auth(midtrans_sandbox::DEFAULT_SERVER_KEY, Some(""));
    let waiting = tokio::spawn(charge.json(&crate::sandbox::charge_body("o-1")).send());
    crate::sandbox::eventually("the charge is made", async || {
        let list: serde_json::Value =
            client.get(format!("{url}/sandbox/transactions")).send().await.unwrap().json().await.unwrap();
        list.as_array().is_some_and(|list| !list.is_empty()).then_some(())
    })
    .await;
    stop.send(()).unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), running).await;
    ended.expect("it stops long before the answer is due").unwrap().unwrap();
    waiting.abort();
}
