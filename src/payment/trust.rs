//! Trust check of URLs: hosts of QR images and deeplinks (facts §4.2), and those of the page's `trusted-hosts`.
//!
//! The grammar is stricter than a browser's. A browser repairs URLs (back-slashes, line breaks, a user name before the
//! host); a URL that needs repair is refused here, so that both see the same host.

pub(crate) use gopay_contract::QR_HOSTS;
use gopay_contract::split_once_ascii;

/// A URL that passed the trust check, unmodified.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TrustedUrl(String);

impl TrustedUrl {
    /// The URL exactly as Midtrans gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hosts that deeplinks lead to; also every host below `gopay.co.id`.
pub(crate) const DEEPLINK_HOSTS: [&str; 6] = [
    "gopay.co.id",
    "gojek.link",
    "gopayapp.page.link",
    "gojek.page.link",
    "simulator.sandbox.midtrans.com",
    "simulator-v2.sandbox.midtrans.com",
];

/// Every host below this one is a host of deeplinks, too.
pub(crate) const DEEPLINK_DOMAIN: &str = ".gopay.co.id";

/// URL schemes of the apps.
pub(crate) const APP_SCHEMES: [&str; 2] = ["gojek", "gopay"];

/// The longest URL that is trusted, in bytes.
pub(crate) const MAX_URL_LENGTH: usize = 2048;

/// Trusted hosts that the page adds to Midtrans' and GoPay's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trust {
    /// Hosts as `host` or `host:port`, in lower case. Only URLs of these may have the scheme `http:`.
    pub hosts: Vec<String>,
    /// Origin of `charge-url`, like `https://toko.example`. It is trusted too, because the merchant may serve the QR image itself.
    pub charge_origin: Option<String>,
}

/// A URL's scheme and host.
struct Parts<'a> {
    scheme: &'a str,
    /// Host and port as written.
    authority: &'a str,
    host: &'a str,
}

impl Parts<'_> {
    fn is_web(&self) -> bool {
        matches!(self.scheme, "http" | "https")
    }
}

/// Splits `scheme://host[:port]…`; none where a browser would have to repair the URL.
fn parts(url: &str) -> Option<Parts<'_>> {
    if url.len() > MAX_URL_LENGTH || !url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return None;
    }
    let (scheme, rest) = split_once_ascii(url, b':')?;
    let rest = rest.strip_prefix("//")?;
    if scheme.is_empty() || !scheme.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let end = rest.bytes().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let authority = &rest[..end];
    let (host, port) = split_once_ascii(authority, b':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let host_ok = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let port_ok = port.is_none_or(|p| (1..=5).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()));
    (host_ok && port_ok).then_some(Parts { scheme, authority, host })
}

/// Host and port of a URL that a browser does not have to repair.
pub(crate) fn authority_of(url: &str) -> Option<&str> {
    Some(parts(url)?.authority)
}

impl Trust {
    /// Checks the URL of a QR image.
    #[must_use]
    pub fn qr(&self, url: &str) -> Option<TrustedUrl> {
        let parts = parts(url)?;
        let midtrans = parts.scheme == "https" && parts.authority == parts.host && QR_HOSTS.contains(&parts.host);
        let origin = &url[..parts.scheme.len() + 3 + parts.authority.len()];
        let own = parts.is_web() && self.charge_origin.as_deref() == Some(origin);
        (midtrans || own || self.adds(&parts)).then(|| TrustedUrl(url.to_owned()))
    }

    /// Checks a deeplink.
    #[must_use]
    pub fn deeplink(&self, url: &str) -> Option<TrustedUrl> {
        let parts = parts(url)?;
        let app = APP_SCHEMES.contains(&parts.scheme);
        let gopay = parts.scheme == "https"
            && parts.authority == parts.host
            && (DEEPLINK_HOSTS.contains(&parts.host) || parts.host.ends_with(DEEPLINK_DOMAIN));
        (app || gopay || self.adds(&parts)).then(|| TrustedUrl(url.to_owned()))
    }

    fn adds(&self, parts: &Parts<'_>) -> bool {
        parts.is_web() && self.hosts.iter().any(|host| host == parts.authority || host == parts.host)
    }
}

