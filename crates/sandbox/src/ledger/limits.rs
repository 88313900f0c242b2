//! How much GoPay lets a payer pay at once, in rupiah (Midtrans, "minimum and maximum amount").

use super::PaidVia;
use crate::{Behaviour, Refusal};
use gopay_contract::GrossAmount;

/// From a verified wallet.
pub const MOST_VERIFIED: u64 = 20_000_000;
/// From an unverified one.
pub const MOST_UNVERIFIED: u64 = 2_000_000;
/// By QRIS, with any wallet.
pub const MOST_QRIS: u64 = 10_000_000;

/// Whether the payer's wallet lets the payment through.
pub(super) fn admit(gross_amount: GrossAmount, via: &PaidVia, behaviour: &Behaviour) -> Result<(), Refusal> {
    let most = match via {
        PaidVia::Qris { .. } => MOST_QRIS,
        PaidVia::Gopay if behaviour.wallet_verified => MOST_VERIFIED,
        PaidVia::Gopay => MOST_UNVERIFIED,
    };
    if gross_amount.rupiah() > most { Err(Refusal::OverPayersLimit(most)) } else { Ok(()) }
}
