//! Origins: of the pages that may change something, and of those to which the GoPay app may return a payer.
//!
//! An order token is in a header that no form can set, and a page of another origin is not allowed to. Where the shop's own
//! authorization goes by a cookie, the browser sends it along with whatever a foreign page posts: so a request that a browser
//! says comes from somewhere else is refused before anything is done, on every route that changes something.
//!
//! A `callback_url` ends up in a link on Midtrans' side that opens a page of somebody's choice. So that nobody can
//! borrow the shop's charges to send payers to a page of theirs, it must be one of:
//! - a page of the same origin as the page that asks (the browser writes `Origin` itself, and a page of another origin
//!   does not get past CORS unless it is allowed anyway),
//! - a page of an origin in `MERCHANT_ALLOWED_ORIGINS`,
//! - a link of an app whose scheme is in `MERCHANT_APP_SCHEMES`.

use crate::error::ApiError;
use crate::settings::{BrowserSettings, WebOrigin};
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gopay_contract::GopayOptions;
use std::sync::Arc;
use url::Url;

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

/// The longest `callback_url`.
const MAX_CALLBACK_LENGTH: usize = 1000;

/// Checks `callback_url`: `gopay` as it goes to Midtrans, or a sentence that names the field, the value and what was expected.
pub(crate) fn check_callback_url(
    gopay: Option<GopayOptions>,
    page_origin: Option<&str>,
    settings: &BrowserSettings,
) -> Result<Option<GopayOptions>, String> {
    // Without `enable_callback` Midtrans returns nobody anywhere: then there is nothing to pass on.
    let Some(gopay) = gopay.filter(|gopay| gopay.enable_callback) else { return Ok(None) };
    match &gopay.callback_url {
        Some(callback_url) if !is_allowed(callback_url, page_origin, settings) => {
            let shown: String = callback_url.split(['?', '#']).next().unwrap_or_default().chars().take(100).collect();
            Err(format!("gopay.callback_url {shown:?} must be a page of the shop, or a link of one of its apps"))
        }
        Some(_) | None => Ok(Some(gopay)),
    }
}

fn is_allowed(callback_url: &str, page_origin: Option<&str>, settings: &BrowserSettings) -> bool {
    let Ok(url) = Url::parse(callback_url) else { return false };
    if callback_url.len() > MAX_CALLBACK_LENGTH || !callback_url.bytes().all(|b| b.is_ascii_graphic()) {
        return false;
    }
    match WebOrigin::of(&url) {
        Some(origin) => page_origin == Some(origin.as_str()) || settings.allowed_origins.contains(&origin),
        None => settings.app_schemes.iter().any(|scheme| scheme.as_str() == url.scheme()),
    }
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

    fn settings() -> BrowserSettings {
        BrowserSettings {
            allowed_origins: vec!["https://toko.example".parse().expect("an origin")],
            app_schemes: vec!["tokokopi".parse().expect("a scheme")],
        }
    }

    fn passes(callback_url: &str, page_origin: Option<&str>) -> bool {
        let gopay = GopayOptions { enable_callback: true, callback_url: Some(callback_url.to_owned()) };
        check_callback_url(Some(gopay), page_origin, &settings()).is_ok()
    }

    #[test]
    fn the_page_that_asks_its_friends_and_the_shops_app_may_be_returned_to() {
        assert!(passes("http://127.0.0.1:8080/selesai/", Some("http://127.0.0.1:8080")));
        assert!(passes("https://toko.example/selesai/?a=1", None));
        assert!(passes("TokoKopi://selesai", None));
    }

    #[test]
    fn nobody_else_may() {
        for url in [
            "https://evil.example/",
            "https://toko.example.evil.example/",
            "https://toko.example@evil.example/",
            "https://toko.example:8443/",
            "http://toko.example/",
            "//evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "otherapp://x",
            "https://toko.example/\nx",
            "",
        ] {
            assert!(!passes(url, Some("https://shop.example")), "{url}");
        }
        assert!(!passes("https://evil.example/", Some("null")));
    }

    #[test]
    fn a_callback_that_is_not_enabled_is_not_passed_on() {
        let gopay = GopayOptions { enable_callback: false, callback_url: Some("https://evil.example/".to_owned()) };
        assert_eq!(check_callback_url(Some(gopay), None, &settings()), Ok(None));
    }
}
