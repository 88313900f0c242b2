//! Retries after an end (contract §2.1, `retry_of`), also of attempts that were paid after all (§3.4, §3.6).

use crate::{
    case::{Case, Charge, pending},
    check::{Check, CheckResult, Group, expect},
    limits,
    orders::Order,
    response::Response,
};
use futures_util::future::join_all;
use gopay_contract::{TransactionId, TransactionStatus};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "ended-charge-is-not-made-anew-unasked",
        group: Group::Retry,
        rule: "contract §2.1",
        promise: "Without retry_of, an ended order is answered with its end and no actions; nothing new is charged.",
        why: "A reload would open a payment that the payer did not ask for, beside one that may still be paid late.",
        fix: "Charge again only if the request names the ended transaction in retry_of.",
        orders: 2,
        run: |case| Box::pin(is_not_made_anew_unasked(case)),
    },
    Check {
        id: "retry-after-expire-is-one-new-attempt",
        group: Group::Retry,
        rule: "contract §2.1",
        promise: "retry_of an expired transaction makes one new attempt, of the same amount, that can be paid.",
        why: "Who was too late once still wants to buy.",
        fix: "Charge under a new order_id that begins with the shop's (Midtrans takes each id once): order-101-2.",
        orders: 1,
        run: |case| Box::pin(after(case, "expire", TransactionStatus::Expire)),
    },
    Check {
        id: "retry-after-cancel-is-one-new-attempt",
        group: Group::Retry,
        rule: "contract §2.1",
        promise: "retry_of a cancelled transaction makes one new attempt, of the same amount, that can be paid.",
        why: "Who changed their mind twice still wants to buy.",
        fix: "Charge under a new order_id that begins with the shop's (Midtrans takes each id once): order-101-2.",
        orders: 1,
        run: |case| Box::pin(after(case, "cancel", TransactionStatus::Cancel)),
    },
    Check {
        id: "retry-after-deny-is-one-new-attempt",
        group: Group::Retry,
        rule: "contract §2.1",
        promise: "retry_of a denied transaction makes one new attempt, of the same amount, that can be paid.",
        why: "GoPay refuses for passing reasons too; the next attempt may be paid.",
        fix: "Charge under a new order_id that begins with the shop's (Midtrans takes each id once): order-101-2.",
        orders: 1,
        run: |case| Box::pin(after(case, "deny", TransactionStatus::Deny)),
    },
    Check {
        id: "retry-twice-is-the-same-attempt",
        group: Group::Retry,
        rule: "contract §2.1",
        promise: "The same retry_of, again or several times at once, gives the same new attempt.",
        why: "Two presses of \"Coba lagi\" would be two payments open at once.",
        fix: "Keep with each attempt which transaction it replaces, unique in the database.",
        orders: 2,
        run: |case| Box::pin(twice_is_the_same(case)),
    },
    Check {
        id: "retry-needs-the-ended-transaction",
        group: Group::Retry,
        rule: "contract §2.1",
        promise: "retry_of a transaction that is still pending, or that is not the order's, makes nothing new.",
        why: "The first could still be paid: two open payments of one order are two that may be paid.",
        fix: "Compare retry_of with the order's newest transaction, and look that it has ended unpaid.",
        orders: 2,
        run: |case| Box::pin(needs_the_ended_one(case)),
    },
    Check {
        id: "late-money-of-a-replaced-attempt-counts",
        group: Group::Retry,
        rule: "contract §3.2, §3.4",
        promise: "When the expired attempt is paid late although a new one is open, the order is paid: the status and the charge say settlement.",
        why: "The payer has paid. A page that shows the new QR code asks for the money twice.",
        fix: "Let a settlement of any attempt decide the order, and cancel the attempts that are open beside it.",
        orders: 1,
        run: |case| Box::pin(late_money_counts(case)),
    },
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
    Check {
        id: "retry-finds-money-that-comes-meanwhile",
        group: Group::Retry,
        rule: "contract §3.2, §3.4, §3.6",
        promise: "While a retry waits for get-status, whose answer is still expire, a notification of the late payment is answered 2xx: the retry finds that payment, and makes nothing new.",
        why: "The answer that is waited for is older than the payment: a backend that goes by it alone charges a payer who has paid.",
        fix: "Store the new attempt in a database statement that stores nothing where an attempt at the order is paid.",
        orders: 3,
        run: |case| Box::pin(finds_money_that_comes_meanwhile(case)),
    },
];

