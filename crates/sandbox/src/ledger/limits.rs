//! Limits: of one payment in rupiah (Midtrans, "minimum and maximum amount"), and of charges a minute (the switch
//! `charges_per_minute`).

use super::PaidVia;
use crate::ApiError;
use gopay_contract::{GrossAmount, JakartaTime};
use std::collections::VecDeque;

/// Maximum from a verified wallet.
pub const MOST_GOPAY: u64 = 20_000_000;
/// Maximum by QRIS, with any wallet.
pub const MOST_QRIS: u64 = 10_000_000;

/// Checks the payment against the limits of the payer's wallet.
pub(super) fn admit(gross_amount: GrossAmount, via: &PaidVia) -> Result<(), ApiError> {
    let most = match via {
        PaidVia::Qris { .. } => MOST_QRIS,
        PaidVia::Gopay => MOST_GOPAY,
    };
    if gross_amount.rupiah() > most { Err(ApiError::OverPayersLimit(most)) } else { Ok(()) }
}

/// The charges of the last sixty seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct ChargeRate(VecDeque<i64>);

impl ChargeRate {
    /// Counts a charge, if the limit lets it. `most` 0 is no limit.
    pub(super) fn admit(&mut self, now: JakartaTime, most: u32) -> bool {
        let now = now.unix_seconds();
        while self.0.front().is_some_and(|made| now >= made + 60) {
            self.0.pop_front();
        }
        if most == 0 {
            return true;
        }
        let admitted = self.0.len() < usize::try_from(most).unwrap_or(usize::MAX);
        if admitted {
            self.0.push_back(now);
        }
        admitted
    }
}
