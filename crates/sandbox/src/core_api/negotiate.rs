//! `Accept` and `Content-Type`, both documented as `application/json`.

use super::{error_response, text};
use crate::{ApiError, behaviour::RequestHeaders, sandbox::Sandbox};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;

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
