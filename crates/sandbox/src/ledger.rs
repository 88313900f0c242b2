//! The ledger: all transactions and their state machine.
//!
//! Pure: the clock is an argument, ids are arguments, answers are values, and what has changed is put into an outbox
//! for the notifier.
//!
//! ```text
//! charge ─► pending ─┬─► settlement ─► partial_refund … ─► refund
//!    │               ├─► expire ─┐
//!    │               ├─► cancel ─┴─► settlement (late truth, on request or as a fault)
//!    └──► deny ◄─────┘
//! ```
//! (Midtrans, "Transaction status cycle".)

mod charge;
mod charge_fields;
mod idempotency;
mod refund;
mod request_json;
mod transaction;

pub use charge::Charge;
pub use charge_fields::{
    Callback, ChargedOrderId, Customer, DEFAULT_LIFETIME_SECONDS, LONGEST_SECONDS, NotificationTargets, PaymentLocale,
    SHORTEST_SECONDS,
};
pub use idempotency::{IdempotencyKey, IdempotentAnswers, KeyState, KeyedAnswer};
pub use refund::{Refund, RefundRequest};
pub use transaction::{Identity, Omissions, PaidVia, Settlement, Stage, Transaction};

use crate::{
    ApiError, Behaviour,
    behaviour::{DenialReason, OrderIdAfterDeny, ServiceError},
};
use gopay_contract::{GrossAmount, JakartaTime};
use std::collections::{HashMap, VecDeque};

/// All transactions, with Midtrans' rules for them.
#[derive(Debug, Default)]
pub struct Ledger {
    transactions: Vec<Transaction>,
    by_transaction_id: HashMap<String, usize>,
    /// The latest transaction of each order: an ended one may have been replaced.
    by_order_id: HashMap<String, usize>,
    by_reference: HashMap<String, usize>,
    refunds_made: u64,
    outbox: Vec<Transaction>,
    rate: ChargeRate,
    /// The switches.
    pub behaviour: Behaviour,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new(behaviour: Behaviour) -> Self {
        Self { behaviour, ..Self::default() }
    }

    /// A ledger that continues another: its transactions, oldest first, and the number of refunds it had made.
    #[must_use]
    pub fn resume(transactions: Vec<Transaction>, refunds_made: u64, behaviour: Behaviour) -> Self {
        let mut ledger = Self { refunds_made, ..Self::new(behaviour) };
        for transaction in transactions {
            ledger.keep(transaction);
        }
        ledger
    }

    /// Number of refunds so far; the next one's `refund_chargeback_id` follows.
    #[must_use]
    pub fn refunds_made(&self) -> u64 {
        self.refunds_made
    }

    /// Counts a requested charge against the limit.
    ///
    /// # Errors
    /// [`ApiError::RateLimited`] when the switch `charges_per_minute` has no room for it.
    pub fn admit_charge(&mut self, now: JakartaTime) -> Result<(), ApiError> {
        if self.rate.admit(now, self.behaviour.charges_per_minute) { Ok(()) } else { Err(ApiError::RateLimited) }
    }

    /// Makes a transaction of a valid charge; `denial` makes GoPay refuse it.
    ///
    /// # Errors
    /// [`ApiError::DuplicateOrderId`] while the order is pending or paid; [`ApiError::ServiceError`] where the switch has it
    /// in place of a denial.
    pub fn charge(
        &mut self,
        now: JakartaTime,
        charge: Charge,
        identity: Identity,
        omissions: Omissions,
        denial: Option<DenialReason>,
    ) -> Result<Transaction, ApiError> {
        if let Some(&latest) = self.by_order_id.get(charge.order_id.as_str()) {
            let free = match self.transactions[latest].stage {
                Stage::Expired | Stage::Cancelled => true,
                Stage::Denied(_) => self.behaviour.order_id_after_deny == OrderIdAfterDeny::Free,
                Stage::Pending | Stage::Settled(_) => false,
            };
            if !free {
                return Err(ApiError::DuplicateOrderId);
            }
        }
        let is_error = self.behaviour.service_error == ServiceError::Error;
        if is_error && denial == Some(DenialReason::SERVICE_ERROR) {
            return Err(ApiError::ServiceError);
        }
        let place = self.keep(Transaction::new(now, charge, identity, omissions, denial));
        Ok(self.changed(place))
    }

