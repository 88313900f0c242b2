//! Killed at a known place. Each promise names it, and is: nothing is lost, nothing is charged twice.

use crate::convergence::{Stored, assert_converges};
use crate::midtrans::Midtrans;
use crate::program::{DEADLINE, Program};
use crate::shop::{Placed, Shop, transaction_id};
use crate::store::Store;
use fault_proxy::{FaultProxy, Moment};
use gopay_contract::{TransactionId, TransactionStatus};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A merchant whose every request to Midtrans, and every notification to it, passes a gate.
struct Scene {
    store: Store,
    midtrans: Midtrans,
    to_midtrans: FaultProxy,
    to_merchant: FaultProxy,
    merchant: Program,
    shop: Shop,
}

impl Scene {
    async fn set(store: Store) -> Self {
        let midtrans = Midtrans::start().await;
        let to_midtrans = FaultProxy::before(&midtrans.url).await;
        let settings = [("MIDTRANS_TIME_LIMIT_SECONDS", "2"), ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "3600")];
        let merchant = Program::start(&store.url(), &to_midtrans.url(), &settings).await;
        let to_merchant = FaultProxy::before(&merchant.url()).await;
        midtrans.notify(&format!("{}/api/gopay/notifications", to_merchant.url())).await;
        let shop = Shop::at(&[merchant.url()]);
        Self { store, midtrans, to_midtrans, to_merchant, merchant, shop }
    }

    /// Kills it and starts it again.
    async fn kill(&mut self) {
        self.merchant.kill().await;
        self.merchant.start_again().await;
    }

    /// Nobody comes any more, and the end is held against the three sentences.
    async fn must_be_true(mut self, order: Placed) {
        self.merchant.kill().await;
        self.merchant.start_again_with("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1").await;
        assert_converges(&mut [self.merchant], &self.midtrans, &self.store, &[order]).await;
    }
}

on_each_store! {
    before_midtrans_hears_the_charge
    after_midtrans_has_charged_and_before_its_answer_is_stored
    while_midtrans_is_at_work_on_the_charge
    before_the_payment_is_confirmed
    when_the_payment_is_stored_and_before_that_is_acknowledged
    in_the_moment_of_the_acknowledgement
    after_midtrans_has_cancelled_and_before_that_is_stored
    when_the_first_attempt_is_paid_late_and_before_the_second_is_cancelled
}

async fn before_midtrans_hears_the_charge(store: Store) {
    charge_killed(store, Moment::Asked, 0).await;
}

async fn after_midtrans_has_charged_and_before_its_answer_is_stored(store: Store) {
    charge_killed(store, Moment::Answered, 1).await;
}

async fn charge_killed(store: Store, moment: Moment, transactions: usize) {
    let mut scene = Scene::set(store).await;
    let order = scene.shop.order().await;
    let mut held = scene.to_midtrans.hold("/v2/charge", moment);
    let charging = {
        let (shop, order) = (scene.shop.clone(), order.clone());
        tokio::spawn(async move { shop.charge(&order, None).await })
    };
    held.caught().await;
    assert_eq!(scene.midtrans.transactions_of(&order.order_id).await.len(), transactions);
    scene.kill().await;
    held.release();
    let charged = charging.await.expect("answered in the end");
    let at_midtrans = scene.midtrans.transactions_of(&order.order_id).await;
    assert_eq!(at_midtrans.len(), 1, "{at_midtrans:?}");
    assert_eq!(at_midtrans[0].transaction_id, transaction_id(&charged));
    assert!(has_deeplink(&charged), "the same Idempotency-Key brings the whole answer: {charged}");
    scene.midtrans.act(&transaction_id(&charged), "pay").await;
    scene.must_be_true(order).await;
}

async fn when_the_payment_is_stored_and_before_that_is_acknowledged(store: Store) {
    let mut scene = Scene::set(store).await;
    let (order, first) = pending(&scene).await;
    scene.midtrans.act(&first, "pay").await;
    let is_it = |line: &Value| line["transaction_status"] == "settlement";
    scene.merchant.until_logged(is_it).await;
    scene.kill().await;
    scene.must_be_true(order).await;
}

