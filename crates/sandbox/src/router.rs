//! All routes, grouped by caller.

use crate::{
    ApiError,
    allowed_callers::{allowed_hosts_only, same_origin_only},
    application::read_body,
    control, core_api, dashboard, gopay_app, qris,
    sandbox::Sandbox,
};
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::{from_fn, from_fn_with_state, map_response_with_state},
    response::Response,
    routing::{delete, get, post},
};
use std::sync::Arc;
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};

pub(crate) fn router(sandbox: Arc<Sandbox>) -> Router {
    let routes = Router::new()
        .merge(core_api_routes(&sandbox))
        .merge(qr_image_routes(&sandbox))
        .merge(simulator_routes())
        .merge(control_routes(&sandbox))
        .fallback(core_api::no_such_path);
    with_common_layers(routes, sandbox)
}

/// Layers around every route, and around every path that is no route.
fn with_common_layers(routes: Router<Arc<Sandbox>>, sandbox: Arc<Sandbox>) -> Router {
    let after_panic = Arc::clone(&sandbox);
    routes
        .layer(from_fn_with_state(Arc::clone(&sandbox), read_body))
        .layer(from_fn_with_state(Arc::clone(&sandbox.allowed_hosts), allowed_hosts_only))
        .layer(CatchPanicLayer::custom(move |_| core_api::error_response(&after_panic, &ApiError::ServiceError)))
        .layer(map_response_with_state(Arc::clone(&sandbox), set_date))
        // The route and not its path: GoPay's reference, in paths and queries, is as good as the payment.
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
            tracing::info_span!("request", method = %request.method(), route)
        }))
        .with_state(sandbox)
}

/// Routes of Midtrans' Core API, with the server key.
fn core_api_routes(sandbox: &Arc<Sandbox>) -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/v2/charge", post(core_api::charge))
        .route("/v2/{id}/status", get(core_api::status))
        .route("/v2/{id}/cancel", post(core_api::cancel))
        .route("/v2/{id}/expire", post(core_api::expire))
        .route("/v2/{id}/refund", post(core_api::refund))
        .route("/v2/{id}/refund/online/direct", post(core_api::direct_refund))
        .route("/v2/{id}/approve", post(core_api::decide))
        .route("/v2/{id}/deny", post(core_api::decide))
        .route("/v2/{id}/status/b2b", get(core_api::status_b2b))
        .route("/v2/capture", post(core_api::capture))
        .route_layer(from_fn(core_api::delay))
        .route_layer(from_fn_with_state(Arc::clone(sandbox), core_api::idempotent))
        .route_layer(from_fn_with_state(Arc::clone(sandbox), core_api::negotiate))
        .route_layer(from_fn_with_state(Arc::clone(sandbox), core_api::authorize))
        .route_layer(from_fn_with_state(Arc::clone(sandbox), core_api::inject_faults))
        .route_layer(from_fn_with_state(Arc::clone(sandbox), core_api::midtrans_error_shape))
        .method_not_allowed_fallback(core_api::method_not_allowed)
}

/// Routes of images, for everybody.
fn qr_image_routes(sandbox: &Arc<Sandbox>) -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/v2/gopay/{transaction_id}/qr-code", get(qris::plain))
        .route("/v4/qris/gopay/{reference}/qr-code", get(qris::framed))
        .route("//v4/qris/gopay/{reference}/qr-code", get(qris::framed))
        .route_layer(from_fn(core_api::delay))
        .route_layer(from_fn_with_state(Arc::clone(sandbox), core_api::inject_faults))
        .route_layer(from_fn_with_state(Arc::clone(sandbox), core_api::midtrans_error_shape))
        .method_not_allowed_fallback(core_api::method_not_allowed)
}

/// Routes of the phone: Midtrans' own simulator pages.
fn simulator_routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/v2/deeplink/detail", get(gopay_app::detail))
        .route("/v2/deeplink/payment", post(gopay_app::payment))
        .route("/v2/deeplink/index", get(gopay_app::link_form).post(gopay_app::open_link))
        .route("/v2/qris/index", get(gopay_app::scan_form).post(gopay_app::scan))
        .route("/v2/qris/payment", post(gopay_app::pay_scanned))
}

