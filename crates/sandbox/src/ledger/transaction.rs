//! One transaction.

use super::{Charge, Refund};
use crate::{behaviour::DenialReason, qris};
use gopay_contract::{FraudStatus, GrossAmount, JakartaTime, TransactionId, TransactionStatus};
use serde::{Deserialize, Serialize};

/// Midtrans' record of a charge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// Midtrans' id of it.
    pub transaction_id: TransactionId,
    /// GoPay's: the `tref` of the deeplink, the `A1…ID` of the framed QR code.
    pub reference: String,
    /// The charge.
    pub charge: Charge,
    /// Time of the charge.
    pub transaction_time: JakartaTime,
    /// The text in the QR code.
    pub qris: String,
    /// The state.
    pub stage: Stage,
    /// Faults on request.
    pub omissions: Omissions,
}

/// Ids of a new transaction: made outside, because the ledger has no random numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// A UUID.
    pub transaction_id: TransactionId,
    /// `A1<UTC yyyymmddhhmmss><10 letters and digits>ID`.
    pub reference: String,
}

/// Faults of a transaction: fields left out, and work left undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Omissions {
    /// Leaves `expiry_time` out of every answer about it.
    pub no_expiry_time: bool,
    /// Leaves `generate-qr-code-v2` out of its charge's answer.
    pub no_generate_qr_code_v2: bool,
    /// Hides it from the expiry job (seen in the wild with QRIS, for hours).
    pub stuck_pending: bool,
    /// Settles it this many seconds after `expiry_time`, once it has expired: a late settlement that comes by itself.
    #[serde(default)]
    pub settles_after_expiry: Option<u32>,
    /// Puts its settlement in doubt: `fraud_status` says `challenge`.
    #[serde(default)]
    pub challenged: bool,
}

/// State of a transaction, with the data of that state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// Waiting for the payer.
    Pending,
    /// Paid, and perhaps given back since.
    Settled(Settlement),
    /// The time to pay is over.
    Expired,
    /// Cancelled by the merchant.
    Cancelled,
    /// Refused by GoPay.
    Denied(DenialReason),
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    /// `settlement_time`.
    pub at: JakartaTime,
    /// The way of payment.
    pub via: PaidVia,
    /// The refunds, in order.
    pub refunds: Vec<Refund>,
}

/// The way of payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaidVia {
    /// In the GoPay app, by the deeplink.
    Gopay,
    /// By scanning the QR code with the app of this issuer: `payment_type` turns to `qris`.
    Qris {
        /// `gopay`, `dana`, `bca` …
        issuer: String,
    },
}

impl Transaction {
    pub(super) fn new(
        now: JakartaTime,
        charge: Charge,
        identity: Identity,
        omissions: Omissions,
        denial: Option<DenialReason>,
    ) -> Self {
        let qris = qris::text(charge.gross_amount, &identity.reference);
        Self {
            transaction_id: identity.transaction_id,
            reference: identity.reference,
            charge,
            transaction_time: now,
            qris,
            stage: denial.map_or(Stage::Pending, Stage::Denied),
            omissions,
        }
    }

    /// The transaction's status in Midtrans' words.
    #[must_use]
    pub fn transaction_status(&self) -> TransactionStatus {
        match &self.stage {
            Stage::Pending => TransactionStatus::Pending,
            Stage::Expired => TransactionStatus::Expire,
            Stage::Cancelled => TransactionStatus::Cancel,
            Stage::Denied(_) => TransactionStatus::Deny,
            Stage::Settled(settlement) if settlement.refunds.is_empty() => TransactionStatus::Settlement,
            Stage::Settled(settlement) if settlement.refunded() >= self.charge.gross_amount.rupiah() => {
                TransactionStatus::Refund
            }
            Stage::Settled(_) => TransactionStatus::PartialRefund,
        }
    }

    /// `deny` where fraud detection refused, `challenge` where it doubts a settlement, else `accept`.
    #[must_use]
    pub fn fraud_status(&self) -> FraudStatus {
        match &self.stage {
            Stage::Denied(DenialReason::FRAUD) => FraudStatus::Deny,
            Stage::Settled(_) if self.omissions.challenged => FraudStatus::Challenge,
            Stage::Pending | Stage::Settled(_) | Stage::Expired | Stage::Cancelled | Stage::Denied(_) => {
                FraudStatus::Accept
            }
        }
    }

    /// Rupiah given back so far.
    #[must_use]
    pub fn refunded(&self) -> u64 {
        match &self.stage {
            Stage::Settled(settlement) => settlement.refunded(),
            Stage::Pending | Stage::Expired | Stage::Cancelled | Stage::Denied(_) => 0,
        }
    }

    /// The refunded amount, if there is any.
    #[must_use]
    pub fn refund_amount(&self) -> Option<GrossAmount> {
        GrossAmount::from_rupiah(self.refunded())
    }
}

impl Settlement {
    /// A payment without refunds.
    #[must_use]
    pub fn new(at: JakartaTime, via: PaidVia) -> Self {
        Self { at, via, refunds: Vec::new() }
    }

    /// Rupiah given back so far.
    #[must_use]
    pub fn refunded(&self) -> u64 {
        self.refunds.iter().map(|refund| refund.refund_amount.rupiah()).sum()
    }
}
