//! The log of applied faults.

use super::FaultKind;
use gopay_contract::JakartaTime;
use serde::{Deserialize, Serialize};

/// An applied fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AppliedFault {
    /// Time.
    pub(crate) at: JakartaTime,
    /// The target: `charge`, `new_transaction`, `notification:settlement` …
    pub(crate) on: String,
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
    /// The fault.
    #[serde(flatten)]
    pub(crate) kind: FaultKind,
    /// The reason: `asked for as fault 3`, or `seed 42, charge 17`.
    pub(crate) reason: String,
}
