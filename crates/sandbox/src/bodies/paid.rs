//! Fields of a paid transaction.

use super::{TransactionBody, Writer};
use crate::{
    behaviour::QrisField,
    ledger::{PaidVia, Settlement, Transaction},
};

impl Writer<'_> {
    /// Writes how the transaction was paid. A scanned QR code turns `payment_type` to `qris`.
    pub(super) fn paid(&self, body: &mut TransactionBody, transaction: &Transaction, settlement: &Settlement) {
        body.answer.settlement_time = Some(settlement.at);
        match &settlement.via {
            PaidVia::Gopay => body.payment_option_type = Some(self.behaviour.payment_option_type.as_str()),
            PaidVia::Qris { issuer } => {
                body.answer.payment_type = Some("qris".to_owned());
                for field in &self.behaviour.qris_fields {
                    match field {
                        QrisField::TransactionType => {
                            body.transaction_type = Some(if issuer == "gopay" { "on-us" } else { "off-us" });
                        }
                        QrisField::Issuer => body.issuer = Some(issuer.clone()),
                        QrisField::Acquirer => body.acquirer = Some("gopay"),
                        QrisField::MerchantCrossReferenceId => {
                            body.merchant_cross_reference_id = Some(transaction.reference.clone());
                        }
                    }
                }
            }
        }
    }
}