    fn keep(&mut self, transaction: Transaction) -> usize {
        let place = self.transactions.len();
        self.by_transaction_id.insert(transaction.transaction_id.to_string(), place);
        self.by_order_id.insert(transaction.charge.order_id.to_string(), place);
        self.by_reference.insert(transaction.reference.clone(), place);
        self.transactions.push(transaction);
        place
    }

    /// The transaction with this `transaction_id`, or the latest one of this `order_id`.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn find(&self, id: &str) -> Result<&Transaction, ApiError> {
        self.place(id).map(|place| &self.transactions[place])
    }

    /// The transaction with this reference: the `tref` of its deeplink, the `A1…ID` of its framed QR code.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn find_by_reference(&self, reference: &str) -> Result<&Transaction, ApiError> {
        self.by_reference.get(reference).map(|place| &self.transactions[*place]).ok_or(ApiError::NotFound)
    }

    /// The order's transactions, the latest first, by any of its ids.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn of_the_same_order(&self, id: &str) -> Result<Vec<&Transaction>, ApiError> {
        let order_id = &self.find(id)?.charge.order_id;
        Ok(self.transactions.iter().rev().filter(|transaction| transaction.charge.order_id == *order_id).collect())
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn transactions(&self) -> &[Transaction] {
        &self.transactions
    }

    /// The merchant cancels.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], or [`ApiError::CannotModify`] unless it is pending.
    pub fn cancel(&mut self, id: &str) -> Result<Transaction, ApiError> {
        self.end(id, Stage::Cancelled)
    }

    /// The merchant (or Midtrans' job) expires.
    ///
    /// # Errors
    /// As [`Self::cancel`].
    pub fn expire(&mut self, id: &str) -> Result<Transaction, ApiError> {
        self.end(id, Stage::Expired)
    }

    /// GoPay refuses a pending transaction.
    ///
    /// # Errors
    /// As [`Self::cancel`].
    pub fn deny(&mut self, id: &str, denial: DenialReason) -> Result<Transaction, ApiError> {
        self.end(id, Stage::Denied(denial))
    }

    /// The payer pays. Past `expiry_time` too, as long as the batch job has not come by.
    ///
    /// # Errors
    /// As [`Self::cancel`], and [`ApiError::OverPayersLimit`], after which it is still pending.
    pub fn pay(&mut self, now: JakartaTime, id: &str, via: PaidVia) -> Result<Transaction, ApiError> {
        let found = self.find(id)?;
        if found.stage == Stage::Pending {
            admit_payment(found.charge.gross_amount, &via)?;
        }
        self.end(id, Stage::Settled(Settlement::new(now, via)))
    }

    /// Settles a transaction that has expired or was cancelled: money that Midtrans learns of late. Rare, and real.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], or [`ApiError::CannotModify`] when it is paid or denied.
    pub fn pay_late(&mut self, now: JakartaTime, id: &str, via: PaidVia) -> Result<Transaction, ApiError> {
        let place = self.place(id)?;
        match self.transactions[place].stage {
            Stage::Pending | Stage::Expired | Stage::Cancelled => {
                self.transactions[place].stage = Stage::Settled(Settlement::new(now, via));
                Ok(self.changed(place))
            }
            Stage::Settled(_) | Stage::Denied(_) => Err(ApiError::CannotModify),
        }
    }

    /// Prepares a payment in doubt (`challenge`), or of a transaction that is to be older than it is.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn before_payment(&mut self, id: &str, challenge: bool, seconds_ago: u32) -> Result<(), ApiError> {
        let place = self.place(id)?;
        let transaction = &mut self.transactions[place];
        transaction.omissions.challenged = challenge;
        let made = transaction.transaction_time.unix_seconds() - i64::from(seconds_ago);
        transaction.transaction_time = JakartaTime::from_unix_seconds(made);
        Ok(())
    }

    /// Runs Midtrans' batch jobs: expires what is due, and lets the bank confirm refunds.
    pub fn run_due_work(&mut self, now: JakartaTime) {
        let expiry_delay = i64::from(self.behaviour.expiry_job_delay_seconds);
        for place in 0..self.transactions.len() {
            let transaction = &mut self.transactions[place];
            let expiry_time = transaction.charge.expiry_time.unix_seconds();
            let changed = match &mut transaction.stage {
                Stage::Pending => {
                    let due = !transaction.omissions.stuck_pending && now.unix_seconds() >= expiry_time + expiry_delay;
                    if due {
                        transaction.stage = Stage::Expired;
                    }
                    due
                }
                Stage::Settled(settlement) => refund::confirm(&mut settlement.refunds, now),
                Stage::Expired => {
                    let delay = transaction.omissions.settles_after_expiry.map(i64::from);
                    let due = delay.is_some_and(|delay| now.unix_seconds() >= expiry_time + delay);
                    if due {
                        transaction.stage = Stage::Settled(Settlement::new(now, PaidVia::Gopay));
                    }
                    due
                }
                Stage::Cancelled | Stage::Denied(_) => false,
            };
            if changed {
                self.changed(place);
            }
        }
    }

    /// Takes the changes since the last call, each as it stood after it: one notification each.
    pub fn take_changes(&mut self) -> Vec<Transaction> {
        std::mem::take(&mut self.outbox)
    }

    fn end(&mut self, id: &str, stage: Stage) -> Result<Transaction, ApiError> {
        let place = self.place(id)?;
        match self.transactions[place].stage {
            Stage::Pending => {
                self.transactions[place].stage = stage;
                Ok(self.changed(place))
            }
            Stage::Settled(_) | Stage::Expired | Stage::Cancelled | Stage::Denied(_) => Err(ApiError::CannotModify),
        }
    }

    fn changed(&mut self, place: usize) -> Transaction {
        let transaction = self.transactions[place].clone();
        self.outbox.push(transaction.clone());
        transaction
    }

    fn place(&self, id: &str) -> Result<usize, ApiError> {
        self.by_transaction_id.get(id).or_else(|| self.by_order_id.get(id)).copied().ok_or(ApiError::NotFound)
    }
}

