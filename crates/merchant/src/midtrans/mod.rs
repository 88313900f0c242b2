//! Midtrans: the client of its Core API, and its clock.

mod client;
mod clock;

pub(crate) use client::{MidtransClient, MidtransError, unreachable_because};
