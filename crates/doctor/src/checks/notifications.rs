//! Midtrans' notifications (contract §3.4, and Midtrans' own pages on notifications), also misleading ones: forged, altered, of
//! another order on the same account, or of an older payment. A notification is a reason to ask, never an answer (contract §3.1).

use crate::case::{Case, Charge, NotificationFields};
use crate::check::{Check, CheckError, CheckResult, Group, expect};
use crate::limits;
use crate::orders::Order;
use futures_util::future::join_all;
use gopay_contract::{GrossAmount, TransactionStatus};
use serde_json::{Value, json};
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
    Check {
        id: "notification-forged-changes-nothing",
        group: Group::Notifications,
        rule: "Midtrans, HTTP notifications: signature_key",
        promise: "A settlement with a wrong signature, or with none, changes nothing.",
        why: "The URL is public. A forger of a settlement buys for nothing.",
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
    Check {
        id: "notification-forged-is-refused",
        group: Group::Notifications,
        rule: "Midtrans, HTTP notifications: signature_key",
        promise: "A notification with a wrong signature, or with none, is answered 4xx, and get-status is not asked because of it.",
        why: "Without the check every stranger makes your backend ask Midtrans, as often as they like; and get-status is then all that stands between them and your goods.",
        fix: "Compare signature_key with SHA512(order_id + status_code + gross_amount + server key) first, in constant time, and answer 403.",
        orders: 1,
        run: |case| Box::pin(forged_is_refused(case)),
    },
    Check {
        id: "notification-of-a-foreign-order-is-acknowledged",
        group: Group::Notifications,
        rule: "Midtrans, best practices for notifications",
        promise: "A rightly signed notification of an order that is not the shop's is answered 2xx and changes nothing, whatever its order_id and amount look like.",
        why: "The notification URL is the account's: other systems' orders (INV/2026/01/7, 150000.50) arrive too. Refused, Midtrans sends each of them again.",
        fix: "Check the signature over the texts as they came; then, where the order is none of yours, answer 200.",
        orders: 1,
        run: |case| Box::pin(foreign_is_acknowledged(case)),
    },
    Check {
        id: "test-notification-is-acknowledged",
        group: Group::Notifications,
        rule: "Midtrans, dashboard: test notification URL",
        promise: "The dashboard's own test notification, whose order_id has 66 characters, is answered 2xx; signed with another key it is answered 4xx.",
        why: "The dashboard says \"Failed\" to anything else, and a right key looks like a wrong one.",
        fix: "Check the signature before the order_id is read; then answer 200 to what is no order of yours.",
        orders: 1,
        run: |case| Box::pin(test_is_acknowledged(case)),
    },
    Check {
        id: "notification-with-empty-fields-is-taken",
        group: Group::Notifications,
        rule: "contract §2: an empty text, null and absence are the same",
        promise: "A notification whose optional fields are empty texts or null, as typed languages write them, is taken like one without them.",
        why: "A fraud_status that is empty is none: a backend that takes it for a doubt keeps the money and not the order.",
        fix: "Treat empty texts and null as absent, in everything that you read of Midtrans.",
        orders: 1,
        run: |case| Box::pin(empty_fields_are_taken(case)),
    },
    Check {
        id: "older-payment-is-not-adopted",
        group: Group::Notifications,
        rule: "contract §3.2",
        promise: "A payment of the same order_id and amount that was made before the order existed does not pay the order, neither by its notification nor when the charge finds it (406).",
        why: "Order numbers that begin anew, an earlier shop or a second system on the account: the payer of long ago has paid something else.",
        fix: "Before you adopt a transaction that your own charge was not answered with, compare its transaction_time with when you made the attempt.",
        orders: 2,
        run: |case| Box::pin(older_payment_is_not_adopted(case)),
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

/// Sends each claim about a pending order and asserts that its status stays.
async fn claim_in_vain(case: &Case, claims: impl Fn(Value) -> Vec<Value>, code: &str) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    for claim in claims(case.signed(&charge, code, "settlement")) {
        let seen = case.merchant.notify(&claim).await?;
        expect(!seen.is_html() && seen.http != 500, || seen.outline(), "a refusal in Midtrans' shape")?;
        case.stays(order, &TransactionStatus::Pending).await?;
    }
    Ok(())
}

async fn forged(case: &Case) -> CheckResult {
    claim_in_vain(case, |claim| forgeries(&claim), "200").await
}

async fn altered(case: &Case) -> CheckResult {
    claim_in_vain(case, |claim| vec![claim], "201").await
}

async fn unconfirmed(case: &Case) -> CheckResult {
    claim_in_vain(case, |claim| vec![claim], "200").await
}

async fn of_another_amount(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let mut charge = case.charged(order).await?;
    charge.gross_amount = GrossAmount::from_rupiah(1).unwrap_or(charge.gross_amount);
    case.merchant.notify(&case.signed(&charge, "200", "settlement")).await?;
    case.stays(order, &TransactionStatus::Pending).await?;
    let seen = case.status(order).await?;
    let amount = seen.answer()?.gross_amount;
    expect(amount == Some(order.gross_amount), || seen.outline(), &order.gross_amount.to_rupiah_text())
}

async fn of_anothers_transaction(case: &Case) -> CheckResult {
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

/// Two days in seconds: longer than any clock is wrong by mistake.
const LONG_AGO: u32 = 172_800;

/// Copies of the claim with wrong signatures.
fn forgeries(claim: &Value) -> Vec<Value> {
    let with = |signature: Value| {
        let mut forged = claim.clone();
        forged["signature_key"] = signature;
        forged
    };
    let mut without = claim.clone();
    without.as_object_mut().map(|claim| claim.remove("signature_key"));
    let right = claim["signature_key"].as_str().unwrap_or_default();
    let cut = right.get(..64).unwrap_or_default();
    vec![with(json!("0".repeat(128))), with(json!("")), with(Value::Null), with(json!(true)), with(json!(cut)), without]
}

async fn forged_is_refused(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    case.sandbox.count_polls(&charge.order_id).await?;
    let all = forgeries(&case.signed(&charge, "200", "settlement"));
    for forged in &all {
        let seen = case.merchant.notify(forged).await?;
        expect((400..500).contains(&seen.http), || seen.outline(), "HTTP 403: signature_key does not match")?;
    }
    // One may be the merchant's own, of a job that looks after pending orders.
    let polls = case.sandbox.polls(&charge.order_id).await?;
    let seen = || format!("get-status was asked {polls} times for {} forged notifications", all.len());
    expect(polls <= 1, seen, "not asked because of them")
}

async fn foreign_is_acknowledged(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.charged(order).await?;
    let (ours, transaction_id) = (format!("nobodys-{}", Uuid::new_v4().simple()), Uuid::new_v4().to_string());
    for (order_id, gross_amount) in [
        (ours.as_str(), "44000.00"),
        ("INV/2026/01/7", "150000.50"),
        ("Pesanan no. 12: kopi", "0.00"),
        ("0", "999999999999.00"),
    ] {
        let told = NotificationFields { order_id, transaction_id: &transaction_id, gross_amount };
        let seen = case.merchant.notify(&case.signed_text(&told, "200", "settlement")).await?;
        let is_taken = (200..300).contains(&seen.http);
        expect(is_taken, || format!("{} ({order_id:?}, {gross_amount})", seen.outline()), "HTTP 200: nothing to do")?;
        let status = case.merchant.status_of_text(order_id, order).await?;
        expect(!status.says_paid(), || status.outline(), "no order of that name")?;
    }
    case.stays(order, &TransactionStatus::Pending).await
}

async fn test_is_acknowledged(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.charged(order).await?;
    let order_id = format!("payment_notif_test_G100000000_{}", Uuid::new_v4());
    let transaction_id = Uuid::new_v4().to_string();
    let told = NotificationFields { order_id: &order_id, transaction_id: &transaction_id, gross_amount: "105000.00" };
    let test = case.signed_text(&told, "200", "settlement");
    let seen = case.merchant.notify(&test).await?;
    expect((200..300).contains(&seen.http), || seen.outline(), "HTTP 200, so that the dashboard says that it works")?;
    for forged in forgeries(&test) {
        let seen = case.merchant.notify(&forged).await?;
        expect((400..500).contains(&seen.http), || seen.outline(), "HTTP 403: signature_key does not match")?;
    }
    case.stays(order, &TransactionStatus::Pending).await
}

async fn empty_fields_are_taken(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    let lost = json!({"fault": "lost_notification", "order_id": charge.order_id.as_str(), "times": 0});
    case.sandbox.fault(lost).await?;
    case.sandbox.act(&charge.transaction_id, "pay").await?;
    let mut written = case.signed(&charge, "200", "settlement");
    for (name, value) in [
        ("fraud_status", json!("")),
        ("currency", json!("")),
        ("refund_amount", json!("")),
        ("refunds", Value::Null),
        ("settlement_time", json!("")),
        ("expiry_time", Value::Null),
        ("issuer", json!("")),
        ("actions", Value::Null),
    ] {
        written[name] = value;
    }
    let seen = case.merchant.notify(&written).await?;
    expect((200..300).contains(&seen.http), || seen.outline(), "HTTP 200: empty is the same as absent")?;
    // At once: this notification has told of it.
    let status = case.status(order).await?;
    expect(status.says_paid(), || status.outline(), "transaction_status settlement")
}

async fn older_payment_is_not_adopted(case: &Case) -> CheckResult {
    let (notified, charged) = (case.order(0)?, case.order(1)?);
    // Its notification comes too, as those of any system on the account. When it was pending is long ago.
    let lost = json!({"fault": "lost_notification", "transaction_status": "pending", "times": 0});
    case.sandbox.fault(lost).await?;
    let id = case.sandbox.paid_elsewhere(notified, LONG_AGO).await?;
    case.delivered(&id, &TransactionStatus::Settlement).await?;
    not_paid_for_a_while(case, notified).await?;
    let lost = json!({"fault": "lost_notification", "order_id": charged.order_id.as_str(), "times": 0});
    case.sandbox.fault(lost).await?;
    case.sandbox.paid_elsewhere(charged, LONG_AGO).await?;
    let seen = case.charge(charged).await?;
    expect(!seen.says_paid(), || seen.outline(), "an error, or a charge of an order_id of its own")?;
    expect(!seen.is_html(), || seen.outline(), "an error in JSON, or a charge")?;
    not_paid_for_a_while(case, charged).await
}

async fn not_paid_for_a_while(case: &Case, order: &Order) -> CheckResult {
    let deadline = Instant::now() + limits::OBSERVATION;
    while Instant::now() < deadline {
        let seen = case.status(order).await?;
        expect(!seen.says_paid(), || seen.outline(), "not paid: that payment is older than the order")?;
        sleep(limits::POLL_INTERVAL).await;
    }
    Ok(())
}