async fn is_not_made_anew_unasked(case: &Case) -> CheckResult {
    for (number, verb, status) in [(0, "expire", TransactionStatus::Expire), (1, "cancel", TransactionStatus::Cancel)] {
        let order = case.order(number)?;
        let ended = case.charged_then(order, verb, &status).await?;
        let seen = case.charge(order).await?;
        case.only_transaction(order).await?;
        let answer = seen.answer()?;
        let is_it = answer.transaction_id == Some(ended.transaction_id) && answer.transaction_status == Some(status);
        expect(is_it, || seen.outline(), "the ended transaction, as it ended")?;
        expect(answer.actions.is_empty(), || format!("{}, with actions", seen.outline()), "no actions")?;
    }
    Ok(())
}

async fn after(case: &Case, verb: &str, status: TransactionStatus) -> CheckResult {
    let order = case.order(0)?;
    let ended = case.charged_then(order, verb, &status).await?;
    let seen = case.charge_instead_of(order, &ended.transaction_id).await?;
    let anew = new_attempt(order, &ended, &seen)?;
    let all = case.ledger(order).await?;
    let is_so = all.len() == 2 && all.iter().all(|one| one.gross_amount == order.gross_amount);
    let amounts: Vec<_> = all.iter().map(|one| one.gross_amount.to_rupiah_text()).collect();
    let two = format!("the ended one and one more, of {}", order.gross_amount.to_rupiah_text());
    expect(is_so, || format!("Midtrans has {}", amounts.join(", ")), &two)?;
    case.act(&anew, "pay").await?;
    let paid = case.until(order, &TransactionStatus::Settlement).await?;
    let is_of_it = paid.transaction_id.as_ref() == Some(&anew.transaction_id);
    expect(is_of_it, || "the status says settlement of another transaction".to_owned(), "the transaction that was paid")
}

/// Reads the answer as a new attempt in place of `ended`.
fn new_attempt(order: &Order, ended: &Charge, seen: &Response) -> CheckResult<Charge> {
    let anew = pending(seen)?;
    let is_new = anew.transaction_id != ended.transaction_id && !anew.answer.actions.is_empty();
    expect(is_new, || seen.outline(), "a new transaction with actions")?;
    let is_named = anew.order_id.is_attempt_at(&order.order_id);
    expect(is_named, || seen.outline(), &format!("an order_id that begins with {}", order.order_id))?;
    Ok(anew)
}

async fn twice_is_the_same(case: &Case) -> CheckResult {
    let (in_turn, at_once) = (case.order(0)?, case.order(1)?);
    let ended = case.charged_then(in_turn, "expire", &TransactionStatus::Expire).await?;
    let first = new_attempt(in_turn, &ended, &case.charge_instead_of(in_turn, &ended.transaction_id).await?)?;
    let again = new_attempt(in_turn, &ended, &case.charge_instead_of(in_turn, &ended.transaction_id).await?)?;
    let told =
        || format!("retry_of {} gave {}, then {}", ended.transaction_id, first.transaction_id, again.transaction_id);
    expect(first.transaction_id == again.transaction_id, told, "the same attempt twice")?;

    let ended = case.charged_then(at_once, "expire", &TransactionStatus::Expire).await?;
    // get-status answers late, so that each of them has looked before the first one charges; then so does the charge.
    let slow =
        json!({"fault": "latency", "milliseconds": limits::RACE_MILLISECONDS, "on": ["status", "charge"], "times": 0});
    case.sandbox.fault(slow).await?;
    let all = join_all((0..4).map(|_| case.charge_instead_of(at_once, &ended.transaction_id))).await;
    case.sandbox.clear_faults().await?;
    for seen in all {
        let seen = seen?;
        expect(!seen.is_html(), || seen.outline(), "the new attempt, or an error to try again after")?;
    }
    for order in [in_turn, at_once] {
        let count = case.ledger(order).await?.len();
        expect(
            count == 2,
            || format!("Midtrans has {count} transactions of {}", order.order_id),
            "the ended one and one more",
        )?;
    }
    Ok(())
}

async fn needs_the_ended_one(case: &Case) -> CheckResult {
    let (open, ended) = (case.order(0)?, case.order(1)?);
    let charge = case.charged(open).await?;
    let seen = case.charge_instead_of(open, &charge.transaction_id).await?;
    nothing_new(case, open, &charge, &seen).await?;
    let charge = case.charged_then(ended, "expire", &TransactionStatus::Expire).await?;
    let stranger = TransactionId::parse(&Uuid::new_v4().to_string());
    if let Ok(stranger) = stranger {
        let seen = case.charge_instead_of(ended, &stranger).await?;
        nothing_new(case, ended, &charge, &seen).await?;
    }
    Ok(())
}

