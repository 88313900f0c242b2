//! Origins of the pages that may change something.
//!
//! An order token is in a header that no form can set, and a page of another origin is not allowed to. Where the shop's own
//! authorization goes by a cookie, the browser sends it along with whatever a foreign page posts: so a request that a browser
//! says comes from somewhere else is refused before anything is done, on every route that changes something.

use crate::error::ApiError;
use crate::settings::WebOrigin;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, Uri, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The name that the payer's browser asked for, where a proxy asks for another one. No page can set it.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Answers 403 in the route's place when a page of an origin that is not allowed would change something.
pub(crate) async fn refuse_foreign_pages(
    State(allowed): State<Arc<[WebOrigin]>>,
    request: Request,
    next: Next,
) -> Response {
    if may_change(request.method(), request.uri(), request.headers(), &allowed) {
        next.run(request).await
    } else {
        ApiError::ForeignPage.into_response()
    }
}

/// True if this request is of a page that may do what it asks for, or of no page at all.
fn may_change(method: &Method, uri: &Uri, headers: &HeaderMap, allowed: &[WebOrigin]) -> bool {
    if method.is_safe() {
        return true;
    }
    let origin = headers.get(header::ORIGIN);
    if origin.is_some_and(|origin| allowed.iter().any(|allowed| allowed.as_str().as_bytes() == origin.as_bytes())) {
        return true;
    }
    match (headers.get(FETCH_SITE).map(|site| site.as_bytes()), origin) {
        // `none`: whoever uses the browser asked for it, and no page.
        (Some(b"same-origin" | b"none"), _) | (None, None) => true,
        (Some(_), _) => false,
        // A browser that does not say, as those before 2023: its origin has to have the name that was asked for.
        (None, Some(origin)) => {
            let host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
            host.is_some_and(|host| asked_for(uri, headers).any(|name| name.eq_ignore_ascii_case(host)))
        }
    }
}

/// The names, with their ports, that this request may have been sent to.
fn asked_for<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let named = [header::HOST, FORWARDED_HOST].into_iter().flat_map(|name| headers.get_all(name));
    // HTTP/2 has it in the address.
    named.filter_map(|name| name.to_str().ok()).chain(uri.authority().map(Authority::as_str))
}

/// True if a body is of one of the types that a form sends, and any page may.
pub(crate) fn is_of_a_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
        .iter()
        .any(|of_a_form| essence.eq_ignore_ascii_case(of_a_form))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"))
        };
        of.iter().map(pair).collect()
    }

    fn may(of: &[(&'static str, &str)]) -> bool {
        let allowed: [WebOrigin; 1] = ["https://toko.example".parse().expect("an origin")];
        may_change(&Method::POST, &Uri::from_static("/x"), &headers(of), &allowed)
    }

    #[test]
    fn a_page_of_the_shop_and_a_program_may_and_a_page_of_somebody_else_may_not() {
        for fine in [
            &[][..],
            &[("host", "pay.example")],
            &[("host", "pay.example"), ("origin", "https://pay.example")],
            &[("host", "pay.example:8443"), ("origin", "https://pay.example:8443")],
            &[("host", "pay.example"), ("origin", "https://toko.example"), ("sec-fetch-site", "cross-site")],
            &[("host", "127.0.0.1:7080"), ("origin", "https://pay.example"), ("sec-fetch-site", "same-origin")],
            &[("host", "127.0.0.1:7080"), ("origin", "https://pay.example"), ("x-forwarded-host", "pay.example")],
            &[("host", "pay.example"), ("sec-fetch-site", "none")],
        ] {
            assert!(may(fine), "{fine:?}");
        }
        for foreign in [
            &[("host", "pay.example"), ("origin", "https://evil.example")][..],
            &[("host", "pay.example"), ("origin", "https://pay.example:8443")],
            &[("host", "pay.example"), ("origin", "https://pay.example.evil.example")],
            &[("host", "pay.example"), ("origin", "https://toko.example.evil.example")],
            &[("host", "pay.example"), ("origin", "http://toko.example")],
            &[("host", "pay.example"), ("origin", "null")],
            &[("host", "null"), ("origin", "null")],
            &[("host", "pay.example"), ("sec-fetch-site", "cross-site")],
            &[("host", "pay.example"), ("origin", "https://shop.pay.example"), ("sec-fetch-site", "same-site")],
            &[("host", "pay.example"), ("origin", "https://pay.example"), ("sec-fetch-site", "cross-site")],
            &[("host", "pay.example"), ("sec-fetch-site", "")],
        ] {
            assert!(!may(foreign), "{foreign:?}");
            let asks = may_change(&Method::GET, &Uri::from_static("/x"), &headers(foreign), &[]);
            assert!(asks, "whoever only asks changes nothing: {foreign:?}");
        }
    }
}
