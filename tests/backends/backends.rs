//! The backends in examples/backends, started as a shop starts them, with the sandbox in Midtrans' place.
//!
//! `conformance.rs` holds each against the contract with gopay-doctor, `doubted.rs` and `adopted.rs` tell it what the sandbox never would,
//! `killed.rs` ends it in the middle of what counts, `reconciled.rs` loses its notifications, `clocks.rs` sets its clock right, `storage.rs`
//! lets it store nothing, `paid_meanwhile.rs` pays during a retry, `paid_orders.rs` ships, `refused.rs` starts it with something missing,
//! or has Midtrans refuse it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod adopted;
mod clocks;
mod conformance;
mod database;
mod doubted;
mod killed;
mod language;
mod midtrans;
mod paid_meanwhile;
mod paid_orders;
mod process;
mod reconciled;
mod refused;
mod stage;
mod storage;
