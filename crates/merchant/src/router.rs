//! Every route, grouped by who calls it.

use crate::application::Merchant;
use crate::faults::{FaultDesk, spoil};
use crate::problem::Problem;
use crate::routes::{cancel, charge, faults, finish, health, notification, shop, status, watch};
use crate::settings::BrowserSettings;
use crate::telemetry;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// No request to us is longer than Midtrans' own limit.
const MOST_BODY_BYTES: usize = 16 * 1024;
/// Until the answer's head, a slowly sent body included. Longer than a charge waits for Midtrans.
const REQUEST_TIME_LIMIT: Duration = Duration::from_secs(30);
/// How long a browser remembers what CORS allowed.
const CORS_MAX_AGE: Duration = Duration::from_secs(600);

pub(crate) fn router(merchant: Arc<Merchant>) -> Router {
    let browser = merchant.browser.clone();
    let desk = merchant.faults.clone();
    let api = Router::new()
        .merge(widget(desk.as_ref()))
        // Midtrans, with a signature
        .route("/gopay/notifications", post(notification::notification))
        // The shop's own page
        .route("/shop/products", get(shop::products))
        .route("/shop/orders", post(shop::order))
        .fallback(async || Problem::NoRoute)
        .method_not_allowed_fallback(async || Problem::NoMethod)
        .layer(cors(&browser))
        .layer(set_header(header::CACHE_CONTROL, "no-store"))
        .layer(set_header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"));
    // Who asks for an answer that never comes gets none from us either.
    let time_limit = if desk.is_some() { Duration::MAX } else { REQUEST_TIME_LIMIT };
    let operator = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    Router::new()
        .nest("/api", api)
        .merge(operator)
        .merge(desk.clone().map_or_else(Router::new, steering))
        .merge(site(&browser))
        .layer(
            ServiceBuilder::new()
                .layer(
                    TraceLayer::new_for_http()
                        .make_span_with(telemetry::request_span)
                        .on_request(())
                        .on_failure(())
                        .on_response(telemetry::answered),
                )
                .layer(set_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(set_header(header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
                .layer(set_header(header::X_FRAME_OPTIONS, "SAMEORIGIN"))
                .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, time_limit))
                .layer(DefaultBodyLimit::max(MOST_BODY_BYTES)),
        )
        .with_state(merchant)
}

/// The widget, with an order token. `faults/spoil.rs` knows these four by their paths.
fn widget(desk: Option<&Arc<FaultDesk>>) -> Router<Arc<Merchant>> {
    let widget = Router::new()
        .route("/gopay/charge", post(charge::charge))
        .route("/gopay/orders/{order_id}", get(status::status))
        .route("/gopay/orders/{order_id}/events", get(watch::watch))
        .route("/gopay/orders/{order_id}/cancel", post(cancel::cancel));
    match desk {
        Some(desk) => widget.route_layer(from_fn_with_state(Arc::clone(desk), spoil)),
        None => widget,
    }
}

/// Whoever tests a page, where faults are on.
fn steering(desk: Arc<FaultDesk>) -> Router<Arc<Merchant>> {
    let faults = get(faults::list).post(faults::add).delete(faults::clear);
    Router::new().route("/merchant/faults", faults.with_state(desk))
}

/// The payer's browser: the shop's pages, and where the GoPay app returns it.
fn site(browser: &BrowserSettings) -> Router<Arc<Merchant>> {
    match &browser.site_dir {
        Some(folder) => {
            let index = ServeFile::new(folder.join("index.html"));
            Router::new()
                .route_service("/selesai/", index.clone())
                .route_service("/selesai", index)
                .fallback_service(ServeDir::new(folder))
        }
        None => Router::new().route("/selesai/", get(finish::finish)).route("/selesai", get(finish::finish)),
    }
}

/// Pages of the allowed origins may ask. No cookies: the order token is all that counts.
fn cors(browser: &BrowserSettings) -> CorsLayer {
    let origins = browser.allowed_origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CACHE_CONTROL,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([header::DATE, header::RETRY_AFTER])
        .max_age(CORS_MAX_AGE)
}

fn set_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
