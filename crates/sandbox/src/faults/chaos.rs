//! Random faults that can be repeated.

use super::{FaultKind, FaultName, Target, When};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Faults at random: `PUT /sandbox/chaos`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// Two runs with the same seed have the same faults.
    pub seed: u64,
    /// One in this many requests, new transactions and notifications is struck. 1: each.
    #[serde(default = "one_in_twenty")]
    pub one_in: u32,
    /// The kinds of faults; empty for all.
    #[serde(default)]
    pub kinds: Vec<FaultName>,
}

fn one_in_twenty() -> u32 {
    Chaos::ONE_IN
}

impl Chaos {
    /// The default of [`Self::one_in`].
    pub const ONE_IN: u32 = 20;

    /// The fault that strikes the `count`th (from 1) target of this name, if any. Pure.
    pub(crate) fn fault_for(&self, target: &Target, count: u64) -> Option<FaultKind> {
        let chance = Chance::of(self.seed, &target.name(), count);
        let all = if self.kinds.is_empty() { FaultName::ALL.as_slice() } else { &self.kinds };
        let suitable: Vec<_> = all.iter().filter(|kind| kind.can_strike(target)).collect();
        if suitable.is_empty() || chance.within(0, 1, u64::from(self.one_in.max(1))) != 1 {
            return None;
        }
        let last = u64::try_from(suitable.len()).unwrap_or(1) - 1;
        let picked = usize::try_from(chance.within(1, 0, last)).unwrap_or(0);
        suitable.get(picked).map(|kind| kind.with(&chance))
    }
}

impl FaultName {
    /// The fault, with parameters drawn from `chance`.
    fn with(self, chance: &Chance) -> FaultKind {
        let when = if chance.within(5, 0, 1) == 0 { When::Before } else { When::After };
        match self {
            Self::Latency => FaultKind::Latency { milliseconds: chance.within(2, 100, 3_000) },
            Self::Error => {
                let status_code = if chance.within(3, 0, 1) == 0 { 500 } else { 503 };
                FaultKind::Error { status_code, http_status: None, when }
            }
            Self::Html403 => FaultKind::Html403 { http_status: None, when },
            Self::CutConnection => FaultKind::CutConnection { when },
            Self::DenyNextCharge => FaultKind::DenyNextCharge {},
            Self::MissingExpiryTime => FaultKind::MissingExpiryTime {},
            Self::MissingGenerateQrCodeV2 => FaultKind::MissingGenerateQrCodeV2 {},
            Self::StuckPending => FaultKind::StuckPending {},
            Self::SettlementAfterExpiry => {
                let seconds = u32::try_from(chance.within(2, 5, 120)).unwrap_or(120);
                FaultKind::SettlementAfterExpiry { seconds }
            }
            Self::LostNotification => FaultKind::LostNotification { transaction_status: None },
            Self::LateNotification => {
                FaultKind::LateNotification { milliseconds: chance.within(2, 500, 30_000), transaction_status: None }
            }
            Self::DoubledNotification => FaultKind::DoubledNotification { transaction_status: None },
            Self::ReorderedNotification => FaultKind::ReorderedNotification { transaction_status: None },
        }
    }
}

/// Random numbers, all from one hash: SHA-256 is the same everywhere and for ever, as no generator of a library
/// promises to be.
struct Chance([u8; 32]);

impl Chance {
    fn of(seed: u64, target: &str, count: u64) -> Self {
        Self(Sha256::digest(format!("{seed}/{target}/{count}")).into())
    }

    /// A number from `least` to `most`, by the number in this place.
    fn within(&self, place: usize, least: u64, most: u64) -> u64 {
        // Four bytes for each place: for spans far below 2³² the bias is nothing.
        let four = self.0.chunks_exact(4).nth(place).unwrap_or_default();
        let number = four.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        least + number % (most - least + 1)
    }
}

/// Number of targets so far, by name: a run goes on where it stopped.
pub(super) type Counts = BTreeMap<String, u64>;

#[cfg(test)]
mod tests {
    use super::super::Operation;
    use super::*;
    use gopay_contract::TransactionStatus;

    fn chaos(seed: u64, one_in: u32) -> Chaos {
        Chaos { seed, one_in, kinds: Vec::new() }
    }

    fn run(chaos: &Chaos, target: &Target) -> Vec<Option<FaultKind>> {
        (1..=1000).map(|count| chaos.fault_for(target, count)).collect()
    }

    const CHARGE: Target = Target::Request(Operation::Charge);

    #[test]
    fn the_same_seed_has_the_same_faults_and_another_seed_has_others() {
        let settled = Target::Notification(TransactionStatus::Settlement);
        for target in [CHARGE, Target::NewTransaction, settled] {
            assert_eq!(run(&chaos(42, 5), &target), run(&chaos(42, 5), &target));
            assert_ne!(run(&chaos(42, 5), &target), run(&chaos(43, 5), &target));
        }
    }

    #[test]
    fn a_seed_means_the_same_tomorrow() {
        let struck: Vec<_> = (1..=40)
            .filter_map(|count| chaos(42, 20).fault_for(&CHARGE, count).map(|kind| format!("{count} {kind:?}")))
            .collect();
        assert_eq!(
            struck,
            [
                "1 Latency { milliseconds: 718 }",
                "3 Error { status_code: 500, http_status: None, when: Before }",
                "18 Latency { milliseconds: 1497 }",
                "37 CutConnection { when: Before }",
            ]
        );
    }

    #[test]
    fn about_one_in_so_many_is_struck_and_one_in_one_is_each() {
        let struck = run(&chaos(7, 20), &CHARGE).into_iter().flatten().count();
        assert!((25..=80).contains(&struck), "{struck} of 1000");
        assert!(run(&chaos(7, 1), &CHARGE).iter().all(Option::is_some));
    }

    #[test]
    fn only_what_is_named_happens_and_only_where_it_can() {
        let lost = Chaos { kinds: vec![FaultName::LostNotification], ..chaos(1, 1) };
        assert!(run(&lost, &CHARGE).iter().all(Option::is_none));
        let pending = Target::Notification(TransactionStatus::Pending);
        let all_lost = Some(FaultKind::LostNotification { transaction_status: None });
        assert!(run(&lost, &pending).iter().all(|kind| *kind == all_lost));
    }

    #[test]
    fn every_kind_comes_up_sooner_or_later() {
        let targets = [CHARGE, Target::NewTransaction, Target::Notification(TransactionStatus::Pending)];
        let seen: Vec<_> = targets.iter().flat_map(|target| run(&chaos(3, 1), target)).flatten().collect();
        for name in FaultName::ALL {
            let name = serde_json::to_value(name).expect("a name");
            let found = seen.iter().any(|kind| serde_json::to_value(kind).expect("a fault")["fault"] == name);
            assert!(found, "{name}");
        }
    }
}
