//! Time limits. Every wait has one.

use std::time::Duration;

/// Time limit of a charge: as long as the widget waits for it.
pub(crate) const CHARGE: Duration = Duration::from_secs(40);
/// Time limit of a status, and of an event stream's head; the same.
pub(crate) const STATUS: Duration = Duration::from_secs(12);
/// Time limit of a cancel; the same.
pub(crate) const CANCEL: Duration = Duration::from_secs(30);
/// Time limit of a notification's answer, as at Midtrans.
pub(crate) const NOTIFICATION: Duration = Duration::from_secs(15);
/// Time limit of everything that is not the merchant's: the sandbox, the shop that makes an order.
pub(crate) const OTHER: Duration = Duration::from_secs(15);
/// Time limit of one whole check.
pub(crate) const CHECK: Duration = Duration::from_secs(240);
/// Interval between two looks at a condition that is waited for.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Observation time for something that must not happen.
pub(crate) const OBSERVATION: Duration = Duration::from_millis(1500);
/// Maximum wait after a 429 (`Retry-After`), and how many times.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(60);
pub(crate) const RETRIES: u32 = 5;
/// Maximum silence of a stream (contract §2.3), with what a busy machine may add.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);
pub(crate) const HEARTBEAT_SLACK: Duration = Duration::from_secs(1);
/// Time limit for the notification of a new charge.
pub(crate) const FIRST_NOTIFICATION: Duration = Duration::from_secs(3);
/// Milliseconds by which the sandbox delays an answer so that requests overlap which a quick Midtrans would let pass
/// one by one. Below the two seconds that an impatient merchant waits, and long enough for a busy machine.
pub(crate) const RACE_MILLISECONDS: u64 = 1500;
