//! What Midtrans tells by itself (contract §3.4, and Midtrans' own pages on notifications).

use crate::case::{Case, Charge};
use crate::check::{Check, Group};
use crate::limits;
use crate::verdict::{Halt, Verdict, expect};
use futures_util::future::join_all;
use gopay_contract::TransactionStatus;
use serde_json::json;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

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
        id: "notification-in-trouble-is-not-lost",
        group: Group::Notifications,
        rule: "contract §3.1; Midtrans, best practices for notifications",
        promise: "A settlement that cannot be confirmed now is asked for again (no 2xx), or found out without it.",
        why: "Answered 200 and forgotten, nobody ever tells of that payment again.",
        fix: "Answer 503 when get-status fails or is refused: Midtrans sends it four more times.",
        orders: 3,
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
        id: "notification-of-an-unknown-order-is-survived",
        group: Group::Notifications,
        rule: "Midtrans, best practices for notifications",
        promise: "A notification about an order that is not the shop's is answered, and not with a 5xx.",
        why: "One account may serve several shops; a crash at every foreign order hides the ones that count.",
        fix: "Answer 404 (Midtrans tries twice more) or 200 (it stops).",
        orders: 1,
        run: |case| Box::pin(unknown_order(case)),
    },
    Check {
        id: "notification-that-is-none-is-refused",
        group: Group::Notifications,
        rule: "Midtrans, HTTP notifications",
        promise: "A body that is no notification is answered 4xx.",
        why: "The URL is public: whoever finds it must not be able to break it.",
        fix: "Parse first, and answer 400 to what cannot be read.",
        orders: 0,
        run: |case| Box::pin(that_is_none(case)),
    },
];

async fn is_taken(case: &Case) -> Verdict {
    let order = case.order(0)?;
    let charge = case.charged_then(order, "pay", &TransactionStatus::Settlement).await?;
    match answer_to_settlement(case, &charge).await? {
        Some(200..=299) => Ok(()),
        Some(code) => Err(Halt::failed(format!("the settlement's notification was answered HTTP {code}"), "HTTP 200")),
        None => Err(Halt::failed("the settlement's notification was not answered", "HTTP 200 within 15 s")),
    }
}

/// The HTTP status with which the merchant answered the first notification of the settlement, once it has.
async fn answer_to_settlement(case: &Case, charge: &Charge) -> Verdict<Option<u16>> {
    let deadline = Instant::now() + limits::NOTIFICATION + limits::PAUSE * 10;
    loop {
        let mut its = case.sandbox.deliveries().await?;
        its.retain(|one| {
            one.transaction_id == charge.transaction_id && one.transaction_status == TransactionStatus::Settlement
        });
        if let Some(first) = its.first() {
            return Ok(first.answer_code);
        }
        if Instant::now() >= deadline {
            return Err(Halt::broken("the sandbox", "it has sent no notification of the settlement"));
        }
        sleep(limits::PAUSE).await;
    }
}

async fn in_trouble(case: &Case) -> Verdict {
    // Broken, and refused: the body says no, and HTTP 200 as always.
    let faults = [
        json!({"fault": "cut_connection", "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 402, "on": ["status"], "times": 0}),
        json!({"fault": "error", "status_code": 404, "on": ["status"], "times": 0}),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let order = case.order(number)?;
        let charge = case.charged(order).await?;
        case.sandbox.fault(fault).await?;
        case.sandbox.act(&charge.transaction_id, "pay").await?;
        let code = answer_to_settlement(case, &charge).await;
        case.sandbox.mend().await?;
        let is_to_come_again = !matches!(code?, Some(200..=299));
        if is_to_come_again {
            case.sandbox.resend(&charge.order_id).await?;
        }
        case.until(order, &TransactionStatus::Settlement).await?;
    }
    Ok(())
}

async fn doubled_counts_once(case: &Case) -> Verdict {
    let order = case.order(0)?;
    let charge = case.charged_then(order, "pay", &TransactionStatus::Settlement).await?;
    let again = case.signed(&charge, "200", "settlement");
    let mut all = join_all((0..3).map(|_| case.merchant.notify(&again))).await;
    all.push(case.merchant.notify(&again).await);
    for seen in all {
        let seen = seen?;
        expect(seen.http < 300, || seen.outline(), "HTTP 200: it is known already")?;
    }
    case.only_transaction(order).await?;
    case.stays(order, &TransactionStatus::Settlement).await
}

async fn late_pending(case: &Case) -> Verdict {
    for (number, verb, end) in [(0, "pay", TransactionStatus::Settlement), (1, "expire", TransactionStatus::Expire)] {
        let order = case.order(number)?;
        let charge = case.charged_then(order, verb, &end).await?;
        case.merchant.notify(&case.signed(&charge, "201", "pending")).await?;
        case.stays(order, &end).await?;
    }
    Ok(())
}

async fn late_settlement(case: &Case) -> Verdict {
    for (number, verb, end) in [(0, "expire", TransactionStatus::Expire), (1, "cancel", TransactionStatus::Cancel)] {
        let order = case.order(number)?;
        let charge = case.charged_then(order, verb, &end).await?;
        case.sandbox.pay_late(&charge.transaction_id).await?;
        case.until(order, &TransactionStatus::Settlement).await?;
    }
    Ok(())
}

async fn unknown_order(case: &Case) -> Verdict {
    let mut stranger = case.charged(case.order(0)?).await?;
    let id = format!("nobodys-{}", Uuid::new_v4().simple());
    stranger.order_id = gopay_contract::OrderId::parse(&id).map_err(|why| Halt::broken("an order id", why))?;
    stranger.transaction_id = gopay_contract::TransactionId::parse(&Uuid::new_v4().to_string())
        .map_err(|why| Halt::broken("a transaction id", why))?;
    let seen = case.merchant.notify(&case.signed(&stranger, "200", "settlement")).await?;
    // 503 is "not now": Midtrans does not know it either. 500 is a crash.
    let is_survived = seen.http < 500 || seen.http == 503;
    expect(is_survived && !seen.is_html(), || seen.outline(), "404, or 200")
}

async fn that_is_none(case: &Case) -> Verdict {
    let without_key = json!({"order_id": "order-101", "status_code": "200", "gross_amount": "1.00"});
    let bodies = ["".to_owned(), "{".to_owned(), "[]".to_owned(), "null".to_owned(), without_key.to_string()];
    for body in bodies {
        let seen = case.merchant.notify_with("application/json", body.clone(), &format!("body {body:?}")).await?;
        expect((400..500).contains(&seen.http), || seen.outline(), "HTTP 400")?;
    }
    Ok(())
}