/// Routes beyond Midtrans' API: the control API and the dashboard.
fn control_routes(sandbox: &Arc<Sandbox>) -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/", get(dashboard::show))
        .route("/sandbox/dashboard.css", get(dashboard::stylesheet))
        .route("/sandbox/dashboard.js", get(dashboard::script))
        .route("/sandbox/changes", get(dashboard::changes))
        .route("/dashboard/{button}", post(dashboard::act))
        .route("/dashboard/refund", post(dashboard::refund))
        .route("/dashboard/clock", post(dashboard::advance_clock))
        .route("/dashboard/notification-url", post(dashboard::notification_url))
        .route("/dashboard/resend", post(dashboard::resend))
        .route("/dashboard/test-notification", post(dashboard::test_notification))
        .route("/dashboard/add-fault", post(dashboard::add_fault))
        .route("/dashboard/remove-fault", post(dashboard::remove_fault))
        .route("/dashboard/clear-faults", post(dashboard::clear_faults))
        .route("/dashboard/chaos", post(dashboard::begin_chaos))
        .route("/dashboard/end-chaos", post(dashboard::end_chaos))
        .route("/dashboard/switch", post(dashboard::switch))
        .route("/healthz", get(control::health))
        .route("/sandbox/transactions", get(control::transactions))
        .route("/sandbox/transactions/{id}", get(control::transaction))
        .route("/sandbox/transactions/{id}/pay", post(control::pay))
        .route("/sandbox/transactions/{id}/expire", post(control::expire))
        .route("/sandbox/transactions/{id}/cancel", post(control::cancel))
        .route("/sandbox/transactions/{id}/deny", post(control::deny))
        .route("/sandbox/notification-url", get(control::current_notification_url).post(control::notification_url))
        .route("/sandbox/notifications", get(control::notifications).post(control::send_own))
        .route("/sandbox/notifications/test", post(control::send_test))
        .route("/sandbox/notifications/{id}", get(control::notification))
        .route("/sandbox/notifications/{id}/resend", post(control::resend))
        .route("/sandbox/clock/advance", post(control::advance_clock))
        .route("/sandbox/behaviour", get(control::behaviour).patch(control::change_behaviour))
        .route("/sandbox/faults", get(control::faults).post(control::add_fault).delete(control::clear_faults))
        .route("/sandbox/faults/applied", get(control::applied_faults))
        .route("/sandbox/faults/{id}", delete(control::remove_fault))
        .route("/sandbox/chaos", get(control::chaos).put(control::set_chaos).delete(control::end_chaos))
        .route_layer(from_fn_with_state(Arc::clone(sandbox), same_origin_only))
        .method_not_allowed_fallback(control::method_not_allowed)
}

/// Adds a `Date` header with the sandbox's time, not the machine's: `expiry_time` is to be measured against it.
async fn set_date(State(sandbox): State<Arc<Sandbox>>, mut response: Response) -> Response {
    let date = httpdate::fmt_http_date(sandbox.clock.now().system_time());
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    async fn panics() {
        panic!("of a test");
    }

    /// Answers of a panicking route: with the idempotency key's layer, and without.
    async fn answer_after_panic(path: &str, sandbox: &Arc<Sandbox>) -> (u16, String) {
        let idempotent = Router::new()
            .route("/idempotent", post(panics))
            .route_layer(from_fn_with_state(Arc::clone(sandbox), core_api::idempotent));
        let routes = idempotent.route("/plain", post(panics));
        let request = Request::post(path).header("idempotency-key", "k").body(Body::empty()).expect("a request");
        let response = with_common_layers(routes, Arc::clone(sandbox)).oneshot(request).await.expect("an answer");
        let http_status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (http_status, String::from_utf8(body.to_vec()).expect("a text"))
    }

    #[tokio::test]
    async fn a_panic_is_midtrans_own_500_and_leaves_the_idempotency_key_free() {
        // The client for notifications wants one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let state = crate::state::State::default();
        let sandbox = Arc::new(Sandbox::new(&Settings::default(), String::new(), state).expect("a sandbox"));
        for path in ["/plain", "/idempotent", "/idempotent"] {
            let (http_status, body) = answer_after_panic(path, &sandbox).await;
            assert_eq!(http_status, 200, "{path}: {body}");
            assert!(body.contains(r#""status_code":"500""#) && body.contains("unexpected issues"), "{path}: {body}");
        }
    }
}
