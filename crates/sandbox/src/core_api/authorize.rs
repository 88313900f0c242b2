//! Basic auth: the server key as user, no password.

use super::{error_response, text};
use crate::{ApiError, sandbox::Sandbox};
use axum::{
    extract::{Request, State},
    http::HeaderMap,
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
}
