//! What answers say to browsers: which headers, and which policy the site's pages have.

use crate::settings::SitePolicy;
use axum::http::{HeaderName, HeaderValue, header};

/// On every answer, unless it says otherwise itself. `Strict-Transport-Security` is for whoever ends TLS to say.
pub(crate) const ON_EVERY_ANSWER: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    // The policy's frame-ancestors, for browsers that do not know it.
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    // Deeplinks open apps, not windows that look back.
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // Pages of allowed origins ask with CORS, which this does not concern.
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()"),
];

/// On every answer of the API: it is no page, and nobody may show it as one.
pub(crate) const OF_THE_API: &str = "default-src 'none'; frame-ancestors 'none'";

/// Where Midtrans' QR pictures come from, as the widget has it in `payment/trust.rs`.
const QR_HOSTS: &str = "https://api.midtrans.com https://api.sandbox.midtrans.com https://api.veritrans.co.id \
    https://api.sandbox.veritrans.co.id https://merchants-app.midtrans.com https://merchants-app.sbx.midtrans.com";

/// The policy of the site's pages: the page, the widget beside it, and QR pictures of Midtrans or of `sandbox_host`.
pub(crate) fn of_the_site(policy: &SitePolicy, sandbox_host: Option<&str>) -> Option<HeaderValue> {
    match policy {
        SitePolicy::Off => None,
        SitePolicy::Own(policy) => Some(policy.clone()),
        SitePolicy::OfTheWidget => {
            let sandbox_host = sandbox_host.unwrap_or_default();
            // `data:` is the demo page's empty icon.
            let text = format!(
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
                 img-src 'self' data: {QR_HOSTS} {sandbox_host}; base-uri 'none'; form-action 'self'; \
                 frame-ancestors 'self'"
            );
            HeaderValue::from_str(&text).ok()
        }
    }
}
