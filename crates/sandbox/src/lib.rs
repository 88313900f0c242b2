#![doc = include_str!("../README.md")]

mod allowed_callers;
mod application;
mod behaviour;
mod bodies;
mod clock;
mod control;
mod core_api;
mod dashboard;
mod error;
mod faults;
mod gopay_app;
pub mod ledger;
mod notifier;
pub mod qris;
mod router;
mod sandbox;
mod state;

pub use allowed_callers::checked as checked_host;
pub use application::{Application, DEFAULT_SERVER_KEY, MERCHANT_ID, Settings, StartError};
pub use behaviour::{
    AmountLimit, Behaviour, CallbackJoin, DeeplinkShape, DenialReason, GopayAccount, HttpStatusFollowsBody,
    OrderIdAfterDeny, OrderIdCharacters, OverSevenDays, QrCodeWhenFinal, RequestHeaders, ServiceError,
    UncertainCharges, ValidationWording, WrongDataType,
};
pub use error::ApiError;
pub use faults::{Chaos, FaultName};
pub use state::FileError;

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock, also one that a panicking request has left: every change to what is inside is made in one step, so
/// nothing half-done is left behind.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Renders the page, never cached: it shows a payment's current state.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
