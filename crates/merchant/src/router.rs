//! Every route, grouped by who calls it.

use crate::backend::Merchant;
use crate::error::ApiError;
use crate::guard::{self, API_POLICY, AdminEndpoints, RequestKind, SECURITY_HEADERS};
use crate::openapi::Api;
use crate::routes::{events, health, notification, orders, widget};
use crate::settings::{BrowserSettings, WebOrigin};
use crate::telemetry::{self, NewRequestId, REQUEST_ID};
use axum::extract::DefaultBodyLimit;
use axum::http::Response;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response as Answer;
use axum::routing::get;
use axum::{Json, Router};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tower_http::trace::TraceLayer;
use tracing::Span;
use utoipa::OpenApi as _;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

/// A handler with its `OpenAPI` description.
type Route = UtoipaMethodRouter<Arc<Merchant>>;

/// The longest body. It is Midtrans' own limit.
const MOST_BODY_BYTES: usize = 16 * 1024;
/// How long a browser remembers what CORS allowed.
const CORS_MAX_AGE: Duration = Duration::from_secs(600);

/// The widget's four routes and Midtrans' one, which a shop nests into its own app.
pub(crate) fn payment_routes<S: Clone + Send + Sync + 'static>(merchant: &Arc<Merchant>) -> Router<S> {
    let (payment, _) = payment(Some(merchant)).split_for_parts();
    api_layers(payment, merchant).with_state(Arc::clone(merchant))
}

/// The program's own routes: those above, and their description.
pub(crate) fn program(merchant: &Arc<Merchant>) -> Router {
    let api = Router::new().route("/openapi.json", get(async || Json(openapi()))).fallback(async || ApiError::NoRoute);
    Router::new()
        .nest("/api/gopay", payment_routes(merchant))
        .nest("/api", api_layers(api, merchant))
        .merge(page_layers(Router::new().fallback(async || ApiError::NoRoute), merchant))
}

/// Everything at the public listener: `app`, the liveness probe, and the admin endpoints where they are public.
pub(crate) fn public(merchant: &Arc<Merchant>, admin_endpoints: AdminEndpoints, app: Router) -> Router {
    let admin_routes_here = match admin_endpoints {
        AdminEndpoints::ThisMachine => protected_admin_routes(merchant).route_layer(from_fn(guard::this_machine_only)),
        AdminEndpoints::OwnListener | AdminEndpoints::Nowhere => Router::new(),
    };
    let routes = liveness().split_for_parts().0.merge(admin_routes_here);
    app.merge(page_layers(routes, merchant).with_state(Arc::clone(merchant)))
}

/// The admin endpoints, for a listener of their own.
pub(crate) fn admin_router(merchant: &Arc<Merchant>) -> Router {
    let routes = liveness().split_for_parts().0.merge(protected_admin_routes(merchant));
    page_layers(routes, merchant).with_state(Arc::clone(merchant))
}

/// The admin endpoints, which no page of another origin uses.
fn protected_admin_routes(merchant: &Merchant) -> Router<Arc<Merchant>> {
    let refuse_foreign_pages = from_fn_with_state(allowed_origins(merchant), guard::refuse_foreign_pages);
    admin_routes().split_for_parts().0.route_layer(refuse_foreign_pages)
}

/// All routes as `OpenAPI` 3.1, from the same tables.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let document = OpenApiRouter::with_openapi(Api::openapi()).nest("/api/gopay", payment(None));
    document.merge(admin_routes()).merge(liveness()).into_openapi()
}

/// The routes of the widget, authorized by an order token or by the shop's own means, and of Midtrans, authorized by a
/// signature. Without a merchant only their description.
fn payment(merchant: Option<&Merchant>) -> OpenApiRouter<Arc<Merchant>> {
    let limited_streams = |(schemas, paths, route): Route| match merchant {
        Some(it) => {
            (schemas, paths, route.route_layer(from_fn_with_state(Arc::clone(&it.guard), guard::limit_streams)))
        }
        None => (schemas, paths, route),
    };
    let limited = |kind, route| limited(route, merchant, kind);
    OpenApiRouter::new()
        .routes(limited(RequestKind::Charge, routes!(widget::charge)))
        .routes(limited(RequestKind::Status, routes!(widget::status)))
        .routes(limited(RequestKind::Status, limited_streams(routes!(events::events))))
        .routes(limited(RequestKind::Charge, routes!(widget::cancel)))
        .routes(limited(RequestKind::Notification, routes!(notification::notification)))
}

