//! Several attempts at one order: a table of scenarios, each run step by step (contract §3.2, §3.4, §3.6).
//!
//! Money that is there comes before money that went back, and that before what never came. A charge is only requested at
//! Midtrans when no earlier attempt can have been paid.

use crate::case::{Case, pending};
use crate::check::{Check, CheckError, CheckResult, Group, Run, expect};
use crate::limits;
use crate::orders::Order;
use crate::response::Response;
use crate::sandbox::Transaction;
use gopay_contract::TransactionStatus;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// One step. A number is an attempt's place among the order's transactions at Midtrans, the oldest being 0.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The page requests the charge and gets one that can be paid.
    Charge,
    /// The page requests the charge; the answer does not matter.
    ChargeAgain,
    /// The page requests the charge while it fails at Midtrans; the answer does not matter.
    ChargeWhile(Failure),
    /// The page names the newest transaction in `retry_of` and gets a new attempt that can be paid.
    Retry,
    /// The same while the charge fails at Midtrans; the answer does not matter.
    RetryWhile(Failure),
    /// The page requests the charge, and must not get one that can be paid.
    ChargeInVain,
    /// The same with the newest transaction in `retry_of`.
    RetryInVain,
    /// The same while get-status fails at Midtrans.
    RetryInVainWhileStatusFails,
    /// Midtrans ends a pending attempt, and the merchant learns of it.
    Expire(usize),
    Cancel(usize),
    Deny(usize),
    /// The payer pays, and Midtrans notifies.
    Pay(usize),
    /// The payer pays, and the notification is lost.
    PaySilently(usize),
    /// Midtrans learns of a payment after the end, and notifies.
    PayLate(usize),
    /// Midtrans learns of a payment after the end, and the notification is lost.
    PayLateSilently(usize),
    /// The payer pays, and Midtrans doubts it: `fraud_status` is `challenge`.
    PayInDoubt(usize),
    /// The same after the end, and the notification is lost.
    PayLateInDoubtSilently(usize),
    /// The shop gives all of it back.
    Refund(usize),
    /// The shop gives Rp1 back.
    RefundPart(usize),
}

/// The failure of a charge at Midtrans.
#[derive(Clone, Copy, Debug)]
enum Failure {
    /// Refused with this code; nothing is charged.
    Refused(u16),
    /// Charged; the answer is lost, and so is the notification of the pending transaction.
    Unanswered,
}

