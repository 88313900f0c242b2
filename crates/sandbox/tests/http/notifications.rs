use crate::{
    sandbox::{Sandbox, eventually},
    shop::Shop,
};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use gopay_contract::{TransactionStatus, midtrans::Notification};
use midtrans_sandbox::{DEFAULT_SERVER_KEY, Settings};
use serde_json::{Value, json};
use std::time::Duration;

/// A sandbox that retries at once, and the shop that it notifies.
pub(crate) async fn sandbox_and_shop() -> (Sandbox, Shop) {
    let shop = Shop::open().await;
    let notification_url = Some(shop.url.parse().unwrap());
    let sandbox = Sandbox::start_with(Settings { notification_url, retry_scale: 0.0, ..Settings::default() }).await;
    (sandbox, shop)
}

fn codes(attempts: &[Value]) -> Vec<Value> {
    attempts.iter().map(|attempt| attempt["answer_code"].clone()).collect()
}

#[tokio::test]
async fn every_change_is_told_once_signed_with_the_documented_code() {
    for (verb, code, status) in [
        ("pay", "200", TransactionStatus::Settlement),
        ("expire", "202", TransactionStatus::Expire),
        ("cancel", "202", TransactionStatus::Cancel),
        ("deny", "202", TransactionStatus::Deny),
    ] {
        let (sandbox, shop) = sandbox_and_shop().await;
        sandbox.charge("o-1").await;
        sandbox.attempts(1).await;
        sandbox.post(&format!("/sandbox/transactions/o-1/{verb}")).await;
        assert_eq!(sandbox.attempts(2).await.len(), 2);
        let heard = shop.received();
        let pending = Notification::verify(&heard[0].body, DEFAULT_SERVER_KEY).unwrap();
        assert_eq!(
            (pending.transaction_status, pending.status_code.to_string()),
            (TransactionStatus::Pending, "201".into())
        );
        let ended = Notification::verify(&heard[1].body, DEFAULT_SERVER_KEY).unwrap();
        assert_eq!((ended.transaction_status, ended.status_code.to_string().as_str()), (status, code));
    }
}

#[tokio::test]
async fn a_notification_is_tried_again_as_often_as_its_answer_says() {
    for (answer, attempts) in [(200, 1), (500, 2), (400, 3), (404, 3), (503, 5), (401, 6), (301, 1), (302, 1), (303, 1)]
    {
        let (sandbox, shop) = sandbox_and_shop().await;
        let answers = (0..10).map(|_| StatusCode::from_u16(answer).unwrap().into_response());
        shop.will_answer(answers);
        sandbox.charge("o-1").await;
        let made = eventually(&format!("the last attempt after {answer}"), async || {
            let made = sandbox.attempts(1).await;
            made.iter().any(|attempt| attempt["will_retry"] == false).then_some(made)
        })
        .await;
        assert_eq!(codes(&made), vec![json!(answer); attempts], "{answer}");
    }
}

#[tokio::test]
async fn a_temporary_redirection_is_followed_with_the_whole_body() {
    let (sandbox, shop) = sandbox_and_shop().await;
    let moved = || Redirect::temporary("/moved").into_response();
    shop.will_answer([moved(), moved()]);
    sandbox.charge("o-1").await;
    assert_eq!(codes(&sandbox.attempts(1).await), [json!(200)]);
    let heard = shop.received();
    assert_eq!(heard.len(), 3);
    assert!(heard.iter().all(|heard| heard.body == shop.received()[0].body));
}

#[tokio::test]
async fn a_shop_that_is_away_hears_of_it_when_its_time_comes() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::start().await;
    shop.will_answer([StatusCode::INTERNAL_SERVER_ERROR.into_response()]);
    sandbox.post_json("/sandbox/notification-url", &json!({"url": shop.url})).await;
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    // Two minutes in real time; at most a tenth more by chance.
    sandbox.advance(132).await;
    assert_eq!(codes(&sandbox.attempts(2).await), [json!(500), json!(200)]);
}

#[tokio::test]
async fn a_shop_that_never_answers_blocks_nothing() {
    // It takes connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let notification_url = Some(format!("http://{}/", silent.local_addr().unwrap()).parse().unwrap());
    let notification_timeout = Duration::from_millis(100);
    let sandbox = Sandbox::start_with(Settings { notification_url, notification_timeout, ..Settings::default() }).await;
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "201");
    sandbox.pay("o-1").await;
    let attempts = sandbox.attempts(2).await;
    assert!(attempts.iter().all(|attempt| attempt["answer_code"].is_null() && attempt["will_retry"] == true));
    assert!(attempts[0]["problem"].is_string());
}

