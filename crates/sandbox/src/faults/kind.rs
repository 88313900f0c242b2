//! Kinds of faults with their parameters.

use gopay_contract::TransactionStatus;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The operation of an HTTP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Charge,
    Status,
    Cancel,
    Expire,
    Refund,
    QrCode,
}

impl Operation {
    /// The operations of the Core API; the QR image must be named to be struck.
    pub(crate) const CORE_API: [Self; 5] = [Self::Charge, Self::Status, Self::Cancel, Self::Expire, Self::Refund];

    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Status => "status",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Refund => "refund",
            Self::QrCode => "qr_code",
        }
    }
}

/// Moment of a fault: before or after the work. A charge may exist though the shop never heard of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    #[default]
    Before,
    After,
}

/// A fault with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FaultKind {
    /// The answer comes this much later; the work is done at once.
    Latency { milliseconds: u64 },
    /// A body with this `status_code`: 500, 503, 429 … `http_status` is the HTTP status that goes with it; without it,
    /// Midtrans' own habit.
    Error {
        #[serde(default = "internal_error")]
        status_code: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        http_status: Option<u16>,
        #[serde(default)]
        when: When,
    },
    /// An HTML page with HTTP 403, or another status, as an edge in front of Midtrans may answer.
    #[serde(rename = "html_403")]
    Html403 {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        http_status: Option<u16>,
        #[serde(default)]
        when: When,
    },
    /// The connection is cut without an answer.
    CutConnection {
        #[serde(default)]
        when: When,
    },
    /// GoPay refuses the charge: HTTP 200, body 202, `deny`.
    DenyNextCharge {},
    /// The new transaction never shows `expiry_time`.
    MissingExpiryTime {},
    /// The new transaction has no `generate-qr-code-v2`.
    MissingGenerateQrCodeV2 {},
    /// The new transaction is never found by the expiry job.
    StuckPending {},
    /// The new transaction is paid this long after it has expired.
    SettlementAfterExpiry {
        #[serde(default = "half_a_minute")]
        seconds: u32,
    },
    /// The notification never leaves.
    LostNotification {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_status: Option<TransactionStatus>,
    },
    /// The notification leaves this much later.
    LateNotification {
        milliseconds: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_status: Option<TransactionStatus>,
    },
    /// The notification leaves twice.
    DoubledNotification {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_status: Option<TransactionStatus>,
    },
    /// The notification leaves only after the order's next one has been answered.
    ReorderedNotification {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_status: Option<TransactionStatus>,
    },
}

fn internal_error() -> u16 {
    500
}

fn half_a_minute() -> u32 {
    30
}

/// Change of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// A body with this `status_code`, and the HTTP status if it was named.
    Error(u16, Option<u16>),
    /// An HTML page, with this HTTP status.
    EdgePage(u16),
    /// The connection is cut without an answer.
    Cut,
}

/// The targets at which faults strike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A request to the Core API, or for a QR image.
    Request(Operation),
    /// A valid charge, before its transaction is made.
    NewTransaction,
    /// A notification of this status.
    Notification(TransactionStatus),
}

impl Target {
    /// The name in JSON: `charge`, `new_transaction`, `notification:settlement` …
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Request(operation) => operation.name().to_owned(),
            Self::NewTransaction => "new_transaction".to_owned(),
            Self::Notification(status) => format!("notification:{status}"),
        }
    }
}

impl FaultKind {
    /// True if the fault can strike this target. `on` is what a fault of requests is limited to.
    pub(crate) fn can_strike(&self, target: &Target, on: &[Operation]) -> bool {
        self.name().can_strike(target)
            && match target {
                Target::Request(operation) => on.contains(operation),
                Target::NewTransaction => true,
                Target::Notification(status) => self.wanted_status().is_none_or(|wanted| wanted == status),
            }
    }

    /// True if it strikes requests, and not what comes of them.
    pub(crate) fn is_for_requests(&self) -> bool {
        self.name().can_strike(&Target::Request(Operation::Charge))
    }

