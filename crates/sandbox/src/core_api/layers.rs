//! Layers around the routes of the Core API: Basic auth (the server key as user, no password); `Accept` and `Content-Type`, both
//! documented as `application/json`; `Idempotency-Key`; and faults.

use super::{error_response, injected_error, text};
use crate::{
    ApiError,
    behaviour::RequestHeaders,
    faults::{Mutation, Operation, RequestFaults, When},
    ledger::{ChargedOrderId, IdempotencyKey, KeyState},
    lock,
    sandbox::Sandbox,
    state::StoredAnswer,
};
use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::{MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use gopay_contract::ErrorBody;
use serde::Deserialize;
use std::{io, sync::Arc, time::Duration};

/// Accepts the server key, and answers everything else 401.
pub(crate) async fn authorize(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    match server_key(request.headers()) {
        Some(key) if sandbox.is_server_key(&key) => next.run(request).await,
        Some(_) | None => error_response(&sandbox, &ApiError::Unauthorized),
    }
}

fn server_key(headers: &HeaderMap) -> Option<String> {
    let (scheme, credentials) = text(headers, "authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    credentials.strip_suffix(':').map(str::to_owned)
}

/// Accepts a request if it takes JSON and, where the switch wants it, says that it sends JSON.
pub(crate) async fn negotiate(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let enforced = sandbox.behaviour().request_headers == RequestHeaders::Enforced;
    let accept: Vec<_> =
        request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if !(admits_json(&accept.join(",")) || accept.is_empty() && !enforced) {
        return error_response(&sandbox, &ApiError::NotAcceptable);
    }
    if enforced && *request.method() == Method::POST && !sends_json(request.headers()) {
        return error_response(&sandbox, &ApiError::Malformed);
    }
    next.run(request).await
}

fn admits_json(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        ["application/json", "application/*", "*/*"].iter().any(|wanted| kind.eq_ignore_ascii_case(wanted))
    })
}

fn sends_json(headers: &HeaderMap) -> bool {
    let kind = text(headers, "content-type").and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

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

impl Operation {
    /// The request's operation, if a fault may strike it.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        match request.extensions().get::<MatchedPath>()?.as_str() {
            "/v2/charge" => Some(Self::Charge),
            "/v2/{id}/status" => Some(Self::Status),
            "/v2/{id}/cancel" => Some(Self::Cancel),
            "/v2/{id}/expire" => Some(Self::Expire),
            "/v2/{id}/refund" | "/v2/{id}/refund/online/direct" => Some(Self::Refund),
            "/v2/gopay/{transaction_id}/qr-code"
            | "/v4/qris/gopay/{reference}/qr-code"
            | "//v4/qris/gopay/{reference}/qr-code" => Some(Self::QrCode),
            _ => None,
        }
    }
}

/// The delay of this request's answer: decided in [`inject_faults`], done in [`delay`].
#[derive(Clone, Copy)]
struct Delay(Duration);

/// Applies the faults to a request, or lets it through.
pub(crate) async fn inject_faults(
    State(sandbox): State<Arc<Sandbox>>,
    parameters: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let Some(operation) = Operation::of(&request).filter(|_| !lock(&sandbox.faults).is_empty()) else {
        return next.run(request).await;
    };
    let (order_id, mut request) = match order_id(&sandbox, operation, &parameters, request).await {
        Ok(found) => found,
        Err(error) => return error_response(&sandbox, &error),
    };
    let now = sandbox.clock.now().jakarta();
    let RequestFaults { mutation, latency } = lock(&sandbox.faults).request(now, operation, order_id.as_deref());
    request.extensions_mut().insert(Delay(latency));
    sandbox.changes.notify();
    let Some((mutation, when)) = mutation else {
        return next.run(request).await;
    };
    let spoiled = match mutation {
        Mutation::Error(status_code, http_status) => injected_error(&sandbox, status_code, http_status),
        Mutation::EdgePage(http_status) => edge_page(http_status),
        Mutation::Cut => cut_connection(),
    };
    match when {
        When::Before => spoiled,
        When::After => {
            // Done to its end even if the caller hangs up meanwhile.
            drop(tokio::spawn(next.run(request)).await);
            spoiled
        }
    }
}

/// The order's id in the request: in the body of a charge, in the path of all others.
async fn order_id(
    sandbox: &Sandbox,
    operation: Operation,
    parameters: &RawPathParams,
    request: Request,
) -> Result<(Option<String>, Request), ApiError> {
    if operation == Operation::Charge {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|_| ApiError::Malformed)?;
        let read: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let order_id = ChargedOrderId::text_of(&read["transaction_details"]["order_id"]);
        return Ok((order_id, Request::from_parts(head, Body::from(body))));
    }
    let found = parameters.iter().next().and_then(|(_, id)| {
        sandbox.with_ledger(|ledger, _| {
            let found = ledger.find(id).or_else(|_| ledger.find_by_reference(id));
            found.ok().map(|transaction| transaction.charge.order_id.to_string())
        })
    });
    Ok((found, request))
}

/// Delays the answer; the work is done at once.
pub(crate) async fn delay(request: Request, next: Next) -> Response {
    let late = request.extensions().get::<Delay>().copied();
    let response = next.run(request).await;
    if let Some(Delay(latency)) = late {
        tokio::time::sleep(latency).await;
    }
    response
}

fn edge_page(http_status: u16) -> Response {
    let page = "<!DOCTYPE html><html><head><title>Access denied</title></head><body><h1>Error 1020</h1></body></html>";
    (StatusCode::from_u16(http_status).unwrap_or(StatusCode::FORBIDDEN), Html(page)).into_response()
}

/// Cuts an answer before its first byte of body: hyper then closes the connection.
fn cut_connection() -> Response {
    let broken = tokio_stream::once(Err::<Bytes, _>(io::Error::other("cut on request")));
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(broken)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(authorization: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().expect("a header"));
        server_key(&headers)
    }

    #[test]
    fn the_user_is_the_key_and_the_password_is_empty() {
        assert_eq!(key_of("Basic a2V5Og=="), Some("key".to_owned()));
        assert_eq!(key_of("basic a2V5Og=="), Some("key".to_owned()));
    }

    #[test]
    fn anything_else_is_no_key() {
        for authorization in ["Basic a2V5", "Basic a2V5OnBhc3M=", "Bearer a2V5Og==", "Basic", "Basic %%%"] {
            assert_eq!(key_of(authorization), None, "{authorization}");
        }
    }

    #[test]
    fn json_is_admitted_by_name_and_by_wildcard() {
        for accept in ["application/json", "text/html, application/json;q=0.5", "*/*", "Application/*"] {
            assert!(admits_json(accept), "{accept}");
        }
        for accept in ["", "text/html", "application/xml", "image/*"] {
            assert!(!admits_json(accept), "{accept}");
        }
    }
}
