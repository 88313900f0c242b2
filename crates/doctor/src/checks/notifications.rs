//! Midtrans' notifications (contract §3.4, and Midtrans' own pages on notifications).

use crate::case::{Case, Charge};
use crate::check::{Check, CheckError, CheckResult, Group, expect};
use crate::limits;
use futures_util::future::join_all;
use gopay_contract::TransactionStatus;
use serde_json::json;
use tokio::time::{Instant, sleep};

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "notification-is-taken",
        group: Group::Notifications,
        rule: "Midtrans, HTTP notifications",
        promise: "A true notification is answered 2xx, and the status follows.",
        why: "Anything but a 2xx makes Midtrans send it again for hours; a 2xx that changed nothing is a payment lost.",
        fix: "Store what get-status says, then answer 200.",
        orders: 1,
        run: |case| Box::pin(is_taken(case)),
    },
    Check {
        id: "notification-during-an-outage-is-not-lost",
        group: Group::Notifications,
        rule: "contract §3.1; Midtrans, best practices for notifications",
        promise: "While get-status fails (500, 404, 401, 402, HTML, silence) a settlement's notification is answered so that it comes again, or is found out without any page that asks.",
        why: "Midtrans gives up after one or two more tries where it is answered 500, 400 or 404, and at once after a 2xx.",
        fix: "Answer 503 whatever get-status said, if it was not a status: Midtrans sends the notification four more times.",
        orders: 7,
        run: |case| Box::pin(in_trouble(case)),
    },
    Check {
        id: "notification-doubled-counts-once",
        group: Group::Notifications,
        rule: "contract §3.4",
        promise: "The same notification several times, also at once, is answered 2xx each time and changes nothing more.",
        why: "Midtrans repeats itself. Goods that are sent once per notification are sent twice.",
        fix: "Make storing it idempotent: by transaction_id and transaction_status.",
        orders: 1,
        run: |case| Box::pin(doubled_counts_once(case)),
    },
    Check {
        id: "notification-late-pending-changes-nothing",
        group: Group::Notifications,
        rule: "contract §3.4",
        promise: "A pending that comes after the settlement, or after the expire, changes nothing.",
        why: "Notifications overtake each other; a paid order that turns pending again is charged again.",
        fix: "Let a status only move forwards: pending → end, expire or cancel → settlement, settlement → refund.",
        orders: 2,
        run: |case| Box::pin(late_pending(case)),
    },
    Check {
        id: "notification-late-settlement-is-believed",
        group: Group::Notifications,
        rule: "contract §3.4",
        promise: "Money that comes after expire or cancel is believed.",
        why: "The payer has paid, and a screenshot of a QR code lives long.",
        fix: "Let expire and cancel become settlement; nothing else may follow them.",
        orders: 2,
        run: |case| Box::pin(late_settlement(case)),
    },
    Check {
        id: "notification-that-is-none-is-refused",
        group: Group::Notifications,
        rule: "Midtrans, HTTP notifications",
        promise: "A body that is no notification is answered 4xx.",
        why: "The URL is public: a stranger must not be able to break it.",
        fix: "Parse first, and answer 400 to what cannot be read.",
        orders: 0,
        run: |case| Box::pin(that_is_none(case)),
    },
];

async fn is_taken(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged_then(order, "pay", &TransactionStatus::Settlement).await?;
    match answer_to_settlement(case, &charge).await? {
        Some(200..=299) => Ok(()),
        Some(code) => {
            Err(CheckError::failed(format!("the settlement's notification was answered HTTP {code}"), "HTTP 200"))
        }
        None => Err(CheckError::failed("the settlement's notification was not answered", "HTTP 200 within 15 s")),
    }
}

/// The merchant's HTTP status for the first notification of the settlement, once there is one.
async fn answer_to_settlement(case: &Case, charge: &Charge) -> CheckResult<Option<u16>> {
    let deadline = Instant::now() + limits::NOTIFICATION + limits::NOTIFICATION;
    loop {
        let mut its = case.sandbox.deliveries().await?;
        its.retain(|one| {
            one.transaction_id == charge.transaction_id && one.transaction_status == TransactionStatus::Settlement
        });
        if let Some(first) = its.first() {
            return Ok(first.answer_code);
        }
        if Instant::now() >= deadline {
            return Err(CheckError::broken("the sandbox", "it has sent no notification of the settlement"));
        }
        sleep(limits::POLL_INTERVAL).await;
    }
}

