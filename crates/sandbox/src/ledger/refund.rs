//! Refunds (Midtrans, "Refund transaction").

use super::{Ledger, PaidVia, Stage, Transaction, request_json};
use crate::ApiError;
use gopay_contract::{GrossAmount, JakartaTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const DAY: i64 = 24 * 60 * 60;
/// Refund window of a payment in the GoPay app, and of a QR code that GoPay itself scanned (on-us).
const WINDOW: i64 = 45 * DAY;
/// Refund window of a QR code that another wallet scanned (off-us).
const OFF_US_WINDOW: i64 = 7 * DAY;
/// Seconds between a refund's first notification and the second one, which has `bank_confirmed_at`.
const CONFIRMATION_DELAY: i64 = 2;

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Midtrans' number of it.
    pub refund_chargeback_id: u64,
    /// The amount.
    pub refund_amount: GrossAmount,
    /// Time of the request.
    pub created_at: JakartaTime,
    /// Shown to the payer.
    pub reason: Option<String>,
    /// The merchant's name of it.
    pub refund_key: String,
    /// Time of the bank's confirmation; none before it.
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
    /// Reads a body. `null` and `{}` ask for a full refund, and an empty text counts as absent.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] naming each bad field.
    pub fn read(body: &Value) -> Result<Self, ApiError> {
        let body = request_json::without_absent(body);
        let mut messages = Vec::new();
        let mut unless = |fine: bool, message: &str| {
            if !fine {
                messages.push(message.to_owned());
            }
        };
        let given = &body["refund_key"];
        let refund_key = given.as_str().filter(|key| key.bytes().all(is_key_byte));
        unless(given.is_null() || refund_key.is_some(), "refund_key must only have the characters A-Z a-z 0-9 - _");
        let given = &body["amount"];
        let amount = request_json::whole(given);
        unless(given.is_null() || amount.is_some(), "amount must be a whole number of rupiah");
        let given = &body["reason"];
        let reason = given.as_str().filter(|reason| reason.chars().count() <= 255);
        unless(given.is_null() || reason.is_some(), "reason must be a text of at most 255 characters");
        if !messages.is_empty() {
            return Err(ApiError::Invalid(messages));
        }
        Ok(Self { refund_key: refund_key.map(str::to_owned), amount, reason: reason.map(str::to_owned) })
    }
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

impl Ledger {
    /// Refunds a transaction. `fallback_key` names the refund where the request has no `refund_key`.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::CannotModify`] unless it is paid and not all given back;
    /// [`ApiError::DuplicateRefundKey`]; [`ApiError::RefundAmount`];
    /// [`ApiError::RefundWindowClosed`].
    pub fn refund(
        &mut self,
        now: JakartaTime,
        id: &str,
        request: RefundRequest,
        fallback_key: String,
    ) -> Result<(Transaction, Refund), ApiError> {
        let place = self.place(id)?;
        let refund = check(&self.transactions[place], now, request, fallback_key)?;
        let refund = Refund { refund_chargeback_id: self.refunds_made + 1, ..refund };
        self.refunds_made += 1;
        if let Stage::Settled(settlement) = &mut self.transactions[place].stage {
            settlement.refunds.push(refund.clone());
        }
        Ok((self.changed(place), refund))
    }
}

/// Validates a request for a refund; its number is not yet given.
fn check(
    transaction: &Transaction,
    now: JakartaTime,
    request: RefundRequest,
    fallback_key: String,
) -> Result<Refund, ApiError> {
    let settlement = match &transaction.stage {
        Stage::Settled(settlement) => settlement,
        Stage::Pending | Stage::Expired | Stage::Cancelled | Stage::Denied(_) => return Err(ApiError::CannotModify),
    };
    // The key is looked at first: a repeated request says "duplicate" even when nothing is left to give back.
    let refund_key = request.refund_key.unwrap_or(fallback_key);
    if settlement.refunds.iter().any(|refund| refund.refund_key == refund_key) {
        return Err(ApiError::DuplicateRefundKey);
    }
    let left = transaction.charge.gross_amount.rupiah() - settlement.refunded();
    if left == 0 {
        return Err(ApiError::CannotModify);
    }
    if now.unix_seconds() > settlement.at.unix_seconds() + window(&settlement.via) {
        return Err(ApiError::RefundWindowClosed);
    }
    let asked = request.amount.map_or(Some(left), |amount| u64::try_from(amount).ok());
    let refund_amount =
        asked.filter(|amount| *amount <= left).and_then(GrossAmount::from_rupiah).ok_or(ApiError::RefundAmount)?;
    Ok(Refund {
        refund_chargeback_id: 0,
        refund_amount,
        created_at: now,
        reason: request.reason,
        refund_key,
        bank_confirmed_at: None,
    })
}

fn window(via: &PaidVia) -> i64 {
    match via {
        PaidVia::Qris { issuer } if issuer != "gopay" => OFF_US_WINDOW,
        PaidVia::Gopay | PaidVia::Qris { .. } => WINDOW,
    }
}

/// Lets the bank confirm refunds that are due; true if it confirmed any.
pub(super) fn confirm(refunds: &mut [Refund], now: JakartaTime) -> bool {
    let mut confirmed = false;
    for refund in refunds {
        let due = refund.bank_confirmed_at.is_none()
            && now.unix_seconds() >= refund.created_at.unix_seconds() + CONFIRMATION_DELAY;
        if due {
            refund.bank_confirmed_at = Some(now);
            confirmed = true;
        }
    }
    confirmed
}
