//! Failures of Midtrans: slow, broken, cut off, or refusing.

use crate::case::{Case, pending};
use crate::check::{Check, CheckResult, Group, expect};
use crate::orders::Order;
use gopay_contract::TransactionStatus;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// Duration of a slow charge at Midtrans: longer than the widget waits.
const SLOW: Duration = Duration::from_secs(60);

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "lost-answer-is-no-second-charge",
        group: Group::Failures,
        rule: "contract §3.6; Midtrans, Idempotency-Key",
        promise: "Charged at Midtrans, but the answer was lost: the next request finds that charge with its actions, and makes no other.",
        why: "Networks break in the middle. The first charge is there and can be paid.",
        fix: "Send an Idempotency-Key of your own and repeat with it; after five minutes, or a 406, ask get-status by order_id. A pending charge whose actions you never got is one to repeat, too.",
        orders: 2,
        run: |case| Box::pin(lost_answer(case)),
    },
    Check {
        id: "midtrans-failure-is-reported",
        group: Group::Failures,
        rule: "contract §2.5",
        promise: "When Midtrans is broken or refuses, the charge is answered with an error in JSON or tried again; then it can be charged once.",
        why: "An HTML page of somebody's edge, or an order that can never be charged again, is a sale lost.",
        fix: "Read status_code in the body, not HTTP's. Turn every answer that is not Midtrans' JSON into a 503 in its shape, and release the order.",
        orders: 4,
        run: |case| Box::pin(trouble_is_told(case)),
    },
    Check {
        id: "refused-server-key-is-a-server-error",
        group: Group::Failures,
        rule: "contract §2.5",
        promise: "When Midtrans refuses the server key (401), the page is answered 5xx in JSON, and not 401 or 403; the charge works once the key is right.",
        why: "A 401 from the merchant means the payer's session: the page says that it has expired, and does not try again.",
        fix: "Answer 503 where Midtrans says 401, and log Midtrans' status_message: the key is wrong or was revoked.",
        orders: 2,
        run: |case| Box::pin(refused_key(case)),
    },
    Check {
        id: "midtrans-away-ends-nothing",
        group: Group::Failures,
        rule: "contract §3.1, §3.3",
        promise: "While get-status fails, a pending order is told as pending or not at all.",
        why: "No answer is no end. A payment that was called expired or paid on a guess is wrong about money.",
        fix: "Answer from what is stored, or with a 503.",
        orders: 1,
        run: |case| Box::pin(away_ends_nothing(case)),
    },
    Check {
        id: "denied-charge-is-told",
        group: Group::Failures,
        rule: "contract §2.1; Midtrans, status code 202",
        promise: "A charge that GoPay denies at once is answered as deny (or with an error), and without actions.",
        why: "Midtrans says HTTP 200 to it: who only looks there shows a payment that does not exist.",
        fix: "Read transaction_status and status_code in the body.",
        orders: 1,
        run: |case| Box::pin(denied_is_told(case)),
    },
    Check {
        id: "slow-midtrans-is-not-awaited-for-ever",
        group: Group::Failures,
        rule: "contract §2.5",
        promise: "When Midtrans is silent for a minute, the charge is answered within 40 s, and there is one of it.",
        why: "The widget waits 40 s. A backend without a time limit fills up with payers who wait.",
        fix: "Give every request to Midtrans a time limit (15 s), and repeat it with the same Idempotency-Key.",
        orders: 1,
        run: |case| Box::pin(slow_is_not_awaited(case)),
    },
];

/// Asserts that later requests charge the order once, however the first request ended.
async fn charges_once_afterwards(case: &Case, order: &Order) -> CheckResult {
    charges_once_by(case, order, Instant::now() + case.patience).await
}

async fn charges_once_by(case: &Case, order: &Order, deadline: Instant) -> CheckResult {
    let charge = loop {
        let seen = case.charge(order).await?;
        match pending(&seen) {
            Ok(charge) => break charge,
            Err(error) if Instant::now() >= deadline => return Err(error),
            Err(_) => tokio::time::sleep(crate::limits::POLL_INTERVAL * 5).await,
        }
    };
    let has_a_way = !charge.answer.actions.is_empty();
    expect(has_a_way, || "the charge has no actions".to_owned(), "a QR code or a link to pay by")?;
    let known = case.only_transaction(order).await?;
    let told = || format!("the answer names {}", charge.transaction_id);
    expect(known.transaction_id == charge.transaction_id, told, &format!("Midtrans' {}", known.transaction_id))
}

