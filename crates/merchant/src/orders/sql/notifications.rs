//! Audit trail of signed notifications.

use super::Dialect;
use crate::clock::UnixMillis;
use crate::orders::rows::{NotificationKey, rupiah};
use crate::orders::{NotificationOutcome, Result};
use gopay_contract::TransactionId;
use gopay_contract::midtrans::Notification;
use std::time::Duration;

pub(super) async fn audit<D: Dialect>(
    connection: &mut D::Connection,
    notification: &Notification,
    outcome: NotificationOutcome,
    now: UnixMillis,
) -> Result<()> {
    let key = NotificationKey::of(notification)?;
    D::execute(
        connection,
        "INSERT INTO notifications (transaction_id, transaction_status, fraud_status, refund_amount, outcome,
                                    midtrans_order_id, gross_amount, first_at, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT (transaction_id, transaction_status, fraud_status, refund_amount, outcome)
         DO UPDATE SET deliveries = notifications.deliveries + 1, last_at = excluded.last_at",
        &[
            key.transaction_id.into(),
            (&*key.transaction_status).into(),
            (&*key.fraud_status).into(),
            key.refund_amount.into(),
            outcome.as_str().into(),
            notification.order_id.as_str().into(),
            rupiah(notification.gross_amount)?.into(),
            now.0.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn last_unconfirmed<D: Dialect>(
    connection: &mut D::Connection,
    transaction_id: &TransactionId,
    now: UnixMillis,
) -> Result<Option<UnixMillis>> {
    let last: Option<(i64,)> = D::fetch(
        connection,
        "SELECT last_at FROM notifications WHERE transaction_id = $1 AND outcome = $2 AND last_at <= $3
         ORDER BY last_at DESC LIMIT 1",
        &[
            transaction_id.as_str().into(),
            NotificationOutcome::Unconfirmed.as_str().into(),
            now.furthest(Duration::ZERO).0.into(),
        ],
    )
    .await?
    .pop();
    Ok(last.map(|(last_at,)| UnixMillis(last_at)))
}
