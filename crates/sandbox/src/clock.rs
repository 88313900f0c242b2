//! The sandbox's clock: the machine's own, moved forward on request. The only place that reads it.

use gopay_contract::JakartaTime;
use serde::{Deserialize, Serialize};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A moment of the sandbox's time, in milliseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Moment {
    pub(crate) unix_millis: u64,
}

impl Moment {
    pub(crate) fn jakarta(self) -> JakartaTime {
        JakartaTime::from_unix_seconds(i64::try_from(self.unix_millis / 1000).unwrap_or(i64::MAX))
    }

    pub(crate) fn system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.unix_millis)
    }

    pub(crate) fn after(self, pause: Duration) -> Self {
        let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        Self { unix_millis: self.unix_millis.saturating_add(millis) }
    }

    pub(crate) fn until(self, later: Self) -> Duration {
        Duration::from_millis(later.unix_millis.saturating_sub(self.unix_millis))
    }
}

/// Starts at the machine's time and never goes back.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_millis: AtomicU64,
}

impl Clock {
    /// A clock that is already ahead.
    pub(crate) fn ahead_by(ahead_millis: u64) -> Self {
        Self { ahead_millis: AtomicU64::new(ahead_millis) }
    }

    pub(crate) fn now(&self) -> Moment {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let machine = Moment { unix_millis: 0 }.after(machine);
        machine.after(Duration::from_millis(self.ahead_millis()))
    }

    /// Milliseconds by which the clock is ahead of the machine's.
    pub(crate) fn ahead_millis(&self) -> u64 {
        self.ahead_millis.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_millis.fetch_add(millis, Ordering::SeqCst);
    }
}
