//! Every rule can be broken: a merchant that keeps all of them but one fails in that row.

use crate::naive::KEPT;
use crate::spoiler::Spoil;
use crate::stage::{Stage, check, complaints};
use gopay_doctor::Outcome;
use std::time::Duration;

/// What is spoiled, and the rows that are about it.
const SPOILED: [(Spoil, &[&str]); 13] = [
    (Spoil::NoActions, &["charge-answers-as-midtrans"]),
    (Spoil::QueryIsHeard, &["charge-is-of-the-shops-amount"]),
    (
        Spoil::NoRetryOf,
        &[
            "retry-after-expire-is-one-new-attempt",
            "retry-after-cancel-is-one-new-attempt",
            "retry-after-deny-is-one-new-attempt",
        ],
    ),
    (Spoil::StatusWithout("expiry_time"), &["status-has-its-fields"]),
    (Spoil::StatusWithout("transaction_id"), &["status-has-its-fields"]),
    (
        Spoil::StatusIsAlways("pending"),
        &[
            "status-follows-midtrans",
            "refund-is-told",
            "notification-late-settlement-is-believed",
            "scanned-payment-counts",
            "notification-in-trouble-is-not-lost",
        ],
    ),
    (Spoil::StatusIsAlways("expire"), &["midtrans-away-ends-nothing"]),
    (Spoil::DenyIsPending, &["denied-charge-is-told"]),
    (Spoil::OldDate, &["status-says-when-it-is"]),
    (Spoil::NotificationRefused, &["notification-is-taken", "notification-doubled-counts-once"]),
    (Spoil::No412, &["cancel-too-late-is-412"]),
    (Spoil::EndlessStream, &["events-push-and-end", "events-of-an-ended-order-end"]),
    (Spoil::NamelessEvents, &["events-begin-with-the-status"]),
];

/// Long enough for what is true, short enough to wait for what is not.
const PATIENCE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_that_breaks_one_rule_fails_in_that_row() {
    for (spoil, ids) in SPOILED {
        fails(spoil, ids).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_without_comments_fails_although_it_pushes() {
    fails(Spoil::SilentStream, &["events-keep-alive"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_that_never_answers_is_a_finding_and_not_a_wait() {
    fails(Spoil::StatusHangs, &["status-has-its-fields"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_that_says_when_to_come_again_is_asked_again() {
    fails(Spoil::BusyAtFirst, &[]).await;
}

#[test]
fn what_the_naive_shop_keeps_is_broken_here() {
    for kept in KEPT {
        assert!(SPOILED.iter().any(|(_, ids)| ids.contains(&kept)), "nobody shows that {kept} can fail");
    }
}

/// All of these fail, and another row does not.
async fn fails(spoil: Spoil, ids: &[&str]) {
    let stage = Stage::of_the_reference().await.spoiled(spoil).await;
    let mut plan = stage.plan(PATIENCE);
    plan.checks = ids.iter().copied().chain(["charge-is-idempotent"]).map(check).collect();
    let findings = gopay_doctor::run(plan, |_| ()).await.expect("everything is there");
    let failed: Vec<&str> = findings
        .iter()
        .filter(|finding| matches!(finding.outcome, Outcome::Fail(_)))
        .map(|finding| finding.check.id)
        .collect();
    assert_eq!(failed, ids, "{spoil:?}\n{}", complaints(&findings));
}
