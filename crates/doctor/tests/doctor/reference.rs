//! The merchant that is meant to be read keeps every rule.

use crate::stage::{PATIENCE, Stage, check, complaints};
use gopay_doctor::report::Tally;
use gopay_doctor::{OrderSource, all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_merchant_keeps_every_rule_and_offers_everything() {
    let stage = Stage::of_the_reference().await;
    let findings = gopay_doctor::run(stage.plan(PATIENCE), |_| ()).await.expect("everything is there");
    let expected = Tally { passed: all().len(), failed: 0, skipped: 0 };
    assert_eq!(Tally::of(&findings), expected, "{}", complaints(&findings));
}

#[tokio::test]
async fn what_is_not_offered_is_skipped_and_says_so() {
    let stage = Stage::of_the_reference().await;
    let mut plan = stage.plan(PATIENCE);
    plan.endpoints.events = None;
    plan.checks = vec![check("events-push-and-end"), check("charge-is-idempotent")];
    let findings = gopay_doctor::run(plan, |_| ()).await.expect("everything is there");
    assert_eq!(Tally::of(&findings), Tally { passed: 1, failed: 0, skipped: 1 }, "{}", complaints(&findings));
    assert!(complaints(&findings).contains("there is no events URL"), "{}", complaints(&findings));
}

#[tokio::test]
async fn a_sandbox_that_is_not_there_is_no_finding_about_the_merchant() {
    let stage = Stage::of_the_reference().await;
    let mut plan = stage.plan(PATIENCE);
    plan.sandbox = "http://127.0.0.1:9/".parse().expect("a URL");
    let why = gopay_doctor::run(plan, |_| ()).await.expect_err("it cannot run").to_string();
    assert!(why.contains("--sandbox") && why.contains("nobody listens there"), "{why}");
}

#[tokio::test]
async fn too_few_orders_are_no_finding_about_the_merchant() {
    let stage = Stage::of_the_reference().await;
    let mut plan = stage.plan(PATIENCE);
    plan.orders = OrderSource::Ready(Vec::new());
    let why = gopay_doctor::run(plan, |_| ()).await.expect_err("it cannot run").to_string();
    assert!(why.contains("there are not enough of them"), "{why}");
}
