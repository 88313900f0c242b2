//! Checks `callback_url`: where the GoPay app may return a payer.
//!
//! A `callback_url` ends up in a link on Midtrans' side that opens a page of somebody's choice. So that nobody can
//! borrow the shop's charges to send payers to a page of theirs, it must be one of:
//! - a page of the same origin as the page that asks (the browser writes `Origin` itself, and a page of another origin
//!   does not get past CORS unless it is allowed anyway),
//! - a page of an origin in `MERCHANT_ALLOWED_ORIGINS`,
//! - a link of an app whose scheme is in `MERCHANT_APP_SCHEMES`.

use crate::settings::{BrowserSettings, WebOrigin};
use gopay_contract::GopayOptions;
use url::Url;

/// The longest URL.
const MAX_LENGTH: usize = 1000;

/// `gopay` as it goes to Midtrans, or a sentence that names the field, the value and what was expected.
pub(crate) fn check(
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
    if callback_url.len() > MAX_LENGTH || !callback_url.bytes().all(|b| b.is_ascii_graphic()) {
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

    fn settings() -> BrowserSettings {
        BrowserSettings {
            allowed_origins: vec!["https://toko.example".parse().expect("an origin")],
            app_schemes: vec!["tokokopi".parse().expect("a scheme")],
        }
    }

    fn passes(callback_url: &str, page_origin: Option<&str>) -> bool {
        let gopay = GopayOptions { enable_callback: true, callback_url: Some(callback_url.to_owned()) };
        check(Some(gopay), page_origin, &settings()).is_ok()
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
        assert_eq!(check(Some(gopay), None, &settings()), Ok(None));
    }
}
