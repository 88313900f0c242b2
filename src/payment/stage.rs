//! Where a payment stands. Stages are what we are waiting for.

use super::charge::Charge;
use super::clock::{Moment, ServerClock};
use super::input::RequestId;
use super::problem::Problem;
use gopay_contract::{TransactionId, TransactionStatus};

/// The stage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// For the payer to press the button.
    Ready,
    /// For the merchant to answer the charge.
    Charging(Charging),
    /// For the transaction to end; or, once it ended, for the late truth.
    Following(Box<Following>),
    /// For the payer or the shop to do something about it.
    Stopped(Stopped),
}

/// Nothing goes on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stopped {
    pub(crate) problem: Problem,
    /// The ended transaction that the charge was to replace, for when it is tried again.
    pub(crate) retry_of: Option<TransactionId>,
}

/// A request that is out, and until when we wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InFlight {
    pub(crate) request: RequestId,
    pub(crate) sent: Moment,
    pub(crate) deadline: Moment,
}

impl InFlight {
    pub(crate) fn new(request: RequestId, now: Moment, limit: i64) -> Self {
        Self { request, sent: now, deadline: now.after(limit) }
    }

    pub(crate) fn is_older_than(self, now: Moment, ms: i64) -> bool {
        now.since(self.sent) >= ms
    }
}

/// A charge on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Charging {
    /// The request that is out; nothing while waiting for `retry_at`.
    pub(crate) in_flight: Option<InFlight>,
    /// When this attempt was first sent.
    pub(crate) begun: Moment,
    /// When to try again.
    pub(crate) retry_at: Option<Moment>,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// Why it has not come yet.
    pub(crate) notice: Option<Problem>,
    /// The ended transaction that this attempt replaces.
    pub(crate) retry_of: Option<TransactionId>,
    /// The transaction that we followed until a status named another one.
    pub(crate) superseded: Option<Box<Following>>,
}

/// A transaction that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Following {
    pub(crate) charge: Charge,
    /// The last status that was believed.
    pub(crate) status: TransactionStatus,
    pub(crate) watch: Watch,
    /// The merchant shut the door on the stream: not knocked at again until the payer comes back.
    pub(crate) watch_refused: bool,
    /// Streams lost in a row.
    pub(crate) watch_failures: u32,
    /// The status request that is out.
    pub(crate) asked: Option<InFlight>,
    /// When to ask next.
    pub(crate) ask_at: Option<Moment>,
    /// Failed asks in a row.
    pub(crate) failures: u32,
    /// Asks made since `expire` or `cancel`.
    pub(crate) asked_after_end: usize,
    /// The cancel that is out.
    pub(crate) cancelling: Option<InFlight>,
    /// Since when the payer is likely to be looking: asks come oftener at first.
    pub(crate) watched_since: Moment,
    /// Asks made since the payer came back, while that is fresh.
    pub(crate) since_return: Option<usize>,
    /// What the payer should know while we go on.
    pub(crate) notice: Option<Problem>,
    /// The payer came back from the app, and no answer has come since.
    pub(crate) returned: bool,
    /// The payer tapped the deeplink.
    pub(crate) tapped: bool,
    /// The app that the tap should open has until then to hide this page.
    pub(crate) opens_by: Option<Moment>,
    /// It did not: the payer needs another way.
    pub(crate) stranded: bool,
    /// Asked because the payer came back, or says that he has paid; it was still pending.
    pub(crate) unpaid: bool,
    /// The server's word is `settlement` but `fraud_status` does not let it pass.
    pub(crate) held: bool,
    /// The countdown reached zero and was asked about.
    pub(crate) asked_at_zero: bool,
    /// How often a status named another transaction without the merchant's charge agreeing.
    pub(crate) contradictions: u32,
    pub(crate) qr: QrPicture,
}

/// Which of the QR pictures is shown, and how it fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct QrPicture {
    /// Index into `charge.qr_codes`.
    pub(crate) index: usize,
    /// How often it was loaded anew.
    pub(crate) tries: u32,
    /// Until when we wait for it.
    pub(crate) deadline: Option<Moment>,
    /// When to load it anew.
    pub(crate) retry_at: Option<Moment>,
    /// None of them loads.
    pub(crate) given_up: bool,
}

/// The push stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Watch {
    /// There is none, and none is wanted.
    Off,
    /// Asked for, not yet standing.
    Opening { request: RequestId, since: Moment },
    /// Standing.
    Live { request: RequestId, last_heard: Moment },
    /// Lost; to be opened again.
    Down { retry_at: Moment },
}

impl Watch {
    pub(crate) fn is(self, id: RequestId) -> bool {
        match self {
            Self::Opening { request, .. } | Self::Live { request, .. } => request == id,
            Self::Off | Self::Down { .. } => false,
        }
    }

    pub(crate) const fn is_live(self) -> bool {
        match self {
            Self::Live { .. } => true,
            Self::Off | Self::Opening { .. } | Self::Down { .. } => false,
        }
    }
}

impl Following {
    pub(crate) fn new(charge: Charge, status: TransactionStatus, now: Moment) -> Self {
        Self {
            charge,
            status,
            watch: Watch::Off,
            watch_refused: false,
            watch_failures: 0,
            asked: None,
            ask_at: None,
            failures: 0,
            asked_after_end: 0,
            cancelling: None,
            watched_since: now,
            since_return: None,
            notice: None,
            returned: false,
            tapped: false,
            opens_by: None,
            stranded: false,
            unpaid: false,
            held: false,
            asked_at_zero: false,
            contradictions: 0,
            qr: QrPicture::default(),
        }
    }

    /// When, on the page's clock, the transaction can no longer be paid.
    pub(crate) fn zero_at(&self, server: Option<ServerClock>) -> Option<Moment> {
        Some(server?.on_page(self.charge.expiry_time?))
    }

    /// Whether something keeps the payer from being told how it ended, though we have reason to think it did.
    pub(crate) fn is_checking(&self, now: Moment, server: Option<ServerClock>) -> bool {
        !self.status.is_final() && (self.returned || self.may_have_ended(now, server))
    }

    /// Whether there is more to it than that the payer came back.
    pub(crate) fn may_have_ended(&self, now: Moment, server: Option<ServerClock>) -> bool {
        self.zero_at(server).is_some_and(|zero| now >= zero) || self.held || self.cancelling.is_some()
    }

    /// Whether the server may still say something new by itself that a payer waits for.
    pub(crate) fn is_open(&self) -> bool {
        !self.status.is_final()
    }

    /// `expire` and `cancel` are final, yet money may be on its way.
    pub(crate) fn may_still_settle(&self) -> bool {
        matches!(self.status, TransactionStatus::Expire | TransactionStatus::Cancel)
    }

    /// Whether a new attempt may replace it.
    pub(crate) fn may_be_retried(&self) -> bool {
        match self.status {
            TransactionStatus::Expire
            | TransactionStatus::Cancel
            | TransactionStatus::Deny
            | TransactionStatus::Failure => true,
            TransactionStatus::Pending
            | TransactionStatus::Settlement
            | TransactionStatus::Capture
            | TransactionStatus::Authorize
            | TransactionStatus::Refund
            | TransactionStatus::PartialRefund
            | TransactionStatus::Unknown(_) => false,
        }
    }
}
