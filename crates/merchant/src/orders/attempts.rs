//! The decision about an order with several attempts. Pure: the states of its attempts go in, everything else comes out.
//!
//! An order may have several attempts, and Midtrans may learn of a payment late: after `expire` or `cancel`, and after a
//! later attempt was made. [`decide`] is the only place that says what such a combination means: what the payer sees, what
//! the shop is told, whether a charge may be sent, what is cancelled, and which alert is raised. `docs/attempts.md` is
//! written from it.

use gopay_contract::{FraudStatus, TransactionStatus};

/// The state of one attempt, for decisions about its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptState {
    /// Claimed, and no transaction is known: its charge was cut off, interrupted, or is on its way.
    Unanswered,
    /// Midtrans refused every request to charge it: there is no transaction.
    Refused,
    /// It can be paid: `pending`, `authorize`, or a word that this version does not know.
    Pending,
    /// The same, but without the charge's own answer and its QR code and link: get-status or a notification told of it.
    PendingWithoutActions,
    /// `expire`. Money may come late.
    Expire,
    /// `cancel`. Money may come late.
    Cancel,
    /// `deny` or `failure`.
    Deny,
    /// `settlement` or `capture`, accepted: it holds the payer's money.
    Settlement,
    /// `settlement` or `capture` whose `fraud_status` is neither absent nor `accept`: it may hold money.
    InDoubt,
    /// `partial_refund`: it holds the rest of the payer's money.
    PartialRefund,
    /// `refund`: it was paid, and all of it went back.
    Refund,
    /// Midtrans has a transaction under its id that was made before the shop made the order: a payment of something else.
    OlderThanOrder,
}

impl AttemptState {
    /// Every state.
    pub const ALL: [Self; 12] = [
        Self::Unanswered,
        Self::Refused,
        Self::Pending,
        Self::PendingWithoutActions,
        Self::Expire,
        Self::Cancel,
        Self::Deny,
        Self::Settlement,
        Self::InDoubt,
        Self::PartialRefund,
        Self::Refund,
        Self::OlderThanOrder,
    ];

    /// Its word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::Refused => "refused",
            Self::Pending => "pending",
            Self::PendingWithoutActions => "pending_without_actions",
            Self::Expire => "expire",
            Self::Cancel => "cancel",
            Self::Deny => "deny",
            Self::Settlement => "settlement",
            Self::InDoubt => "in_doubt",
            Self::PartialRefund => "partial_refund",
            Self::Refund => "refund",
            Self::OlderThanOrder => "older_than_order",
        }
    }

    /// The state of a transaction with this status and `fraud_status`.
    #[must_use]
    pub const fn of(status: &TransactionStatus, fraud_status: Option<&FraudStatus>) -> Self {
        match status {
            TransactionStatus::Pending | TransactionStatus::Authorize | TransactionStatus::Unknown(_) => Self::Pending,
            TransactionStatus::Settlement | TransactionStatus::Capture => {
                if FraudStatus::is_accepted(fraud_status) {
                    Self::Settlement
                } else {
                    Self::InDoubt
                }
            }
            TransactionStatus::Expire => Self::Expire,
            TransactionStatus::Cancel => Self::Cancel,
            TransactionStatus::Deny | TransactionStatus::Failure => Self::Deny,
            TransactionStatus::PartialRefund => Self::PartialRefund,
            TransactionStatus::Refund => Self::Refund,
        }
    }

    /// True if it holds the payer's money, all of it or a part.
    #[must_use]
    pub const fn holds_money(self) -> bool {
        matches!(self, Self::Settlement | Self::PartialRefund)
    }

    /// True if it was paid, even if the money went back since.
    #[must_use]
    pub const fn was_paid(self) -> bool {
        self.holds_money() || matches!(self, Self::Refund)
    }

    /// True if the payer can pay it now.
    #[must_use]
    pub const fn can_be_paid(self) -> bool {
        matches!(self, Self::Pending | Self::PendingWithoutActions)
    }

    /// True if it ended without money.
    #[must_use]
    pub const fn ended_unpaid(self) -> bool {
        matches!(self, Self::Expire | Self::Cancel | Self::Deny)
    }

    /// True if it is final. A payment in doubt is not.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.was_paid() || self.ended_unpaid()
    }

    /// True if it may hold money of which the merchant has not been told: only Midtrans can say.
    #[must_use]
    pub const fn may_hold_unknown_money(self) -> bool {
        matches!(self, Self::Unanswered | Self::Expire | Self::Cancel) || self.can_be_paid()
    }

    /// Precedence of an attempt for the payer. Money that is there comes first, then money that may be there, then money that went
    /// back, then what can be paid, then what ended. `None`: the payer sees nothing of it.
    const fn rank(self) -> Option<u8> {
        match self {
            Self::Settlement => Some(5),
            Self::PartialRefund => Some(4),
            Self::InDoubt => Some(3),
            Self::Refund => Some(2),
            Self::Pending | Self::PendingWithoutActions => Some(1),
            Self::Expire | Self::Cancel | Self::Deny => Some(0),
            Self::Unanswered | Self::Refused | Self::OlderThanOrder => None,
        }
    }
}

