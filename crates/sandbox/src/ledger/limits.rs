//! GoPay's limits for one payment, in rupiah (Midtrans, "minimum and maximum amount").

use super::PaidVia;
use crate::{ApiError, Behaviour};
use gopay_contract::GrossAmount;

/// Maximum from a verified wallet.
pub const MOST_VERIFIED: u64 = 20_000_000;
/// Maximum from an unverified wallet.
pub const MOST_UNVERIFIED: u64 = 2_000_000;
/// Maximum by QRIS, with any wallet.
pub const MOST_QRIS: u64 = 10_000_000;

/// Checks the payment against the limits of the payer's wallet.
pub(super) fn admit(gross_amount: GrossAmount, via: &PaidVia, behaviour: &Behaviour) -> Result<(), ApiError> {
    let most = match via {
        PaidVia::Qris { .. } => MOST_QRIS,
        PaidVia::Gopay if behaviour.wallet_verified => MOST_VERIFIED,
        PaidVia::Gopay => MOST_UNVERIFIED,
    };
    if gross_amount.rupiah() > most { Err(ApiError::OverPayersLimit(most)) } else { Ok(()) }
}
