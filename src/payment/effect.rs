//! Effects: actions for the driver, and host events for the page.

use super::clock::UnixMillis;
use super::device::Channel;
use super::problem::Problem;
use super::request::{Attempt, RequestId};
use gopay_contract::{GrossAmount, TransactionId, TransactionStatus};

/// Something that the driver must do. Effects are carried out in the order given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// POST to `charge-url`.
    SendCharge {
        /// Id for [`Input::ChargeAnswered`](super::Input::ChargeAnswered).
        request: RequestId,
        /// The attempt, which has one `Idempotency-Key`.
        attempt: Attempt,
        /// The ended transaction that a new attempt replaces.
        retry_of: Option<TransactionId>,
    },
    /// GET `status-url`.
    PollStatus {
        /// Id for [`Input::StatusAnswered`](super::Input::StatusAnswered).
        request: RequestId,
        /// For the URL's placeholder.
        transaction_id: TransactionId,
        /// True if a cache has given old answers: the URL has to be one that it has not seen.
        bypass_cache: bool,
    },
    /// POST to `cancel-url`.
    SendCancel {
        /// Id for [`Input::CancelAnswered`](super::Input::CancelAnswered).
        request: RequestId,
        /// For the URL's placeholder.
        transaction_id: TransactionId,
    },
    /// Abort this request: its answer is not awaited any more.
    AbortRequest(RequestId),
    /// Open the push stream at `events-url`.
    OpenStream {
        /// Id for every input that comes from the stream.
        request: RequestId,
        /// For the URL's placeholder.
        transaction_id: TransactionId,
    },
    /// Close the push stream.
    CloseStream,
    /// Join the leader election of this order; a page that is visible takes the lead from a hidden one.
    JoinElection,
    /// Notify the other elements on this order that there is something new to poll.
    NotifyPeers,
    /// Dispatch an event on the element.
    Emit(HostEvent),
}

/// A host event: contract §1, "Events".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostEvent {
    /// `gopay-charge`
    Charge {
        /// The transaction.
        transaction_id: TransactionId,
        /// The amount to pay.
        gross_amount: GrossAmount,
        /// Expiry.
        expiry_time: Option<UnixMillis>,
        /// The way to pay that is shown.
        channel: Channel,
        /// True if the charge existed before this page asked for it.
        resumed: bool,
    },
    /// `gopay-status`
    Status {
        /// The transaction.
        transaction_id: TransactionId,
        /// Its status now.
        transaction_status: TransactionStatus,
        /// Its status before; none when this is the first.
        previous: Option<TransactionStatus>,
    },
    /// `gopay-settlement`, `gopay-expire`, `gopay-cancel`, `gopay-deny` or `gopay-refund`
    Ended {
        /// The transaction.
        transaction_id: TransactionId,
        /// Its final status.
        transaction_status: TransactionStatus,
        /// Its status before.
        previous: Option<TransactionStatus>,
        /// The amount of the charge.
        gross_amount: GrossAmount,
    },
    /// `gopay-channel`
    Channel(Channel),
    /// `gopay-problem`
    Problem(Problem),
}

impl HostEvent {
    /// The names of all DOM events that the element dispatches; `gopay-open`, which is no [`HostEvent`], among them.
    pub const NAMES: [&'static str; 10] = [
        "gopay-charge",
        "gopay-status",
        "gopay-settlement",
        "gopay-expire",
        "gopay-cancel",
        "gopay-deny",
        "gopay-refund",
        "gopay-open",
        "gopay-channel",
        "gopay-problem",
    ];

    /// Name of the DOM event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Charge { .. } => "gopay-charge",
            Self::Status { .. } => "gopay-status",
            Self::Ended { transaction_status, .. } => match transaction_status {
                TransactionStatus::Settlement | TransactionStatus::Capture => "gopay-settlement",
                TransactionStatus::Expire => "gopay-expire",
                TransactionStatus::Cancel => "gopay-cancel",
                TransactionStatus::Deny | TransactionStatus::Failure => "gopay-deny",
                TransactionStatus::Refund | TransactionStatus::PartialRefund => "gopay-refund",
                TransactionStatus::Pending | TransactionStatus::Authorize | TransactionStatus::Unknown(_) => {
                    "gopay-status"
                }
            },
            Self::Channel(_) => "gopay-channel",
            Self::Problem(_) => "gopay-problem",
        }
    }
}
