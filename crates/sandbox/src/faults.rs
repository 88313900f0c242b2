//! Fault injection: on request (`POST /sandbox/faults`) or at random with a seed (`PUT /sandbox/chaos`). Pure: the
//! layers ask it for the faults to apply, and it logs them.

mod chaos;
mod kind;

use crate::{ledger::Omissions, notifier::DeliveryFault};
pub use chaos::Chaos;
use chaos::Counts;
use gopay_contract::{JakartaTime, TransactionStatus};
pub use kind::FaultName;
pub(crate) use kind::{FaultKind, Mutation, Operation, Target, When};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::VecDeque, time::Duration};

/// Maximum number of applied faults in the log.
const LOG_LENGTH: usize = 1000;

/// Registry of faults: pending faults, and the log of applied ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct FaultRegistry {
    requested: Vec<Fault>,
    chaos: Option<Chaos>,
    counts: Counts,
    last_id: u64,
    applied: VecDeque<AppliedFault>,
}

/// The faults to apply to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestFaults {
    /// The change of its answer.
    pub(crate) mutation: Option<(Mutation, When)>,
    /// The delay of its answer.
    pub(crate) latency: Duration,
}

impl FaultRegistry {
    /// Adds a fault under a new number.
    pub(crate) fn add(&mut self, mut fault: Fault) -> Fault {
        self.last_id += 1;
        fault.id = self.last_id;
        self.requested.push(fault.clone());
        fault
    }

    /// Removes the fault of this number; `false` if there is none.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.requested.len();
        self.requested.retain(|fault| fault.id != id);
        self.requested.len() < before
    }

    /// Removes all requested faults. Chaos goes on.
    pub(crate) fn clear(&mut self) {
        self.requested.clear();
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.requested
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
    pub(crate) fn applied(&self) -> impl DoubleEndedIterator<Item = &AppliedFault> + ExactSizeIterator {
        self.applied.iter()
    }

    /// True if no fault can strike.
    pub(crate) fn is_empty(&self) -> bool {
        self.requested.is_empty() && self.chaos.is_none()
    }

    /// Takes the faults for a request. A mutation before the work leaves a latency for the next request.
    pub(crate) fn request(&mut self, at: JakartaTime, operation: Operation, order_id: Option<&str>) -> RequestFaults {
        let target = Target::Request(operation);
        let random = self.random_fault(&target);
        let mut found = RequestFaults::default();
        if let Some((kind, reason)) = self.take(&target, order_id, |kind| kind.mutation().is_some()) {
            found.mutation = kind.mutation();
            self.log(at, &target, order_id, kind, reason);
        }
        let is_answered = !matches!(found.mutation, Some((_, When::Before)));
        if is_answered && let Some((kind, reason)) = self.take(&target, order_id, |kind| kind.mutation().is_none()) {
            found.latency = kind.delay();
            self.log(at, &target, order_id, kind, reason);
        }
        if found == RequestFaults::default()
            && let Some((kind, reason)) = random
        {
            found = RequestFaults { mutation: kind.mutation(), latency: kind.delay() };
            self.log(at, &target, order_id, kind, reason);
        }
        found
    }

    /// Takes the faults for a new transaction; true if GoPay is to deny it.
    pub(crate) fn new_transaction(&mut self, at: JakartaTime, order_id: &str) -> (Omissions, bool) {
        let (mut omissions, mut is_denied) = (Omissions::default(), false);
        self.next_faults(at, &Target::NewTransaction, order_id, |kind| {
            is_denied |= matches!(kind, FaultKind::DenyNextCharge {});
            omissions.no_expiry_time |= matches!(kind, FaultKind::MissingExpiryTime {});
            omissions.no_generate_qr_code_v2 |= matches!(kind, FaultKind::MissingGenerateQrCodeV2 {});
            omissions.stuck_pending |= matches!(kind, FaultKind::StuckPending {});
            if let FaultKind::SettlementAfterExpiry { seconds } = kind {
                omissions.settles_after_expiry = Some(*seconds);
            }
        });
        (omissions, is_denied)
    }

    /// Takes the faults for a notification on its way out.
    pub(crate) fn notification(
        &mut self,
        at: JakartaTime,
        order_id: &str,
        status: &TransactionStatus,
    ) -> DeliveryFault {
        let mut fault = DeliveryFault::default();
        self.next_faults(at, &Target::Notification(status.clone()), order_id, |kind| {
            fault.lost |= matches!(kind, FaultKind::LostNotification { .. });
            fault.doubled |= matches!(kind, FaultKind::DoubledNotification { .. });
            fault.reordered |= matches!(kind, FaultKind::ReorderedNotification { .. });
            fault.delay += kind.delay();
        });
        fault
    }

    /// Takes one requested fault of each kind, or else a random one.
    fn next_faults(&mut self, at: JakartaTime, target: &Target, order_id: &str, mut apply: impl FnMut(&FaultKind)) {
        let random = self.random_fault(target);
        let mut taken: Vec<FaultKind> = Vec::new();
        while let Some((kind, reason)) = self.take(target, Some(order_id), |kind| {
            taken.iter().all(|earlier| std::mem::discriminant(earlier) != std::mem::discriminant(kind))
        }) {
            apply(&kind);
            taken.push(kind.clone());
            self.log(at, target, Some(order_id), kind, reason);
        }
        if taken.is_empty()
            && let Some((kind, reason)) = random
        {
            apply(&kind);
            self.log(at, target, Some(order_id), kind, reason);
        }
    }

    /// Draws the random fault for this target. Counted always, so that a fault that was asked for shifts nothing.
    fn random_fault(&mut self, target: &Target) -> Option<(FaultKind, String)> {
        let chaos = self.chaos.as_ref()?;
        let name = target.name();
        let count = self.counts.entry(name.clone()).or_default();
        *count += 1;
        chaos.fault_for(target, *count).map(|kind| (kind, format!("seed {}, {name} {count}", chaos.seed)))
    }

    /// Takes the first fault that is meant for this target and wanted; it is used up by one.
    fn take(
        &mut self,
        target: &Target,
        order_id: Option<&str>,
        wanted: impl Fn(&FaultKind) -> bool,
    ) -> Option<(FaultKind, String)> {
        let mut all = self.requested.iter();
        let place = all.position(|fault| fault.matches(target, order_id) && wanted(&fault.kind))?;
        let fault = &mut self.requested[place];
        let found = (fault.kind.clone(), format!("asked for as fault {}", fault.id));
        match &mut fault.times {
            None => {}
            Some(times) if *times > 1 => *times -= 1,
            Some(_) => {
                self.requested.remove(place);
            }
        }
        Some(found)
    }

    fn log(&mut self, at: JakartaTime, target: &Target, order_id: Option<&str>, kind: FaultKind, reason: String) {
        let on = target.name();
        tracing::info!(order_id, on, fault = ?kind, reason, "fault injected");
        self.applied.push_back(AppliedFault { at, on, order_id: order_id.map(str::to_owned), kind, reason });
        if self.applied.len() > LOG_LENGTH {
            self.applied.pop_front();
        }
    }
}

