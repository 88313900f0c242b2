//! Retries after an attempt that was paid after all (contract §3.4, §3.6).

use crate::case::{Case, pending};
use crate::check::{Check, Group};
use crate::verdict::{Verdict, expect};
use gopay_contract::TransactionStatus;
use serde_json::json;

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "retry-waits-until-midtrans-says",
        group: Group::Retry,
        rule: "contract §3.4, §3.6",
        promise: "While get-status of the ended transaction fails or is refused, retry_of makes nothing new; once it says settlement, the order is paid.",
        why: "The expired charge may have been paid in its last second. Not to be told is not to be told \"no\".",
        fix: "Ask get-status before every retry, and answer 503 unless it says that the transaction ended unpaid.",
        orders: 3,
        run: |case| Box::pin(waits_until_midtrans_says(case)),
    },
    Check {
        id: "retry-asks-about-every-attempt",
        group: Group::Retry,
        rule: "contract §3.4, §3.6",
        promise: "When the first of two expired attempts was paid late and nothing told of it, retry_of the second finds that payment, and makes nothing new.",
        why: "Only the newest attempt was looked at: the payer, who has paid, is asked a third time.",
        fix: "Before a retry, ask get-status about each earlier attempt that expired or was cancelled.",
        orders: 1,
        run: |case| Box::pin(asks_about_every_attempt(case)),
    },
];

async fn waits_until_midtrans_says(case: &Case) -> Verdict {
    let faults = [
        json!({"fault": "error", "status_code": 402, "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 429, "on": ["status"], "times": 0}),
        json!({"fault": "cut_connection", "on": ["status"], "times": 0}),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let order = case.order(number)?;
        let ended = case.charged_then(order, "expire", &TransactionStatus::Expire).await?;
        case.sandbox.fault(fault).await?;
        case.sandbox.pay_late(&ended.transaction_id).await?;
        let seen = case.charge_instead_of(order, &ended.transaction_id).await;
        let only = case.only_transaction(order).await;
        case.sandbox.mend().await?;
        only?;
        let seen = seen?;
        expect(!seen.is_html(), || seen.outline(), "an error to try again after")?;
        let seen = case.charge_instead_of(order, &ended.transaction_id).await?;
        case.only_transaction(order).await?;
        expect(seen.says_paid(), || seen.outline(), "transaction_status settlement")?;
    }
    Ok(())
}

async fn asks_about_every_attempt(case: &Case) -> Verdict {
    let order = case.order(0)?;
    let first = case.charged_then(order, "expire", &TransactionStatus::Expire).await?;
    let second = pending(&case.charge_instead_of(order, &first.transaction_id).await?)?;
    case.act(&second, "expire").await?;
    case.until(order, &TransactionStatus::Expire).await?;
    let lost = json!({"fault": "lost_notification", "transaction_status": "settlement", "times": 0});
    case.sandbox.fault(lost).await?;
    case.sandbox.pay_late(&first.transaction_id).await?;
    let seen = case.charge_instead_of(order, &second.transaction_id).await;
    case.sandbox.mend().await?;
    let (seen, count) = (seen?, case.ledger(order).await?.len());
    expect(count == 2, || format!("Midtrans has {count} transactions of {}", order.order_id), "the two expired ones")?;
    let is_the_first = seen.answer()?.transaction_id == Some(first.transaction_id);
    expect(seen.says_paid() && is_the_first, || seen.outline(), "transaction_status settlement, of the first attempt")
}
