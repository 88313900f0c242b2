//! A merchant that keeps hardly any rule fails in exactly the rows that are about what it does wrong.

use crate::naive_shop;
use crate::stage::{Stage, complaints};
use gopay_doctor::Outcome;
use std::time::Duration;

/// It believes notifications at once, or never looks.
const PATIENCE: Duration = Duration::from_secs(8);

/// What the naive shop does right. `spoiled.rs` shows that each of these can fail.
pub(crate) const KEPT: [&str; 15] = [
    "charge-answers-as-midtrans",
    "retry-after-expire-is-one-new-attempt",
    "retry-after-cancel-is-one-new-attempt",
    "retry-after-deny-is-one-new-attempt",
    "status-has-its-fields",
    "status-says-when-it-is",
    "status-follows-midtrans",
    "scanned-payment-counts",
    "refund-is-told",
    "notification-is-taken",
    "notification-in-trouble-is-not-lost",
    "notification-doubled-counts-once",
    "notification-late-settlement-is-believed",
    "midtrans-away-ends-nothing",
    "denied-charge-is-told",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_naive_shop_fails_in_the_rows_that_are_about_what_it_does_wrong_and_in_no_other() {
    let stage = Stage::of(naive_shop::router).await;
    let findings = gopay_doctor::run(stage.plan(PATIENCE), |_| ()).await.expect("everything is there");
    let told = complaints(&findings);
    let those = |is_it: fn(&Outcome) -> bool| {
        let those = findings.iter().filter(|finding| is_it(&finding.outcome));
        those.map(|finding| finding.check.id).collect::<Vec<_>>()
    };
    assert_eq!(those(|outcome| *outcome == Outcome::Pass), KEPT, "left: what it keeps\n{told}");
    assert_eq!(those(|outcome| matches!(outcome, Outcome::Skipped(_))), [""; 0], "all is offered\n{told}");
    for evidence in [
        "Midtrans was asked for Rp1 when the request said {\"transaction_details\":{\"gross_amount\":1}}",
        "Midtrans has 6 transactions of naive-",
        "the server key stands in the body of the answer to POST charge",
        "and Midtrans was charged",
    ] {
        let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(evidence), "{evidence:?} is not in\n{told}");
    }
    assert!(!told.contains(midtrans_sandbox::DEFAULT_SERVER_KEY), "the report shows the server key\n{told}");
}
