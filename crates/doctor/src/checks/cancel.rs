//! The payer does not want to pay after all (contract §2.4).

use crate::case::Case;
use crate::check::{Check, Group};
use crate::merchant::Who;
use crate::verdict::{Verdict, expect};
use gopay_contract::{StatusCode, TransactionStatus};

/// How often a cancel and a payment are let run against each other.
const RACES: usize = 4;

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "cancel-ends-the-charge",
        group: Group::Cancel,
        rule: "contract §2.4",
        promise: "A cancel ends the pending transaction at Midtrans, and is answered with the status cancel.",
        why: "A charge that only looks cancelled can still be paid by whoever has photographed the QR code.",
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
        orders: RACES,
        run: |case| Box::pin(one_winner(case)),
    },
];

async fn ends_the_charge(case: &Case) -> Verdict {
    let order = case.order(0)?;
    case.charged(order).await?;
    let seen = case.merchant.cancel(order, &Who::ItsPage).await?;
    let is_told = seen.transaction_status() == Some(TransactionStatus::Cancel);
    let known = case.only_transaction(order).await?;
    let at_midtrans = format!("at Midtrans it is {}", known.transaction_status.as_str());
    expect(known.transaction_status == TransactionStatus::Cancel, || at_midtrans.clone(), "cancel at Midtrans")?;
    expect(is_told, || seen.outline(), "transaction_status cancel")?;
    case.until(order, &TransactionStatus::Cancel).await.map(drop)
}

async fn too_late_is_412(case: &Case) -> Verdict {
    let order = case.order(0)?;
    case.charged_then(order, "pay", &TransactionStatus::Settlement).await?;
    let seen = case.merchant.cancel(order, &Who::ItsPage).await?;
    let code = seen.json().and_then(|json| serde_json::from_value(json["status_code"].clone()).ok());
    let is_412 = code == Some(StatusCode(412)) && seen.transaction_status() != Some(TransactionStatus::Cancel);
    expect(is_412, || seen.outline(), "status_code 412 in the body")?;
    case.stays(order, &TransactionStatus::Settlement).await
}

async fn one_winner(case: &Case) -> Verdict {
    for number in 0..RACES {
        let order = case.order(number)?;
        let charge = case.charged(order).await?;
        let pay = case.sandbox.try_to(&charge.transaction_id, "pay");
        let cancel = case.merchant.cancel(order, &Who::ItsPage);
        // Whoever is polled first has a head start; each has it in turn.
        let (paid, seen) = if number % 2 == 0 {
            tokio::join!(pay, cancel)
        } else {
            let (seen, paid) = tokio::join!(cancel, pay);
            (paid, seen)
        };
        paid?;
        let seen = seen?;
        let truth = case.only_transaction(order).await?.transaction_status;
        let lies =
            seen.transaction_status() == Some(TransactionStatus::Cancel) && truth == TransactionStatus::Settlement;
        expect(!lies, || format!("{}, while it was paid", seen.outline()), "412, or the settlement")?;
        case.until(order, &truth).await?;
        case.stays(order, &truth).await?;
    }
    Ok(())
}
