//! Giving money back (Midtrans, "Refund transaction").

use super::{Stage, Transaction};
use crate::Refusal;
use gopay_contract::{GrossAmount, JakartaTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Midtrans' number of it.
    pub refund_chargeback_id: u64,
    /// How much.
    pub refund_amount: GrossAmount,
    /// When it was asked for.
    pub created_at: JakartaTime,
    /// Shown to the payer.
    pub reason: Option<String>,
    /// The merchant's name of it.
    pub refund_key: String,
    /// When the bank confirmed; before that, not yet.
    pub bank_confirmed_at: Option<JakartaTime>,
}

/// A refund's body; everything in it is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundRequest {
    /// The merchant's name of it, of `A-Z a-z 0-9 - _`.
    pub refund_key: Option<String>,
    /// Rupiah; without it, all that is left.
    pub amount: Option<i64>,
    /// At most 255 characters.
    pub reason: Option<String>,
}

impl RefundRequest {
    /// Reads a body. `null` and `{}` ask for a full refund.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] naming each bad field.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        let mut messages = Vec::new();
        let mut unless = |fine: bool, message: &str| {
            if !fine {
                messages.push(message.to_owned());
            }
        };
        let given = &body["refund_key"];
        let refund_key = given.as_str().filter(|key| !key.is_empty() && key.bytes().all(is_key_byte));
        unless(given.is_null() || refund_key.is_some(), "refund_key must only have the characters A-Z a-z 0-9 - _");
        let given = &body["amount"];
        let amount = given.as_i64().or_else(|| given.as_str()?.parse().ok());
        unless(given.is_null() || amount.is_some(), "amount must be a whole number of rupiah");
        let given = &body["reason"];
        let reason = given.as_str().filter(|reason| reason.chars().count() <= 255);
        unless(given.is_null() || reason.is_some(), "reason must be a text of at most 255 characters");
        if !messages.is_empty() {
            return Err(Refusal::Invalid(messages));
        }
        Ok(Self { refund_key: refund_key.map(str::to_owned), amount, reason: reason.map(str::to_owned) })
    }
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

pub(super) fn refund(
    transaction: &mut Transaction,
    now: JakartaTime,
    request: RefundRequest,
    fallback_key: String,
    refund_chargeback_id: u64,
) -> Result<Refund, Refusal> {
    let gross_amount = transaction.charge.gross_amount.rupiah();
    let settlement = match &mut transaction.stage {
        Stage::Settled(settlement) => settlement,
        Stage::Pending | Stage::Expired | Stage::Cancelled | Stage::Denied(_) => return Err(Refusal::CannotModify),
    };
    // The key is looked at first: a repeated request says "duplicate" even when nothing is left to give back.
    let refund_key = request.refund_key.unwrap_or(fallback_key);
    if settlement.refunds.iter().any(|refund| refund.refund_key == refund_key) {
        return Err(Refusal::DuplicateRefundKey);
    }
    let left = gross_amount - settlement.refunded();
    if left == 0 {
        return Err(Refusal::CannotModify);
    }
    let asked = request.amount.map_or(Some(left), |amount| u64::try_from(amount).ok());
    let refund_amount =
        asked.filter(|amount| *amount <= left).and_then(GrossAmount::from_rupiah).ok_or(Refusal::RefundAmount)?;
    let refund = Refund {
        refund_chargeback_id,
        refund_amount,
        created_at: now,
        reason: request.reason,
        refund_key,
        bank_confirmed_at: None,
    };
    settlement.refunds.push(refund.clone());
    Ok(refund)
}

/// Lets the bank confirm what is `delay` seconds old; whether anything was.
pub(super) fn confirm(refunds: &mut [Refund], now: JakartaTime, delay: i64) -> bool {
    let mut confirmed = false;
    for refund in refunds {
        let due = refund.bank_confirmed_at.is_none() && now.unix_seconds() >= refund.created_at.unix_seconds() + delay;
        if due {
            refund.bank_confirmed_at = Some(now);
            confirmed = true;
        }
    }
    confirmed
}
