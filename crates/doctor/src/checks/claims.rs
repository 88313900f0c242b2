//! Claims in Midtrans' name. A notification is a reason to ask, never an answer (contract §3.1).

use super::foreign::forgeries;
use crate::case::Case;
use crate::check::{Check, Group};
use crate::verdict::{Verdict, expect};
use gopay_contract::{GrossAmount, TransactionStatus};
use serde_json::Value;

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "notification-forged-changes-nothing",
        group: Group::Notifications,
        rule: "Midtrans, HTTP notifications: signature_key",
        promise: "A settlement with a wrong signature, or with none, changes nothing.",
        why: "The URL is public. Whoever can write a settlement there buys for nothing.",
        fix: "Compare signature_key with SHA512(order_id + status_code + gross_amount + server key), in constant time.",
        orders: 1,
        run: |case| Box::pin(forged(case)),
    },
    Check {
        id: "notification-altered-changes-nothing",
        group: Group::Notifications,
        rule: "contract §3.1; the signature does not cover transaction_status",
        promise: "A true signature with another transaction_status beside it changes nothing.",
        why: "The signature of the pending notification is enough to write settlement below it.",
        fix: "After the signature, ask get-status, and store only what that says.",
        orders: 1,
        run: |case| Box::pin(altered(case)),
    },
    Check {
        id: "notification-is-confirmed-by-get-status",
        group: Group::Notifications,
        rule: "contract §3.1",
        promise: "Even a rightly signed settlement changes nothing as long as Midtrans itself says pending.",
        why: "What was signed once, for another payment of the same order and amount, can be sent again.",
        fix: "After the signature, ask get-status, and store only what that says.",
        orders: 1,
        run: |case| Box::pin(unconfirmed(case)),
    },
    Check {
        id: "notification-of-another-amount-changes-nothing",
        group: Group::Notifications,
        rule: "contract §3.2",
        promise: "A rightly signed settlement of another amount changes nothing.",
        why: "An order that is paid with Rp1 is not paid.",
        fix: "Hold amount, currency and order_id of get-status against your own order before you store anything.",
        orders: 1,
        run: |case| Box::pin(of_another_amount(case)),
    },
    Check {
        id: "notification-of-anothers-transaction-changes-nothing",
        group: Group::Notifications,
        rule: "contract §3.2",
        promise: "A notification that names a paid transaction of another order changes nothing.",
        why: "get-status by the transaction_id in the body says settlement, truly, of the other order: pay once, take all.",
        fix: "Ask get-status by the transaction that you stored with the order, or compare the order_id that it answers.",
        orders: 2,
        run: |case| Box::pin(of_anothers_transaction(case)),
    },
];

/// Sends each claim about a pending order and asserts that its status stays.
async fn claim_in_vain(case: &Case, claims: impl Fn(Value) -> Vec<Value>, code: &str) -> Verdict {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    for claim in claims(case.signed(&charge, code, "settlement")) {
        let seen = case.merchant.notify(&claim).await?;
        expect(!seen.is_html() && seen.http != 500, || seen.outline(), "a refusal in Midtrans' shape")?;
        case.stays(order, &TransactionStatus::Pending).await?;
    }
    Ok(())
}

async fn forged(case: &Case) -> Verdict {
    claim_in_vain(case, |claim| forgeries(&claim), "200").await
}

async fn altered(case: &Case) -> Verdict {
    claim_in_vain(case, |claim| vec![claim], "201").await
}

async fn unconfirmed(case: &Case) -> Verdict {
    claim_in_vain(case, |claim| vec![claim], "200").await
}

async fn of_another_amount(case: &Case) -> Verdict {
    let order = case.order(0)?;
    let mut charge = case.charged(order).await?;
    charge.gross_amount = GrossAmount::from_rupiah(1).unwrap_or(charge.gross_amount);
    case.merchant.notify(&case.signed(&charge, "200", "settlement")).await?;
    case.stays(order, &TransactionStatus::Pending).await?;
    let seen = case.status(order).await?;
    let amount = seen.answer()?.gross_amount;
    expect(amount == Some(order.gross_amount), || seen.outline(), &order.gross_amount.to_rupiah_text())
}

async fn of_anothers_transaction(case: &Case) -> Verdict {
    let (order, paid) = (case.order(0)?, case.order(1)?);
    let paid = case.charged_then(paid, "pay", &TransactionStatus::Settlement).await?;
    let mut charge = case.charged(order).await?;
    charge.transaction_id = paid.transaction_id;
    for code in ["201", "200"] {
        case.merchant.notify(&case.signed(&charge, code, "settlement")).await?;
        case.stays(order, &TransactionStatus::Pending).await?;
    }
    Ok(())
}
