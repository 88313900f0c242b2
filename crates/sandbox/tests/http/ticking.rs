//! Batch jobs run by their own tick. Once a job is due no request is made and the clock is not moved, because both do
//! what is due; only the jobs' own tick can have done it. The shop hears of it; the sandbox is not asked.

use crate::{
    sandbox::{Sandbox, charge_body},
    shop::Shop,
};
use midtrans_sandbox::{Behaviour, Settings};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The shortest lifetime of a charge, in seconds.
const SHORTEST_LIFE: u64 = 20;

/// Seconds of it that are skipped: what is left is longer than one request takes on the slowest machine.
const SKIPPED: u64 = 10;

async fn sandbox_and_shop(behaviour: Behaviour) -> (Sandbox, Shop) {
    let shop = Shop::open().await;
    let notification_url = Some(shop.url.parse().unwrap());
    (Sandbox::start_with(Settings { notification_url, behaviour, ..Settings::default() }).await, shop)
}

/// The shop's notifications, once there are `count`.
async fn heard(shop: &Shop, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let heard = shop.received();
        if heard.len() >= count {
            return heard.iter().map(crate::shop::Received::json).collect();
        }
        assert!(Instant::now() < deadline, "{} of {count} notifications within a minute", heard.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_expiry_and_a_late_settlement_come_without_anybody_asking() {
    let behaviour = Behaviour { expiry_job_delay_seconds: 0, ..Behaviour::default() };
    let (sandbox, shop) = sandbox_and_shop(behaviour).await;
    sandbox.fault(json!({"fault": "settlement_after_expiry", "seconds": 1})).await;
    let mut body = charge_body("o-1");
    body["custom_expiry"] = json!({"expiry_duration": SHORTEST_LIFE, "unit": "second"});
    let charge = sandbox.charge_with(&body).await;
    let moved = sandbox.post_json("/sandbox/clock/advance", &json!({"seconds": SKIPPED})).await;
    assert!(moved.text("now") < charge.text("expiry_time"), "nothing was due yet when the sandbox was last asked");
    let told = heard(&shop, 3).await;
    let told: Vec<_> = told.iter().map(|it| it["transaction_status"].clone()).collect();
    assert_eq!(told, ["pending", "expire", "settlement"]);
}

#[tokio::test]
async fn the_bank_confirms_a_refund_without_anybody_asking() {
    let (sandbox, shop) = sandbox_and_shop(Behaviour::default()).await;
    sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    assert_eq!(sandbox.post("/v2/o-1/refund").await.text("status_code"), "200");
    let told = heard(&shop, 4).await;
    let confirmed = told.iter().filter(|it| it["refunds"][0]["bank_confirmed_at"].is_string());
    assert_eq!(confirmed.count(), 1, "{told:?}");
}