/// Maximum from a verified wallet.
pub const MOST_GOPAY: u64 = 20_000_000;
/// Maximum by QRIS, with any wallet.
pub const MOST_QRIS: u64 = 10_000_000;

/// Checks the payment against the limits of the payer's wallet.
fn admit_payment(gross_amount: GrossAmount, via: &PaidVia) -> Result<(), ApiError> {
    let most = match via {
        PaidVia::Qris { .. } => MOST_QRIS,
        PaidVia::Gopay => MOST_GOPAY,
    };
    if gross_amount.rupiah() > most { Err(ApiError::OverPayersLimit(most)) } else { Ok(()) }
}

/// The charges of the last sixty seconds.
#[derive(Clone, Debug, Default)]
struct ChargeRate(VecDeque<i64>);

impl ChargeRate {
    /// Counts a charge, if the limit lets it. `most` 0 is no limit.
    fn admit(&mut self, now: JakartaTime, most: u32) -> bool {
        let now = now.unix_seconds();
        while self.0.front().is_some_and(|made| now >= made + 60) {
            self.0.pop_front();
        }
        if most == 0 {
            return true;
        }
        let admitted = self.0.len() < usize::try_from(most).unwrap_or(usize::MAX);
        if admitted {
            self.0.push_back(now);
        }
        admitted
    }
}

#[cfg(test)]
mod tests;
