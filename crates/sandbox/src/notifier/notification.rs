//! A notification and its deliveries.

use crate::clock::Moment;
use gopay_contract::JakartaTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// A notification to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutgoingNotification {
    /// Number in the order of the changes.
    pub(crate) number: u64,
    pub(crate) order_id: String,
    pub(crate) transaction_id: String,
    pub(crate) transaction_status: String,
    /// Signed JSON; the same for every attempt.
    pub(crate) body: String,
}

/// One notification to one URL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    #[serde(with = "shared")]
    pub(crate) notification: Arc<OutgoingNotification>,
    pub(crate) url: String,
    pub(crate) retries_made: usize,
    pub(crate) due: Moment,
    /// True while it waits for a later notification of its order to the same URL, or at the latest until it is due.
    #[serde(default)]
    pub(crate) held: bool,
}

/// Faults of a notification on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryFault {
    /// The notification never leaves.
    pub(crate) lost: bool,
    /// The notification leaves twice.
    pub(crate) doubled: bool,
    /// The notification leaves after the order's next one.
    pub(crate) reordered: bool,
    /// The notification leaves this much later.
    pub(crate) delay: std::time::Duration,
}

/// Serialises `Arc<T>` as `T`; reading makes a new `Arc`.
pub(super) mod shared {
    use super::{Arc, Deserialize, Deserializer, OutgoingNotification, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(it: &Arc<OutgoingNotification>, serializer: S) -> Result<S::Ok, S::Error> {
        it.as_ref().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<OutgoingNotification>, D::Error> {
        OutgoingNotification::deserialize(from).map(Arc::new)
    }
}

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
