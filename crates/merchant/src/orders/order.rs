//! Orders, their attempts and transactions. Pure: no clock, no database, no network.

use super::PollHistory;
use super::attempts::{AttemptState, ChargeDecision, Decision, decide};
use crate::clock::UnixMillis;
use gopay_contract::midtrans::ChargeData;
use gopay_contract::{Action, Answer, GrossAmount, InvalidOrderId, OrderId, TransactionId, TransactionStatus};

/// An order with its attempts.
#[derive(Clone, Debug)]
pub struct Order {
    /// The shop's own id.
    pub order_id: OrderId,
    /// The total.
    pub gross_amount: GrossAmount,
    /// The text for the payer.
    pub description: String,
    /// Further data for Midtrans.
    pub charge_data: ChargeData,
    /// When the shop made it. No transaction of this order is older.
    pub created_at: UnixMillis,
    /// From the first to the latest.
    pub attempts: Vec<Attempt>,
}

/// One charge of an order: claimed, in flight, or made.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// 1, 2, 3 …
    pub number: u32,
    /// Its `order_id` at Midtrans.
    pub midtrans_order_id: OrderId,
    /// The `Idempotency-Key` of every request for this attempt's charge.
    pub idempotency_key: String,
    /// The ended transaction that this one replaces.
    pub retry_of: Option<TransactionId>,
    /// When it was first claimed, just before the first request to Midtrans.
    pub claimed_at: UnixMillis,
    /// When its claim ends; in the past where it is not claimed.
    pub claimed_until: UnixMillis,
    /// True if every request to charge it was refused by Midtrans.
    pub is_refused: bool,
    /// True if the charge's answer is stored. A notification may arrive before it.
    pub charge_is_answered: bool,
    /// When its status last changed.
    pub moved_at: UnixMillis,
    /// When it was last polled, or a notification of it confirmed.
    pub polled_at: UnixMillis,
    /// Its transaction, once Midtrans has told of one.
    pub transaction: Option<Transaction>,
}

impl Attempt {
    /// The `order_id` at Midtrans of attempt `number` of `order_id`: the order itself, then `{order_id}-2`, `{order_id}-3` …
    /// unless another order has that id (`ownership.rs`). Midtrans never takes the same id twice while it is pending or
    /// paid.
    ///
    /// # Errors
    /// When the order's id leaves no room for the suffix.
    pub fn midtrans_order_id(order_id: &OrderId, number: u32) -> Result<OrderId, InvalidOrderId> {
        if number <= 1 { Ok(order_id.clone()) } else { OrderId::parse(&format!("{order_id}-{number}")) }
    }

    /// The input of its polling schedule.
    #[must_use]
    pub fn known(&self) -> PollHistory<'_> {
        let status = self.transaction.as_ref().map(|known| &known.status);
        PollHistory { claimed_at: self.claimed_at, moved_at: self.moved_at, status }
    }

    /// Its state, for decisions about its order.
    #[must_use]
    pub fn state(&self) -> AttemptState {
        match &self.transaction {
            None if self.is_refused => AttemptState::Refused,
            None => AttemptState::Unanswered,
            Some(known) if known.state().can_be_paid() && !self.charge_is_answered => {
                AttemptState::PendingWithoutActions
            }
            Some(known) => known.state(),
        }
    }
}

/// A transaction at Midtrans.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Midtrans' id.
    pub transaction_id: TransactionId,
    /// Its status.
    pub transaction_status: TransactionStatus,
    /// The newest answer about it, without actions.
    pub status: Answer,
    /// Where it can be paid, from the charge's answer.
    pub actions: Vec<Action>,
    /// The attempt's number, for the push stream's event id.
    pub attempt: u32,
    /// Counts the changes of its status.
    pub version: i64,
}

impl Transaction {
    /// Its state, for decisions about its order.
    #[must_use]
    pub const fn state(&self) -> AttemptState {
        AttemptState::of(&self.transaction_status, self.status.fraud_status.as_ref())
    }

    /// True if its status is final. A payment whose `fraud_status` is in doubt is not final.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.state().is_final()
    }

    /// The answer to a browser's charge: Midtrans' own, with the actions only while it can be paid.
    #[must_use]
    pub fn to_charge_answer(&self) -> Answer {
        let actions = if self.state().can_be_paid() { self.actions.clone() } else { Vec::new() };
        Answer { actions, ..self.status.clone() }
    }
}

