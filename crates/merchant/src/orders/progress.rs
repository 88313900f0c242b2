//! Decides whether an answer about a transaction replaces the stored one. Pure.

use super::attempts::AttemptState;
use gopay_contract::{Answer, FraudStatus, TransactionStatus};

/// Effect of an answer on the stored status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The status changed: store it and publish the change.
    StatusChanged,
    /// The same status again, perhaps with more detail.
    Same,
    /// Older than what is known, or impossible after it: ignore it.
    Stale,
}

impl Progress {
    /// Compares `received` with `known`. If nothing is known yet, any status is progress.
    #[must_use]
    pub fn between(known: Option<&Answer>, received: &Answer) -> Self {
        let Some(next) = &received.transaction_status else { return Self::Stale };
        let Some((known, status)) = known.and_then(|known| Some((known, known.transaction_status.as_ref()?))) else {
            return if matches!(next, TransactionStatus::Unknown(_)) { Self::Stale } else { Self::StatusChanged };
        };
        if status != next && is_doubt_ended(known, next) {
            return Self::StatusChanged;
        }
        if status != next {
            return if status.may_become(next) { Self::StatusChanged } else { Self::Stale };
        }
        // The same word. More was given back, or a doubt about the payment was cleared: that is news too.
        let refunded = received.refund_amount > known.refund_amount;
        let doubted = !FraudStatus::is_accepted(known.fraud_status.as_ref());
        let cleared = doubted && received.fraud_status.is_some() && received.fraud_status != known.fraud_status;
        if refunded || cleared {
            return Self::StatusChanged;
        }
        if received.refund_amount < known.refund_amount {
            return Self::Stale;
        }
        // An answer that doubts what was already accepted is an older one that was overtaken.
        let doubts = !FraudStatus::is_accepted(received.fraud_status.as_ref());
        if doubts && !doubted { Self::Stale } else { Self::Same }
    }
}

/// True if `next` is how a payment in doubt ends without money: it was never accepted, so that takes nothing back. `expire` is
/// no such end: it is what an answer says that was overtaken by a late payment in doubt.
fn is_doubt_ended(known: &Answer, next: &TransactionStatus) -> bool {
    let state = |status| AttemptState::of(status, known.fraud_status.as_ref());
    known.transaction_status.as_ref().map(state) == Some(AttemptState::InDoubt)
        && matches!(next, TransactionStatus::Deny | TransactionStatus::Cancel | TransactionStatus::Failure)
}

/// Merges `received` into `known`. Some answers leave out what others said (a cancel's has no
/// `expiry_time`), and none of that is forgotten. Actions are not part of a status.
pub(super) fn merged(known: Option<&Answer>, received: &Answer) -> Answer {
    let mut status = Answer { actions: Vec::new(), ..received.clone() };
    if let Some(known) = known {
        status.order_id = status.order_id.or_else(|| known.order_id.clone());
        status.merchant_id = status.merchant_id.or_else(|| known.merchant_id.clone());
        status.gross_amount = status.gross_amount.or(known.gross_amount);
        status.currency = status.currency.or_else(|| known.currency.clone());
        status.payment_type = status.payment_type.or_else(|| known.payment_type.clone());
        status.transaction_time = status.transaction_time.or(known.transaction_time);
        status.fraud_status = status.fraud_status.or_else(|| known.fraud_status.clone());
        status.settlement_time = status.settlement_time.or(known.settlement_time);
        status.expiry_time = status.expiry_time.or(known.expiry_time);
        status.refund_amount = status.refund_amount.or(known.refund_amount);
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use gopay_contract::GrossAmount;

    fn answer(status: &str) -> Answer {
        Answer { transaction_status: Some(TransactionStatus::parse(status)), ..Answer::default() }
    }

    fn refunded(status: &str, rupiah: u64) -> Answer {
        Answer { refund_amount: GrossAmount::from_rupiah(rupiah), ..answer(status) }
    }

    #[test]
    fn a_pending_after_settlement_is_stale() {
        assert_eq!(Progress::between(Some(&answer("settlement")), &answer("pending")), Progress::Stale);
    }

    #[test]
    fn a_late_settlement_after_expire_is_believed() {
        assert_eq!(Progress::between(Some(&answer("expire")), &answer("settlement")), Progress::StatusChanged);
    }

    #[test]
    fn the_same_again_is_no_news() {
        assert_eq!(Progress::between(Some(&answer("settlement")), &answer("settlement")), Progress::Same);
        assert_eq!(Progress::between(Some(&answer("pending")), &answer("pending")), Progress::Same);
    }

    #[test]
    fn a_second_partial_refund_is_news_and_an_older_one_is_stale() {
        let (less, more) = (refunded("partial_refund", 1000), refunded("partial_refund", 2000));
        assert_eq!(Progress::between(Some(&less), &more), Progress::StatusChanged);
        assert_eq!(Progress::between(Some(&more), &less), Progress::Stale);
    }

    #[test]
    fn a_doubt_may_be_cleared_but_not_come_back() {
        let doubted = Answer { fraud_status: Some(FraudStatus::Challenge), ..answer("capture") };
        let cleared = Answer { fraud_status: Some(FraudStatus::Accept), ..answer("capture") };
        assert_eq!(Progress::between(Some(&doubted), &cleared), Progress::StatusChanged);
        assert_eq!(Progress::between(Some(&cleared), &doubted), Progress::Stale);
    }

    #[test]
    fn a_payment_in_doubt_may_end_without_money_and_an_accepted_one_may_not() {
        for paid in ["settlement", "capture"] {
            for fraud_status in [FraudStatus::Challenge, FraudStatus::Deny, FraudStatus::Unknown("hold".to_owned())] {
                let doubted = Answer { fraud_status: Some(fraud_status), ..answer(paid) };
                for (end, progress) in [
                    ("deny", Progress::StatusChanged),
                    ("cancel", Progress::StatusChanged),
                    ("failure", Progress::StatusChanged),
                    ("expire", Progress::Stale),
                    ("pending", Progress::Stale),
                ] {
                    assert_eq!(Progress::between(Some(&doubted), &answer(end)), progress, "{paid} {end}");
                }
            }
            for fraud_status in [None, Some(FraudStatus::Accept)] {
                let accepted = Answer { fraud_status, ..answer(paid) };
                for end in ["deny", "cancel", "failure", "expire"] {
                    assert_eq!(Progress::between(Some(&accepted), &answer(end)), Progress::Stale, "{paid} {end}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_word_is_never_recorded() {
        assert_eq!(Progress::between(None, &answer("chargeback")), Progress::Stale);
        assert_eq!(Progress::between(Some(&answer("pending")), &answer("chargeback")), Progress::Stale);
        assert_eq!(Progress::between(None, &Answer::default()), Progress::Stale);
    }
}
