//! Charging (contract §2.1).

use crate::case::{Case, pending};
use crate::check::{Check, CheckError, CheckResult, Group, expect};
use crate::limits;
use crate::merchant::Caller;
use futures_util::future::join_all;
use gopay_contract::{ActionName, Answer, TransactionStatus};
use serde_json::{Value, json};
use uuid::Uuid;

/// Number of simultaneous requests, as of many tabs, taps and retries.
const CROWD: usize = 6;

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "charge-answers-as-midtrans",
        group: Group::Charge,
        rule: "contract §2.1",
        promise: "A charge is answered as Midtrans answers it: pending, with its time, and a QR code or a link to pay by.",
        why: "Without them there is nothing to pay with, and no sale.",
        fix: "Pass the body of Midtrans' POST /v2/charge on as it is, actions and expiry_time included.",
        orders: 1,
        run: |case| Box::pin(answers_as_midtrans(case)),
    },
    Check {
        id: "charge-is-of-the-shops-amount",
        group: Group::Charge,
        rule: "contract §2.1",
        promise: "An amount in the request changes nothing: the shop's own order says what is charged.",
        why: "A browser that may name the amount pays Rp1 for everything.",
        fix: "Read only the order_id (and retry_of) from the body, and nothing from the query. Look gross_amount up in your own orders.",
        orders: 5,
        run: |case| Box::pin(is_of_the_shops_amount(case)),
    },
    Check {
        id: "charge-is-idempotent",
        group: Group::Charge,
        rule: "contract §2.1, §3.6",
        promise: "Asked again, with the same Idempotency-Key or another, a pending order is answered with the same transaction.",
        why: "A reload or a second tab that makes a second charge lets one payer pay twice.",
        fix: "Store the charge with the order, and answer from there while it is pending.",
        orders: 1,
        run: |case| Box::pin(is_idempotent(case)),
    },
    Check {
        id: "charge-is-one-when-asked-at-once",
        group: Group::Charge,
        rule: "contract §2.1, §3.6",
        promise: "Asked several times at once, an order has one transaction, and each answer is that one.",
        why: "Two tabs that open together are two charges, if both look first and charge then.",
        fix: "Claim the order in the database (a unique row, or a lock) before Midtrans is asked; let the others wait.",
        orders: 1,
        run: |case| Box::pin(is_one_when_asked_at_once(case)),
    },
    Check {
        id: "charge-resumes-with-its-actions",
        group: Group::Charge,
        rule: "contract §2.1",
        promise: "A page that comes back finds the same QR code and the same link.",
        why: "Midtrans tells the actions once, and get-status does not have them: who does not store them loses the payment at a reload.",
        fix: "Store the actions of the charge's answer, and answer with them while it is pending.",
        orders: 1,
        run: |case| Box::pin(resumes_with_its_actions(case)),
    },
    Check {
        id: "paid-order-is-not-charged-again",
        group: Group::Charge,
        rule: "contract §2.1",
        promise: "A paid order is answered as paid and without actions, whatever retry_of says.",
        why: "A payer who has paid must not be shown another QR code: some would pay it.",
        fix: "Before charging, look whether any attempt of the order was paid; if so, answer with its status.",
        orders: 1,
        run: |case| Box::pin(paid_is_not_charged_again(case)),
    },
];

async fn answers_as_midtrans(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let seen = case.charge(order).await?;
    let charge = pending(&seen)?;
    let (answer, of) = (&charge.answer, |what: &str| format!("{}, {what}", seen.outline()));
    expect(
        charge.order_id.is_attempt_at(&order.order_id),
        || seen.outline(),
        "the shop's order_id, or one that begins with it",
    )?;
    expect(answer.expiry_time.is_some(), || of("without expiry_time"), "expiry_time, as Midtrans answers it")?;
    expect(
        ways_to_pay(answer).any(|way| way.is_some()),
        || of("without a QR code or a link"),
        "actions with generate-qr-code or deeplink-redirect",
    )?;
    let known = case.only_transaction(order).await?;
    let is_it = known.transaction_id == charge.transaction_id
        && known.gross_amount == order.gross_amount
        && charge.gross_amount == order.gross_amount;
    expect(
        is_it,
        || seen.outline(),
        &format!("Midtrans' transaction {} of {}", known.transaction_id, order.gross_amount.to_rupiah_text()),
    )
}

/// The URLs by which an answer lets a payer pay.
fn ways_to_pay(answer: &Answer) -> impl Iterator<Item = Option<&str>> {
    [ActionName::GenerateQrCode, ActionName::GenerateQrCodeV2, ActionName::DeeplinkRedirect]
        .map(|name| answer.action_url(&name))
        .into_iter()
}

