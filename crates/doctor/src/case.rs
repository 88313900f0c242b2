//! The environment of one check, and the steps that checks are made of.

use crate::check::{CheckError, CheckResult, expect};
use crate::limits;
use crate::merchant::{Caller, Merchant};
use crate::orders::Order;
use crate::response::Response;
use crate::sandbox::{Sandbox, Transaction};
use crate::secrets::Secrets;
use gopay_contract::midtrans::Signature;
use gopay_contract::{Answer, GrossAmount, OrderId, TransactionId, TransactionStatus};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// A check's own orders, and the clients that it needs.
pub(crate) struct Case {
    pub(crate) merchant: Arc<Merchant>,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) orders: Vec<Order>,
    /// All known orders, of other checks, too.
    pub(crate) known: Vec<OrderId>,
    /// Maximum time for the merchant to learn of a change.
    pub(crate) patience: Duration,
}

/// A charge that is pending.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    /// The order's id at Midtrans: the shop's order, or an attempt at it.
    pub(crate) order_id: OrderId,
    pub(crate) transaction_id: TransactionId,
    pub(crate) gross_amount: GrossAmount,
    pub(crate) answer: Answer,
}

/// The fields of a notification.
pub(crate) struct NotificationFields<'a> {
    pub(crate) order_id: &'a str,
    pub(crate) transaction_id: &'a str,
    pub(crate) gross_amount: &'a str,
}

impl Case {
    /// One of the check's orders.
    pub(crate) fn order(&self, number: usize) -> CheckResult<&Order> {
        self.orders.get(number).ok_or_else(|| CheckError::broken("this check", "it has too few orders"))
    }

    /// Asks for the charge of an order, as its page does.
    pub(crate) async fn charge(&self, order: &Order) -> CheckResult<Response> {
        self.merchant.charge(order, Uuid::new_v4(), &json!({}), &Caller::ItsPage).await
    }

    /// Requests a new charge in place of an ended transaction.
    pub(crate) async fn charge_instead_of(&self, order: &Order, ended: &TransactionId) -> CheckResult<Response> {
        let more = json!({"retry_of": ended.as_str()});
        self.merchant.charge(order, Uuid::new_v4(), &more, &Caller::ItsPage).await
    }

    /// Charges an order and waits for its first notification to be delivered. Only the checks of notifications that
    /// overtake each other leave that out.
    pub(crate) async fn charged(&self, order: &Order) -> CheckResult<Charge> {
        let charge = pending(&self.charge(order).await?)?;
        self.first_notification(&charge).await?;
        Ok(charge)
    }

    /// Charges a new order, applies an action of Midtrans or the payer to it, and waits until the merchant knows.
    pub(crate) async fn charged_then(
        &self,
        order: &Order,
        verb: &str,
        status: &TransactionStatus,
    ) -> CheckResult<Charge> {
        let charge = self.charged(order).await?;
        self.act(&charge, verb).await?;
        self.until(order, status).await?;
        Ok(charge)
    }

    /// Applies an action of Midtrans or the payer to a charge, after its first notification.
    pub(crate) async fn act(&self, charge: &Charge, verb: &str) -> CheckResult {
        self.first_notification(charge).await?;
        self.sandbox.act(&charge.transaction_id, verb).await
    }

    /// Runs `work` while Midtrans has this fault. Where it fails, the check ends, and all faults with it.
    pub(crate) async fn under<T>(&self, fault: Value, work: impl Future<Output = CheckResult<T>>) -> CheckResult<T> {
        self.sandbox.fault(fault).await?;
        let done = work.await?;
        self.sandbox.clear_faults().await?;
        Ok(done)
    }

    /// Waits a moment until the merchant has answered to the notification of the pending charge.
    async fn first_notification(&self, charge: &Charge) -> CheckResult {
        self.delivered(&charge.transaction_id, &TransactionStatus::Pending).await
    }

    /// Waits a moment until the merchant has answered to the notification of this status.
    pub(crate) async fn delivered(&self, id: &TransactionId, status: &TransactionStatus) -> CheckResult {
        let deadline = Instant::now() + limits::FIRST_NOTIFICATION;
        while Instant::now() < deadline {
            let all = self.sandbox.deliveries().await?;
            if all.iter().any(|one| one.transaction_id == *id && one.transaction_status == *status) {
                break;
            }
            sleep(limits::POLL_INTERVAL / 10).await;
        }
        Ok(())
    }

