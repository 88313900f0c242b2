//! GoPay says no: with a code of its list, in the answers and in the notification, or as an error.

use crate::{
    sandbox::{Answer, Sandbox},
    shop::Shop,
};
use midtrans_sandbox::{DenialReason, Settings};
use serde_json::{Value, json};

/// A charge that GoPay denies.
async fn denied(sandbox: &Sandbox, order_id: &str) -> Answer {
    sandbox.fault(json!({"fault": "deny_next_charge", "order_id": order_id})).await;
    sandbox.charge(order_id).await
}

#[tokio::test]
async fn a_denial_has_any_code_of_gopays_list_with_its_message() {
    let sandbox = Sandbox::start().await;
    for reason in DenialReason::all() {
        let code = reason.code().to_string();
        sandbox.behave(json!({"denial": reason})).await;
        let order_id = format!("o-{code}");
        let charge = denied(&sandbox, &order_id).await;
        assert_eq!(charge.summary(), (200, "202", "deny"), "{code}");
        let status = sandbox.status(&order_id).await;
        for answer in [&charge, &status] {
            let told = (answer.text("channel_response_code"), answer.text("channel_response_message"));
            assert_eq!(told, (code.as_str(), reason.message()));
            assert_eq!(answer.text("fraud_status"), if code == "4060" { "deny" } else { "accept" });
        }
    }
    let codes: Vec<_> = DenialReason::all().map(DenialReason::code).collect();
    assert!([101, 135, 153, 900, 901, 902, 903, 4060].iter().all(|code| codes.contains(code)), "{codes:?}");
}

#[tokio::test]
async fn an_unlisted_code_is_refused_by_name() {
    let sandbox = Sandbox::start().await;
    let request = sandbox.request(reqwest::Method::PATCH, "/sandbox/behaviour").json(&json!({"denial": 904}));
    let refused = Answer::of(request.send().await.unwrap()).await;
    assert_eq!(refused.http_status, 400);
    assert!(refused.text("status_message").contains("denial: 904"), "{}", refused.body);
}

#[tokio::test]
async fn gopays_general_error_may_come_as_a_body_500_that_leaves_no_transaction() {
    let shop = Shop::open().await;
    let notification_url = Some(shop.url.parse().unwrap());
    let sandbox = Sandbox::start_with(Settings { notification_url, ..Settings::default() }).await;
    sandbox.behave(json!({"service_error": "error"})).await;
    let failed = denied(&sandbox, "o-1").await;
    assert_eq!(failed.summary(), (200, "500", ""));
    assert_eq!(failed.text("status_message"), "Sorry. Our system is recovering from unexpected issues. Please retry.");
    assert_eq!(sandbox.status("o-1").await.text("status_code"), "404");
    assert_eq!(sandbox.charge("o-1").await.summary(), (200, "201", "pending"), "it may be tried again");
    let first = sandbox.attempts(1).await;
    assert_eq!((&first[0]["transaction_status"], first.len()), (&json!("pending"), 1), "nobody was told of a denial");
    // Every other code is a denial as before.
    sandbox.behave(json!({"denial": 901})).await;
    assert_eq!(denied(&sandbox, "o-2").await.summary(), (200, "202", "deny"));
}

#[tokio::test]
async fn a_denials_notification_has_gopays_code_unless_the_switch_says_otherwise() {
    let shop = Shop::open().await;
    let notification_url = Some(shop.url.parse().unwrap());
    let sandbox = Sandbox::start_with(Settings { notification_url, ..Settings::default() }).await;
    for (count, shown) in [(1, true), (2, false)] {
        sandbox.behave(json!({"channel_response_in_notification": shown})).await;
        let order_id = format!("o-{count}");
        assert_eq!(denied(&sandbox, &order_id).await.text("channel_response_code"), "900");
        sandbox.attempts(count).await;
        let told = shop.received()[count - 1].json();
        assert_eq!((&told["transaction_status"], &told["status_code"]), (&json!("deny"), &json!("202")));
        let (code, message) = (&told["channel_response_code"], &told["channel_response_message"]);
        let expected =
            if shown { (&json!("900"), &json!("GENERIC_SERVICE_ERROR")) } else { (&Value::Null, &Value::Null) };
        assert_eq!((code, message), expected);
    }
}