/// An applied fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AppliedFault {
    /// Time.
    pub(crate) at: JakartaTime,
    /// The target: `charge`, `new_transaction`, `notification:settlement` …
    pub(crate) on: String,
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
    /// The fault.
    #[serde(flatten)]
    pub(crate) kind: FaultKind,
    /// The reason: `asked for as fault 3`, or `seed 42, charge 17`.
    pub(crate) reason: String,
}

/// A fault with its order and the number of times that it still strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// Its number, for `DELETE /sandbox/faults/{id}`.
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) kind: FaultKind,
    /// The operations that it strikes, for a fault of requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) on: Vec<Operation>,
    /// The one order that it strikes; without it, any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
    /// Number of times that it still strikes; `null` is always.
    pub(crate) times: Option<u32>,
}

impl Fault {
    /// Reads `{"fault": …, …, "on": ["charge"], "order_id": "order-101", "times": 2}`. Without `on` it strikes all of the
    /// Core API, without `order_id` any order, without `times` once, with `times` 0 until it is deleted.
    pub(crate) fn read(body: &Value) -> Result<Self, String> {
        let mut kind = body.as_object().cloned().ok_or("a fault must be an object like {\"fault\":\"latency\",…}")?;
        let on = match kind.remove("on") {
            None => Operation::CORE_API.to_vec(),
            Some(on) => serde_json::from_value(on).map_err(|error| format!("on: {error}"))?,
        };
        let order_id = match kind.remove("order_id") {
            None | Some(Value::Null) => None,
            Some(Value::String(order_id)) => Some(order_id),
            Some(other) => return Err(format!("order_id: {other} must be a text")),
        };
        let times = times(&mut kind)?;
        let kind: FaultKind = serde_json::from_value(Value::Object(kind)).map_err(|error| format!("fault: {error}"))?;
        if let FaultKind::Error { http_status: Some(code), .. } | FaultKind::Html403 { http_status: Some(code), .. } =
            kind
            && !(200..=599).contains(&code)
        {
            return Err(format!("http_status: {code} must be from 200 to 599"));
        }
        let on = if kind.is_for_requests() { on } else { Vec::new() };
        Ok(Self { id: 0, kind, on, order_id, times })
    }

    /// True if the fault strikes this target. A request whose order is not known is struck by faults for any order
    /// only.
    pub(super) fn matches(&self, target: &Target, order_id: Option<&str>) -> bool {
        let its_order = self.order_id.as_deref().is_none_or(|wanted| Some(wanted) == order_id);
        its_order && self.kind.can_strike(target, &self.on)
    }
}

fn times(body: &mut Map<String, Value>) -> Result<Option<u32>, String> {
    match body.remove("times") {
        None => Ok(Some(1)),
        Some(times) => match times.as_u64().and_then(|times| u32::try_from(times).ok()) {
            Some(0) => Ok(None),
            Some(times) => Ok(Some(times)),
            None => Err(format!("times: {times} must be a whole number, 0 for always")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_fault_is_named_in_the_error() {
        for (body, names) in [
            (json!({"fault": "flood"}), "flood"),
            (json!({"fault": "latency"}), "milliseconds"),
            (json!({"fault": "error", "code": 500}), "code"),
            (json!({"fault": "error", "http_status": 42}), "42"),
            (json!({"fault": "html_403", "http_status": 42}), "42"),
            (json!({"fault": "error", "on": ["pay"]}), "pay"),
            (json!({"fault": "error", "order_id": 101}), "101"),
            (json!({"fault": "error", "times": "twice"}), "twice"),
            (json!([]), "object"),
        ] {
            let error = Fault::read(&body).expect_err("must be refused");
            assert!(error.contains(names), "{error}");
        }
    }
}