/// The next step of a request to charge an order.
#[derive(Clone, Debug, PartialEq)]
pub enum NextStep {
    /// Answer with this charge.
    Answer(Box<Transaction>),
    /// Send a charge to Midtrans.
    Charge {
        /// The attempt's number.
        number: u32,
        /// The ended transaction that it replaces.
        retry_of: Option<TransactionId>,
        /// The numbers of the attempts that are polled before.
        ask_first: Vec<u32>,
    },
    /// Stop: a person has to look into it first.
    Stop,
}

impl NextStep {
    /// True if it gives the payer something to pay.
    #[must_use]
    pub fn is_payable(&self) -> bool {
        match self {
            Self::Answer(known) => known.state().can_be_paid(),
            Self::Charge { .. } => true,
            Self::Stop => false,
        }
    }
}

impl Order {
    /// The decision about it.
    #[must_use]
    pub fn decision(&self) -> Decision {
        decide(&self.attempts.iter().map(Attempt::state).collect::<Vec<_>>())
    }

    /// The decision if attempt `number` were in this state, which is not stored.
    #[must_use]
    pub fn decision_if(&self, number: u32, state: AttemptState) -> Decision {
        let others = self.attempts.iter().filter(|attempt| attempt.number != number);
        let mut states: Vec<_> = others.map(|attempt| (attempt.number, attempt.state())).collect();
        states.push((number, state));
        states.sort_unstable_by_key(|(number, _)| *number);
        decide(&states.into_iter().map(|(_, state)| state).collect::<Vec<_>>())
    }

    /// The transaction whose status the payer sees.
    #[must_use]
    pub fn effective(&self) -> Option<&Transaction> {
        self.attempts.get(self.decision().shown?)?.transaction.as_ref()
    }

    /// Transactions to cancel, because the payer must not pay them any more.
    pub fn redundant(&self) -> impl Iterator<Item = &Transaction> {
        let attempts = self.decision().cancel.into_iter().filter_map(|index| self.attempts.get(index));
        attempts.filter_map(|attempt| attempt.transaction.as_ref())
    }

    /// Transactions that the payer can pay now.
    pub fn payable(&self) -> impl Iterator<Item = &Transaction> {
        self.attempts
            .iter()
            .filter_map(|attempt| attempt.transaction.as_ref())
            .filter(|known| known.state().can_be_paid())
    }

    /// When any attempt was last polled, or a notification confirmed.
    #[must_use]
    pub fn polled_at(&self) -> Option<UnixMillis> {
        self.attempts.iter().map(|attempt| attempt.polled_at).max()
    }

    /// The next step when the payer wants to pay. `retry_of` is the ended transaction to replace.
    #[must_use]
    pub fn next_step(&self, retry_of: Option<&TransactionId>) -> NextStep {
        let numbers = |indices: &[usize]| {
            indices.iter().filter_map(|index| self.attempts.get(*index)).map(|attempt| attempt.number).collect()
        };
        let answer = || match self.effective() {
            Some(known) => NextStep::Answer(Box::new(known.clone())),
            None => NextStep::Stop,
        };
        match self.decision().charge {
            ChargeDecision::Answer => answer(),
            ChargeDecision::Stop => NextStep::Stop,
            ChargeDecision::Resume { attempt, ask_first } => match self.attempts.get(attempt) {
                Some(resumed) => NextStep::Charge {
                    number: resumed.number,
                    retry_of: resumed.retry_of.clone(),
                    ask_first: numbers(&ask_first),
                },
                None => NextStep::Stop,
            },
            ChargeDecision::Next { ask_first } => {
                let next = |latest: u32| NextStep::Charge {
                    number: latest + 1,
                    retry_of: retry_of.cloned(),
                    ask_first: numbers(&ask_first),
                };
                match self.attempts.last() {
                    None => NextStep::Charge { number: 1, retry_of: None, ask_first: Vec::new() },
                    Some(latest) => {
                        let ended = latest.transaction.as_ref().map(|known| &known.transaction_id);
                        if ended.is_some() && ended == retry_of { next(latest.number) } else { answer() }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
