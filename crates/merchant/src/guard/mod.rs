//! Rate limits, connection limits, origin checks, client addresses and security headers. Authorization is the order token's business.
//!
//! A client is an address ([`Client`]). It has a quota for each kind of request. A request beyond it is answered 429 with
//! `Retry-After`, and nothing is polled, charged or written. The memory of the limiters is bounded.

mod client;
mod limits;
mod origin;

pub(crate) use client::Client;
pub(crate) use limits::Permits;
pub(crate) use origin::{check_callback_url, is_of_a_form, refuse_foreign_pages};

use crate::error::ApiError;
use crate::settings::{LimitSettings, Settings};
use axum::extract::{Request, State};
use axum::http::{HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gopay_contract::OrderId;
use limits::RateLimit;
use std::sync::{Arc, Once};
use std::time::Duration;

/// A kind of request; each has a quota of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// A charge or a cancel.
    Charge,
    /// A status or a push stream.
    Status,
    /// A notification.
    Notification,
}

/// The limiters of this process.
pub(crate) struct Guard {
    trusted_proxies: u32,
    charges: RateLimit<Client>,
    charges_per_order: RateLimit<OrderId>,
    statuses: RateLimit<Client>,
    notifications: RateLimit<Client>,
    streams: Permits,
    stream_age: Duration,
    peers_unknown: Once,
}

impl Guard {
    /// A guard with full quotas.
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        let rates = &settings.rates;
        Self {
            trusted_proxies: settings.trusted_proxies,
            charges: RateLimit::per_minute(rates.charges),
            charges_per_order: RateLimit::per_minute(rates.charges_per_order),
            statuses: RateLimit::per_minute(rates.statuses),
            notifications: RateLimit::per_minute(rates.notifications),
            streams: Permits::new(None, settings.streams_per_client),
            stream_age: settings.stream_age,
            peers_unknown: Once::new(),
        }
    }

    /// The client that sent this request. `None` where the server does not say: such requests are not limited, because with
    /// one quota for all of them, one client could use up everybody's.
    fn client(&self, request: &Request) -> Option<Client> {
        let client = Client::of(request, self.trusted_proxies);
        if client.is_none() {
            self.peers_unknown.call_once(|| {
                tracing::error!(
                    "requests come without their peer's address, so no limit per client holds: serve the app with \
                     into_make_service_with_connect_info::<SocketAddr>()"
                );
            });
        }
        client
    }

    fn check_rate(&self, kind: RequestKind, client: Client) -> Result<(), ApiError> {
        let limit = match kind {
            RequestKind::Charge => &self.charges,
            RequestKind::Status => &self.statuses,
            RequestKind::Notification => &self.notifications,
        };
        limit.check(client).map_err(|retry_after| ApiError::TooMany { retry_after })
    }

    /// Counts a charge or a cancel of this order. To be called once the order token has opened it: strangers use nothing
    /// of an order's quota.
    pub(crate) fn check_charge_rate(&self, order_id: &OrderId) -> Result<(), ApiError> {
        self.charges_per_order.check(order_id.clone()).map_err(|retry_after| ApiError::TooMany { retry_after })
    }
}

/// Answers 429 in the route's place when the client's quota for it is used up.
pub(crate) async fn limit(
    State((guard, kind)): State<(Arc<Guard>, RequestKind)>,
    request: Request,
    next: Next,
) -> Response {
    let admitted = guard.client(&request).map_or(Ok(()), |client| guard.check_rate(kind, client));
    match admitted {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Limits how many push streams a client has open, and how old each gets.
pub(crate) async fn limit_streams(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let permit = match guard.client(&request).map(|client| guard.streams.take(client)) {
        Some(None) => return ApiError::TooMany { retry_after: limits::STREAM_RETRY_AFTER }.into_response(),
        Some(Some(permit)) => Some(permit),
        None => None,
    };
    let response = next.run(request).await;
    if response.status().is_success() { limits::limit_age(response, permit, guard.stream_age) } else { response }
}

/// Where the admin endpoints are served: never where the internet could reach them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdminEndpoints {
    /// On a listener of their own.
    OwnListener,
    /// On the public listener, for requests of this machine only: while developing.
    ThisMachine,
    /// Nowhere: payers reach the public listener through a proxy.
    Nowhere,
}

impl AdminEndpoints {
    /// To the merchant, a request by a proxy on this machine comes from this machine, unless it says whom it asks for; many say
    /// nothing. So a merchant that must have one, told or not, does not go by the peer's address. One that Midtrans
    /// reaches has one: it speaks no TLS itself.
    pub(crate) fn by(settings: &Settings) -> Self {
        let has_a_proxy = settings.limits.trusted_proxies > 0 || settings.midtrans.is_midtrans();
        match settings.listen.admin_address {
            Some(_) => Self::OwnListener,
            None if has_a_proxy => Self::Nowhere,
            None => Self::ThisMachine,
        }
    }
}

/// Answers 404 to every request that is not from this machine.
pub(crate) async fn this_machine_only(request: Request, next: Next) -> Response {
    if client::is_from_this_machine(&request) { next.run(request).await } else { ApiError::NoRoute.into_response() }
}

/// On every answer, unless it says otherwise itself. `Strict-Transport-Security` is left to the proxy that ends TLS.
pub(crate) const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
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

/// On every answer of the API: it is no page, and may not be framed as one.
pub(crate) const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