#[tokio::test]
async fn the_last_notification_can_be_had_again_byte_for_byte() {
    let (sandbox, shop) = sandbox_and_shop().await;
    assert_eq!(sandbox.post("/sandbox/notifications/o-1/resend").await.http_status, 404);
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    sandbox.pay("o-1").await;
    sandbox.attempts(2).await;
    assert_eq!(sandbox.post("/sandbox/notifications/o-1/resend").await.http_status, 202);
    sandbox.attempts(3).await;
    let heard = shop.received();
    assert_eq!(heard[2].body, heard[1].body);
    assert_eq!(heard[2].json()["transaction_status"], "settlement");
}

#[tokio::test]
async fn a_notification_may_be_lost_doubled_or_late() {
    let (sandbox, shop) = sandbox_and_shop().await;
    sandbox.fault(json!({"fault": "lost_notification", "transaction_status": "pending"})).await;
    sandbox.charge("o-1").await;
    let lost = &sandbox.attempts(1).await[0];
    assert_eq!((&lost["problem"], &lost["will_retry"], shop.received().len()), (&json!("lost"), &json!(false), 0));

    sandbox.fault(json!({"fault": "doubled_notification"})).await;
    sandbox.pay("o-1").await;
    sandbox.attempts(3).await;
    let heard = shop.received();
    assert_eq!((heard.len(), &heard[0].body), (2, &heard[1].body));

    sandbox.fault(json!({"fault": "late_notification", "transaction_status": "pending", "milliseconds": 60_000})).await;
    sandbox.charge("o-2").await;
    sandbox.pay("o-2").await;
    sandbox.attempts(4).await;
    sandbox.advance(60).await;
    sandbox.attempts(5).await;
    let order: Vec<_> = shop.received()[2..].iter().map(|heard| heard.json()["transaction_status"].clone()).collect();
    assert_eq!(order, ["settlement", "pending"]);
}

#[tokio::test]
async fn expiry_is_told_by_the_batch_job_itself() {
    let (sandbox, shop) = sandbox_and_shop().await;
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    sandbox.advance(15 * 60 + 30).await;
    sandbox.attempts(2).await;
    let expired = Notification::verify(&shop.received()[1].body, DEFAULT_SERVER_KEY).unwrap();
    assert_eq!(expired.transaction_status, TransactionStatus::Expire);
}

#[tokio::test]
async fn five_redirections_are_followed_and_a_sixth_is_not() {
    for (redirections, code) in [(5, json!(200)), (6, Value::Null)] {
        let shop = Shop::open().await;
        let sandbox = Sandbox::start().await;
        sandbox.post_json("/sandbox/notification-url", &json!({"url": shop.url})).await;
        shop.will_answer((0..redirections).map(|_| Redirect::permanent("/moved").into_response()));
        sandbox.charge("o-1").await;
        assert_eq!(sandbox.attempts(1).await[0]["answer_code"], code, "{redirections}");
        assert_eq!(shop.received().len(), 6);
    }
}

#[tokio::test]
async fn the_pending_notification_may_come_after_the_settlement() {
    let (sandbox, shop) = sandbox_and_shop().await;
    sandbox.behave(json!({"pending_notification_delay_ms": 60_000})).await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    sandbox.attempts(1).await;
    sandbox.advance(60).await;
    sandbox.attempts(2).await;
    let order: Vec<_> = shop.received().iter().map(|heard| heard.json()["transaction_status"].clone()).collect();
    assert_eq!(order, ["settlement", "pending"]);
}

#[tokio::test]
async fn a_charge_refused_with_4xx_is_told_to_nobody() {
    let (sandbox, _shop) = sandbox_and_shop().await;
    for status_code in [402, 404, 406] {
        sandbox.fault(json!({"fault": "error", "status_code": status_code, "on": ["charge"]})).await;
        sandbox.charge("o-1").await;
    }
    sandbox.behave(json!({"gopay_account": "not_active"})).await;
    sandbox.charge("o-1").await;
    sandbox.behave(json!({"gopay_account": "active"})).await;
    sandbox.charge("o-2").await;
    assert_eq!(sandbox.attempts(1).await[0]["order_id"], "o-2", "the first that is told of");
}

#[test]
fn a_shop_has_fifteen_seconds_to_answer() {
    assert_eq!(Settings::default().notification_timeout, Duration::from_secs(15));
}
