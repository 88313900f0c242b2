//! Limit of charges a minute: the switch `charges_per_minute`.

use gopay_contract::JakartaTime;
use std::collections::VecDeque;

/// The charges of the last sixty seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct ChargeRate(VecDeque<i64>);

impl ChargeRate {
    /// Counts a charge, if the limit lets it. `most` 0 is no limit.
    pub(super) fn admit(&mut self, now: JakartaTime, most: u32) -> bool {
        let now = now.unix_seconds();
        while self.0.front().is_some_and(|made| now >= made + 60) {
            self.0.pop_front();
        }
        if most == 0 {
            return true;
        }
        let admitted = self.0.len() < usize::try_from(most).unwrap_or(usize::MAX);
        if admitted {
            self.0.push_back(now);
        }
        admitted
    }
}