async fn is_of_the_shops_amount(case: &Case) -> CheckResult {
    let wishes: [Value; 4] = [
        json!({"transaction_details": {"gross_amount": 1}}),
        json!({"transaction_details": {"gross_amount": "1.00"}, "gross_amount": 1, "amount": 1}),
        json!({"item_details": [{"id": "x", "name": "x", "price": 1, "quantity": 1}], "transaction_details": {"gross_amount": 1}}),
        json!({"transaction_details": {"gross_amount": -44_000}, "custom_expiry": {"expiry_duration": 7, "unit": "day"}}),
    ];
    let nothing = json!({});
    let in_bodies = wishes.iter().map(|wish| (&[][..], wish, wish.to_string()));
    let in_the_query = (&[("gross_amount", "1"), ("amount", "1")][..], &nothing, "?gross_amount=1&amount=1".to_owned());
    for (number, (query, more, wish)) in in_bodies.chain([in_the_query]).enumerate() {
        let order = case.order(number)?;
        let seen = case.merchant.charge_at(query, order, Uuid::new_v4(), more, &Caller::ItsPage).await?;
        let expected = format!("a charge of {}, or a refusal", order.gross_amount.to_rupiah_text());
        for transaction in case.ledger(order).await? {
            let amount = transaction.gross_amount;
            let told = || format!("Midtrans was asked for {} when the request said {wish}", amount.to_rupiah_text());
            expect(amount == order.gross_amount, told, &expected)?;
        }
        expect(seen.is_refusal() || pending(&seen).is_ok(), || format!("{} to {wish}", seen.outline()), &expected)?;
    }
    Ok(())
}

async fn is_idempotent(case: &Case) -> CheckResult {
    let (order, key) = (case.order(0)?, Uuid::new_v4());
    let mut first = None;
    for key in [key, key, Uuid::new_v4(), Uuid::new_v4()] {
        let charge = pending(&case.merchant.charge(order, key, &json!({}), &Caller::ItsPage).await?)?;
        let first = first.get_or_insert_with(|| charge.transaction_id.clone());
        let told = || format!("{} was charged as {first}, then as {}", order.order_id, charge.transaction_id);
        expect(charge.transaction_id == *first, told, "the same transaction again")?;
    }
    case.only_transaction(order).await.map(drop)
}

async fn is_one_when_asked_at_once(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    // Midtrans answers late, so that all of them are on their way before the first one is answered.
    let slow = json!({"fault": "latency", "milliseconds": limits::RACE_MILLISECONDS, "on": ["charge"], "times": 0});
    case.sandbox.fault(slow).await?;
    // Nor may the first one's notification tell the others: a merchant without a lock would be saved by it.
    case.sandbox.fault(json!({"fault": "lost_notification", "transaction_status": "pending", "times": 0})).await?;
    let all = join_all((0..CROWD).map(|_| case.charge(order))).await;
    case.sandbox.clear_faults().await?;
    // A refused request may come again, but no answer may name another transaction.
    let known = case.only_transaction(order).await?;
    for seen in all {
        let seen = seen?;
        let is_it = match pending(&seen) {
            Ok(charge) => charge.transaction_id == known.transaction_id,
            Err(_) => seen.transaction_status().is_none() && !seen.is_html(),
        };
        expect(
            is_it,
            || seen.outline(),
            &format!("the one transaction {}, or an error to try again after", known.transaction_id),
        )?;
    }
    let again = case.charged(order).await?;
    expect(
        again.transaction_id == known.transaction_id,
        || format!("then it was charged as {}", again.transaction_id),
        "the same transaction",
    )
}

async fn resumes_with_its_actions(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let (first, again) = (case.charged(order).await?, case.charged(order).await?);
    let is_same = ways_to_pay(&first.answer).eq(ways_to_pay(&again.answer));
    // The links themselves are the payer's alone.
    let told = || {
        format!(
            "{} of {} ways to pay are the same when {} is charged again",
            ways_to_pay(&first.answer).zip(ways_to_pay(&again.answer)).filter(|(a, b)| a.is_some() && a == b).count(),
            ways_to_pay(&first.answer).flatten().count(),
            order.order_id
        )
    };
    expect(is_same, told, "the QR code and the link of the first answer")
}

async fn paid_is_not_charged_again(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged_then(order, "pay", &TransactionStatus::Settlement).await?;
    for seen in [case.charge(order).await?, case.charge_instead_of(order, &charge.transaction_id).await?] {
        case.only_transaction(order).await?;
        let answer = seen.answer()?;
        expect(seen.says_paid(), || seen.outline(), "transaction_status settlement")?;
        let has_none = ways_to_pay(&answer).all(|way| way.is_none());
        expect(has_none, || format!("{}, with actions", seen.outline()), "no actions: nothing is left to pay")?;
        if answer.transaction_id.as_ref() != Some(&charge.transaction_id) {
            return Err(CheckError::failed(seen.outline(), format!("the paid transaction {}", charge.transaction_id)));
        }
    }
    Ok(())
}
