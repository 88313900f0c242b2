//! `gopay-doctor`: checks whether a merchant's backend, in whatever language, keeps the rules that the widget and the
//! money rely on.
//!
//! **In scope:** everything that can be seen over HTTP: the merchant's endpoints as a browser and as Midtrans ask them,
//! and the Midtrans sandbox behind it, whose own ledger says what was really charged.
//!
//! **Out of scope:** the merchant's inside, its speed, and real Midtrans.
//!
//! `checks/` is the list of rules, [`run()`] tries them one by one, [`report`] tells what was found.

mod case;
mod check;
mod checks;
mod endpoints;
mod event_stream;
mod limits;
mod lock;
mod merchant;
mod order;
pub mod report;
mod run;
mod sandbox;
mod secrets;
mod seen;
mod supply;
mod verdict;

pub use check::{Check, Group, all};
pub use endpoints::{Endpoints, InvalidUrl, UrlTemplate};
pub use order::Order;
pub use run::{CannotRun, Finding, Outcome, PROBE_ORDERS, Plan, run, run_until};
pub use secrets::Secrets;
pub use supply::OrderSource;
pub use verdict::Complaint;
