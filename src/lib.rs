//! The checkout widget: an embeddable `<gopay-checkout>` for GoPay through Midtrans' Core API.
//!
//! * [`config`], [`payment`], [`text`], [`event_stream`], [`view`]: rules, words and the picture; pure, tested natively.
//! * `browser`: the edges; a native build has neither them nor anything they could use.

pub mod config;
pub mod event_stream;
pub mod payment;
pub mod text;
pub mod view;

/// An allocator of a third of the standard one's bytes.
#[cfg(all(target_arch = "wasm32", not(feature = "component")))]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[cfg(target_arch = "wasm32")]
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a payer's blank box")]
pub mod browser;
#[cfg(all(target_arch = "wasm32", feature = "component"))]
pub use browser::Checkout;
