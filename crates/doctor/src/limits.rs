//! How long anything may take. Nothing here waits for ever.

use std::time::Duration;

/// How long a charge may take: as long as the widget waits for it.
pub(crate) const CHARGE: Duration = Duration::from_secs(40);
/// How long a status may take, and the head of an event stream; the same.
pub(crate) const STATUS: Duration = Duration::from_secs(12);
/// How long a cancel may take; the same.
pub(crate) const CANCEL: Duration = Duration::from_secs(30);
/// How long Midtrans waits for the answer to a notification.
pub(crate) const NOTIFICATION: Duration = Duration::from_secs(15);
/// How long whatever is not the merchant's may take: the sandbox, the shop that makes an order.
pub(crate) const OTHER: Duration = Duration::from_secs(15);
/// How long one check may take, all of it.
pub(crate) const CHECK: Duration = Duration::from_secs(240);
/// How often to look whether something has become so.
pub(crate) const PAUSE: Duration = Duration::from_millis(200);
/// How long something that must not happen is watched for.
pub(crate) const VIGIL: Duration = Duration::from_millis(1500);
/// The longest a merchant that says 429 is waited for (`Retry-After`), and how many times.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(60);
pub(crate) const RETRIES: u32 = 5;
/// At least so often a stream says something (contract §2.3), and what a busy machine may add.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);
pub(crate) const HEARTBEAT_SLACK: Duration = Duration::from_secs(1);
/// How long the notification of a new charge is waited for.
pub(crate) const FIRST_NOTIFICATION: Duration = Duration::from_secs(3);
/// How long the sandbox holds an answer back so that requests overlap which a quick Midtrans would let pass one by one.
/// Below the two seconds that an impatient merchant waits, and long enough for a busy machine.
pub(crate) const RACE_MILLISECONDS: u64 = 1500;
