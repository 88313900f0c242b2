//! Cancelling (contract §2.4).

use crate::case::{Case, Charge};
use crate::check::{Check, CheckResult, Group, expect};
use crate::limits;
use crate::merchant::Caller;
use crate::orders::Order;
use crate::response::Response;
use gopay_contract::{StatusCode, TransactionStatus};
use serde_json::json;
use tokio::time::{Instant, sleep};

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "cancel-ends-the-charge",
        group: Group::Cancel,
        rule: "contract §2.4",
        promise: "A cancel ends the pending transaction at Midtrans, and is answered with the status cancel.",
        why: "A charge that only looks cancelled can still be paid by anyone with a photograph of the QR code.",
        fix: "POST /v2/{transaction_id}/cancel at Midtrans, store what it says, and answer with it.",
        orders: 1,
        run: |case| Box::pin(ends_the_charge(case)),
    },
    Check {
        id: "cancel-too-late-is-412",
        group: Group::Cancel,
        rule: "contract §2.4",
        promise: "What is paid cannot be cancelled: the body's status_code is 412, and the order stays paid.",
        why: "A paid order that is told as cancelled is money without goods.",
        fix: "Pass Midtrans' 412 on in the body, and ask get-status for what it became.",
        orders: 1,
        run: |case| Box::pin(too_late_is_412(case)),
    },
    Check {
        id: "cancel-and-payment-have-one-winner",
        group: Group::Cancel,
        rule: "contract §2.4, §3.1",
        promise: "A cancel at the same moment as the payment ends as Midtrans says, and is never answered as cancelled when it was paid.",
        why: "It is the moment in which people press both.",
        fix: "Believe neither the press nor the answer: after a 412 ask get-status and store that.",
        orders: 4,
        run: |case| Box::pin(one_winner(case)),
    },
];

async fn ends_the_charge(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.charged(order).await?;
    let seen = case.merchant.cancel(order, &Caller::ItsPage).await?;
    let is_told = seen.transaction_status() == Some(TransactionStatus::Cancel);
    let known = case.only_transaction(order).await?;
    let at_midtrans = format!("at Midtrans it is {}", known.transaction_status.as_str());
    expect(known.transaction_status == TransactionStatus::Cancel, || at_midtrans.clone(), "cancel at Midtrans")?;
    expect(is_told, || seen.outline(), "transaction_status cancel")?;
    case.until(order, &TransactionStatus::Cancel).await.map(drop)
}

async fn too_late_is_412(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.charged_then(order, "pay", &TransactionStatus::Settlement).await?;
    let seen = case.merchant.cancel(order, &Caller::ItsPage).await?;
    let code = seen.json().and_then(|json| serde_json::from_value(json["status_code"].clone()).ok());
    let is_412 = code == Some(StatusCode(412)) && seen.transaction_status() != Some(TransactionStatus::Cancel);
    expect(is_412, || seen.outline(), "status_code 412 in the body")?;
    case.stays(order, &TransactionStatus::Settlement).await
}

async fn one_winner(case: &Case) -> CheckResult {
    paid_before_the_cancel(case, case.order(0)?).await?;
    paid_while_the_merchant_looks(case, case.order(1)?).await?;
    cancelled_before_the_payment(case, case.order(2)?).await?;
    at_once(case, case.order(3)?).await
}

/// The payment comes first, and the merchant has not heard of it.
async fn paid_before_the_cancel(case: &Case, order: &Order) -> CheckResult {
    let charge = case.charged(order).await?;
    let lost = json!({"fault": "lost_notification", "order_id": charge.order_id.as_str(), "times": 0});
    case.sandbox.fault(lost).await?;
    case.act(&charge, "pay").await?;
    let seen = case.merchant.cancel(order, &Caller::ItsPage).await?;
    as_at_midtrans(case, order, &seen).await?;
    case.sandbox.clear_faults().await
}

/// The merchant asks get-status first, is told pending, and the payment comes before its cancel.
async fn paid_while_the_merchant_looks(case: &Case, order: &Order) -> CheckResult {
    let charge = case.charged(order).await?;
    let faults = [
        json!({"fault": "lost_notification", "order_id": charge.order_id.as_str(), "times": 0}),
        json!({"fault": "latency", "milliseconds": limits::RACE_MILLISECONDS, "on": ["status"], "times": 0}),
    ];
    for fault in faults {
        case.sandbox.fault(fault).await?;
    }
    let before = case.sandbox.polls(&charge.order_id).await?;
    let id = &charge.order_id;
    let was_polled = || async move { Ok(case.sandbox.polls(id).await? != before) };
    cancelled_while_paid(case, order, &charge, was_polled).await
}

/// The cancel is done at Midtrans, its answer is on its way, and the payment comes too late.
async fn cancelled_before_the_payment(case: &Case, order: &Order) -> CheckResult {
    let charge = case.charged(order).await?;
    let slow = json!({"fault": "latency", "milliseconds": limits::RACE_MILLISECONDS, "on": ["cancel"], "times": 0});
    case.sandbox.fault(slow).await?;
    let was_cancelled =
        || async move { Ok(case.only_transaction(order).await?.transaction_status != TransactionStatus::Pending) };
    cancelled_while_paid(case, order, &charge, was_cancelled).await
}

/// Both at the same moment.
async fn at_once(case: &Case, order: &Order) -> CheckResult {
    let charge = case.charged(order).await?;
    cancelled_while_paid(case, order, &charge, || std::future::ready(Ok(true))).await
}

/// The page cancels, and the payer pays as soon as `is_time`.
async fn cancelled_while_paid<Answer: Future<Output = CheckResult<bool>>>(
    case: &Case,
    order: &Order,
    charge: &Charge,
    is_time: impl Fn() -> Answer,
) -> CheckResult {
    let pay = async {
        let deadline = Instant::now() + limits::OBSERVATION;
        while !is_time().await? && Instant::now() < deadline {
            sleep(limits::POLL_INTERVAL / 20).await;
        }
        case.sandbox.try_to(&charge.transaction_id, "pay").await
    };
    let (paid, seen) = tokio::join!(pay, case.merchant.cancel(order, &Caller::ItsPage));
    case.sandbox.clear_faults().await?;
    paid?;
    as_at_midtrans(case, order, &seen?).await
}

async fn as_at_midtrans(case: &Case, order: &Order, seen: &Response) -> CheckResult {
    let truth = case.only_transaction(order).await?.transaction_status;
    let lies = seen.transaction_status() == Some(TransactionStatus::Cancel) && truth == TransactionStatus::Settlement;
    expect(!lies, || format!("{}, while it was paid", seen.outline()), "412, or the settlement")?;
    case.until(order, &truth).await?;
    case.stays(order, &truth).await
}
