//! Restricts requests to the sandbox's own host names, and those that change something to programs and to its own page.
//!
//! A page of another site can have its own name lead to `127.0.0.1` (DNS rebinding). To the browser, the sandbox is then of that page's
//! origin, so neither `Origin` nor `Sec-Fetch-Site` gives it away; the name in `Host` does. What needs no name cannot be
//! rebound: an IP address is always let in. A page of another origin, which a developer's browser may have open at the same time,
//! could not read an answer, but a form of its own would be sent all the same.

use crate::{control::plainly, sandbox::Sandbox};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gopay_contract::{ErrorBody, is_midtrans_host};
use std::{net::IpAddr, sync::Arc};
use url::Url;

/// The names that the sandbox answers to, beside IP addresses, `localhost` and Midtrans' own.
#[derive(Debug)]
pub(crate) struct AllowedHosts(Vec<String>);

impl AllowedHosts {
    /// The public URL's host and those that the settings name.
    pub(crate) fn new(public_url: Option<&Url>, named: &[String]) -> Self {
        let public = public_url.and_then(Url::host_str);
        Self(public.into_iter().chain(named.iter().map(String::as_str)).map(plain).collect())
    }

    /// True if requests for this host, with or without a port, are accepted.
    fn allows(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else {
            return false;
        };
        let is_ip = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let is_localhost = name.strip_suffix("localhost").is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        // Some shops' libraries take no other base URL, and are led here by their connection. No stranger decides where
        // Midtrans' names lead.
        is_ip || is_localhost || is_midtrans_host(&name) || self.0.contains(&name)
    }
}

/// The host without its port, as it is compared.
fn name_of(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    (!host.contains('@')).then(|| plain(authority.host()))
}

fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// A host as `--allowed-hosts` takes it.
///
/// # Errors
/// A sentence that names the host.
pub fn checked(text: &str) -> Result<String, String> {
    name_of(text.trim()).ok_or_else(|| format!("{text:?} must be a host's name, like sandbox or midtrans.toko.example"))
}

/// Refuses a request for a host that is not this sandbox's. Without a `Host`, no browser has sent it.
pub(crate) async fn allowed_hosts_only(
    State(allowed): State<Arc<AllowedHosts>>,
    request: Request,
    next: Next,
) -> Response {
    match foreign_host(request.uri(), request.headers(), &allowed) {
        None => next.run(request).await,
        Some(host) => {
            let why = format!(
                "Host: {host:?} is not this sandbox's. It answers to IP addresses, localhost, the host of --public-url and \
                 what --allowed-hosts names"
            );
            (StatusCode::MISDIRECTED_REQUEST, Json(ErrorBody::new(421, why))).into_response()
        }
    }
}

fn foreign_host(uri: &Uri, headers: &HeaderMap, allowed: &AllowedHosts) -> Option<String> {
    let named = headers.get_all(header::HOST).iter().map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    uri.authority().map(ToString::to_string).into_iter().chain(named).find(|host| !allowed.allows(host))
}

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

    fn allowed() -> AllowedHosts {
        let public_url = Url::parse("https://Midtrans.toko.example/sandbox").expect("a URL");
        AllowedHosts::new(Some(&public_url), &["sandbox".to_owned()])
    }

    #[test]
    fn addresses_localhost_and_what_was_named_are_let_in() {
        for host in [
            "127.0.0.1:7081",
            "127.0.0.1",
            "[::1]:7081",
            "192.168.1.5:7081",
            "localhost:7081",
            "LOCALHOST",
            "localhost.",
            "shop.localhost:1",
            "midtrans.toko.example",
            "midtrans.toko.example:443",
            "sandbox:7081",
            "api.sandbox.midtrans.com",
            "api.veritrans.co.id",
        ] {
            assert!(allowed().allows(host), "{host}");
        }
    }

    #[test]
    fn any_other_name_is_not() {
        for host in [
            "evil.example:7081",
            "evil.example",
            "toko.example",
            "a.midtrans.toko.example",
            "localhost.evil.example",
            "evillocalhost",
            "127.0.0.1.evil.example",
            "evilmidtrans.com",
            "midtrans.com.evil.example",
            "127.0.0.1@evil.example",
            "evil.example@127.0.0.1",
            "sandbox.evil",
            "",
            "a b",
        ] {
            assert!(!allowed().allows(host), "{host:?}");
        }
    }

    #[test]
    fn every_host_that_a_request_names_counts() {
        let request = |uri: &str, hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, host.parse().expect("a value"));
            }
            foreign_host(&uri.parse().expect("a URI"), &headers, &allowed())
        };
        assert_eq!(request("/", &[]), None, "no browser leaves it out");
        assert_eq!(request("/", &["sandbox"]), None);
        assert_eq!(request("/", &["sandbox", "evil.example"]), Some("evil.example".to_owned()));
        assert_eq!(request("http://evil.example/", &["sandbox"]), Some("evil.example".to_owned()));
        assert_eq!(request("http://sandbox/", &["sandbox"]), None);
    }

    #[test]
    fn a_host_that_is_none_is_no_setting() {
        assert_eq!(checked(" Sandbox:7081 "), Ok("sandbox".to_owned()));
        for text in ["", "http://sandbox/", "a b", "a@b"] {
            assert!(checked(text).is_err(), "{text:?}");
        }
    }

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
