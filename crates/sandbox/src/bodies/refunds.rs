//! `refunds` of get-status and notifications.

use crate::{behaviour::RefundMethod, ledger::Refund};
use gopay_contract::{GrossAmount, JakartaTime};
use serde::Serialize;

/// One refund.
#[derive(Debug, Serialize)]
pub(super) struct RefundLine {
    refund_chargeback_id: u64,
    refund_amount: GrossAmount,
    created_at: JakartaTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    refund_key: String,
    refund_method: RefundMethod,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_confirmed_at: Option<JakartaTime>,
}

impl RefundLine {
    pub(super) fn of(refund: &Refund, refund_method: RefundMethod) -> Self {
        Self {
            refund_chargeback_id: refund.refund_chargeback_id,
            refund_amount: refund.refund_amount,
            created_at: refund.created_at,
            reason: refund.reason.clone(),
            refund_key: refund.refund_key.clone(),
            refund_method,
            bank_confirmed_at: refund.bank_confirmed_at,
        }
    }
}