    fn name(&self) -> FaultName {
        match self {
            Self::Latency { .. } => FaultName::Latency,
            Self::Error { .. } => FaultName::Error,
            Self::Html403 { .. } => FaultName::Html403,
            Self::CutConnection { .. } => FaultName::CutConnection,
            Self::DenyNextCharge {} => FaultName::DenyNextCharge,
            Self::MissingExpiryTime {} => FaultName::MissingExpiryTime,
            Self::MissingGenerateQrCodeV2 {} => FaultName::MissingGenerateQrCodeV2,
            Self::StuckPending {} => FaultName::StuckPending,
            Self::SettlementAfterExpiry { .. } => FaultName::SettlementAfterExpiry,
            Self::LostNotification { .. } => FaultName::LostNotification,
            Self::LateNotification { .. } => FaultName::LateNotification,
            Self::DoubledNotification { .. } => FaultName::DoubledNotification,
            Self::ReorderedNotification { .. } => FaultName::ReorderedNotification,
        }
    }

    /// The one status whose notifications it strikes; `None` for all.
    fn wanted_status(&self) -> Option<&TransactionStatus> {
        let (Self::LostNotification { transaction_status }
        | Self::LateNotification { transaction_status, .. }
        | Self::DoubledNotification { transaction_status }
        | Self::ReorderedNotification { transaction_status }) = self
        else {
            return None;
        };
        transaction_status.as_ref()
    }

    /// The change of an answer, for a fault that makes one.
    pub(crate) fn mutation(&self) -> Option<(Mutation, When)> {
        if let Self::Error { status_code, http_status, when } = self {
            Some((Mutation::Error(*status_code, *http_status), *when))
        } else if let Self::Html403 { http_status, when } = self {
            Some((Mutation::EdgePage(http_status.unwrap_or(403)), *when))
        } else if let Self::CutConnection { when } = self {
            Some((Mutation::Cut, *when))
        } else {
            None
        }
    }

    /// The delay, for a fault that makes one.
    pub(crate) fn delay(&self) -> Duration {
        let (Self::Latency { milliseconds } | Self::LateNotification { milliseconds, .. }) = self else {
            return Duration::ZERO;
        };
        Duration::from_millis(*milliseconds)
    }
}

/// A kind of fault, without its parameters. What is said of numbers is what chance takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultName {
    /// An answer comes 0.1 to 3 s late.
    Latency,
    /// A body 500 or 503, before or after the work.
    Error,
    /// An HTML page with HTTP 403, before or after the work.
    #[serde(rename = "html_403")]
    Html403,
    /// The connection is cut, before or after the work.
    CutConnection,
    /// GoPay refuses the charge.
    DenyNextCharge,
    /// A transaction without `expiry_time`.
    MissingExpiryTime,
    /// A transaction without `generate-qr-code-v2`.
    MissingGenerateQrCodeV2,
    /// A transaction that the expiry job never finds.
    StuckPending,
    /// A transaction that is paid 5 to 120 s after it has expired.
    SettlementAfterExpiry,
    /// A notification that never leaves.
    LostNotification,
    /// A notification that leaves 0.5 to 30 s late.
    LateNotification,
    /// A notification that leaves twice.
    DoubledNotification,
    /// A notification that leaves after the order's next one.
    ReorderedNotification,
}

impl FaultName {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Latency,
        Self::Error,
        Self::Html403,
        Self::CutConnection,
        Self::DenyNextCharge,
        Self::MissingExpiryTime,
        Self::MissingGenerateQrCodeV2,
        Self::StuckPending,
        Self::SettlementAfterExpiry,
        Self::LostNotification,
        Self::LateNotification,
        Self::DoubledNotification,
        Self::ReorderedNotification,
    ];

    /// True if the fault can strike this target.
    pub(crate) fn can_strike(self, target: &Target) -> bool {
        match self {
            Self::Latency | Self::Error | Self::Html403 | Self::CutConnection => {
                matches!(target, Target::Request(_))
            }
            Self::DenyNextCharge
            | Self::MissingExpiryTime
            | Self::MissingGenerateQrCodeV2
            | Self::StuckPending
            | Self::SettlementAfterExpiry => *target == Target::NewTransaction,
            Self::LostNotification
            | Self::LateNotification
            | Self::DoubledNotification
            | Self::ReorderedNotification => matches!(target, Target::Notification(_)),
        }
    }
}
