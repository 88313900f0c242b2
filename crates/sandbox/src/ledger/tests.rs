//! Tests of the ledger. Time is what the test says it is.

mod reading;
mod refunds;
mod stages;

use super::*;
use gopay_contract::{TransactionId, TransactionStatus};
use serde_json::{Value, json};

/// 2026-01-31 10:00:00 in Jakarta, and `seconds` later.
fn at(seconds: i64) -> JakartaTime {
    JakartaTime::from_unix_seconds(1_769_828_400 + seconds)
}

fn identity(name: &str) -> Identity {
    Identity { transaction_id: TransactionId::parse(name).expect("an id"), reference: format!("A1{name}ID") }
}

fn read_with(body: &Value, behaviour: &Behaviour) -> Result<Charge, ApiError> {
    Charge::read(body, NotificationTargets::default(), at(0), behaviour)
}

fn read(body: &Value) -> Result<Charge, ApiError> {
    read_with(body, &Behaviour::default())
}

fn body(order_id: impl Into<Value>) -> Value {
    json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id.into(), "gross_amount": 44_000}})
}

/// The plain body with `change` merged into its top level.
fn body_with(change: &Value) -> Value {
    let mut body = body("order-101");
    let fields = body.as_object_mut().expect("an object");
    fields.extend(change.as_object().expect("an object").clone());
    body
}

fn complaints(body: &Value) -> Vec<String> {
    match read(body) {
        Err(ApiError::Invalid(messages)) => messages,
        other => panic!("{body} should be invalid, is {other:?}"),
    }
}

fn charge(ledger: &mut Ledger, name: &str) -> Result<Transaction, ApiError> {
    ledger.charge(at(0), read(&body("order-101")).expect("valid"), identity(name), Omissions::default(), None)
}

/// A ledger with one pending transaction, `t1` of `order-101`, and an empty outbox.
fn charged() -> Ledger {
    let mut ledger = Ledger::default();
    charge(&mut ledger, "t1").expect("charged");
    ledger.take_changes();
    ledger
}

fn paid() -> Ledger {
    let mut ledger = charged();
    ledger.pay(at(60), "t1", PaidVia::Gopay).expect("paid");
    ledger.take_changes();
    ledger
}

fn status(ledger: &Ledger, id: &str) -> TransactionStatus {
    ledger.find(id).expect("known").transaction_status()
}

fn statuses(changes: &[Transaction]) -> Vec<TransactionStatus> {
    changes.iter().map(Transaction::transaction_status).collect()
}

fn refund(ledger: &mut Ledger, body: &Value) -> Result<(Transaction, Refund), ApiError> {
    ledger.refund(at(120), "order-101", RefundRequest::read(body)?, "generated".to_owned())
}
