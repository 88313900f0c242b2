//! `transaction_status`: where a transaction stands, what is final, and what may follow what.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// Midtrans' `transaction_status`. Read in any letter case (a DANA sample writes `PENDING`), written in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum TransactionStatus {
    /// Created, not yet paid.
    Pending,
    /// Paid.
    Settlement,
    /// Paid, for cards and pre-authorised GoPay; counts as paid under the same rule.
    Capture,
    /// Reserved, not taken. Not final.
    Authorize,
    /// The time to pay is over.
    Expire,
    /// Cancelled by the merchant.
    Cancel,
    /// Refused by GoPay.
    Deny,
    /// An unexpected error at Midtrans; rare, final.
    Failure,
    /// All of it was given back.
    Refund,
    /// A part of it was given back.
    PartialRefund,
    /// A word that this version does not know: never final, never success.
    Unknown(String),
}

impl TransactionStatus {
    /// The words that this version knows.
    pub(crate) const KNOWN: [Self; 10] = [
        Self::Pending,
        Self::Settlement,
        Self::Capture,
        Self::Authorize,
        Self::Expire,
        Self::Cancel,
        Self::Deny,
        Self::Failure,
        Self::Refund,
        Self::PartialRefund,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Settlement => "settlement",
            Self::Capture => "capture",
            Self::Authorize => "authorize",
            Self::Expire => "expire",
            Self::Cancel => "cancel",
            Self::Deny => "deny",
            Self::Failure => "failure",
            Self::Refund => "refund",
            Self::PartialRefund => "partial_refund",
            Self::Unknown(word) => word,
        }
    }

    /// Reads the word, in any letter case.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        let found = Self::KNOWN.iter().find(|status| status.as_str().eq_ignore_ascii_case(word));
        found.map_or_else(|| Self::Unknown(word.to_owned()), Self::clone)
    }

    /// True if the status is final: polling ends. An unknown word never is.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Settlement
            | Self::Capture
            | Self::Expire
            | Self::Cancel
            | Self::Deny
            | Self::Failure
            | Self::Refund
            | Self::PartialRefund => true,
            Self::Pending | Self::Authorize | Self::Unknown(_) => false,
        }
    }

    /// True for the two words for "paid". It is not yet the whole answer: `fraud_status` decides too, see
    /// [`FraudStatus::is_accepted`](crate::FraudStatus::is_accepted).
    #[must_use]
    pub const fn is_paid(&self) -> bool {
        match self {
            Self::Settlement | Self::Capture => true,
            Self::Pending
            | Self::Authorize
            | Self::Expire
            | Self::Cancel
            | Self::Deny
            | Self::Failure
            | Self::Refund
            | Self::PartialRefund
            | Self::Unknown(_) => false,
        }
    }

    /// Transition rule: true if a transaction whose known status is `self` may next have the status `next`.
    ///
    /// A status that is not final may become any known one. A final one stays, except
    /// `expire|cancel → settlement` (money that Midtrans learned of late), `capture → settlement` (the clearing of the same payment) and
    /// `settlement → partial_refund → refund`. Steps may be skipped, because a page may have slept through
    /// them: `expire → refund` is a late settlement that was given back.
    #[must_use]
    pub const fn may_become(&self, next: &Self) -> bool {
        match (self, next) {
            (_, Self::Unknown(_)) => false,
            (Self::Pending | Self::Unknown(_), _) => true,
            (Self::Authorize, Self::Pending) => false,
            (Self::Authorize, _) => true,
            (
                Self::Expire | Self::Cancel | Self::Settlement | Self::Capture,
                Self::Settlement | Self::Refund | Self::PartialRefund,
            )
            | (Self::PartialRefund, Self::PartialRefund | Self::Refund)
            | (Self::Expire, Self::Expire)
            | (Self::Cancel, Self::Cancel)
            | (Self::Capture, Self::Capture)
            | (Self::Deny, Self::Deny)
            | (Self::Failure, Self::Failure)
            | (Self::Refund, Self::Refund) => true,
            (
                Self::Settlement
                | Self::Capture
                | Self::Expire
                | Self::Cancel
                | Self::Deny
                | Self::Failure
                | Self::Refund
                | Self::PartialRefund,
                Self::Pending
                | Self::Settlement
                | Self::Capture
                | Self::Authorize
                | Self::Expire
                | Self::Cancel
                | Self::Deny
                | Self::Failure
                | Self::Refund
                | Self::PartialRefund,
            ) => false,
        }
    }
}

impl From<String> for TransactionStatus {
    fn from(word: String) -> Self {
        Self::parse(&word)
    }
}

impl fmt::Display for TransactionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for TransactionStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::TransactionStatus::{self, *};

    fn known() -> [TransactionStatus; 10] {
        [Pending, Settlement, Capture, Authorize, Expire, Cancel, Deny, Failure, Refund, PartialRefund]
    }

    #[test]
    fn a_final_status_stays_but_for_late_settlement_and_refunds() {
        let exceptions = [
            (Expire, Settlement),
            (Cancel, Settlement),
            (Capture, Settlement),
            (Settlement, PartialRefund),
            (Settlement, Refund),
            (PartialRefund, Refund),
            // the same steps, some of them slept through
            (Expire, PartialRefund),
            (Expire, Refund),
            (Cancel, PartialRefund),
            (Cancel, Refund),
            (Capture, PartialRefund),
            (Capture, Refund),
        ];
        for from in known().into_iter().filter(TransactionStatus::is_final) {
            for to in known() {
                let allowed = from == to || exceptions.contains(&(from.clone(), to.clone()));
                assert_eq!(from.may_become(&to), allowed, "{from} → {to}");
            }
        }
    }

    #[test]
    fn pending_may_become_anything_known_and_nothing_may_become_an_unknown_word() {
        let odd = TransactionStatus::parse("chargeback");
        for status in known() {
            assert!(Pending.may_become(&status));
            assert!(!status.may_become(&odd), "{status}");
        }
        assert!(!odd.is_final() && !odd.is_paid());
    }

    #[test]
    fn words_are_read_in_any_letter_case_and_written_in_lower_case() {
        for status in known() {
            assert_eq!(TransactionStatus::parse(&status.as_str().to_ascii_uppercase()), status);
            assert_eq!(TransactionStatus::parse(status.as_str()), status);
        }
    }
}
