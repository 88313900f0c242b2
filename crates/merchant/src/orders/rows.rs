//! Rows of both databases, and their conversion.

use super::{Attempt, Order, Result, Transaction};
use crate::clock::UnixMillis;
use anyhow::Context;
use gopay_contract::midtrans::{ChargeData, Notification};
use gopay_contract::{Answer, FraudStatus, GrossAmount, OrderId, TransactionId, TransactionStatus};
use std::borrow::Cow;

/// A row of `orders`.
#[derive(sqlx::FromRow)]
pub(super) struct OrderRow {
    gross_amount: i64,
    description: String,
    charge_data: String,
    created_at: i64,
}

impl OrderRow {
    /// The order that it is, with its attempts. It was validated when it was placed ([`NewOrder`]), and not again:
    /// a payment goes on although later rules would refuse its order.
    ///
    /// [`NewOrder`]: super::NewOrder
    pub(super) fn into_order(self, order_id: OrderId, attempts: Vec<AttemptRow>) -> Result<Order> {
        let gross_amount =
            GrossAmount::from_rupiah(u64::try_from(self.gross_amount)?).context("stored gross_amount")?;
        let optional = serde_json::from_str(&self.charge_data).context("stored charge_data")?;
        Ok(Order {
            order_id,
            gross_amount,
            description: self.description,
            charge_data: ChargeData::from_database(optional),
            created_at: UnixMillis(self.created_at),
            attempts: attempts.into_iter().map(Attempt::try_from).collect::<Result<_>>()?,
        })
    }
}

/// A row of `attempts`.
#[derive(sqlx::FromRow)]
pub(super) struct AttemptRow {
    number: i64,
    midtrans_order_id: String,
    idempotency_key: String,
    retry_of: Option<String>,
    claimed_at: i64,
    claimed_until: i64,
    claims: i64,
    refusals: i64,
    moved_at: i64,
    polled_at: i64,
    transaction_id: Option<String>,
    transaction_status: Option<String>,
    status_answer: Option<String>,
    charge_answer: Option<String>,
    version: i64,
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = anyhow::Error;

    fn try_from(row: AttemptRow) -> Result<Self> {
        let number = u32::try_from(row.number)?;
        let charge: Option<Answer> =
            row.charge_answer.as_deref().map(serde_json::from_str).transpose().context("stored charge_answer")?;
        let transaction = match row.transaction_id {
            Some(transaction_id) => {
                let status = row.transaction_status.context("a transaction_id is stored without a status")?;
                let answer = row.status_answer.context("a transaction_id is stored without an answer")?;
                Some(Transaction {
                    transaction_id: TransactionId::parse(&transaction_id)?,
                    transaction_status: TransactionStatus::parse(&status),
                    status: serde_json::from_str(&answer).context("stored status_answer")?,
                    actions: charge.as_ref().map(|answer| answer.actions.clone()).unwrap_or_default(),
                    attempt: number,
                    version: row.version,
                })
            }
            None => None,
        };
        Ok(Self {
            number,
            midtrans_order_id: OrderId::parse(&row.midtrans_order_id)?,
            idempotency_key: row.idempotency_key,
            retry_of: row.retry_of.as_deref().map(TransactionId::parse).transpose()?,
            claimed_at: UnixMillis(row.claimed_at),
            claimed_until: UnixMillis(row.claimed_until),
            is_refused: row.claims > 0 && row.claims == row.refusals,
            charge_is_answered: charge.is_some(),
            moved_at: UnixMillis(row.moved_at),
            polled_at: UnixMillis(row.polled_at),
            transaction,
        })
    }
}

/// Key of a notification, to recognise repeats.
pub(super) struct NotificationKey<'a> {
    pub(super) transaction_id: &'a str,
    pub(super) transaction_status: Cow<'a, str>,
    pub(super) fraud_status: Cow<'a, str>,
    pub(super) refund_amount: i64,
}

impl<'a> NotificationKey<'a> {
    pub(super) fn of(notification: &'a Notification) -> Result<Self> {
        Ok(Self {
            transaction_id: notification.transaction_id.as_str(),
            transaction_status: storable(notification.transaction_status.as_str()),
            fraud_status: storable(notification.answer.fraud_status.as_ref().map_or("", FraudStatus::as_str)),
            refund_amount: notification.answer.refund_amount.map(rupiah).transpose()?.unwrap_or(0),
        })
    }
}

/// Makes a foreign word storable: PostgreSQL knows no NUL in a text, and a signature covers neither
/// `transaction_status` nor `fraud_status`, so anybody may have written one there.
pub(super) fn storable(word: &str) -> Cow<'_, str> {
    if word.contains('\0') { Cow::Owned(word.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(word) }
}

/// An amount as a column holds it.
pub(super) fn rupiah(amount: GrossAmount) -> Result<i64> {
    Ok(i64::try_from(amount.rupiah())?)
}
