//! Calls that every official library offers and that are not for one-time GoPay payments: approving and denying (cards
//! in question), capturing (authorized cards, tokenization) and get-status of an order that can be paid many times. What
//! Midtrans answers for a GoPay transaction is not published; these answers follow its general rules.

use super::{answer, error_response, read_json};
use crate::{ApiError, Behaviour, sandbox::Sandbox};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::sync::Arc;

/// `POST /v2/{id}/approve` and `POST /v2/{id}/deny`: 412, because nothing about it is in question.
pub(crate) async fn decide(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Response {
    let found = sandbox.with_ledger(|ledger, _| ledger.find(&id).map(|_| ()));
    answer(&sandbox, Some(&id), found.and(Err(ApiError::CannotDecide)))
}

/// `POST /v2/capture`: 412, because nothing was authorized.
pub(crate) async fn capture(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Response {
    let id = captured_id(&body, &sandbox.behaviour());
    let result = match &id {
        Ok(id) => sandbox.with_ledger(|ledger, _| ledger.find(id).map(|_| ())),
        Err(error) => Err(error.clone()),
    };
    answer(&sandbox, id.ok().as_deref(), result.and(Err(ApiError::CannotDecide)))
}

/// Reads the `transaction_id` of a capture: a text, or what Midtrans makes one of. An object or a list is malformed to
/// it.
fn captured_id(body: &[u8], behaviour: &Behaviour) -> Result<String, ApiError> {
    let body = read_json(body, behaviour)?;
    match &body["transaction_id"] {
        Value::String(id) if !id.is_empty() => Ok(id.clone()),
        id @ (Value::Number(_) | Value::Bool(_)) => Ok(id.to_string()),
        Value::Null | Value::String(_) => Err(ApiError::Invalid(vec!["transaction_id is required".to_owned()])),
        Value::Array(_) | Value::Object(_) => Err(ApiError::Malformed),
    }
}

/// `GET /v2/{id}/status/b2b`: the order's transactions, the latest first.
pub(crate) async fn status_b2b(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Response {
    let list = sandbox.with_ledger(|ledger, _| {
        ledger.of_the_same_order(&id).map(|transactions| sandbox.writer(&ledger.behaviour).list(&transactions))
    });
    match list {
        Ok(list) => Json(list).into_response(),
        Err(error) => error_response(&sandbox, &error),
    }
}
