//! All that a sandbox remembers, as one value: what `--file` holds.

use crate::{
    Behaviour,
    core_api::StoredAnswer,
    faults::Faults,
    ledger::{KeptAnswer, Transaction},
    notifier::Queue,
};
use serde::{Deserialize, Serialize};

/// What is written and read back. Not in it: the server key, and whatever the sandbox is started with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// How far the clock is ahead of the machine's.
    pub(crate) clock_ahead_millis: u64,
    pub(crate) behaviour: Behaviour,
    pub(crate) notification_url: Option<String>,
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) refunds_made: u64,
    pub(crate) answers: Vec<KeptAnswer<StoredAnswer>>,
    /// What waits, what is under way and what was sent.
    pub(crate) notifications: Queue,
    pub(crate) faults: Faults,
}
