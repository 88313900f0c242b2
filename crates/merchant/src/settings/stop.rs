//! How the process goes.

use super::{InvalidSetting, Lookup, seconds};
use std::time::Duration;

/// How the process goes, once it is told to.
#[derive(Clone, Copy, Debug)]
pub struct StopSettings {
    /// How long `/readyz` says no before no connection is taken any more: until whatever balances load has noticed. Default
    /// 0: at once. Read from `MERCHANT_DRAIN_SECONDS`.
    pub drain: Duration,
    /// How long whatever was begun may take after that. Then the process goes all the same, and says what it left. Default
    /// 45 s: longer than a charge whose payer has left may still need. Read from `MERCHANT_STOP_LIMIT_SECONDS`.
    pub limit: Duration,
}

impl StopSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let drain = seconds(lookup, "MERCHANT_DRAIN_SECONDS", 0, 0, "a whole number of seconds")?;
        let limit = seconds(lookup, "MERCHANT_STOP_LIMIT_SECONDS", 45, 1, "a whole number of seconds, at least 1")?;
        Ok(Self { drain, limit })
    }
}
