#![doc = include_str!("../docs/leptos.md")]
//!
//! ## In this crate
//!
//! An application needs [`Checkout`] and [`payment::HostEvent`] with the types in it. The rest is public for the tests and the
//! script of this widget, and may change in any version:
//!
//! * [`config`], [`payment`], [`text`], [`sse_parser`], [`components`]: rules, texts and the view; pure, tested natively.
//! * `browser`: the side effects, in wasm builds only.

mod checkout;
pub mod components;
pub mod config;
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub mod loader_rules;
pub mod payment;
pub mod sse_parser;
pub mod text;

/// Small allocator: a third of the standard one's code.
#[cfg(all(target_arch = "wasm32", feature = "element"))]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[cfg(target_arch = "wasm32")]
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a payer's blank box")]
pub mod browser;
#[cfg(not(feature = "element"))]
pub use checkout::Checkout;
