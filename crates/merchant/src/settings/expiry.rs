//! How long an order of the demo shop can be paid.

use super::{InvalidSetting, Lookup, bad, seconds};
use std::time::Duration;

/// How long an order can be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpirySettings {
    /// What the demo shop writes into `custom_expiry`: 20 s to 7 days, as Midtrans takes it. Default none, which means
    /// Midtrans' fifteen minutes. Read from `ORDER_PAYABLE_FOR_SECONDS`.
    pub payable_for: Option<Duration>,
}

impl ExpirySettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        const PAYABLE_FOR: &str = "ORDER_PAYABLE_FOR_SECONDS";
        const EXPECTED: &str = "a whole number of seconds, 20 to 604800 (7 days)";
        let Some(text) = lookup(PAYABLE_FOR) else { return Ok(Self { payable_for: None }) };
        let payable_for = seconds(lookup, PAYABLE_FOR, 0, 20, EXPECTED)?;
        if payable_for.as_secs() > 604_800 {
            return Err(bad(PAYABLE_FOR, format!("{text:?}"), EXPECTED));
        }
        Ok(Self { payable_for: Some(payable_for) })
    }
}