/// Returns whether `text` is an entry of `trusted-hosts`: a host, or a host and a port, in lower case.
#[must_use]
pub fn is_host(text: &str) -> bool {
    let url = ["https://", text, "/"].concat();
    parts(&url).is_some_and(|parts| parts.authority == text) && !text.bytes().any(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: [&str; 22] = [
        "javascript:alert(1)",
        "javascript://gopay.co.id/%0aalert(1)",
        "data:text/html,hi",
        "https://gopay.co.id.evil.example/",
        "https://evilgopay.co.id/",
        "https://gopay.co.id@evil.example/",
        "https://user:pass@gopay.co.id/",
        "https://evil.example/gopay.co.id",
        "https://evil.example?https://gopay.co.id/",
        "https://evil.example#.gopay.co.id",
        "https:\\\\gopay.co.id\\",
        "https:/\\evil.example/",
        "https://gopay.co.id\\@evil.example/",
        "//gopay.co.id/app",
        "http://gopay.co.id/app",
        "https://gopay.co.id:8443/app",
        " https://gopay.co.id/app",
        "https://gopay.co.id/a\nb",
        "https://gоpay.co.id/",
        "HTTPS://gopay.co.id/app",
        "intent://gopay#Intent;end",
        "",
    ];

    #[test]
    fn every_deeplink_that_midtrans_has_ever_given_may_be_followed() {
        for url in [
            "https://simulator.sandbox.midtrans.com/gopay/ui/checkout?referenceid=Y0xwjoQ9uy&callback_url=someapps%3A%2F%2Fcallback%3Forder_id%3Dorder-101h-1570513296",
            "https://simulator.sandbox.midtrans.com/gopay/partner/app/payment-pin?id=5f1f0f3e-0000-4000-8000-000000000001",
            "https://simulator.sandbox.midtrans.com/v2/deeplink/detail?tref=A120260131030000abcDEF1234ID",
            "https://simulator-v2.sandbox.midtrans.com/v2/deeplink/payment?tref=A220260131030000abcDEF1234ID",
            "gojek://gopay/merchanttransfer?tref=A1&amount=44000&activity=GP:RR&callback_url=https://toko.example/?order_id=1",
            "gopay://app/merchanttransfer?tref=A1",
            "https://gojek.link/gopay/merchanttransfer?tref=A1",
            "https://gopay.co.id/app/merchanttransfer?tref=A1",
            "https://app.gopay.co.id/x",
            "https://gopayapp.page.link/x",
            "https://gojek.page.link/x",
        ] {
            assert_eq!(Trust::default().deeplink(url).as_ref().map(TrustedUrl::as_str), Some(url), "unmodified");
        }
    }

    #[test]
    fn qr_pictures_come_from_midtrans_hosts_or_the_merchants_own_origin() {
        let trust = Trust { charge_origin: Some("https://toko.example".to_owned()), ..Trust::default() };
        assert!(trust.qr("https://api.sandbox.veritrans.co.id/v2/gopay/231c79c5/qr-code").is_some());
        assert!(trust.qr("https://merchants-app.sbx.midtrans.com/v4/qris/gopay/A1ID/qr-code").is_some());
        assert!(trust.qr("https://toko.example/qr/1.png").is_some());
        assert!(trust.qr("https://toko.example.evil.example/qr/1.png").is_none());
        assert!(trust.qr("http://toko.example/qr/1.png").is_none());
        assert!(trust.deeplink("https://toko.example/x").is_none(), "a deeplink may not lead to the shop itself");
        assert!(trust.qr("https://gopay.co.id/x.png").is_none(), "a host of links is not a host of pictures");
    }

    #[test]
    fn nothing_that_a_browser_would_have_to_repair_is_trusted() {
        for url in EVIL {
            assert!(Trust::default().deeplink(url).is_none(), "{url:?}");
            assert!(Trust::default().qr(url).is_none(), "{url:?}");
        }
    }

    #[test]
    fn a_simulator_is_reached_through_trusted_hosts_alone() {
        let url = "http://127.0.0.1:7081/v2/deeplink/detail?tref=A1";
        assert!(Trust::default().deeplink(url).is_none());
        let trust = Trust { hosts: vec!["127.0.0.1:7081".to_owned()], charge_origin: None };
        assert!(trust.deeplink(url).is_some() && trust.qr(url).is_some());
        assert!(trust.deeplink("http://127.0.0.1:7082/").is_none(), "another port is another host");
        assert!(trust.deeplink("javascript://127.0.0.1:7081/%0aalert(1)").is_none());
        for url in EVIL {
            assert!(trust.deeplink(url).is_none(), "{url:?}");
        }
    }

    #[test]
    fn a_trusted_host_is_a_host_and_nothing_else() {
        for text in ["localhost", "127.0.0.1:7081", "sim.toko.example"] {
            assert!(is_host(text), "{text}");
        }
        for text in ["", "http://localhost", "a/b", "a b", "LOCALHOST", "a@b", "a:x", "*"] {
            assert!(!is_host(text), "{text:?}");
        }
    }
}