    /// True if the merchant answers 2xx to the notification of this status before `deadline`.
    pub(crate) async fn is_acknowledged_by(
        &self,
        deadline: Instant,
        id: &TransactionId,
        status: &TransactionStatus,
    ) -> CheckResult<bool> {
        while Instant::now() < deadline {
            let all = self.sandbox.deliveries().await?;
            let mut its = all.iter().filter(|one| one.transaction_id == *id && one.transaction_status == *status);
            if its.any(|one| one.answer_code.is_some_and(|code| (200..300).contains(&code))) {
                return Ok(Instant::now() < deadline);
            }
            sleep(limits::POLL_INTERVAL / 10).await;
        }
        Ok(false)
    }

    pub(crate) async fn status(&self, order: &Order) -> CheckResult<Response> {
        self.merchant.status(order, &Caller::ItsPage).await
    }

    /// Polls until the merchant says `status`.
    pub(crate) async fn until(&self, order: &Order, status: &TransactionStatus) -> CheckResult<Answer> {
        let deadline = Instant::now() + self.patience;
        loop {
            let seen = self.status(order).await?;
            if seen.transaction_status().as_ref() == Some(status) {
                return seen.answer();
            }
            if Instant::now() >= deadline {
                let seen = format!("after {} s {}", self.patience.as_secs(), seen.outline());
                return Err(CheckError::failed(
                    seen,
                    format!("transaction_status {}, as at Midtrans", status.as_str()),
                ));
            }
            sleep(limits::POLL_INTERVAL).await;
        }
    }

    /// Polls for a while and asserts that every status is one of `allowed`.
    pub(crate) async fn stays(&self, order: &Order, allowed: &TransactionStatus) -> CheckResult {
        let deadline = Instant::now() + limits::OBSERVATION;
        loop {
            let seen = self.status(order).await?;
            let is_so = seen.transaction_status().is_none_or(|status| status == *allowed);
            expect(is_so, || seen.outline(), &format!("transaction_status {}, as at Midtrans", allowed.as_str()))?;
            if Instant::now() >= deadline {
                return Ok(());
            }
            sleep(limits::POLL_INTERVAL).await;
        }
    }

    /// Midtrans' transactions of an order, of all attempts.
    pub(crate) async fn ledger(&self, order: &Order) -> CheckResult<Vec<Transaction>> {
        let mut transactions = self.sandbox.transactions().await?;
        let owner = |id: &OrderId| {
            let owners = self.known.iter().filter(|known| id.is_attempt_at(known));
            owners.max_by_key(|known| known.as_str().len()).cloned()
        };
        transactions.retain(|one| owner(&one.order_id).as_ref() == Some(&order.order_id));
        Ok(transactions)
    }

    /// The order's only transaction at Midtrans.
    pub(crate) async fn only_transaction(&self, order: &Order) -> CheckResult<Transaction> {
        let all = self.ledger(order).await?;
        let seen = || match all.len() {
            0 => format!("Midtrans knows nothing of {} (is this the sandbox that the merchant uses?)", order.order_id),
            count => format!("Midtrans has {count} transactions of {}", order.order_id),
        };
        expect(all.len() == 1, seen, "exactly one")?;
        all.first().cloned().ok_or_else(|| CheckError::failed(seen(), "exactly one"))
    }

    /// A correctly signed notification about a charge, whatever it claims.
    pub(crate) fn signed(&self, charge: &Charge, status_code: &str, status: &str) -> Value {
        let told = NotificationFields {
            order_id: charge.order_id.as_str(),
            transaction_id: charge.transaction_id.as_str(),
            gross_amount: &charge.gross_amount.to_wire_text(),
        };
        self.signed_text(&told, status_code, status)
    }

    /// A correctly signed notification about anything, also an order of somebody else.
    pub(crate) fn signed_text(&self, told: &NotificationFields<'_>, status_code: &str, status: &str) -> Value {
        let signature = Signature::over(told.order_id, status_code, told.gross_amount, self.secrets.server_key());
        json!({
            "transaction_time": "2026-01-31 10:00:00",
            "transaction_status": status,
            "transaction_id": told.transaction_id,
            "status_message": "midtrans payment notification",
            "status_code": status_code,
            "signature_key": signature.to_hex(),
            "payment_type": "gopay",
            "order_id": told.order_id,
            "merchant_id": midtrans_sandbox::MERCHANT_ID,
            "gross_amount": told.gross_amount,
            "fraud_status": "accept",
            "currency": "IDR",
        })
    }
}

/// Reads the answer to a charge that must be payable.
pub(crate) fn pending(seen: &Response) -> CheckResult<Charge> {
    let answer = seen.answer()?;
    match (answer.order_id.clone(), answer.transaction_id.clone(), answer.gross_amount) {
        (Some(order_id), Some(transaction_id), Some(gross_amount))
            if answer.transaction_status == Some(TransactionStatus::Pending) =>
        {
            Ok(Charge { order_id, transaction_id, gross_amount, answer })
        }
        _ => Err(CheckError::failed(seen.outline(), "a pending charge")),
    }
}
