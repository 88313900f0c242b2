//! Hosts of Midtrans (facts §0, §4.2).

/// Hosts of QR images.
pub const QR_HOSTS: [&str; 6] = [
    "api.midtrans.com",
    "api.sandbox.midtrans.com",
    "api.veritrans.co.id",
    "api.sandbox.veritrans.co.id",
    "merchants-app.midtrans.com",
    "merchants-app.sbx.midtrans.com",
];

/// True if a host is Midtrans': one of its domains, or below one. In lower case, without a port or a dot at its end.
#[cfg(feature = "midtrans")]
#[must_use]
pub fn is_midtrans_host(host: &str) -> bool {
    let is_within = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    ["midtrans.com", "veritrans.co.id"].into_iter().any(is_within)
}
