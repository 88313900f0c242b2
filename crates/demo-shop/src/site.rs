//! The pages: the built `dist/`, and where the GoPay app returns the payer.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Html;
use axum::routing::get;
use gopay_contract::QR_HOSTS;
use std::path::Path;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

/// Content security policy of the site's pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SitePolicy {
    /// The policy that the demo shop and the widget need.
    #[default]
    OfTheWidget,
    /// Another one.
    Own(HeaderValue),
    /// None is sent.
    Off,
}

impl SitePolicy {
    /// The header: the page, the widget beside it, and QR pictures of Midtrans or of `sandbox_host`.
    fn header(&self, sandbox_host: Option<&str>) -> Option<HeaderValue> {
        match self {
            Self::Off => None,
            Self::Own(policy) => Some(policy.clone()),
            Self::OfTheWidget => {
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
}

pub(crate) fn routes(folder: Option<&Path>, policy: &SitePolicy, sandbox_host: Option<&str>) -> Router {
    let site = match folder {
        Some(folder) => {
            let index = ServeFile::new(folder.join("index.html"));
            Router::new()
                .route_service("/selesai/", index.clone())
                .route_service("/selesai", index)
                .fallback_service(ServeDir::new(folder))
        }
        None => Router::new().route("/selesai/", get(finish)).route("/selesai", get(finish)),
    };
    match policy.header(sandbox_host) {
        Some(policy) => site.layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, policy)),
        None => site,
    }
}

/// `GET /selesai/`: where a `callback_url` leads when there is no site. It decides nothing: `?result=success` in the address is
/// a hint of the GoPay app, and no answer.
async fn finish() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"id\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Selesai</title><p>Terima kasih. Kembali ke halaman toko untuk melihat status pembayaran.</p></html>",
    )
}
