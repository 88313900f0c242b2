//! The state of a sandbox as one value, as `--file` holds it.

use crate::{
    Behaviour,
    core_api::StoredAnswer,
    faults::FaultRegistry,
    ledger::{KeyedAnswer, Transaction},
    notifier::Queue,
};
use serde::{Deserialize, Serialize};

/// The state that is written and read back. The server key, and all settings of the start, are not in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Milliseconds by which the clock is ahead of the machine's.
    pub(crate) clock_ahead_millis: u64,
    pub(crate) behaviour: Behaviour,
    pub(crate) notification_url: Option<String>,
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) refunds_made: u64,
    pub(crate) answers: Vec<KeyedAnswer<StoredAnswer>>,
    /// The notifications: waiting, in flight and sent.
    pub(crate) notifications: Queue,
    pub(crate) faults: FaultRegistry,
}
