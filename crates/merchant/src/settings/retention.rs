//! How long orders are kept.

use super::{InvalidSetting, Lookup, bad};
use std::time::Duration;

/// How long orders are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionSettings {
    /// How long after its end an order is deleted, 90 days to 100 years. Default none: never. Midtrans refunds a GoPay payment for
    /// 45 days, and what is deleted cannot be told of its refund; twice that is the least. Read from `MERCHANT_RETENTION_DAYS`.
    pub keep: Option<Duration>,
}

impl RetentionSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        const DAYS: &str = "MERCHANT_RETENTION_DAYS";
        const EXPECTED: &str =
            "a whole number of days, 90 to 36500: a payment can be refunded for 45 days, and must be known then";
        let Some(text) = lookup(DAYS) else { return Ok(Self::default()) };
        match text.parse::<u64>() {
            Ok(days) if (90..=36_500).contains(&days) => Ok(Self { keep: Some(Duration::from_secs(days * 86_400)) }),
            Ok(_) | Err(_) => Err(bad(DAYS, format!("{text:?}"), EXPECTED)),
        }
    }
}
