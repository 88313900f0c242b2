//! The sandbox over real HTTP, on free ports.

#![expect(clippy::unwrap_used, reason = "tests")]

mod sandbox;
mod shop;

mod account_notifications;
mod charges;
mod client_quirks;
mod codes;
mod control;
mod dashboard;
mod denials;
mod each_order;
mod faults;
mod file;
mod idempotency;
mod links;
mod notification_bodies;
mod notifications;
mod phone;
mod qr_codes;
mod refunds;
mod refusals;
mod status;
mod strangers;
mod targets;
mod ticking;
