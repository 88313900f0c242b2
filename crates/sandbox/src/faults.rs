//! What goes wrong on request: `POST /sandbox/faults`. Pure; the layers ask it what is to happen to them.

use gopay_contract::TransactionStatus;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// What an HTTP request wants of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Charge,
    Status,
    Cancel,
    Expire,
    Refund,
    QrCode,
}

/// All of the Core API; the QR image must be named to be struck.
const CORE_API: [Operation; 5] =
    [Operation::Charge, Operation::Status, Operation::Cancel, Operation::Expire, Operation::Refund];

/// Whether the work is done before the answer is spoiled: a charge may exist though the shop never heard of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    #[default]
    Before,
    After,
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FaultKind {
    /// The answer comes this much later; the work is done at once.
    Latency { milliseconds: u64 },
    /// A body with this `status_code`: 500, 503, 429 …
    Error {
        #[serde(default = "internal_error")]
        status_code: u16,
        #[serde(default)]
        when: When,
    },
    /// An HTML page with HTTP 403, as an edge in front of Midtrans may answer.
    #[serde(rename = "html_403")]
    Html403 {
        #[serde(default)]
        when: When,
    },
    /// The connection is cut without an answer.
    CutConnection {
        #[serde(default)]
        when: When,
    },
    /// GoPay refuses the charge: HTTP 200, body 202, `deny`.
    DenyNextCharge {},
    /// The new transaction never shows `expiry_time`.
    MissingExpiryTime {},
    /// The new transaction has no `generate-qr-code-v2`.
    MissingGenerateQrCodeV2 {},
    /// The new transaction is never found by the expiry job.
    StuckPending {},
    /// The notification never leaves.
    LostNotification {
        #[serde(default)]
        transaction_status: Option<TransactionStatus>,
    },
    /// The notification leaves this much later.
    LateNotification {
        milliseconds: u64,
        #[serde(default)]
        transaction_status: Option<TransactionStatus>,
    },
    /// The notification leaves twice.
    DoubledNotification {
        #[serde(default)]
        transaction_status: Option<TransactionStatus>,
    },
}

/// How an answer is spoiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoiler {
    /// A body with this `status_code`.
    Error(u16),
    /// An HTML page with HTTP 403.
    EdgePage,
    /// No answer.
    Cut,
}

impl FaultKind {
    fn spoiler(&self) -> Option<(Spoiler, When)> {
        match self {
            Self::Error { status_code, when } => Some((Spoiler::Error(*status_code), *when)),
            Self::Html403 { when } => Some((Spoiler::EdgePage, *when)),
            Self::CutConnection { when } => Some((Spoiler::Cut, *when)),
            Self::Latency { .. }
            | Self::DenyNextCharge {}
            | Self::MissingExpiryTime {}
            | Self::MissingGenerateQrCodeV2 {}
            | Self::StuckPending {}
            | Self::LostNotification { .. }
            | Self::LateNotification { .. }
            | Self::DoubledNotification { .. } => None,
        }
    }
}

fn internal_error() -> u16 {
    500
}

/// A fault, whom it strikes and how often yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    #[serde(flatten)]
    pub(crate) kind: FaultKind,
    pub(crate) on: Vec<Operation>,
    /// How often yet; `null` is always.
    pub(crate) times: Option<u32>,
}

impl Fault {
    /// Reads `{"fault": …, …, "on": ["charge"], "times": 2}`. Without `on` it strikes all of the Core API, without
    /// `times` once, with `times` 0 until it is deleted.
    pub(crate) fn read(body: &Value) -> Result<Self, String> {
        let mut kind = body.as_object().cloned().ok_or("a fault must be an object like {\"fault\":\"latency\",…}")?;
        let on = match kind.remove("on") {
            None => CORE_API.to_vec(),
            Some(on) => serde_json::from_value(on).map_err(|error| format!("on: {error}"))?,
        };
        let times = match kind.remove("times") {
            None => Some(1),
            Some(times) => match times.as_u64().and_then(|times| u32::try_from(times).ok()) {
                Some(0) => None,
                Some(times) => Some(times),
                None => return Err(format!("times: {times} must be a whole number, 0 for always")),
            },
        };
        let kind = serde_json::from_value(Value::Object(kind)).map_err(|error| format!("fault: {error}"))?;
        Ok(Self { kind, on, times })
    }
}

