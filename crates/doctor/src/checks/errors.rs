//! Errors and their bodies (contract §2.5).

use crate::case::Case;
use crate::check::{Check, CheckResult, Group, expect};
use crate::orders::Order;
use crate::response::Response;
use gopay_contract::OrderId;
use serde_json::json;
use uuid::Uuid;

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "unknown-order-is-refused",
        group: Group::Errors,
        rule: "contract §2.5",
        promise: "A charge or a status of an order that does not exist is answered 4xx, and nothing is charged.",
        why: "An order that the payer may invent has no price of the shop's.",
        fix: "Look the order up before anything else; answer 404 in Midtrans' shape.",
        orders: 1,
        run: |case| Box::pin(unknown_order(case)),
    },
    Check {
        id: "malformed-request-is-refused",
        group: Group::Errors,
        rule: "contract §2.5",
        promise: "A body that is not JSON, or names no usable order_id, is answered 4xx and not 5xx.",
        why: "A crash at a bad body can be had by anybody, and hides the crashes that matter.",
        fix: "Parse at the door, and answer 400 with what was expected.",
        orders: 1,
        run: |case| Box::pin(malformed(case)),
    },
    Check {
        id: "only-json-is-a-charge",
        group: Group::Errors,
        rule: "contract §2.1",
        promise: "A charge that is not sent as application/json is answered 4xx, and nothing is charged.",
        why: "A form on any other site can post text/plain in the payer's name without being asked; JSON it cannot.",
        fix: "Look at Content-Type, and answer 415.",
        orders: 1,
        run: |case| Box::pin(only_json(case)),
    },
    Check {
        id: "errors-have-a-shape",
        group: Group::Errors,
        rule: "contract §2.5",
        promise: "Errors are JSON, in Midtrans' shape or as application/problem+json; never HTML, never empty.",
        why: "The shop reads in them why a sale failed. A page of HTML, with a stack trace in it, tells others more.",
        fix: "One error handler for all: {\"status_code\": \"404\", \"status_message\": \"…\"}.",
        orders: 1,
        run: |case| Box::pin(have_a_shape(case)),
    },
];

/// An order that does not exist, with the same page's token.
fn invented(order: &Order) -> Order {
    let id = OrderId::parse(&format!("invented-{}", Uuid::new_v4().simple()));
    Order { order_id: id.unwrap_or_else(|_| order.order_id.clone()), ..order.clone() }
}

fn refused(seen: &Response) -> CheckResult {
    expect(seen.is_refusal(), || seen.outline(), "4xx")
}

async fn unknown_order(case: &Case) -> CheckResult {
    let invented = invented(case.order(0)?);
    let charge = case.charge(&invented).await?;
    let all = case.sandbox.transactions().await?;
    let is_charged = all.iter().any(|one| one.order_id.is_attempt_at(&invented.order_id));
    expect(!is_charged, || format!("{}, and Midtrans was charged", charge.outline()), "no charge")?;
    refused(&charge)?;
    refused(&case.status(&invented).await?)?;
    for id in ["../../etc/passwd", "a b", "' OR 1=1 --", &"a".repeat(51)] {
        let seen = case.merchant.status_of_text(id, case.order(0)?).await?;
        expect(seen.is_refusal(), || format!("{} ({id:?})", seen.outline()), "4xx")?;
    }
    Ok(())
}

async fn malformed(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let nameless = json!({"payment_type": "gopay", "transaction_details": {}}).to_string();
    let numbered = json!({"payment_type": "gopay", "transaction_details": {"order_id": {"$ne": null}}}).to_string();
    for (body, what) in [
        ("{\"payment_type\":", "JSON that breaks off"),
        ("", "an empty body"),
        ("null", "null"),
        ("[]", "a list"),
        (&nameless, "no order_id"),
        (&numbered, "an order_id that is an object"),
    ] {
        let seen = case.merchant.charge_with(order, "application/json", body.to_owned(), what).await?;
        refused(&seen)?;
    }
    expect(case.ledger(order).await?.is_empty(), || "one of them was charged".to_owned(), "no charge")
}

async fn only_json(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id.as_str()}});
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let seen = case.merchant.charge_with(order, kind, body.to_string(), kind).await?;
        let is_charged = !case.ledger(order).await?.is_empty();
        expect(!is_charged, || format!("{}, and Midtrans was charged", seen.outline()), "415, and no charge")?;
        refused(&seen)?;
    }
    Ok(())
}

async fn have_a_shape(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let invented = invented(order);
    let broken = case.merchant.charge_with(order, "application/json", "{".to_owned(), "JSON that breaks off");
    for seen in [case.charge(&invented).await?, case.status(&invented).await?, broken.await?] {
        let expected = "JSON with status_code and status_message, or application/problem+json";
        expect(seen.is_readable_error(), || seen.outline(), expected)?;
    }
    Ok(())
}
