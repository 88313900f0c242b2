//! Headers of answers for browsers, and the policy of the site's pages.

use crate::settings::SitePolicy;
use axum::http::{HeaderName, HeaderValue, header};
use gopay_contract::QR_HOSTS;

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

/// The policy of the site's pages: the page, the widget beside it, and QR pictures of Midtrans or of `sandbox_host`.
pub(crate) fn of_the_site(policy: &SitePolicy, sandbox_host: Option<&str>) -> Option<HeaderValue> {
    match policy {
        SitePolicy::Off => None,
        SitePolicy::Own(policy) => Some(policy.clone()),
        SitePolicy::OfTheWidget => {
            let sandbox_host = sandbox_host.unwrap_or_default();
            let qr_hosts = QR_HOSTS.map(|host| format!("https://{host}")).join(" ");
            // `data:` is the demo page's empty icon.
            let text = format!(
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
                 img-src 'self' data: {qr_hosts} {sandbox_host}; base-uri 'none'; form-action 'self'; \
                 frame-ancestors 'self'"
            );
            HeaderValue::from_str(&text).ok()
        }
    }
}