/// The admin endpoints.
fn admin_routes() -> OpenApiRouter<Arc<Merchant>> {
    OpenApiRouter::new().routes(routes!(health::ready)).routes(routes!(health::metrics)).routes(routes!(orders::place))
}

/// The liveness probe.
fn liveness() -> OpenApiRouter<Arc<Merchant>> {
    OpenApiRouter::new().routes(routes!(health::liveness))
}

/// The route, with its rate limit.
fn limited((schemas, paths, route): Route, merchant: Option<&Merchant>, kind: RequestKind) -> Route {
    match merchant {
        Some(it) => {
            let limit = from_fn_with_state((Arc::clone(&it.guard), kind), guard::limit);
            (schemas, paths, route.route_layer(limit))
        }
        None => (schemas, paths, route),
    }
}

/// The layers around the API: no caching, no execution, no requests of foreign pages, and CORS for allowed origins.
pub(crate) fn api_layers<S: Clone + Send + Sync + 'static>(routes: Router<S>, merchant: &Merchant) -> Router<S> {
    let refuse_foreign_pages = from_fn_with_state(allowed_origins(merchant), guard::refuse_foreign_pages);
    let routes = routes.method_not_allowed_fallback(async || ApiError::NoMethod).layer(refuse_foreign_pages);
    common_layers(routes, merchant, Some(cors(&merchant.browser)))
}

/// The layers around everything else.
pub(crate) fn page_layers<S: Clone + Send + Sync + 'static>(routes: Router<S>, merchant: &Merchant) -> Router<S> {
    common_layers(routes, merchant, None)
}

/// The layers around every answer: limits, a log line and headers; the API has a few more. All in one layer: axum copies a
/// route with all that is around it for each layer that a request passes, so many layers are slow.
fn common_layers<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    merchant: &Merchant,
    cors_of_the_api: Option<CorsLayer>,
) -> Router<S> {
    let api_headers = cors_of_the_api.is_some().then(|| {
        ServiceBuilder::new()
            .layer(set_header(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(API_POLICY)))
            .layer(set_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
            .into_inner()
    });
    let log_limit = merchant.log_limit.clone();
    routes.layer(
        ServiceBuilder::new()
            .map_request(telemetry::plain_request_ids)
            .layer(SetRequestIdLayer::new(REQUEST_ID, NewRequestId))
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(telemetry::request_span)
                    .on_request(())
                    .on_failure(())
                    .on_response(move |response: &Response<_>, latency: Duration, _: &Span| {
                        telemetry::answered(&log_limit, response, latency);
                    }),
            )
            .layer(from_fn_with_state(merchant.metrics.clone(), telemetry::track_request))
            .layer(map_response(secured))
            .option_layer(api_headers)
            .option_layer(cors_of_the_api)
            // Within all that sets headers: the answer of a limit is an answer too.
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, merchant.limits.request_time))
            .layer(RequestBodyTimeoutLayer::new(merchant.limits.body_time))
            .layer(DefaultBodyLimit::max(MOST_BODY_BYTES)),
    )
}

fn allowed_origins(merchant: &Merchant) -> Arc<[WebOrigin]> {
    merchant.browser.allowed_origins.clone().into()
}

/// CORS for the allowed origins. Without cookies: the order token alone authorizes.
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

fn set_header(name: HeaderName, value: HeaderValue) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, value)
}

async fn secured(mut response: Answer) -> Answer {
    // With those that are added further out, all at once: a map that grows by and by is filled anew each time.
    response.headers_mut().reserve(2 * SECURITY_HEADERS.len());
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
