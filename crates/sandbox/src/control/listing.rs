//! A transaction in the control API.

use crate::ledger::{PaidVia, Stage, Transaction};
use gopay_contract::{GrossAmount, JakartaTime, TransactionStatus};
use serde::Serialize;

/// One line of `GET /sandbox/transactions`.
#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    pub(crate) order_id: String,
    pub(crate) transaction_id: String,
    pub(crate) transaction_status: TransactionStatus,
    pub(crate) gross_amount: GrossAmount,
    pub(crate) transaction_time: JakartaTime,
    pub(crate) expiry_time: JakartaTime,
    /// The `tref` of the deeplink.
    pub(crate) reference: String,
    /// The text in the QR code.
    pub(crate) qris: String,
    /// `gopay` or `qris`, once it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) paid_via: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refund_amount: Option<GrossAmount>,
}

impl Listing {
    pub(crate) fn of(transaction: &Transaction) -> Self {
        let paid_via = match &transaction.stage {
            Stage::Settled(settlement) => Some(match settlement.via {
                PaidVia::Gopay => "gopay",
                PaidVia::Qris { .. } => "qris",
            }),
            Stage::Pending | Stage::Expired | Stage::Cancelled | Stage::Denied(_) => None,
        };
        Self {
            order_id: transaction.charge.order_id.to_string(),
            transaction_id: transaction.transaction_id.to_string(),
            transaction_status: transaction.transaction_status(),
            gross_amount: transaction.charge.gross_amount,
            transaction_time: transaction.transaction_time,
            expiry_time: transaction.charge.expiry_time,
            reference: transaction.reference.clone(),
            qris: transaction.qris.clone(),
            paid_via,
            refund_amount: transaction.refund_amount(),
        }
    }
}