async fn lost_answer(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.sandbox.lose_the_charge().await?;
    let seen = case.charge(order).await?;
    case.sandbox.clear_faults().await?;
    expect(!seen.is_html(), || seen.outline(), "the charge, or an error in JSON")?;
    charges_once_afterwards(case, order).await?;
    // The same, and the notification says pending before the page asks again.
    let order = case.order(1)?;
    let cut = json!({"fault": "cut_connection", "when": "after", "on": ["charge"], "times": 0});
    case.under(cut, case.charge(order)).await?;
    let made = case.only_transaction(order).await?;
    case.delivered(&made.transaction_id, &TransactionStatus::Pending).await?;
    charges_once_afterwards(case, order).await
}

async fn trouble_is_told(case: &Case) -> CheckResult {
    let faults = [
        json!({"fault": "error", "status_code": 500, "on": ["charge"], "times": 1}),
        json!({"fault": "error", "status_code": 402, "on": ["charge"], "times": 1}),
        json!({"fault": "html_403", "on": ["charge"], "times": 1}),
        json!({"fault": "cut_connection", "on": ["charge"], "times": 1}),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let order = case.order(number)?;
        let name = fault["fault"].to_string();
        let seen = case.under(fault, case.charge(order)).await?;
        let is_told = pending(&seen).is_ok() || seen.is_readable_error();
        expect(
            is_told,
            || format!("{} while Midtrans answered with {name}", seen.outline()),
            "an error in Midtrans' shape, or the charge",
        )?;
        charges_once_afterwards(case, order).await?;
    }
    Ok(())
}

async fn refused_key(case: &Case) -> CheckResult {
    let refused = |on: &str| json!({"fault": "error", "status_code": 401, "http_status": 401, "on": [on], "times": 0});
    let order = case.order(0)?;
    let seen = case.under(refused("charge"), case.charge(order)).await?;
    let is_told = seen.http >= 500 && seen.is_readable_error();
    expect(is_told, || format!("{} while Midtrans refused the server key", seen.outline()), "HTTP 503, in JSON")?;
    charges_once_afterwards(case, order).await?;
    let order = case.order(1)?;
    case.charged(order).await?;
    let polled = async {
        let deadline = tokio::time::Instant::now() + crate::limits::OBSERVATION;
        loop {
            let seen = case.status(order).await?;
            let is_told = seen.http >= 500 || seen.transaction_status() == Some(TransactionStatus::Pending);
            expect(is_told, || format!("{} while Midtrans refused the key", seen.outline()), "pending, or HTTP 503")?;
            if tokio::time::Instant::now() >= deadline {
                return Ok(());
            }
            tokio::time::sleep(crate::limits::POLL_INTERVAL).await;
        }
    };
    case.under(refused("status"), polled).await
}

async fn away_ends_nothing(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.charged(order).await?;
    let away = json!({"fault": "cut_connection", "on": ["status"], "times": 0});
    let watched = async {
        case.stays(order, &TransactionStatus::Pending).await?;
        let seen = case.status(order).await?;
        expect(!seen.is_html(), || seen.outline(), "pending, or an error in JSON")
    };
    case.under(away, watched).await
}

async fn denied_is_told(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let seen = case.under(json!({"fault": "deny_next_charge", "times": 1}), case.charge(order)).await?;
    let is_denied = seen.transaction_status() == Some(TransactionStatus::Deny);
    let has_actions = seen.json().is_some_and(|json| json["actions"].as_array().is_some_and(|all| !all.is_empty()));
    let is_told = (is_denied && !has_actions) || (seen.transaction_status().is_none() && seen.is_readable_error());
    expect(is_told, || seen.outline(), "transaction_status deny and no actions, or an error in JSON")?;
    let status = case.status(order).await?;
    expect(!status.says_paid(), || status.outline(), "deny, or 404")
}

async fn slow_is_not_awaited(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    // Until then Midtrans is at work, and answers a repeat of the Idempotency-Key with 202.
    let is_answered = Instant::now() + SLOW;
    let slow = json!({"fault": "latency", "milliseconds": SLOW.as_millis(), "on": ["charge"], "times": 1});
    let seen = case.under(slow, case.charge(order)).await?;
    expect(!seen.is_html(), || seen.outline(), "the charge, or an error in JSON")?;
    charges_once_by(case, order, is_answered.max(Instant::now()) + case.patience).await
}
