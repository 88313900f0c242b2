//! The state of a sandbox as one value, as `--file` holds it.

use crate::{
    Behaviour,
    faults::FaultRegistry,
    ledger::{KeyedAnswer, Transaction},
    notifier::Queue,
};
use axum::{body::Bytes, http::StatusCode};
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

/// A stored answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "WrittenAnswer", into = "WrittenAnswer")]
pub(crate) struct StoredAnswer {
    pub(crate) http_status: StatusCode,
    pub(crate) body: Bytes,
}

/// A stored answer as written to a file.
#[derive(Serialize, Deserialize)]
struct WrittenAnswer {
    http_status: u16,
    body: String,
}

impl From<StoredAnswer> for WrittenAnswer {
    fn from(answer: StoredAnswer) -> Self {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        Self { http_status: answer.http_status.as_u16(), body }
    }
}

impl TryFrom<WrittenAnswer> for StoredAnswer {
    type Error = axum::http::status::InvalidStatusCode;

    fn try_from(written: WrittenAnswer) -> Result<Self, Self::Error> {
        Ok(Self { http_status: StatusCode::from_u16(written.http_status)?, body: written.body.into() })
    }
}
