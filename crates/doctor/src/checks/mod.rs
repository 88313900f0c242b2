//! The checks, one file for each group. Each is a row of text and the function that tries it.

mod access;
mod attempts;
mod cancel;
mod charge;
mod claims;
mod errors;
mod events;
mod foreign;
mod headers;
mod keys;
mod notifications;
mod paid_after_all;
mod retry;
mod status;
mod trouble;

use crate::check::Check;

/// Every check, group by group. The one about the server key is last: it looks at whatever was answered before.
pub(crate) const ALL: &[&[Check]] = &[
    charge::CHECKS,
    retry::CHECKS,
    paid_after_all::CHECKS,
    attempts::CHECKS,
    status::CHECKS,
    events::CHECKS,
    cancel::CHECKS,
    notifications::CHECKS,
    claims::CHECKS,
    foreign::CHECKS,
    trouble::CHECKS,
    errors::CHECKS,
    access::CHECKS,
    headers::CHECKS,
    keys::CHECKS,
];