async fn in_the_moment_of_the_acknowledgement(store: Store) {
    let mut scene = Scene::set(store).await;
    let (order, first) = pending(&scene).await;
    let mut held = scene.to_merchant.hold("/notifications", Moment::Answered);
    scene.midtrans.act(&first, "pay").await;
    held.caught().await;
    scene.merchant.kill().await;
    held.release();
    scene.midtrans.until_acknowledged(&order.order_id, &TransactionStatus::Settlement).await;
    let deliveries = scene.midtrans.deliveries().await;
    Stored::of(&scene.store, std::slice::from_ref(&order)).await.has_every_acknowledged(&deliveries);
    scene.merchant.start_again().await;
    scene.must_be_true(order).await;
}

/// Its repeat is answered 202 until Midtrans has finished the first.
async fn while_midtrans_is_at_work_on_the_charge(store: Store) {
    let mut scene = Scene::set(store).await;
    let order = scene.shop.order().await;
    scene.midtrans.fault(json!({"fault": "latency", "milliseconds": 3000, "on": ["charge"]})).await;
    let charging = {
        let (shop, order) = (scene.shop.clone(), order.clone());
        tokio::spawn(async move { shop.charge(&order, None).await })
    };
    let started = Instant::now();
    while scene.midtrans.transactions_of(&order.order_id).await.is_empty() {
        assert!(started.elapsed() < DEADLINE, "Midtrans never hears of it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    scene.kill().await;
    let charged = charging.await.expect("answered in the end");
    assert!(has_deeplink(&charged), "the first request's whole answer is waited for: {charged}");
    let log = scene.merchant.last_words();
    assert!(!log.contains("contradict"), "waiting is no error:\n{log}");
    scene.must_be_true(order).await;
}

async fn before_the_payment_is_confirmed(store: Store) {
    let mut scene = Scene::set(store).await;
    let (order, first) = pending(&scene).await;
    let mut held = scene.to_midtrans.hold("/status", Moment::Answered);
    scene.midtrans.act(&first, "pay").await;
    held.caught().await;
    scene.kill().await;
    held.release();
    scene.midtrans.until_acknowledged(&order.order_id, &TransactionStatus::Settlement).await;
    assert_eq!(scene.shop.status(&order).await.transaction_status, Some(TransactionStatus::Settlement));
    scene.must_be_true(order).await;
}

async fn after_midtrans_has_cancelled_and_before_that_is_stored(store: Store) {
    let mut scene = Scene::set(store).await;
    let (order, _) = pending(&scene).await;
    let mut held = scene.to_midtrans.hold("/cancel", Moment::Answered);
    let cancelling = {
        let (shop, order) = (scene.shop.clone(), order.clone());
        tokio::spawn(async move { shop.cancel(&order).await })
    };
    held.caught().await;
    scene.kill().await;
    held.release();
    let answer = cancelling.await.expect("answered in the end");
    assert_eq!(answer.transaction_status, Some(TransactionStatus::Cancel));
    scene.must_be_true(order).await;
}

async fn when_the_first_attempt_is_paid_late_and_before_the_second_is_cancelled(store: Store) {
    let mut scene = Scene::set(store).await;
    let (order, first) = pending(&scene).await;
    scene.midtrans.act(&first, "expire").await;
    scene.midtrans.until_acknowledged(&order.order_id, &TransactionStatus::Expire).await;
    scene.shop.charge(&order, Some(&first)).await;
    let mut held = scene.to_midtrans.hold("/cancel", Moment::Asked);
    scene.midtrans.pay_late(&first).await;
    held.caught().await;
    scene.midtrans.until_acknowledged(&order.order_id, &TransactionStatus::Settlement).await;
    scene.kill().await;
    held.release();
    scene.must_be_true(order).await;
}

fn has_deeplink(charged: &Value) -> bool {
    charged["actions"].as_array().is_some_and(|all| all.iter().any(|action| action["name"] == "deeplink-redirect"))
}

/// An order that is charged, and whose `pending` has been acknowledged.
async fn pending(scene: &Scene) -> (Placed, TransactionId) {
    let order = scene.shop.order().await;
    let charged = scene.shop.charge(&order, None).await;
    scene.midtrans.until_acknowledged(&order.order_id, &TransactionStatus::Pending).await;
    (order, transaction_id(&charged))
}