/// A decision about an order. Attempts are named by their position, the first being 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The attempt whose status the payer sees.
    pub shown: Option<usize>,
    /// True if the order is paid: an attempt holds money.
    pub is_paid: bool,
    /// True if the money went back: an attempt was paid, and none holds money.
    pub is_refunded: bool,
    /// Decision about a request to charge the order.
    pub charge: ChargeDecision,
    /// The attempts to cancel at Midtrans, because the payer must not pay them any more.
    pub cancel: Vec<usize>,
    /// Alerts: a person has to look into them.
    pub alerts: Vec<Alert>,
}

/// Decision about a request to charge an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeDecision {
    /// No charge is sent; the shown attempt is the answer.
    Answer,
    /// The charge of this attempt is sent again, with its own id and `Idempotency-Key`.
    Resume {
        /// Its place among the order's attempts.
        attempt: usize,
        /// The attempts that are polled before.
        ask_first: Vec<usize>,
    },
    /// Another attempt is made, if the order has none or the payer names the latest one as `retry_of`. Else the shown attempt
    /// is the answer.
    Next {
        /// The attempts that are polled before.
        ask_first: Vec<usize>,
    },
    /// No charge is sent, and there is nothing to answer with: a person has to look into it first.
    Stop,
}

/// An alert: what a person has to look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alert {
    /// More than one attempt holds the payer's money: one of them is to be refunded.
    PaidTwice,
    /// Midtrans has another transaction under the id of an attempt, or says what contradicts the order.
    Contradiction,
}

impl Alert {
    /// The word in the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaidTwice => "paid_twice",
            Self::Contradiction => "contradiction",
        }
    }
}

/// Decides about an order whose attempts, from the first to the latest, are in these states.
#[must_use]
pub fn decide(attempts: &[AttemptState]) -> Decision {
    let any = |is_so: fn(AttemptState) -> bool| attempts.iter().any(|state| is_so(*state));
    let shown = shown(attempts);
    let holding = attempts.iter().filter(|state| state.holds_money()).count();
    let was_paid = any(AttemptState::was_paid);
    let is_still_needed = |index| !was_paid && latest(attempts, AttemptState::can_be_paid) == Some(index);
    let payable = |index: &usize| attempts[*index].can_be_paid();
    let cancel = (0..attempts.len()).filter(payable).filter(|index| !is_still_needed(*index)).collect();
    let mut alerts = Vec::new();
    if holding > 1 {
        alerts.push(Alert::PaidTwice);
    }
    if any(|state| state == AttemptState::OlderThanOrder) {
        alerts.push(Alert::Contradiction);
    }
    Decision {
        shown,
        is_paid: holding > 0,
        is_refunded: was_paid && holding == 0,
        charge: charge(attempts),
        cancel,
        alerts,
    }
}

/// The attempt of the highest rank: of several, the first that was paid, and the latest of all others.
fn shown(attempts: &[AttemptState]) -> Option<usize> {
    let highest = attempts.iter().filter_map(|state| state.rank()).max()?;
    let is_highest = |state: &AttemptState| state.rank() == Some(highest);
    let first = attempts.iter().position(is_highest)?;
    if attempts[first].was_paid() { Some(first) } else { attempts.iter().rposition(is_highest) }
}

fn latest(attempts: &[AttemptState], is_so: fn(AttemptState) -> bool) -> Option<usize> {
    attempts.iter().rposition(|state| is_so(*state))
}

fn charge(attempts: &[AttemptState]) -> ChargeDecision {
    let ask_first = |resumed: Option<usize>| {
        let others = (0..attempts.len()).filter(|index| Some(*index) != resumed);
        others.filter(|index| attempts[*index].may_hold_unknown_money()).collect()
    };
    let resume = |attempt| ChargeDecision::Resume { attempt, ask_first: ask_first(Some(attempt)) };
    if attempts.iter().any(|state| state.was_paid() || *state == AttemptState::InDoubt) {
        return ChargeDecision::Answer;
    }
    if attempts.contains(&AttemptState::OlderThanOrder) {
        return ChargeDecision::Stop;
    }
    if let Some(payable) = latest(attempts, AttemptState::can_be_paid) {
        let is_whole = attempts[payable] == AttemptState::Pending;
        return if is_whole { ChargeDecision::Answer } else { resume(payable) };
    }
    if matches!(attempts.last(), Some(AttemptState::Unanswered | AttemptState::Refused)) {
        return resume(attempts.len() - 1);
    }
    ChargeDecision::Next { ask_first: ask_first(None) }
}

#[cfg(test)]
mod page;
#[cfg(test)]
mod tests;