async fn in_trouble(case: &Case) -> CheckResult {
    // Broken, and refused: the body says no, and HTTP 200 as always but with 401.
    let faults = [
        json!({"fault": "cut_connection", "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 500, "http_status": 500, "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 404, "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 401, "http_status": 401, "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 402, "on": ["status"], "times": 0}),
        json!({"fault": "html_403", "on": ["status"], "times": 0}),
        json!({"fault": "latency", "milliseconds": 60_000, "on": ["status"], "times": 0}),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let order = case.order(number)?;
        let charge = case.charged(order).await?;
        let while_away =
            fault["status_code"].as_u64().map_or_else(|| fault["fault"].to_string(), |code| code.to_string());
        let paid = async {
            case.sandbox.act(&charge.transaction_id, "pay").await?;
            answer_to_settlement(case, &charge).await
        };
        let code = case.under(fault, paid).await?;
        if comes_again(code) {
            case.sandbox.resend(&charge.order_id).await?;
        } else {
            let told = code.map_or("not answered".to_owned(), |code| format!("answered HTTP {code}"));
            let seen = format!("while get-status failed ({while_away}) the settlement's notification was {told}");
            let is_kept = matches!(code, Some(200..=299)) && is_polled(case, &charge).await?;
            expect(
                is_kept,
                || format!("{seen}, and Midtrans was not asked again"),
                "HTTP 503: Midtrans sends it four more times",
            )?;
        }
        case.until(order, &TransactionStatus::Settlement).await?;
    }
    Ok(())
}

/// True if Midtrans retries a notification with this answer for hours: four or five times, and not once or twice.
fn comes_again(code: Option<u16>) -> bool {
    !matches!(code, Some(200..=299 | 301..=303 | 400 | 404 | 500))
}

/// True if the merchant polls the charge by itself, with no page that asks.
async fn is_polled(case: &Case, charge: &Charge) -> CheckResult<bool> {
    case.sandbox.count_polls(&charge.order_id).await?;
    let before = case.sandbox.polls(&charge.order_id).await?;
    let deadline = Instant::now() + case.patience;
    let mut is_polled = false;
    while !is_polled && Instant::now() < deadline {
        sleep(limits::POLL_INTERVAL).await;
        is_polled = case.sandbox.polls(&charge.order_id).await? > before;
    }
    case.sandbox.clear_faults().await?;
    Ok(is_polled)
}

async fn doubled_counts_once(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged_then(order, "pay", &TransactionStatus::Settlement).await?;
    let again = case.signed(&charge, "200", "settlement");
    // All three are at work before the first one is done.
    let slow = json!({"fault": "latency", "milliseconds": limits::RACE_MILLISECONDS, "on": ["status"], "times": 0});
    case.sandbox.fault(slow).await?;
    let mut all = join_all((0..3).map(|_| case.merchant.notify(&again))).await;
    all.push(case.merchant.notify(&again).await);
    case.sandbox.clear_faults().await?;
    for seen in all {
        let seen = seen?;
        expect(seen.http < 300, || seen.outline(), "HTTP 200: it is known already")?;
    }
    case.only_transaction(order).await?;
    case.stays(order, &TransactionStatus::Settlement).await
}

async fn late_pending(case: &Case) -> CheckResult {
    for (number, verb, end) in [(0, "pay", TransactionStatus::Settlement), (1, "expire", TransactionStatus::Expire)] {
        let order = case.order(number)?;
        let charge = case.charged_then(order, verb, &end).await?;
        case.merchant.notify(&case.signed(&charge, "201", "pending")).await?;
        // A merchant that has gone back is not to be put right by asking Midtrans before it is looked at.
        let cut = json!({"fault": "cut_connection", "on": ["status"], "times": 0});
        case.under(cut, case.stays(order, &end)).await?;
    }
    Ok(())
}

async fn late_settlement(case: &Case) -> CheckResult {
    for (number, verb, end) in [(0, "expire", TransactionStatus::Expire), (1, "cancel", TransactionStatus::Cancel)] {
        let order = case.order(number)?;
        let charge = case.charged_then(order, verb, &end).await?;
        case.sandbox.pay_late(&charge.transaction_id).await?;
        case.until(order, &TransactionStatus::Settlement).await?;
    }
    Ok(())
}

async fn that_is_none(case: &Case) -> CheckResult {
    let without_key = json!({"order_id": "order-101", "status_code": "200", "gross_amount": "1.00"});
    let bodies = ["".to_owned(), "{".to_owned(), "[]".to_owned(), "null".to_owned(), without_key.to_string()];
    for body in bodies {
        let seen = case.merchant.notify_with("application/json", body.clone(), &format!("body {body:?}")).await?;
        expect((400..500).contains(&seen.http), || seen.outline(), "HTTP 400")?;
    }
    Ok(())
}
