//! An attempt to deliver a notification: request and answer.

use super::outgoing::{OutgoingNotification, shared};
use gopay_contract::JakartaTime;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An attempt that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Its number, for `GET /sandbox/notifications/{id}`.
    pub(crate) id: u64,
    /// End of the attempt.
    pub(crate) at: JakartaTime,
    #[serde(with = "shared")]
    pub(crate) notification: Arc<OutgoingNotification>,
    pub(crate) url: String,
    /// Number of the attempt, from 1.
    pub(crate) attempt: usize,
    /// The merchant's answer, if it gave one.
    pub(crate) answer: Option<Answer>,
    /// The error if no answer came, or `lost`.
    pub(crate) problem: Option<String>,
    /// Time of the next attempt, if there is one.
    pub(crate) next_attempt_at: Option<JakartaTime>,
}

impl Attempt {
    /// True if Midtrans' dashboard would call a test notification successful: for nothing but 200.
    pub(crate) fn is_test_success(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.code == 200)
    }
}

/// A merchant's answer to a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) code: u16,
    pub(crate) content_type: Option<String>,
    /// The beginning of the body.
    pub(crate) body: String,
    /// True if the body was longer.
    pub(crate) has_more: bool,
}
