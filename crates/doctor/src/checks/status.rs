//! The status answer (contract §2.2).

use crate::case::{Case, Charge};
use crate::check::{Check, CheckResult, Group, expect};
use crate::orders::Order;
use gopay_contract::{Answer, TransactionStatus};
use reqwest::header::DATE;
use serde_json::json;
use std::time::{Duration, SystemTime};

/// Tolerated error of the merchant's clock: with more, a countdown shows nonsense.
const CLOCK: Duration = Duration::from_secs(120);

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "status-has-its-fields",
        group: Group::Status,
        rule: "contract §2.2",
        promise: "A status names order_id, transaction_id, transaction_status, gross_amount, and expiry_time where the charge had it.",
        why: "The widget holds them against the charge; a status that cannot be held against anything is never believed.",
        fix: "Pass get-status on as it is, or store its fields and answer with them.",
        orders: 1,
        run: |case| Box::pin(has_its_fields(case)),
    },
    Check {
        id: "status-says-when-it-is",
        group: Group::Status,
        rule: "contract §2.2, §3.5",
        promise: "A status has a Date header, and it is right.",
        why: "The countdown runs against the server's time; a payer's clock may be wrong.",
        fix: "Let the server send Date (most do by themselves), keep its clock right, and expose Date to other origins if there are any.",
        orders: 1,
        run: |case| Box::pin(says_when_it_is(case)),
    },
    Check {
        id: "status-follows-midtrans",
        group: Group::Status,
        rule: "contract §2.2",
        promise: "Paid, expired, cancelled or denied at Midtrans, the status says so, of the same transaction and amount.",
        why: "Only the merchant's status ends a payment: as long as it says pending, the payer waits.",
        fix: "Take Midtrans' notifications, confirm them by get-status, and store what it says.",
        orders: 4,
        run: |case| Box::pin(follows_midtrans(case)),
    },
    Check {
        id: "scanned-payment-counts",
        group: Group::Status,
        rule: "contract §3.2",
        promise: "Paid by scanning the QR code with another app, when payment_type turns to qris, the order is paid all the same.",
        why: "Any QRIS app may scan it. Who insists on payment_type gopay keeps the money and not the order.",
        fix: "Do not compare payment_type; compare order_id, transaction_id, amount and currency.",
        orders: 1,
        run: |case| Box::pin(scanned_counts(case)),
    },
    Check {
        id: "status-before-any-charge-is-no-payment",
        group: Group::Status,
        rule: "contract §2.2",
        promise: "An order that was never charged has no status that ends anything.",
        why: "An order that is told as paid before it was charged is given away.",
        fix: "Answer 404 with Midtrans' shape until there is a transaction.",
        orders: 1,
        run: |case| Box::pin(before_any_charge(case)),
    },
    Check {
        id: "status-does-not-need-the-notification",
        group: Group::Status,
        rule: "contract §2.2; Midtrans, best practices for notifications",
        promise: "A payment whose notification is lost is found out all the same.",
        why: "Notifications get lost. Who only waits for them keeps the money and not the order.",
        fix: "When a pending order is asked about, ask get-status yourself, at most every 10 s.",
        orders: 1,
        run: |case| Box::pin(does_not_need_the_notification(case)),
    },
    Check {
        id: "refund-is-told",
        group: Group::Status,
        rule: "contract §3.4",
        promise: "After a refund of a part the status says partial_refund, after the rest refund.",
        why: "A page that still says paid promises goods that the shop has given the money back for.",
        fix: "Let settlement become partial_refund, and that refund. Nothing else may follow a settlement.",
        orders: 1,
        run: |case| Box::pin(refund_is_told(case)),
    },
];

async fn has_its_fields(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    let seen = case.status(order).await?;
    let answer = seen.answer()?;
    is_about(order, &charge, &answer)?;
    expect(
        answer.transaction_status == Some(TransactionStatus::Pending),
        || seen.outline(),
        "transaction_status pending",
    )?;
    let keeps_its_time = answer.expiry_time == charge.answer.expiry_time;
    expect(
        keeps_its_time,
        || format!("{}, of another expiry_time than the charge", seen.outline()),
        "the charge's expiry_time",
    )
}

/// Asserts that the status is about this charge and no other.
fn is_about(order: &Order, charge: &Charge, answer: &Answer) -> CheckResult {
    let is_so = answer.order_id.as_ref().is_some_and(|id| id.is_attempt_at(&order.order_id))
        && answer.transaction_id.as_ref() == Some(&charge.transaction_id)
        && answer.gross_amount == Some(order.gross_amount);
    let told = || {
        let amount = answer.gross_amount.map_or_else(|| "nothing".to_owned(), |amount| amount.to_rupiah_text());
        format!("a status of {:?}, transaction {:?}, {amount}", answer.order_id, answer.transaction_id)
    };
    expect(
        is_so,
        told,
        &format!("{}, transaction {}, {}", order.order_id, charge.transaction_id, order.gross_amount.to_rupiah_text()),
    )
}

async fn says_when_it_is(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.charged(order).await?;
    let seen = case.status(order).await?;
    let date = seen.header(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    let now = SystemTime::now();
    let is_right = date.is_some_and(|date| {
        let off = now.duration_since(date).unwrap_or_else(|ahead| ahead.duration());
        off <= CLOCK
    });
    let told = || seen.header(DATE).map_or_else(|| "no Date header".to_owned(), |date| format!("Date: {date}"));
    expect(is_right, told, &format!("Date: {}, give or take two minutes", httpdate::fmt_http_date(now)))
}

async fn follows_midtrans(case: &Case) -> CheckResult {
    let ends = [
        ("pay", TransactionStatus::Settlement),
        ("expire", TransactionStatus::Expire),
        ("cancel", TransactionStatus::Cancel),
        ("deny", TransactionStatus::Deny),
    ];
    for (number, (verb, status)) in ends.iter().enumerate() {
        let order = case.order(number)?;
        let charge = case.charged_then(order, verb, status).await?;
        is_about(order, &charge, &case.until(order, status).await?)?;
    }
    Ok(())
}

async fn scanned_counts(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    case.sandbox.pay_by_scanning(&charge.transaction_id).await?;
    is_about(order, &charge, &case.until(order, &TransactionStatus::Settlement).await?)
}

async fn before_any_charge(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let seen = case.status(order).await?;
    let is_harmless = seen.transaction_status().is_none_or(|status| !status.is_final())
        && seen.status_code() < 500
        && !seen.is_html();
    expect(is_harmless, || seen.outline(), "404 in Midtrans' shape, or a status that is not final")?;
    expect(
        case.ledger(order).await?.is_empty(),
        || "asking for the status charged the order".to_owned(),
        "no transaction at Midtrans",
    )
}

async fn does_not_need_the_notification(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    let lost = json!({"fault": "lost_notification", "order_id": charge.order_id.as_str(), "times": 0});
    let found = async {
        case.act(&charge, "pay").await?;
        case.until(order, &TransactionStatus::Settlement).await
    };
    case.under(lost, found).await.map(drop)
}

async fn refund_is_told(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged_then(order, "pay", &TransactionStatus::Settlement).await?;
    let (part, whole) = (1, order.gross_amount.rupiah());
    case.sandbox.refund(&charge.transaction_id, part).await?;
    case.until(order, &if part < whole { TransactionStatus::PartialRefund } else { TransactionStatus::Refund }).await?;
    if part < whole {
        case.sandbox.refund(&charge.transaction_id, whole - part).await?;
        case.until(order, &TransactionStatus::Refund).await?;
    }
    Ok(())
}
