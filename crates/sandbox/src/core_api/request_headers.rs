//! Checks of a request's headers: Basic auth (the server key as user, no password), and `Accept` and `Content-Type`, both
//! documented as `application/json`.

use super::{error_response, text};
use crate::{ApiError, behaviour::RequestHeaders, sandbox::Sandbox};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::sync::Arc;

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
