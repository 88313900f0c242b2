//! Where the admin endpoints, `/readyz` and `/metrics`, are served.

use super::client;
use crate::error::ApiError;
use crate::settings::Settings;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

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
    /// A proxy on this machine is this machine to whoever it passes requests on to, unless it says whom it asks for; many say
    /// nothing. So a merchant that must have one, told or not, does not go by the peer's address. One that Midtrans
    /// reaches has one: it speaks no TLS itself.
    pub(crate) fn by(settings: &Settings) -> Self {
        let has_a_proxy = settings.limits.trusted_proxies > 0 || settings.midtrans.is_midtrans();
        match settings.listen.operator_address {
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