/// What was asked to go wrong and has not yet.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    /// What spoils this operation's answer, if anything does.
    pub(crate) fn spoiler(&mut self, operation: Operation) -> Option<(Spoiler, When)> {
        self.take(|fault| fault.kind.spoiler().filter(|_| fault.on.contains(&operation)))
    }

    /// How much later this operation is answered.
    pub(crate) fn latency(&mut self, operation: Operation) -> Duration {
        let milliseconds = self.take(|fault| {
            if let FaultKind::Latency { milliseconds } = fault.kind {
                fault.on.contains(&operation).then_some(milliseconds)
            } else {
                None
            }
        });
        Duration::from_millis(milliseconds.unwrap_or(0))
    }

    /// Whether this fault without fields strikes now.
    pub(crate) fn strikes(&mut self, kind: &FaultKind) -> bool {
        self.take(|fault| (fault.kind == *kind).then_some(())).is_some()
    }

    /// Whether a notification of this status is lost.
    pub(crate) fn loses(&mut self, status: &TransactionStatus) -> bool {
        let struck = self.take(|fault| {
            if let FaultKind::LostNotification { transaction_status } = &fault.kind {
                is_meant(transaction_status.as_ref(), status).then_some(())
            } else {
                None
            }
        });
        struck.is_some()
    }

    /// Whether a notification of this status leaves twice.
    pub(crate) fn doubles(&mut self, status: &TransactionStatus) -> bool {
        let struck = self.take(|fault| {
            if let FaultKind::DoubledNotification { transaction_status } = &fault.kind {
                is_meant(transaction_status.as_ref(), status).then_some(())
            } else {
                None
            }
        });
        struck.is_some()
    }

    /// How much later a notification of this status leaves.
    pub(crate) fn delays(&mut self, status: &TransactionStatus) -> Duration {
        let milliseconds = self.take(|fault| {
            if let FaultKind::LateNotification { milliseconds, transaction_status } = &fault.kind {
                is_meant(transaction_status.as_ref(), status).then_some(*milliseconds)
            } else {
                None
            }
        });
        Duration::from_millis(milliseconds.unwrap_or(0))
    }

    /// What `pick` finds in the first fault that has it; that fault is used up by one.
    fn take<T>(&mut self, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let (place, found) =
            self.0.iter().enumerate().find_map(|(place, fault)| pick(fault).map(|found| (place, found)))?;
        match &mut self.0[place].times {
            None => {}
            Some(times) if *times > 1 => *times -= 1,
            Some(_) => {
                self.0.remove(place);
            }
        }
        Some(found)
    }
}

fn is_meant(wanted: Option<&TransactionStatus>, status: &TransactionStatus) -> bool {
    wanted.is_none_or(|wanted| wanted == status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(bodies: &[Value]) -> Faults {
        Faults(bodies.iter().map(|body| Fault::read(body).expect("a fault")).collect())
    }

    #[test]
    fn a_fault_strikes_once_unless_told_otherwise() {
        let mut faults = faults(&[json!({"fault": "error"}), json!({"fault": "cut_connection", "times": 2})]);
        let struck: Vec<_> = (0..4).map(|_| faults.spoiler(Operation::Status).is_some()).collect();
        assert_eq!(struck, [true, true, true, false]);
    }

    #[test]
    fn a_fault_for_one_operation_leaves_the_others_alone() {
        let mut faults = faults(&[json!({"fault": "latency", "milliseconds": 5, "on": ["charge"], "times": 0})]);
        assert_eq!(faults.latency(Operation::Status), Duration::ZERO);
        assert_eq!(faults.latency(Operation::Charge), Duration::from_millis(5));
        assert_eq!(faults.latency(Operation::Charge), Duration::from_millis(5));
    }

    #[test]
    fn a_notification_fault_waits_for_its_status() {
        let mut faults = faults(&[json!({"fault": "lost_notification", "transaction_status": "settlement"})]);
        assert!(!faults.loses(&TransactionStatus::Pending));
        assert!(faults.loses(&TransactionStatus::Settlement));
        assert!(!faults.loses(&TransactionStatus::Settlement));
    }

    #[test]
    fn an_unknown_fault_is_named_in_the_error() {
        for (body, names) in [
            (json!({"fault": "flood"}), "flood"),
            (json!({"fault": "latency"}), "milliseconds"),
            (json!({"fault": "error", "code": 500}), "code"),
            (json!({"fault": "error", "on": ["pay"]}), "pay"),
            (json!({"fault": "error", "times": "twice"}), "twice"),
            (json!([]), "object"),
        ] {
            let error = Fault::read(&body).expect_err("must be refused");
            assert!(error.contains(names), "{error}");
        }
    }
}
