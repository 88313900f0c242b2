//! Fault injection: on request (`POST /sandbox/faults`) or at random with a seed (`PUT /sandbox/chaos`). Pure: the
//! layers ask it for the faults to apply, and it logs them.

mod chaos;
mod fault;
mod kind;
mod name;
mod played;

pub use chaos::Chaos;
pub(crate) use fault::Fault;
pub(crate) use kind::{FaultKind, Occasion, Operation, Spoiler, When};
pub use name::FaultName;
pub(crate) use played::Played;

use crate::{
    ledger::{Denial, Gaps},
    notifier::Mishap,
};
use chaos::Counts;
use gopay_contract::{JakartaTime, TransactionStatus};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, time::Duration};

/// Maximum number of applied faults in the log.
const REMEMBERED: usize = 1000;

/// The registry: pending faults, and the log of applied ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Faults {
    asked_for: Vec<Fault>,
    chaos: Option<Chaos>,
    counts: Counts,
    last_id: u64,
    played: VecDeque<Played>,
}

/// The faults to apply to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestFate {
    /// The change of its answer.
    pub(crate) spoiler: Option<(Spoiler, When)>,
    /// The delay of its answer.
    pub(crate) latency: Duration,
}

impl Faults {
    /// Adds a fault under a new number.
    pub(crate) fn add(&mut self, mut fault: Fault) -> Fault {
        self.last_id += 1;
        fault.id = self.last_id;
        self.asked_for.push(fault.clone());
        fault
    }

