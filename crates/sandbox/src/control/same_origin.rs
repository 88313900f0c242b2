//! Restricts the control routes to programs and the sandbox's own page. A page of another origin, which a developer's
//! browser may have open at the same time, could not read an answer, but a form of its own would be sent all the same.

use super::plainly;
use crate::sandbox::Sandbox;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gopay_contract::ErrorBody;
use std::sync::Arc;
use url::Url;

/// The header in which a browser says where a request comes from; no page can write it.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Accepts requests that change nothing, that no browser sent, or that the sandbox's own page sent.
pub(crate) async fn same_origin_only(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_reading || is_own(request.headers(), sandbox.public_url()) {
        return next.run(request).await;
    }
    let origin = text(request.headers(), &header::ORIGIN).unwrap_or("null");
    let why =
        format!("Origin: {origin:?} may not steer the sandbox: only its own page, and programs that are no browser");
    plainly(StatusCode::FORBIDDEN, Json(ErrorBody::new(403, why)).into_response())
}

/// True if the headers are those of the sandbox's own page. Browsers send `Sec-Fetch-Site` to a host of one's own
/// machine and over HTTPS, and else `Origin` with every request that is not a mere read. Programs say neither.
fn is_own(headers: &HeaderMap, public_url: &str) -> bool {
    match (text(headers, &SEC_FETCH_SITE), text(headers, &header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = text(headers, &header::HOST).unwrap_or_default();
            origin == format!("http://{host}") || Url::parse(public_url).is_ok_and(|ours| is_of(&ours, origin))
        }
        (None, None) => true,
    }
}

fn is_of(url: &Url, origin: &str) -> bool {
    url.origin().ascii_serialization() == origin
}

/// The header's text. A header that is no text counts as present: somebody sent it.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        map.insert(header::HOST, "192.168.1.5:7081".parse().expect("a host"));
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a value"));
        }
        is_own(&map, "https://sandbox.toko.example/midtrans")
    }

    #[test]
    fn a_browser_is_believed_about_where_a_request_comes_from() {
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "http://192.168.1.5:7081")]));
        assert!(own(&[("sec-fetch-site", "none")]), "typed by whoever sits there");
        for site in ["cross-site", "same-site", ""] {
            assert!(!own(&[("sec-fetch-site", site), ("origin", "http://192.168.1.5:7081")]), "{site:?}");
        }
    }

    #[test]
    fn without_that_the_origin_is_to_be_our_own_address() {
        assert!(own(&[("origin", "http://192.168.1.5:7081")]) && own(&[("origin", "https://sandbox.toko.example")]));
        for origin in ["http://192.168.1.5:7080", "https://192.168.1.5:7081", "https://jahat.example", "null"] {
            assert!(!own(&[("origin", origin)]), "{origin}");
        }
        assert!(own(&[]), "curl says nothing");
    }
}