async fn nothing_new(case: &Case, order: &Order, charge: &Charge, seen: &Response) -> CheckResult {
    case.only_transaction(order).await?;
    let is_it = seen.answer().is_ok_and(|answer| answer.transaction_id.as_ref() == Some(&charge.transaction_id));
    expect(is_it || seen.is_refusal(), || seen.outline(), "the transaction that there is, or a refusal")
}

async fn late_money_counts(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let ended = case.charged_then(order, "expire", &TransactionStatus::Expire).await?;
    new_attempt(order, &ended, &case.charge_instead_of(order, &ended.transaction_id).await?)?;
    case.sandbox.pay_late(&ended.transaction_id).await?;
    case.until(order, &TransactionStatus::Settlement).await?;
    let seen = case.charge(order).await?;
    let answer = seen.answer()?;
    expect(
        seen.says_paid() && answer.actions.is_empty(),
        || seen.outline(),
        "transaction_status settlement, no actions",
    )
}

async fn waits_until_midtrans_says(case: &Case) -> CheckResult {
    let faults = [
        json!({"fault": "error", "status_code": 402, "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 429, "on": ["status"], "times": 0}),
        json!({"fault": "cut_connection", "on": ["status"], "times": 0}),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let order = case.order(number)?;
        let ended = case.charged_then(order, "expire", &TransactionStatus::Expire).await?;
        let paid_late = async {
            case.sandbox.pay_late(&ended.transaction_id).await?;
            case.charge_instead_of(order, &ended.transaction_id).await
        };
        let seen = case.under(fault, paid_late).await?;
        case.only_transaction(order).await?;
        expect(!seen.is_html(), || seen.outline(), "an error to try again after")?;
        let seen = case.charge_instead_of(order, &ended.transaction_id).await?;
        case.only_transaction(order).await?;
        expect(seen.says_paid(), || seen.outline(), "transaction_status settlement")?;
    }
    Ok(())
}

async fn asks_about_every_attempt(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let first = case.charged_then(order, "expire", &TransactionStatus::Expire).await?;
    let second = pending(&case.charge_instead_of(order, &first.transaction_id).await?)?;
    case.act(&second, "expire").await?;
    case.until(order, &TransactionStatus::Expire).await?;
    let lost = json!({"fault": "lost_notification", "transaction_status": "settlement", "times": 0});
    let paid_late = async {
        case.sandbox.pay_late(&first.transaction_id).await?;
        case.charge_instead_of(order, &second.transaction_id).await
    };
    let seen = case.under(lost, paid_late).await?;
    let count = case.ledger(order).await?.len();
    expect(count == 2, || format!("Midtrans has {count} transactions of {}", order.order_id), "the two expired ones")?;
    let is_the_first = seen.answer()?.transaction_id == Some(first.transaction_id);
    expect(seen.says_paid() && is_the_first, || seen.outline(), "transaction_status settlement, of the first attempt")
}

/// A busy machine may be too late to notify while get-status is held: then the next order is tried.
async fn finds_money_that_comes_meanwhile(case: &Case) -> CheckResult {
    for number in 0..3 {
        let order = case.order(number)?;
        let ended = case.charged_then(order, "expire", &TransactionStatus::Expire).await?;
        // So that the answer that is held is the retry's.
        case.delivered(&ended.transaction_id, &TransactionStatus::Expire).await?;
        let held = json!({"fault": "latency", "milliseconds": limits::RACE_MILLISECONDS, "on": ["status"],
            "order_id": ended.order_id, "times": 1});
        case.sandbox.fault(held).await?;
        let released = Instant::now() + Duration::from_millis(limits::RACE_MILLISECONDS);
        let (seen, was_first) = tokio::join!(case.charge_instead_of(order, &ended.transaction_id), async {
            while case.sandbox.polls(&ended.order_id).await? == 0 {
                if Instant::now() >= released {
                    return Ok(false);
                }
                sleep(limits::POLL_INTERVAL / 10).await;
            }
            case.sandbox.pay_late(&ended.transaction_id).await?;
            let paid = &TransactionStatus::Settlement;
            let was_acknowledged = case.is_acknowledged_by(released, &ended.transaction_id, paid).await?;
            // A charge that was sent before the payment was known is no fault.
            Ok(was_acknowledged && case.ledger(order).await?.len() == 1)
        });
        case.sandbox.clear_faults().await?;
        let seen = seen?;
        if was_first? {
            case.only_transaction(order).await?;
            expect(!seen.is_html(), || seen.outline(), "the payment, or an error to try again after")?;
            let seen = case.charge_instead_of(order, &ended.transaction_id).await?;
            case.only_transaction(order).await?;
            return expect(seen.says_paid(), || seen.outline(), "transaction_status settlement");
        }
    }
    // A backend whose notifications wait for the charge has stored no payment meanwhile.
    Ok(())
}
