//! What went wrong, and why: the log of faults.

use super::FaultKind;
use gopay_contract::JakartaTime;
use serde::{Deserialize, Serialize};

/// A fault that struck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Played {
    /// When.
    pub(crate) at: JakartaTime,
    /// Where: `charge`, `new_transaction`, `notification:settlement` …
    pub(crate) on: String,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub(crate) kind: FaultKind,
    /// Why: `asked for as fault 3`, or `seed 42, charge 17`.
    pub(crate) reason: String,
}
