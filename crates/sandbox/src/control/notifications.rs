//! `/sandbox/notifications`: the log of attempts to deliver.

use super::{Shared, bad, plainly};
use crate::{
    ApiError,
    core_api::error_response,
    notifier::AccountNotification,
    notifier::{Attempt, HEADERS},
    sandbox::Sandbox,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use gopay_contract::JakartaTime;
use serde::Serialize;
use serde_json::Value;

/// One line of `GET /sandbox/notifications`.
#[derive(Debug, Serialize)]
struct AttemptSummary<'a> {
    id: u64,
    at: JakartaTime,
    order_id: &'a str,
    transaction_id: &'a str,
    transaction_status: &'a str,
    url: &'a str,
    /// Number of the attempt, from 1.
    attempt: usize,
    /// The merchant's HTTP status; `null` without an answer.
    answer_code: Option<u16>,
    /// The error if no answer came, or `lost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    /// True if it will be tried again.
    will_retry: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<JakartaTime>,
}

impl<'a> AttemptSummary<'a> {
    fn of(made: &'a Attempt) -> Self {
        Self {
            id: made.id,
            at: made.at,
            order_id: &made.notification.order_id,
            transaction_id: &made.notification.transaction_id,
            transaction_status: &made.notification.transaction_status,
            url: &made.url,
            attempt: made.attempt,
            answer_code: made.answer.as_ref().map(|answer| answer.code),
            problem: made.problem.as_deref(),
            will_retry: made.next_attempt_at.is_some(),
            next_attempt_at: made.next_attempt_at,
        }
    }
}

/// `GET /sandbox/notifications/{id}`: the whole request, and the beginning of the answer.
#[derive(Debug, Serialize)]
pub(crate) struct AttemptDetails<'a> {
    #[serde(flatten)]
    line: AttemptSummary<'a>,
    /// The request's headers as they were sent, without the host's.
    pub(crate) request_headers: Vec<(&'static str, String)>,
    /// The request's body, with `signature_key` shortened.
    pub(crate) request_body: Value,
    answer_content_type: Option<&'a str>,
    answer_body: Option<&'a str>,
    answer_has_more: bool,
}

impl<'a> AttemptDetails<'a> {
    pub(crate) fn of(made: &'a Attempt) -> Self {
        let answer = made.answer.as_ref();
        Self {
            line: AttemptSummary::of(made),
            request_headers: request_headers(made),
            request_body: shown(&made.notification.body),
            answer_content_type: answer.and_then(|answer| answer.content_type.as_deref()),
            answer_body: answer.map(|answer| answer.body.as_str()),
            answer_has_more: answer.is_some_and(|answer| answer.has_more),
        }
    }
}

fn request_headers(made: &Attempt) -> Vec<(&'static str, String)> {
    let mut headers: Vec<_> = HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    headers.push(("Content-Length", made.notification.body.len().to_string()));
    headers
}

/// The body with a shortened signature. Of `signature_key` only the ends: enough to compare one's own with, and nothing
/// that a screenshot gives away.
fn shown(body: &str) -> Value {
    let mut body: Value = serde_json::from_str(body).unwrap_or_else(|_| body.into());
    if let Some(signature) = body.get_mut("signature_key") {
        let whole = signature.as_str().unwrap_or_default().to_owned();
        let (first, last) = (whole.get(..8).unwrap_or_default(), whole.get(whole.len().saturating_sub(4)..));
        *signature = format!("{first}…{}", last.unwrap_or_default()).into();
    }
    body
}

/// `GET /sandbox/notifications`: every attempt, oldest first.
pub(crate) async fn notifications(State(sandbox): Shared) -> Response {
    sandbox.notifier.with_queue(|queue| {
        let lines: Vec<_> = queue.attempts().iter().map(AttemptSummary::of).collect();
        Json(lines).into_response()
    })
}

/// `GET /sandbox/notifications/{id}`: one attempt in full.
pub(crate) async fn notification(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    let id: Option<u64> = id.parse().ok();
    let found = sandbox.notifier.with_queue(|queue| {
        let mut attempts = queue.attempts().iter();
        attempts.find(|made| Some(made.id) == id).map(|made| Json(AttemptDetails::of(made)).into_response())
    });
    found.unwrap_or_else(|| plainly(StatusCode::NOT_FOUND, error_response(&sandbox, &ApiError::NotFound)))
}

/// The answer to a notification that was sent once.
#[derive(Debug, Serialize)]
struct SendResult<'a> {
    /// The dashboard's word for the result.
    result: &'static str,
    #[serde(flatten)]
    attempt: AttemptDetails<'a>,
}

/// `POST /sandbox/notifications/test`: the dashboard's test notification.
pub(crate) async fn send_test(State(sandbox): Shared) -> Response {
    send_once(&sandbox, AccountNotification::test()).await
}

/// `POST /sandbox/notifications` with the fields of a notification: signs and sends it.
pub(crate) async fn send_own(State(sandbox): Shared, body: Bytes) -> Response {
    match AccountNotification::read(&body, sandbox.clock.now().jakarta()) {
        Ok(notification) => send_once(&sandbox, notification).await,
        Err(why) => bad(why),
    }
}

async fn send_once(sandbox: &Sandbox, notification: AccountNotification) -> Response {
    match sandbox.send_account_notification(notification).await {
        Ok(made) => {
            let result = if made.is_test_success() { "Success" } else { "Failed" };
            Json(SendResult { result, attempt: AttemptDetails::of(&made) }).into_response()
        }
        Err(why) => plainly(StatusCode::CONFLICT, bad(why)),
    }
}

/// `POST /sandbox/notifications/{order_id}/resend`: the last one again.
pub(crate) async fn resend(State(sandbox): Shared, Path(order_id): Path<String>) -> Response {
    let sent = sandbox
        .with_ledger(|ledger, _| ledger.find(&order_id).cloned())
        .is_ok_and(|transaction| sandbox.resend(&transaction));
    if sent {
        StatusCode::ACCEPTED.into_response()
    } else {
        plainly(StatusCode::NOT_FOUND, error_response(&sandbox, &ApiError::NotFound))
    }
}