/// The expected final answer of the merchant.
#[derive(Clone, Copy, Debug)]
enum Shown {
    /// This status, of this attempt.
    Of(usize, &'static str),
    /// This status, of whichever attempt.
    Any(&'static str),
    /// Anything but a payment.
    NotPaid,
}

/// A scenario with its expected result.
struct Row {
    id: &'static str,
    promise: &'static str,
    why: &'static str,
    fix: &'static str,
    steps: &'static [Step],
    shown: Shown,
    /// Expected number of the order's transactions at Midtrans.
    transactions: usize,
}

const POLL_FIRST: &str = "Before every request to /v2/charge (the first one, one that was refused or not answered, a retry) ask get-status about each earlier attempt that may have been paid; where Midtrans does not say, charge nothing.";
const MONEY_FIRST: &str =
    "Decide in this order: an attempt that is paid, one refunded in part, one refunded, a pending one, one that ended.";

use Step::{
    Cancel, Charge, ChargeAgain, ChargeInVain, ChargeWhile, Deny, Expire, Pay, PayInDoubt, PayLate,
    PayLateInDoubtSilently, PayLateSilently, PaySilently, Refund, RefundPart, Retry, RetryInVain,
    RetryInVainWhileStatusFails, RetryWhile,
};

const ROWS: [Row; 19] = [
    Row {
        id: "late-money-after-a-refused-retry-is-found",
        promise: "A retry is refused, the expired attempt is paid late and nothing tells of it: the next charge finds that payment and makes no other.",
        why: "The row of the refused attempt is there already: a backend that asks only when it makes a row charges the payer twice.",
        fix: POLL_FIRST,
        steps: &[Charge, Expire(0), RetryWhile(Failure::Refused(402)), PayLateSilently(0), ChargeInVain],
        shown: Shown::Of(0, "settlement"),
        transactions: 1,
    },
    Row {
        id: "late-money-after-a-broken-retry-is-found",
        promise: "A retry fails at Midtrans, the expired attempt is paid late and nothing tells of it: the same retry_of finds that payment and makes no other.",
        why: "A second try of the same attempt is a charge like any other: it may be the second that is paid.",
        fix: POLL_FIRST,
        steps: &[Charge, Expire(0), RetryWhile(Failure::Refused(500)), PayLateSilently(0), RetryInVain],
        shown: Shown::Of(0, "settlement"),
        transactions: 1,
    },
    Row {
        id: "late-money-beside-an-unanswered-retry-is-found",
        promise: "A retry is charged and its answer lost, the expired attempt is paid late and nothing tells of it: the next charge finds that payment, and the new attempt is cancelled.",
        why: "The new attempt's QR code would be shown to a payer who has paid.",
        fix: POLL_FIRST,
        steps: &[Charge, Expire(0), RetryWhile(Failure::Unanswered), PayLateSilently(0), ChargeInVain],
        shown: Shown::Of(0, "settlement"),
        transactions: 2,
    },
    Row {
        id: "refused-retry-waits-for-get-status",
        promise: "A retry is refused, and get-status fails when it is sent again: nothing is charged until Midtrans says that the expired attempt was not paid.",
        why: "The expired attempt may have been paid since. Where Midtrans does not say, a charge may be the second payment.",
        fix: POLL_FIRST,
        steps: &[Charge, Expire(0), RetryWhile(Failure::Refused(402)), RetryInVainWhileStatusFails, Retry],
        shown: Shown::Of(1, "pending"),
        transactions: 2,
    },
    Row {
        id: "refused-retry-can-be-sent-again",
        promise: "A retry that was refused can be sent again, and is then one new attempt.",
        why: "A passing refusal must not end the sale.",
        fix: "Keep the attempt that was refused, and send it again at the next request.",
        steps: &[Charge, Expire(0), RetryWhile(Failure::Refused(402)), Retry],
        shown: Shown::Of(1, "pending"),
        transactions: 2,
    },
    Row {
        id: "late-money-of-a-cancelled-attempt-counts",
        promise: "When the cancelled attempt is paid late although a new one is open, the order is paid, and the new one is cancelled.",
        why: "The payer has paid. An attempt that stays open asks for the money twice.",
        fix: "Let a settlement of any attempt decide the order, and cancel the attempts that are open beside it.",
        steps: &[Charge, Cancel(0), Retry, PayLate(0), ChargeInVain],
        shown: Shown::Of(0, "settlement"),
        transactions: 2,
    },
    Row {
        id: "late-money-of-the-second-of-three-counts",
        promise: "Denied, expired, charged anew; then the second is paid late: the order is paid, and the third is cancelled.",
        why: "Which of several attempts was paid is Midtrans' to say, not the order of the rows.",
        fix: "Let a settlement of any attempt decide the order, and cancel the attempts that are open beside it.",
        steps: &[Charge, Deny(0), Retry, Expire(1), Retry, PayLate(1), RetryInVain],
        shown: Shown::Of(1, "settlement"),
        transactions: 3,
    },
    Row {
        id: "unanswered-charge-that-was-paid-is-found",
        promise: "The answer to the charge and the payment's notification are lost: after the next charge the order is paid, and there is no other transaction.",
        why: "A second charge of the same order would be a second payment.",
        fix: "Repeat with the same order_id; after a 406 ask get-status.",
        // Midtrans repeats its first answer for the same Idempotency-Key, so this one may say pending.
        steps: &[ChargeWhile(Failure::Unanswered), PaySilently(0), ChargeAgain],
        shown: Shown::Of(0, "settlement"),
        transactions: 1,
    },
    Row {
        id: "paid-twice-is-paid",
        promise: "Both attempts are paid: the order is paid.",
        why: "The shop owes goods and a refund; the payer must not be asked for more.",
        fix: MONEY_FIRST,
        steps: &[Charge, Expire(0), Retry, Pay(1), PayLate(0), ChargeInVain, RetryInVain],
        shown: Shown::Any("settlement"),
        transactions: 2,
    },
    Row {
        id: "paid-twice-and-the-first-refunded-is-paid",
        promise: "The second attempt is paid, then the first one late; the first is refunded: the order is paid.",
        why: "The money of the other attempt is there. An order that is told as refunded is not shipped.",
        fix: MONEY_FIRST,
        steps: &[Charge, Expire(0), Retry, Pay(1), PayLate(0), Refund(0), ChargeInVain],
        shown: Shown::Of(1, "settlement"),
        transactions: 2,
    },
    Row {
        id: "paid-twice-and-the-second-refunded-is-paid",
        promise: "The second attempt is paid, then the first one late; the second is refunded: the order is paid.",
        why: "The money of the other attempt is there. An order that is told as refunded is not shipped.",
        fix: MONEY_FIRST,
        steps: &[Charge, Expire(0), Retry, Pay(1), PayLate(0), Refund(1), RetryInVain],
        shown: Shown::Of(0, "settlement"),
        transactions: 2,
    },
    Row {
        id: "paid-late-and-twice-and-the-first-refunded-is-paid",
        promise: "The first attempt is paid late, then the second too; the first is refunded: the order is paid.",
        why: "The money of the other attempt is there. An order that is told as refunded is not shipped.",
        fix: MONEY_FIRST,
        steps: &[Charge, Expire(0), Retry, PayLate(0), PayLate(1), Refund(0), ChargeInVain],
        shown: Shown::Of(1, "settlement"),
        transactions: 2,
    },
    Row {
        id: "paid-late-and-twice-and-the-second-refunded-is-paid",
        promise: "The first attempt is paid late, then the second too; the second is refunded: the order is paid.",
        why: "The money of the other attempt is there. An order that is told as refunded is not shipped.",
        fix: MONEY_FIRST,
        steps: &[Charge, Expire(0), Retry, PayLate(0), PayLate(1), Refund(1), RetryInVain],
        shown: Shown::Of(0, "settlement"),
        transactions: 2,
    },
    Row {
        id: "refunded-before-the-second-was-paid-is-paid",
        promise: "The first attempt is paid late and refunded, then the second is paid: the order is paid.",
        why: "A refund is no end of the order where other money comes in.",
        fix: MONEY_FIRST,
        steps: &[Charge, Expire(0), Retry, PayLate(0), Refund(0), PayLate(1), ChargeInVain],
        shown: Shown::Of(1, "settlement"),
        transactions: 2,
    },
    Row {
        id: "paid-twice-and-both-refunded-is-refunded",
        promise: "Both attempts are paid and both refunded: the order is refunded, and nothing new is charged.",
        why: "A page that says paid promises goods that the shop has given the money back for.",
        fix: MONEY_FIRST,
        steps: &[Charge, Expire(0), Retry, Pay(1), PayLate(0), Refund(1), Refund(0), RetryInVain],
        shown: Shown::Any("refund"),
        transactions: 2,
    },
    Row {
        id: "refunded-in-part-comes-before-refunded",
        promise: "Of two paid attempts one is refunded, the other in part: the order is refunded in part.",
        why: "Most of the money is there.",
        fix: MONEY_FIRST,
        steps: &[Charge, Expire(0), Retry, Pay(1), PayLate(0), Refund(1), RefundPart(0), ChargeInVain],
        shown: Shown::Of(0, "partial_refund"),
        transactions: 2,
    },
    Row {
        id: "refunded-order-is-not-charged-again",
        promise: "A refunded order is answered as refunded and without actions, whatever retry_of says.",
        why: "It was paid and given back: a new charge is a new order, and the shop's to make.",
        fix: "Charge again only after expire, cancel or deny.",
        steps: &[Charge, Pay(0), Refund(0), ChargeInVain, RetryInVain],
        shown: Shown::Of(0, "refund"),
        transactions: 1,
    },
    Row {
        id: "settlement-in-doubt-is-no-payment",
        promise: "A settlement whose fraud_status is challenge is not told as paid, and nothing new is charged.",
        why: "Midtrans may still take the money back: goods that were sent are lost.",
        fix: "Paid is settlement (or capture) with fraud_status accept or none; anything else is not believed.",
        steps: &[Charge, PayInDoubt(0)],
        shown: Shown::NotPaid,
        transactions: 1,
    },
    Row {
        id: "expired-attempt-in-doubt-stops-a-retry",
        promise: "The expired attempt was paid late, and Midtrans doubts it: retry_of makes nothing new.",
        why: "Once the doubt is over both may be paid.",
        fix: "Before a retry ask get-status about each earlier attempt, and charge only if it says that all ended unpaid.",
        steps: &[Charge, Expire(0), PayLateInDoubtSilently(0), RetryInVain],
        shown: Shown::NotPaid,
        transactions: 1,
    },
];

/// A check of each row. A function pointer cannot capture the row, so its number is a constant.
macro_rules! checks {
    ($($number:literal)*) => { [$(check::<$number>()),*] };
}

pub(crate) const CHECKS: &[Check; ROWS.len()] = &checks!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18);

const fn check<const N: usize>() -> Check {
    let row = &ROWS[N];
    let run: Run = |case| Box::pin(play(case, &ROWS[N]));
    let rule = "contract §2.1, §3.2, §3.4, §3.6";
    Check { id: row.id, group: Group::Attempts, rule, promise: row.promise, why: row.why, fix: row.fix, orders: 1, run }
}

async fn play(case: &Case, row: &Row) -> CheckResult {
    let order = case.order(0)?;
    for step in row.steps {
        if let RetryWhile(Failure::Unanswered) = step {
            // A merchant that asks get-status at once has found the charge: it has nothing to send again later.
            if pending(&while_failing(case, Failure::Unanswered, retry(case, order)).await?).is_ok() {
                return Ok(());
            }
        } else {
            take(case, order, *step).await?;
        }
    }
    let all = case.ledger(order).await?;
    let count = || format!("Midtrans has {} transactions of {}", all.len(), order.order_id);
    expect(all.len() == row.transactions, count, &row.transactions.to_string())?;
    let status = match row.shown {
        Shown::NotPaid => return never_paid(case, order).await,
        Shown::Of(_, status) | Shown::Any(status) => TransactionStatus::parse(status),
    };
    let told = case.until(order, &status).await?;
    if let Shown::Of(place, _) = row.shown {
        let named = told.transaction_id.as_ref() == Some(&attempt(&all, place)?.transaction_id);
        let seen = || format!("the status says {} of another attempt", status.as_str());
        expect(named, seen, &format!("{} of attempt {place}, counted from 0", status.as_str()))?;
    }
    if status == TransactionStatus::Pending { Ok(()) } else { nothing_stays_open(case, order).await }
}

async fn take(case: &Case, order: &Order, step: Step) -> CheckResult {
    match step {
        Charge => pending(&case.charge(order).await?).map(drop),
        Retry => pending(&retry(case, order).await?).map(drop),
        ChargeAgain => case.charge(order).await.map(drop),
        ChargeWhile(failure) => while_failing(case, failure, case.charge(order)).await.map(drop),
        RetryWhile(failure) => while_failing(case, failure, retry(case, order)).await.map(drop),
        ChargeInVain => not_payable(&case.charge(order).await?),
        RetryInVain => not_payable(&retry(case, order).await?),
        RetryInVainWhileStatusFails => {
            let count = case.ledger(order).await?.len();
            let fails = json!({"fault": "error", "status_code": 500, "on": ["status"], "times": 0});
            not_payable(&case.under(fails, retry(case, order)).await?)?;
            let now = case.ledger(order).await?.len();
            let told = || format!("Midtrans has {now} transactions of {}", order.order_id);
            expect(now == count, told, &format!("{count}: get-status failed"))
        }
        Expire(place) => end(case, order, place, "expire", TransactionStatus::Expire).await,
        Cancel(place) => end(case, order, place, "cancel", TransactionStatus::Cancel).await,
        Deny(place) => end(case, order, place, "deny", TransactionStatus::Deny).await,
        Pay(place) => pay(case, order, place, json!({}), true).await,
        PaySilently(place) => pay(case, order, place, json!({}), false).await,
        PayLate(place) => pay(case, order, place, json!({"late": true}), true).await,
        PayLateSilently(place) => pay(case, order, place, json!({"late": true}), false).await,
        PayInDoubt(place) => pay(case, order, place, json!({"challenge": true}), true).await,
        PayLateInDoubtSilently(place) => pay(case, order, place, json!({"late": true, "challenge": true}), false).await,
        Refund(place) => {
            let paid = case.ledger(order).await?;
            let paid = attempt(&paid, place)?;
            case.sandbox.refund(&paid.transaction_id, paid.gross_amount.rupiah()).await?;
            case.delivered(&paid.transaction_id, &TransactionStatus::Refund).await
        }
        RefundPart(place) => {
            let paid = case.ledger(order).await?;
            let paid = attempt(&paid, place)?;
            case.sandbox.refund(&paid.transaction_id, 1).await?;
            case.delivered(&paid.transaction_id, &TransactionStatus::PartialRefund).await
        }
    }
}

fn attempt(all: &[Transaction], place: usize) -> CheckResult<&Transaction> {
    let seen = || format!("Midtrans has only {} transactions of the order", all.len());
    all.get(place).ok_or_else(|| CheckError::failed(seen(), "a transaction for each attempt that was answered"))
}

async fn retry(case: &Case, order: &Order) -> CheckResult<Response> {
    let all = case.ledger(order).await?;
    let newest = attempt(&all, all.len().saturating_sub(1))?;
    case.charge_instead_of(order, &newest.transaction_id).await
}

async fn while_failing(
    case: &Case,
    failure: Failure,
    request: impl Future<Output = CheckResult<Response>>,
) -> CheckResult<Response> {
    match failure {
        Failure::Refused(code) => {
            case.sandbox.fault(json!({"fault": "error", "status_code": code, "on": ["charge"], "times": 0})).await?;
        }
        Failure::Unanswered => case.sandbox.lose_the_charge().await?,
    }
    let seen = request.await?;
    case.sandbox.clear_faults().await?;
    Ok(seen)
}

fn not_payable(seen: &Response) -> CheckResult {
    let is_payable = pending(seen).is_ok_and(|charge| !charge.answer.actions.is_empty());
    expect(!is_payable, || format!("{}, with actions", seen.outline()), "nothing to pay by: one payment is enough")
}

async fn end(case: &Case, order: &Order, place: usize, verb: &str, status: TransactionStatus) -> CheckResult {
    let all = case.ledger(order).await?;
    let its = attempt(&all, place)?;
    case.delivered(&its.transaction_id, &TransactionStatus::Pending).await?;
    case.sandbox.act(&its.transaction_id, verb).await?;
    case.until(order, &status).await.map(drop)
}

async fn pay(case: &Case, order: &Order, place: usize, how: Value, notifies: bool) -> CheckResult {
    let all = case.ledger(order).await?;
    let its = attempt(&all, place)?;
    if notifies {
        case.delivered(&its.transaction_id, &TransactionStatus::Pending).await?;
    } else {
        // For the rest of the row: a step that comes later must not bring it back.
        let lost = json!({"fault": "lost_notification", "order_id": its.order_id.as_str(), "times": 0});
        case.sandbox.fault(lost).await?;
    }
    case.sandbox.pay(&its.transaction_id, how).await?;
    if notifies { case.delivered(&its.transaction_id, &TransactionStatus::Settlement).await } else { Ok(()) }
}

/// Asserts that neither the status nor a charge says paid, and that nothing new can be paid.
async fn never_paid(case: &Case, order: &Order) -> CheckResult {
    let count = case.ledger(order).await?.len();
    let deadline = Instant::now() + limits::OBSERVATION;
    while Instant::now() < deadline {
        let (status, charge) = (case.status(order).await?, case.charge(order).await?);
        for seen in [status, charge, retry(case, order).await?] {
            expect(!seen.says_paid(), || seen.outline(), "no payment: its fraud_status is challenge")?;
        }
        let now = case.ledger(order).await?.len();
        expect(now == count, || format!("then Midtrans has {now} transactions of it"), &count.to_string())?;
        sleep(limits::POLL_INTERVAL).await;
    }
    Ok(())
}

/// Asserts that no attempt can be paid any more.
async fn nothing_stays_open(case: &Case, order: &Order) -> CheckResult {
    let deadline = Instant::now() + case.patience;
    loop {
        let all = case.ledger(order).await?;
        let Some(open) = all.iter().find(|one| one.transaction_status == TransactionStatus::Pending) else {
            return Ok(());
        };
        let seen = || format!("{} can still be paid at Midtrans", open.order_id);
        expect(Instant::now() < deadline, seen, "cancelled at Midtrans: the order was paid")?;
        // A merchant may do it when it is next asked.
        case.status(order).await?;
        sleep(limits::POLL_INTERVAL).await;
    }
}
