//! `status_message` of a charge and of expire, in the words of each era.

use crate::{behaviour::StatusMessages, ledger::Denial};

/// `status_message` of a transaction that waits for its payer.
pub(super) const fn created(era: StatusMessages) -> &'static str {
    match era {
        StatusMessages::Current => "GoPay transaction is created",
        StatusMessages::Documented => "GO-PAY billing created",
        StatusMessages::Of2019 => "GO-PAY transaction is created",
    }
}

/// `status_message` of a transaction that GoPay refused.
pub(super) fn denied(denial: &Denial, era: StatusMessages) -> &str {
    match era {
        StatusMessages::Current | StatusMessages::Documented if denial.is_fraud() => &denial.message,
        StatusMessages::Current | StatusMessages::Documented => "GoPay transaction is denied",
        StatusMessages::Of2019 => "GO-PAY transaction is rejected",
    }
}

/// `status_message` of a transaction that was expired on request. The documents, and recordings of other channels, have
/// other words than GoPay.
pub(super) const fn expired(era: StatusMessages) -> &'static str {
    match era {
        StatusMessages::Current => "Success, transaction is expired",
        StatusMessages::Documented | StatusMessages::Of2019 => "Success, transaction has expired",
    }
}
