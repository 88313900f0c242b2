//! How watchers are kept up to date.

use super::{InvalidSetting, Lookup, seconds};
use std::time::Duration;

/// How watchers are kept up to date.
#[derive(Clone, Copy, Debug)]
pub struct WatchSettings {
    /// How often a watcher looks by itself, in case it was not told of a change. Default 15 s. Read from
    /// `MERCHANT_LOOK_AGAIN_SECONDS`.
    pub look_again: Duration,
}

impl WatchSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let expected = "a whole number of seconds, at least 1";
        Ok(Self { look_again: seconds(lookup, "MERCHANT_LOOK_AGAIN_SECONDS", 15, 1, expected)? })
    }
}
