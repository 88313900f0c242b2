//! The reference merchant: a shop's backend for GoPay payments through Midtrans, as a library and as a program.
//!
//! **In scope:** orders whose amount no browser can name, charges that are made once whatever is pressed or reloaded,
//! statuses by push stream and by poll, notifications that are verified, confirmed and recorded.
//!
//! **Out of scope:** products, pages, stock, customers, delivery, refunds, every other way to pay.
//!
//! `router.rs` is the map. A request goes `routes/*` (HTTP) → `payments/` (the decisions that need Midtrans) →
//! `orders/` (the store) and `midtrans.rs` (its client). The store publishes every change: to push streams over `status_hub.rs`, and
//! to the outbox. `Shutdown` in `jobs/` ends everything.

mod application;
mod backend;
mod clock;
mod commands;
mod error;
mod guard;
mod jobs;
mod metrics;
mod midtrans;
mod openapi;
mod order_token;
#[doc(hidden)]
pub mod orders;
mod payments;
mod router;
mod routes;
mod serving;
mod settings;
mod shop;
mod status_cache;
mod status_hub;
pub mod telemetry;

pub use application::{Application, Check, Signals};
pub use backend::{CheckoutBackend, CheckoutBackendBuilder, NotReady, Unhealthy};
pub use clock::{MachineClock, UnixMillis};
pub use commands::{Change, CommandError, OnOrder, OperatorCommand, OrderCommand};
pub use error::StartError;
pub use order_token::{InvalidOrderToken, OrderTokens};
pub use orders::{InvalidOrder, NewOrder, PlaceError, StoreError};
pub use router::openapi;
pub use settings::{
    AppScheme, BrowserSettings, DatabaseSettings, DatabaseUrl, InvalidSetting, InvalidValue, Limit, LimitSettings,
    ListenSettings, MidtransSettings, OrderTokenSettings, RateSettings, RetentionSettings, SettingRow, Settings,
    StopSettings, StreamSettings, WebOrigin, setting_table,
};
pub use shop::{BoxError, OrderAuthorization, OrderSource, Payment, PaymentListener, Unauthorized};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock, also one that a panic has left: every change to what is inside is made in one step, so nothing half-done
/// is left behind.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
