//! The backends in examples/backends, started as a shop starts them, with the sandbox in Midtrans' place.
//!
//! `conformance.rs` holds each against the contract with gopay-doctor, `doubted.rs` tells it what the sandbox never would,
//! `killed.rs` ends it in the middle of what counts, `reconciled.rs` loses its notifications, `refused.rs` starts it with something missing, or has Midtrans refuse it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod conformance;
mod doubted;
mod killed;
mod language;
mod process;
mod reconciled;
mod refused;
mod stage;