    /// Removes the fault of this number; `false` if there is none.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.asked_for.len();
        self.asked_for.retain(|fault| fault.id != id);
        self.asked_for.len() < before
    }

    /// Removes all requested faults. Chaos goes on.
    pub(crate) fn clear(&mut self) {
        self.asked_for.clear();
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.asked_for
    }

    /// Starts or ends random faults. It counts from one again.
    pub(crate) fn set_chaos(&mut self, chaos: Option<Chaos>) {
        self.chaos = chaos;
        self.counts.clear();
    }

    pub(crate) fn chaos(&self) -> Option<&Chaos> {
        self.chaos.as_ref()
    }

    /// The applied faults, oldest first.
    pub(crate) fn played(&self) -> impl DoubleEndedIterator<Item = &Played> + ExactSizeIterator {
        self.played.iter()
    }

    /// True if no fault can strike.
    pub(crate) fn is_quiet(&self) -> bool {
        self.asked_for.is_empty() && self.chaos.is_none()
    }

    /// Takes the faults for a request. A spoiler that strikes before the work leaves a latency for the next request.
    pub(crate) fn request(&mut self, at: JakartaTime, operation: Operation, order_id: Option<&str>) -> RequestFate {
        let occasion = Occasion::Request(operation);
        let chance = self.chance(&occasion);
        let mut fate = RequestFate::default();
        if let Some((kind, reason)) = self.take(&occasion, order_id, |kind| kind.spoiler().is_some()) {
            fate.spoiler = kind.spoiler();
            self.note(at, &occasion, order_id, kind, reason);
        }
        let is_answered = !matches!(fate.spoiler, Some((_, When::Before)));
        if is_answered && let Some((kind, reason)) = self.take(&occasion, order_id, |kind| kind.spoiler().is_none()) {
            fate.latency = kind.delay();
            self.note(at, &occasion, order_id, kind, reason);
        }
        if fate == RequestFate::default()
            && let Some((kind, reason)) = chance
        {
            fate = RequestFate { spoiler: kind.spoiler(), latency: kind.delay() };
            self.note(at, &occasion, order_id, kind, reason);
        }
        fate
    }

    /// Takes the faults for a new transaction.
    pub(crate) fn new_transaction(&mut self, at: JakartaTime, order_id: &str) -> (Gaps, Option<Denial>) {
        let mut gaps = Gaps::default();
        let mut denial = None;
        self.strike(at, &Occasion::NewTransaction, order_id, |kind| match kind {
            FaultKind::DenyNextCharge {} => denial = Some(Denial::default()),
            FaultKind::MissingExpiryTime {} => gaps.no_expiry_time = true,
            FaultKind::MissingGenerateQrCodeV2 {} => gaps.no_generate_qr_code_v2 = true,
            FaultKind::StuckPending {} => gaps.stuck_pending = true,
            FaultKind::SettlementAfterExpiry { seconds } => gaps.settles_after_expiry = Some(*seconds),
            FaultKind::Latency { .. }
            | FaultKind::Error { .. }
            | FaultKind::Html403 { .. }
            | FaultKind::CutConnection { .. }
            | FaultKind::LostNotification { .. }
            | FaultKind::LateNotification { .. }
            | FaultKind::DoubledNotification { .. }
            | FaultKind::ReorderedNotification { .. } => {}
        });
        (gaps, denial)
    }

    /// Takes the faults for a notification on its way out.
    pub(crate) fn notification(&mut self, at: JakartaTime, order_id: &str, status: &TransactionStatus) -> Mishap {
        let mut mishap = Mishap::default();
        self.strike(at, &Occasion::Notification(status.clone()), order_id, |kind| match kind {
            FaultKind::LostNotification { .. } => mishap.lost = true,
            FaultKind::LateNotification { .. } => mishap.delay = kind.delay(),
            FaultKind::DoubledNotification { .. } => mishap.doubled = true,
            FaultKind::ReorderedNotification { .. } => mishap.reordered = true,
            FaultKind::Latency { .. }
            | FaultKind::Error { .. }
            | FaultKind::Html403 { .. }
            | FaultKind::CutConnection { .. }
            | FaultKind::DenyNextCharge {}
            | FaultKind::MissingExpiryTime {}
            | FaultKind::MissingGenerateQrCodeV2 {}
            | FaultKind::StuckPending {}
            | FaultKind::SettlementAfterExpiry { .. } => {}
        });
        mishap
    }

    /// Takes one requested fault of each kind, or else a random one.
    fn strike(&mut self, at: JakartaTime, occasion: &Occasion, order_id: &str, mut suffer: impl FnMut(&FaultKind)) {
        let chance = self.chance(occasion);
        let mut struck: Vec<FaultKind> = Vec::new();
        while let Some((kind, reason)) = self.take(occasion, Some(order_id), |kind| {
            struck.iter().all(|earlier| std::mem::discriminant(earlier) != std::mem::discriminant(kind))
        }) {
            suffer(&kind);
            struck.push(kind.clone());
            self.note(at, occasion, Some(order_id), kind, reason);
        }
        if struck.is_empty()
            && let Some((kind, reason)) = chance
        {
            suffer(&kind);
            self.note(at, occasion, Some(order_id), kind, reason);
        }
    }

    /// Draws the random fault for this occasion. Counted always, so that a fault that was asked for shifts nothing.
    fn chance(&mut self, occasion: &Occasion) -> Option<(FaultKind, String)> {
        let chaos = self.chaos.as_ref()?;
        let name = occasion.name();
        let count = self.counts.entry(name.clone()).or_default();
        *count += 1;
        chaos.strikes(occasion, *count).map(|kind| (kind, format!("seed {}, {name} {count}", chaos.seed)))
    }

    /// Takes the first fault that is meant for this occasion and wanted; it is used up by one.
    fn take(
        &mut self,
        occasion: &Occasion,
        order_id: Option<&str>,
        wanted: impl Fn(&FaultKind) -> bool,
    ) -> Option<(FaultKind, String)> {
        let mut all = self.asked_for.iter();
        let place = all.position(|fault| fault.is_meant(occasion, order_id) && wanted(&fault.kind))?;
        let fault = &mut self.asked_for[place];
        let found = (fault.kind.clone(), format!("asked for as fault {}", fault.id));
        match &mut fault.times {
            None => {}
            Some(times) if *times > 1 => *times -= 1,
            Some(_) => {
                self.asked_for.remove(place);
            }
        }
        Some(found)
    }

    fn note(&mut self, at: JakartaTime, occasion: &Occasion, order_id: Option<&str>, kind: FaultKind, reason: String) {
        let on = occasion.name();
        tracing::info!(order_id, on, fault = ?kind, reason, "a fault strikes");
        self.played.push_back(Played { at, on, order_id: order_id.map(str::to_owned), kind, reason });
        if self.played.len() > REMEMBERED {
            self.played.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
