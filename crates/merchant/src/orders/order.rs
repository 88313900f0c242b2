//! An order, the attempts to collect for it, and which of them counts. Pure: no clock, no database, no network.

use super::Known;
use crate::clock::UnixMillis;
use gopay_contract::midtrans::ChargeData;
use gopay_contract::{
    Action, Answer, FraudStatus, GrossAmount, InvalidOrderId, OrderId, TransactionId, TransactionStatus,
};

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
        self.transaction.as_ref().is_some_and(|known| self.charge_is_answered || known.money() != Money::MayCome)
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
    /// What is known of the money.
    #[must_use]
    pub const fn money(&self) -> Money {
        match &self.transaction_status {
            TransactionStatus::Settlement | TransactionStatus::Capture => {
                if FraudStatus::lets_pass(self.status.fraud_status.as_ref()) { Money::Came } else { Money::InDoubt }
            }
            TransactionStatus::PartialRefund => Money::Came,
            TransactionStatus::Refund => Money::WentBack,
            TransactionStatus::Pending | TransactionStatus::Authorize | TransactionStatus::Unknown(_) => Money::MayCome,
            TransactionStatus::Expire
            | TransactionStatus::Cancel
            | TransactionStatus::Deny
            | TransactionStatus::Failure => Money::DidNotCome,
        }
    }

    /// Whether money came, even if it went back since.
    #[must_use]
    pub const fn was_paid(&self) -> bool {
        match self.money() {
            Money::Came | Money::WentBack => true,
            Money::MayCome | Money::InDoubt | Money::DidNotCome => false,
        }
    }

    /// Whether nothing more is to be waited for. What is paid in Midtrans' words, and in doubt in its `fraud_status`, is
    /// not at its end.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self.money() {
            Money::Came | Money::WentBack | Money::DidNotCome => true,
            Money::MayCome | Money::InDoubt => false,
        }
    }

    /// What a browser gets as the answer to its charge: Midtrans' own, with the actions only while it can be paid.
    #[must_use]
    pub fn to_charge_answer(&self) -> Answer {
        let actions = if self.money() == Money::MayCome { self.actions.clone() } else { Vec::new() };
        Answer { actions, ..self.status.clone() }
    }
}

/// What is known of a transaction's money. Whatever is decided about an order is decided by this, and by nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Money {
    /// It can be paid, for all we know.
    MayCome,
    /// `settlement` or `capture`, whose `fraud_status` is neither absent nor `accept`. Not paid (contract §3.2), and no
    /// reason to collect a second time either: it may well be there.
    InDoubt,
    /// It is there; some of it may have gone back.
    Came,
    /// It was there, and all of it went back.
    WentBack,
    /// It ended without. After `expire` and `cancel` it may come late.
    DidNotCome,
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
    /// What Midtrans knows of it, from the first attempt to the latest.
    fn known(&self) -> impl DoubleEndedIterator<Item = &Transaction> {
        self.attempts.iter().filter_map(|attempt| attempt.transaction.as_ref())
    }

    /// The attempt that a payer is told about: a paid one before any other (whatever came after it), else the latest that
    /// can be paid, else one whose payment is in doubt, else the latest that Midtrans knows.
    #[must_use]
    pub fn deciding(&self) -> Option<&Transaction> {
        let latest = |money| self.known().rev().find(move |transaction| transaction.money() == money);
        self.known()
            .find(|transaction| transaction.was_paid())
            .or_else(|| latest(Money::MayCome))
            .or_else(|| latest(Money::InDoubt))
            .or_else(|| self.known().next_back())
    }

    /// Whether more than one of its attempts holds the payer's money: somebody has to give one back.
    #[must_use]
    pub fn is_paid_twice(&self) -> bool {
        self.known().filter(|transaction| transaction.money() == Money::Came).count() > 1
    }

    /// The attempts that ended without money and that it may still reach, or has reached meanwhile: the latest first.
    pub fn may_be_paid_late(&self) -> impl Iterator<Item = &Transaction> {
        self.known().rev().filter(|ended| match &ended.transaction_status {
            TransactionStatus::Expire | TransactionStatus::Cancel => true,
            TransactionStatus::Pending
            | TransactionStatus::Settlement
            | TransactionStatus::Capture
            | TransactionStatus::Authorize
            | TransactionStatus::Deny
            | TransactionStatus::Failure
            | TransactionStatus::Refund
            | TransactionStatus::PartialRefund
            | TransactionStatus::Unknown(_) => false,
        })
    }

    /// When Midtrans last told of any attempt, or was last asked.
    #[must_use]
    pub fn asked_at(&self) -> Option<UnixMillis> {
        self.attempts.iter().map(|attempt| attempt.asked_at).max()
    }

    /// Transactions that can still be paid although another one was: the payer must not be able to pay twice.
    pub fn superfluous(&self) -> impl Iterator<Item = &Transaction> {
        let is_paid = self.deciding().is_some_and(Transaction::was_paid);
        self.known().filter(move |transaction| is_paid && transaction.money() == Money::MayCome)
    }

    /// What to do when the payer wants to pay, `retry_of` being the ended transaction that the payer wants replaced.
    #[must_use]
    pub fn next_step(&self, retry_of: Option<&TransactionId>) -> NextStep {
        // One that is in doubt, too: it may be paid, and the payer must not pay twice.
        let is_there = |money| matches!(money, Money::Came | Money::WentBack | Money::InDoubt);
        if let Some(known) = self.deciding().filter(|transaction| is_there(transaction.money())) {
            return NextStep::Answer(Box::new(known.clone()));
        }
        let Some(latest) = self.attempts.last() else {
            return NextStep::Charge { number: 1, retry_of: None };
        };
        match &latest.transaction {
            Some(known) if latest.is_settled_with_midtrans() => {
                if known.money() == Money::DidNotCome && retry_of == Some(&known.transaction_id) {
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

#[cfg(test)]
pub(super) mod tests;
