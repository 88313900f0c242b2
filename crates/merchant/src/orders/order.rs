//! An order, the attempts to collect for it, and which of them counts. Pure: no clock, no database, no network.

use super::Known;
use crate::clock::UnixMillis;
use gopay_contract::midtrans::ChargeData;
use gopay_contract::{Action, Answer, GrossAmount, InvalidOrderId, OrderId, TransactionId, TransactionStatus};

/// An order with everything that is known about collecting for it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The shop's own id.
    pub order_id: OrderId,
    /// The total.
    pub gross_amount: GrossAmount,
    /// What the payer reads about it.
    pub description: String,
    /// What Midtrans is told beside.
    pub charge_data: ChargeData,
    /// From the first to the latest.
    pub attempts: Vec<Attempt>,
}

/// One charge of an order: wanted, on its way, or made.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// 1, 2, 3 …
    pub number: u32,
    /// What Midtrans calls it.
    pub midtrans_order_id: OrderId,
    /// The same at every repeat of this attempt's charge.
    pub idempotency_key: String,
    /// The ended transaction that this one replaces.
    pub retry_of: Option<TransactionId>,
    /// When it was first claimed, which is just before Midtrans first heard of it.
    pub claimed_at: UnixMillis,
    /// Until when somebody charges it, in the past where nobody does.
    pub claimed_until: UnixMillis,
    /// Whether the charge's answer is stored. A notification may be here before it.
    pub charge_is_answered: bool,
    /// When its status last changed.
    pub moved_at: UnixMillis,
    /// When Midtrans last told of it, or was last asked about its order.
    pub asked_at: UnixMillis,
    /// What Midtrans made of it, once anything is known.
    pub transaction: Option<Transaction>,
}

impl Attempt {
    /// What Midtrans is to call attempt `number` of `order_id`: the order itself, then `{order_id}-2`, `{order_id}-3` …
    /// unless another order has that id (`attempt_id.rs`). Midtrans never takes the same id twice while it is pending or
    /// paid.
    ///
    /// # Errors
    /// When the order's id leaves no room for the suffix.
    pub fn midtrans_order_id(order_id: &OrderId, number: u32) -> Result<OrderId, InvalidOrderId> {
        if number <= 1 { Ok(order_id.clone()) } else { OrderId::parse(&format!("{order_id}-{number}")) }
    }

    /// What decides when to look at it again.
    #[must_use]
    pub fn known(&self) -> Known<'_> {
        let status = self.transaction.as_ref().map(|known| &known.status);
        Known { claimed_at: self.claimed_at, moved_at: self.moved_at, status }
    }

    /// Whether nothing is left to do before the payer can be answered about it.
    fn is_settled_with_midtrans(&self) -> bool {
        self.transaction.as_ref().is_some_and(|known| self.charge_is_answered || known.transaction_status.is_final())
    }
}

/// What is known of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Midtrans' id.
    pub transaction_id: TransactionId,
    /// Where it stands.
    pub transaction_status: TransactionStatus,
    /// The newest answer about it, without actions.
    pub status: Answer,
    /// Where it can be paid, as the charge's answer said.
    pub actions: Vec<Action>,
    /// The attempt's number, for a watcher's event id.
    pub attempt: u32,
    /// Counts the changes that a watcher must hear of.
    pub version: i64,
}

impl Transaction {
    /// Whether money came, even if some of it went back since.
    #[must_use]
    pub const fn was_paid(&self) -> bool {
        match &self.transaction_status {
            TransactionStatus::Settlement
            | TransactionStatus::Capture
            | TransactionStatus::Refund
            | TransactionStatus::PartialRefund => true,
            TransactionStatus::Pending
            | TransactionStatus::Authorize
            | TransactionStatus::Expire
            | TransactionStatus::Cancel
            | TransactionStatus::Deny
            | TransactionStatus::Failure
            | TransactionStatus::Unknown(_) => false,
        }
    }

    /// Whether it ended without money, so that the payer may start over.
    #[must_use]
    pub const fn ended_unpaid(&self) -> bool {
        self.transaction_status.is_final() && !self.was_paid()
    }

    /// What a browser gets as the answer to its charge: Midtrans' own, with the actions only while it can be paid.
    #[must_use]
    pub fn to_charge_answer(&self) -> Answer {
        let actions = if self.transaction_status.is_final() { Vec::new() } else { self.actions.clone() };
        Answer { actions, ..self.status.clone() }
    }
}

/// What a request to charge an order leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum NextStep {
    /// There is a charge that counts: answer with it.
    Answer(Box<Transaction>),
    /// Ask Midtrans to collect.
    Charge {
        /// Which attempt.
        number: u32,
        /// The ended transaction that it replaces.
        retry_of: Option<TransactionId>,
    },
}

impl Order {
    /// The attempt that a payer is told about: a paid one before any other (whatever came after it), else the latest
    /// that Midtrans knows.
    #[must_use]
    pub fn deciding(&self) -> Option<&Transaction> {
        let known = || self.attempts.iter().filter_map(|attempt| attempt.transaction.as_ref());
        known().find(|transaction| transaction.was_paid()).or_else(|| known().next_back())
    }

    /// When Midtrans last told of any attempt, or was last asked.
    #[must_use]
    pub fn asked_at(&self) -> Option<UnixMillis> {
        self.attempts.iter().map(|attempt| attempt.asked_at).max()
    }

    /// Transactions that can still be paid although another one was: the payer must not be able to pay twice.
    pub fn superfluous(&self) -> impl Iterator<Item = &Transaction> {
        let is_paid = self.deciding().is_some_and(Transaction::was_paid);
        let known = self.attempts.iter().filter_map(|attempt| attempt.transaction.as_ref());
        known.filter(move |transaction| is_paid && !transaction.transaction_status.is_final())
    }

    /// What to do when the payer wants to pay, `retry_of` being the ended transaction that the payer wants replaced.
    #[must_use]
    pub fn next_step(&self, retry_of: Option<&TransactionId>) -> NextStep {
        if let Some(paid) = self.deciding().filter(|transaction| transaction.was_paid()) {
            return NextStep::Answer(Box::new(paid.clone()));
        }
        let Some(latest) = self.attempts.last() else {
            return NextStep::Charge { number: 1, retry_of: None };
        };
        match &latest.transaction {
            Some(known) if latest.is_settled_with_midtrans() => {
                if known.ended_unpaid() && retry_of == Some(&known.transaction_id) {
                    NextStep::Charge { number: latest.number + 1, retry_of: retry_of.cloned() }
                } else {
                    NextStep::Answer(Box::new(known.clone()))
                }
            }
            // Claimed, and its answer lost or never asked for: the same attempt goes on.
            Some(_) | None => NextStep::Charge { number: latest.number, retry_of: latest.retry_of.clone() },
        }
    }
}
