//! Names of the faults.

use super::Target;
use serde::{Deserialize, Serialize};

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
