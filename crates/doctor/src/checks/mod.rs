//! The checks, one file for each group. Each is a row of text and the function that tries it.

mod access;
mod attempts;
mod cancel;
mod charge;
mod errors;
mod events;
mod failures;
mod notifications;
mod retry;
mod status;

use crate::check::Check;

/// Every check, group by group. The one about the server key is last: it looks at all earlier answers.
const ALL: &[&[Check]] = &[
    charge::CHECKS,
    retry::CHECKS,
    attempts::CHECKS,
    status::CHECKS,
    events::CHECKS,
    cancel::CHECKS,
    notifications::CHECKS,
    failures::CHECKS,
    errors::CHECKS,
    access::CHECKS,
    access::SERVER_KEY,
];

/// Every check, in the order in which they are run.
#[must_use]
pub fn all() -> Vec<Check> {
    ALL.iter().flat_map(|checks| checks.iter().copied()).collect()
}
