//! Every route, grouped by who calls it.

use crate::backend::CheckoutBackend;
use crate::faults::{FaultDesk, Operation, spoil};
use crate::merchant::Merchant;
use crate::problem::Problem;
use crate::request_id::{self, NewRequestId};
use crate::routes::{cancel, charge, faults, finish, health, notification, shop, status, watch};
use crate::settings::BrowserSettings;
use crate::telemetry;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
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

/// The widget's four and Midtrans' one: what a shop nests into its own app.
pub(crate) fn payment_routes<S: Clone + Send + Sync + 'static>(merchant: &Arc<Merchant>) -> Router<S> {
    let payment = Router::new()
        .merge(widget(merchant.faults.as_ref()))
        // Midtrans, with a signature
        .route("/notifications", post(notification::notification));
    guarded(payment, merchant).with_state(Arc::clone(merchant))
}

/// The demo shop: one user of the routes above, with pages of its own.
pub(crate) fn demo_shop(checkout: &CheckoutBackend, site_dir: Option<&Path>) -> Router {
    let merchant = &checkout.merchant;
    let shop = Router::new()
        .route("/shop/products", get(shop::products))
        .route("/shop/orders", post(shop::order))
        .fallback(async || Problem::NoRoute);
    let operator = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    let pages = operator.merge(merchant.faults.clone().map_or_else(Router::new, steering)).merge(site(site_dir));
    Router::new()
        .nest("/api/gopay", checkout.router())
        .nest("/api", guarded(shop, merchant).with_state(Arc::clone(merchant)))
        .merge(edged(pages, merchant).with_state(Arc::clone(merchant)))
}

/// The widget, with an order token or whatever the shop wants instead.
fn widget(desk: Option<&Arc<FaultDesk>>) -> Router<Arc<Merchant>> {
    let spoiled = |operation: Operation, route: MethodRouter<Arc<Merchant>>| match desk {
        Some(desk) => route.route_layer(from_fn_with_state((Arc::clone(desk), operation), spoil)),
        None => route,
    };
    Router::new()
        .route("/charge", spoiled(Operation::Charge, post(charge::charge)))
        .route("/orders/{order_id}", spoiled(Operation::Status, get(status::status)))
        .route("/orders/{order_id}/events", spoiled(Operation::Events, get(watch::watch)))
        .route("/orders/{order_id}/cancel", spoiled(Operation::Cancel, post(cancel::cancel)))
}

/// What is around every answer of the API: nobody keeps it, nobody runs it, and other origins only if they are allowed.
fn guarded(routes: Router<Arc<Merchant>>, merchant: &Merchant) -> Router<Arc<Merchant>> {
    let routes = routes
        .method_not_allowed_fallback(async || Problem::NoMethod)
        .layer(cors(&merchant.browser))
        .layer(set_header(header::CACHE_CONTROL, "no-store"))
        .layer(set_header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"));
    edged(routes, merchant)
}

/// What is around every answer: limits, a log line, and a few headers.
fn edged(routes: Router<Arc<Merchant>>, merchant: &Merchant) -> Router<Arc<Merchant>> {
    // Who asks for an answer that never comes gets none from us either.
    let time_limit = if merchant.faults.is_some() { Duration::MAX } else { REQUEST_TIME_LIMIT };
    routes.layer(
        ServiceBuilder::new()
            .map_request(request_id::only_plain)
            .layer(SetRequestIdLayer::new(request_id::HEADER, NewRequestId))
            .layer(PropagateRequestIdLayer::new(request_id::HEADER))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(telemetry::request_span)
                    .on_request(())
                    .on_failure(())
                    .on_response(telemetry::answered),
            )
            .layer(from_fn_with_state(merchant.metrics.clone(), telemetry::counted))
            .layer(set_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(set_header(header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
            .layer(set_header(header::X_FRAME_OPTIONS, "SAMEORIGIN"))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, time_limit))
            .layer(DefaultBodyLimit::max(MOST_BODY_BYTES)),
    )
}

/// Whoever tests a page, where faults are on.
fn steering(desk: Arc<FaultDesk>) -> Router<Arc<Merchant>> {
    let faults = get(faults::list).post(faults::add).delete(faults::clear);
    Router::new().route("/merchant/faults", faults.with_state(desk))
}

/// The payer's browser: the shop's pages, and where the GoPay app returns it.
fn site(site_dir: Option<&Path>) -> Router<Arc<Merchant>> {
    match site_dir {
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
