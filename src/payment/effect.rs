//! What the edges must do, and what the page must be told.

use super::channel::Channel;
use super::clock::UnixMillis;
use super::input::{Attempt, RequestId};
use super::problem::Problem;
use gopay_contract::{GrossAmount, TransactionId, TransactionStatus};

/// An order to an edge. They are to be carried out in the order given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// POST to `charge-url`.
    SendCharge {
        /// To be named in the answer.
        request: RequestId,
        /// Which `Idempotency-Key` to send.
        attempt: Attempt,
        /// The ended transaction that a new attempt replaces.
        retry_of: Option<TransactionId>,
    },
    /// GET `status-url`.
    AskStatus {
        /// To be named in the answer.
        request: RequestId,
        /// For the URL's placeholder.
        transaction_id: TransactionId,
    },
    /// POST to `cancel-url`.
    SendCancel {
        /// To be named in the answer.
        request: RequestId,
        /// For the URL's placeholder.
        transaction_id: TransactionId,
    },
    /// Nobody waits for this answer any more: end the request.
    Abandon(RequestId),
    /// Open `events-url`.
    StartWatching {
        /// To be named in whatever comes over it.
        request: RequestId,
        /// For the URL's placeholder.
        transaction_id: TransactionId,
    },
    /// Close it.
    StopWatching,
    /// Let the other elements on this order know that there is something new to ask about.
    Share,
    /// Tell the page.
    Tell(News),
}

/// What the page is told: contract §1, "Events".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum News {
    /// `gopay-charge`
    Charge {
        /// Which transaction.
        transaction_id: TransactionId,
        /// How much.
        gross_amount: GrossAmount,
        /// Until when.
        expiry_time: Option<UnixMillis>,
        /// The way to pay that is shown.
        channel: Channel,
        /// Whether it was there before this page asked.
        resumed: bool,
    },
    /// `gopay-status`
    Status {
        /// Which transaction.
        transaction_id: TransactionId,
        /// Where it stands now.
        transaction_status: TransactionStatus,
        /// Where it stood before; nothing when this is the first.
        previous: Option<TransactionStatus>,
    },
    /// `gopay-settlement`, `gopay-expire`, `gopay-cancel`, `gopay-deny` or `gopay-refund`
    Ended {
        /// Which transaction.
        transaction_id: TransactionId,
        /// How.
        transaction_status: TransactionStatus,
        /// Where it stood before.
        previous: Option<TransactionStatus>,
        /// How much.
        gross_amount: GrossAmount,
    },
    /// `gopay-channel`
    Channel(Channel),
    /// `gopay-problem`
    Problem(Problem),
}
