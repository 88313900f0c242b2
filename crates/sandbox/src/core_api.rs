//! Midtrans' Core API: `POST /v2/charge`, `GET /v2/{id}/status`, `POST /v2/{id}/cancel|expire|refund`, where `{id}` is
//! an `order_id` or a `transaction_id`.
//!
//! Six layers lie around every route, the first named outermost: [`midtrans_error_shape`] (what could not be read),
//! [`inject_faults()`] (faults on request), [`authorize()`] (Basic auth), [`negotiate()`] (`Accept` and `Content-Type`),
//! [`idempotent()`] (`Idempotency-Key`) and [`delay`] (answers delayed on request).

mod layers;

pub(crate) use layers::{authorize, delay, idempotent, inject_faults, negotiate};

use crate::{
    ApiError, Behaviour,
    behaviour::GopayAccount,
    bodies::TransactionBody,
    error,
    faults::Operation,
    ledger::{Charge, NotificationTargets, PaymentLocale, RefundRequest},
    sandbox::Sandbox,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gopay_contract::ErrorBody;
use serde_json::Value;
use std::sync::Arc;

/// `POST /v2/charge`
pub(crate) async fn charge(State(sandbox): State<Arc<Sandbox>>, headers: HeaderMap, body: Bytes) -> Response {
    let targets =
        NotificationTargets::read(text(&headers, "x-override-notification"), text(&headers, "x-append-notification"));
    let mut order_id = None;
    let result = sandbox.with_ledger(|ledger, now| {
        ledger.admit_charge(now)?;
        let body = read_json(&body, &ledger.behaviour)?;
        let mut charge = Charge::read(&body, targets, now, &ledger.behaviour)?;
        charge.locale = PaymentLocale::read(text(&headers, "x-payment-locale"));
        charge.pop_id = text(&headers, "x-pop-id").filter(|id| !id.is_empty()).map(str::to_owned);
        let account = ledger.behaviour.gopay_account;
        if account != GopayAccount::Active {
            return Err(ApiError::Account(account));
        }
        order_id = Some(charge.order_id.to_string());
        let transaction = sandbox.charge(ledger, now, charge)?;
        Ok(sandbox.writer(&ledger.behaviour).charge(&transaction))
    });
    answer(&sandbox, Some(Operation::Charge), order_id.as_deref(), result)
}

/// `GET /v2/{id}/status`. Some libraries send a body with it: it is not looked at.
pub(crate) async fn status(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Response {
    let result = sandbox.with_ledger(|ledger, _| {
        ledger.find(&id).map(|transaction| sandbox.writer(&ledger.behaviour).status(transaction))
    });
    answer(&sandbox, Some(Operation::Status), Some(&id), result)
}

/// `POST /v2/{id}/cancel`. Its body (empty, `null`, `{}`) is not looked at.
pub(crate) async fn cancel(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Response {
    let result = sandbox.with_ledger(|ledger, _| {
        ledger.cancel(&id).map(|transaction| sandbox.writer(&ledger.behaviour).cancelled(&transaction))
    });
    answer(&sandbox, Some(Operation::Cancel), Some(&id), result)
}

/// `POST /v2/{id}/expire`. Its body is not looked at.
pub(crate) async fn expire(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Response {
    let result = sandbox.with_ledger(|ledger, _| {
        ledger.expire(&id).map(|transaction| sandbox.writer(&ledger.behaviour).expired(&transaction))
    });
    answer(&sandbox, Some(Operation::Expire), Some(&id), result)
}

/// `POST /v2/{id}/refund`
pub(crate) async fn refund(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>, body: Bytes) -> Response {
    refunded(&sandbox, &id, &body, "Success, refund request is approved")
}

/// `POST /v2/{id}/refund/online/direct`
pub(crate) async fn direct_refund(
    State(sandbox): State<Arc<Sandbox>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    refunded(&sandbox, &id, &body, "Success, refund request is approved by the bank")
}

fn refunded(sandbox: &Sandbox, id: &str, body: &[u8], message: &str) -> Response {
    let result = sandbox.with_ledger(|ledger, now| {
        let request = RefundRequest::read(&read_json(body, &ledger.behaviour)?)?;
        // A key for a request without one.
        let (transaction, refund) = ledger.refund(now, id, request, uuid::Uuid::new_v4().to_string())?;
        Ok(sandbox.writer(&ledger.behaviour).refunded(&transaction, &refund, message))
    });
    answer(sandbox, Some(Operation::Refund), Some(id), result)
}

/// Reads a request's JSON, an object; an empty body counts as `null`.
fn read_json(body: &[u8], behaviour: &Behaviour) -> Result<Value, ApiError> {
    let most = behaviour.longest_body;
    if most > 0 && u32::try_from(body.len()).unwrap_or(u32::MAX) > most {
        return Err(ApiError::Malformed);
    }
    if body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| ApiError::Malformed)?;
    if value.is_object() || value.is_null() { Ok(value) } else { Err(ApiError::Malformed) }
}

/// Answers a request about the transaction that `about` names, if it is known, and records its `operation`.
fn answer(
    sandbox: &Sandbox,
    operation: Option<Operation>,
    about: Option<&str>,
    result: Result<TransactionBody, ApiError>,
) -> Response {
    match result {
        Ok(body) => {
            if let (Some(operation), Some((id, status_code))) = (operation, body.summary()) {
                sandbox.record_request(id, operation, status_code);
            }
            Json(body).into_response()
        }
        Err(error) => {
            let known = about.and_then(|id| {
                sandbox.with_ledger(|ledger, _| ledger.find(id).map(|found| found.transaction_id.to_string()).ok())
            });
            if let (Some(operation), Some(id)) = (operation, &known) {
                sandbox.record_request(id, operation, error.status_code());
            }
            error_response_with_id(sandbox, &error, known.unwrap_or_else(request_id))
        }
    }
}

/// Answers Midtrans' error body.
pub(crate) fn error_response(sandbox: &Sandbox, error: &ApiError) -> Response {
    error_response_with_id(sandbox, error, request_id())
}

fn error_response_with_id(sandbox: &Sandbox, error: &ApiError, id: String) -> Response {
    let behaviour = sandbox.behaviour();
    json_error(error.http_status(&behaviour), &error.body(id))
}

fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Answers 405: another method than the route's.
pub(crate) async fn method_not_allowed(State(sandbox): State<Arc<Sandbox>>) -> Response {
    error_response(&sandbox, &ApiError::MethodNotAllowed)
}

/// Answers 404: no route has the path. The HTTP status says so too: it is the caller's mistake, or another API's path.
pub(crate) async fn no_such_path(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let mut response = error_response(&sandbox, &ApiError::NoSuchPath);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Answers in Midtrans' shape where axum could not read an id: one that is no UTF-8 is no transaction's.
pub(crate) async fn midtrans_error_shape(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if response.status().is_client_error() && kind.starts_with("text/plain") {
        return error_response(&sandbox, &ApiError::NotFound);
    }
    response
}

/// Answers an error of any code, for faults; without a given HTTP status, with the one that Midtrans would use.
fn injected_error(sandbox: &Sandbox, status_code: u16, http_status: Option<u16>) -> Response {
    let behaviour = sandbox.behaviour();
    let id = request_id();
    let body = match ApiError::of(status_code) {
        Some(error) => error.body(id),
        None => {
            let message = match status_code {
                411 => "Token id is missing, invalid, or timed out".to_owned(),
                _ => ApiError::ServiceError.to_string(),
            };
            ErrorBody { id: Some(id), ..ErrorBody::new(status_code, message) }
        }
    };
    json_error(http_status.unwrap_or_else(|| error::http_status(status_code, &behaviour)), &body)
}

fn json_error(http_status: u16, body: &ErrorBody) -> Response {
    let http_status = StatusCode::from_u16(http_status).unwrap_or(StatusCode::OK);
    (http_status, [(header::CACHE_CONTROL, "no-cache")], Json(body)).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

// Calls that every official library offers and that are not for one-time GoPay payments: approving and denying (cards
// in question), capturing (authorized cards, tokenization) and get-status of an order that can be paid many times. What
// Midtrans answers for a GoPay transaction is not published; these answers follow its general rules.

/// `POST /v2/{id}/approve` and `POST /v2/{id}/deny`: 412, because nothing about it is in question.
pub(crate) async fn decide(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Response {
    let found = sandbox.with_ledger(|ledger, _| ledger.find(&id).map(|_| ()));
    answer(&sandbox, None, Some(&id), found.and(Err(ApiError::CannotDecide)))
}

/// `POST /v2/capture`: 412, because nothing was authorized.
pub(crate) async fn capture(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Response {
    let id = captured_id(&body, &sandbox.behaviour());
    let result = match &id {
        Ok(id) => sandbox.with_ledger(|ledger, _| ledger.find(id).map(|_| ())),
        Err(error) => Err(error.clone()),
    };
    answer(&sandbox, None, id.ok().as_deref(), result.and(Err(ApiError::CannotDecide)))
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
