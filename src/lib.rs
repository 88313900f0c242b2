//! The checkout widget: an embeddable `<gopay-checkout>` for GoPay through Midtrans' Core API.
//!
//! * [`config`], [`payment`], [`text`], [`event_stream`]: rules and words; pure, tested natively.
//! * `browser`, `view`: the edges and the picture; a native build has neither them nor anything they could use.

pub mod config;
pub mod event_stream;
pub mod payment;
pub mod text;

#[cfg(target_arch = "wasm32")]
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a payer's blank box")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a payer's blank box")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Checkout;
