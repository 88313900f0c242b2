//! An attempt that was made: what went out, and what came back.

use super::outgoing::{OutgoingNotification, shared};
use gopay_contract::JakartaTime;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One attempt that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Its number, for `GET /sandbox/notifications/{id}`.
    pub(crate) id: u64,
    /// When it ended.
    pub(crate) at: JakartaTime,
    #[serde(with = "shared")]
    pub(crate) notification: Arc<OutgoingNotification>,
    pub(crate) url: String,
    /// 1 for the first.
    pub(crate) attempt: usize,
    /// What the merchant answered, if it did.
    pub(crate) answer: Option<Answer>,
    /// Why nobody answered, or `lost`.
    pub(crate) problem: Option<String>,
    /// When it is tried again, if it is.
    pub(crate) next_attempt_at: Option<JakartaTime>,
}

impl Attempt {
    /// Whether Midtrans' dashboard would call a test notification successful: for nothing but 200.
    pub(crate) fn is_test_success(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.code == 200)
    }
}

/// What a merchant answered to a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) code: u16,
    pub(crate) content_type: Option<String>,
    /// The beginning of the body.
    pub(crate) body: String,
    /// Whether there was more of it.
    pub(crate) has_more: bool,
}
