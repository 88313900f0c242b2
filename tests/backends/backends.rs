//! The backends in examples/backends, started as a shop starts them, with the sandbox in Midtrans' place.
//!
//! `conformance.rs` holds each against the contract with gopay-doctor, `implausible_statuses.rs` and `ownership.rs` tell
//! it what the sandbox never would, `crashes.rs` ends it in the middle of what counts, `reconciliation.rs` loses its
//! notifications, `clocks.rs` sets its clock right, `storage.rs` lets it store nothing, `payment_during_retry.rs` pays
//! during a retry, `paid_orders.rs` ships, `misconfiguration.rs` starts it with something missing, or has Midtrans refuse it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod clocks;
mod conformance;
mod crashes;
mod database;
mod implausible_statuses;
mod language;
mod midtrans;
mod misconfiguration;
mod ownership;
mod paid_orders;
mod payment_during_retry;
mod process;
mod reconciliation;
mod stage;
mod storage;
