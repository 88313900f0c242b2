//! What answers say to browsers.

use axum::http::{HeaderName, header};

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
