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
mod limits;
mod merchant;
mod orders;
pub mod report;
mod response;
mod run;
mod sandbox;
mod secrets;

pub use check::{Check, Group, Violation};
pub use checks::all;
pub use endpoints::{Endpoints, InvalidUrl, UrlTemplate};
pub use orders::{Order, OrderSource};
pub use run::{CannotRun, Finding, Outcome, PROBE_ORDERS, Plan, run, run_until};
pub use secrets::Secrets;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock, also one that a panicking check has left.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
