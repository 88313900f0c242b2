//! `Idempotency-Key`.

use super::{error_response, text};
use crate::{
    ApiError,
    ledger::{IdempotencyKey, KeyState},
    lock,
    sandbox::Sandbox,
    state::StoredAnswer,
};
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gopay_contract::ErrorBody;
use serde::Deserialize;
use std::sync::Arc;

/// Answers a repeated key with the first answer. The work is done and remembered even if the caller has hung up: that
/// is what the key is for.
pub(crate) async fn idempotent(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let key = match *request.method() {
        Method::POST => text(request.headers(), "idempotency-key").and_then(IdempotencyKey::parse),
        _ => None,
    };
    if let Some(key) = &key {
        let begun = lock(&sandbox.answers).begin(sandbox.clock.now().jakarta(), key);
        match begun {
            KeyState::Fresh => {}
            KeyState::Running => return still_running(),
            KeyState::Answered(answer) => return answer.into_response(),
        }
    }
    let done = Running { sandbox: Arc::clone(&sandbox), key };
    let work = tokio::spawn(async move {
        let answer = StoredAnswer::of(next.run(request).await).await;
        done.with(&answer);
        answer
    });
    match work.await {
        Ok(answer) => answer.into_response(),
        // It panicked. Midtrans has an answer for that too.
        Err(_) => error_response(&sandbox, &ApiError::ServiceError),
    }
}

/// A request in progress: its key is taken until it ends, be it by a panic.
struct Running {
    sandbox: Arc<Sandbox>,
    key: Option<IdempotencyKey>,
}

impl Running {
    fn with(mut self, answer: &StoredAnswer) {
        self.finish(answer.is_success().then(|| answer.clone()));
    }

    fn finish(&mut self, kept: Option<StoredAnswer>) {
        if let Some(key) = self.key.take() {
            lock(&self.sandbox.answers).finish(self.sandbox.clock.now().jakarta(), &key, kept);
            self.sandbox.changes.notify();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.finish(None);
    }
}

/// Answers 202, as documented for a repeat that overtakes the first request's answer.
fn still_running() -> Response {
    let body = ErrorBody::new(202, "A request with this Idempotency-Key is still being processed");
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

impl StoredAnswer {
    async fn of(response: Response) -> Self {
        let http_status = response.status();
        // Our own bodies, made of memory: reading them back cannot fail.
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        Self { http_status, body }
    }

    fn is_success(&self) -> bool {
        #[derive(Deserialize)]
        struct Code {
            status_code: gopay_contract::StatusCode,
        }
        serde_json::from_slice::<Code>(&self.body).is_ok_and(|code| !code.status_code.is_error())
    }
}

impl IntoResponse for StoredAnswer {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
        (self.http_status, headers, Body::from(self.body)).into_response()
    }
}
