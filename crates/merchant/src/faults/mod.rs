//! Fault injection between the merchant and the widget: `POST /merchant/faults`, where `MERCHANT_FAULTS=on`. For tests of a
//! shop's page: how it looks when its own backend is slow, broken or wrong.
//!
//! This file and `mutate.rs` are pure: which fault applies to which request, and how it changes an answer. `registry.rs` holds
//! the faults of a running merchant; `middleware.rs` applies them.

mod middleware;
mod mutate;
mod registry;

pub(crate) use middleware::inject;
pub(crate) use registry::FaultRegistry;

use mutate::Mutation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request of the widget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Charge,
    Status,
    Events,
    Cancel,
}

const ALL: [Operation; 4] = [Operation::Charge, Operation::Status, Operation::Events, Operation::Cancel];

/// The body of an `answer` fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    /// A page, as something in front of the merchant answers.
    Html,
    /// Nothing.
    Empty,
    /// Half of a JSON text, all of it sent.
    NotJson,
    /// An error in Midtrans' shape.
    Midtrans,
}

/// A kind of fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FaultKind {
    /// Another answer; the work is not done.
    Answer {
        http_status: u16,
        body: Content,
        /// Of the body; the HTTP status where it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status_code: Option<u16>,
        /// `Retry-After`, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// No answer for as long as the client stays; the work is not done.
    TimeOut {},
    /// The work is done, and half of the answer's body comes.
    Cut {},
    /// The work is done, and one thing in the true answer is changed.
    Mutate { change: Mutation },
    /// A stream that opens and says nothing, not even that it lives.
    Silent {},
    /// A stream that opens and ends.
    Ends {},
}

/// A fault: which requests it applies to, how often still, and how often it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    #[serde(flatten)]
    kind: FaultKind,
    on: Vec<Operation>,
    /// How often yet; `null` is always.
    times: Option<u32>,
    struck: u32,
}

impl Fault {
    /// Reads `{"fault": …, …, "on": ["charge"], "times": 2}`. Without `on` it applies to all that it can, without `times`
    /// once, with `times` 0 until it is deleted.
    pub(crate) fn read(body: &Value) -> Result<Self, String> {
        let mut kind = body.as_object().cloned().ok_or("a fault must be an object like {\"fault\":\"time_out\"}")?;
        let on = match kind.remove("on") {
            None => None,
            Some(on) => Some(serde_json::from_value::<Vec<Operation>>(on).map_err(|error| format!("on: {error}"))?),
        };
        let times = match kind.remove("times") {
            None => Some(1),
            Some(times) => match times.as_u64().and_then(|times| u32::try_from(times).ok()) {
                Some(0) => None,
                Some(times) => Some(times),
                None => return Err(format!("times: {times} must be a whole number, 0 for always")),
            },
        };
        let kind = serde_json::from_value::<FaultKind>(kind.into()).map_err(|error| format!("fault: {error}"))?;
        let operations = kind.operations()?;
        let on = on.unwrap_or_else(|| operations.to_vec());
        if on.is_empty() || !on.iter().all(|operation| operations.contains(operation)) {
            return Err(format!("on: {on:?} must be some of {operations:?}"));
        }
        Ok(Self { kind, on, times, struck: 0 })
    }
}

impl FaultKind {
    /// The operations that it can apply to, or why it makes no sense.
    fn operations(&self) -> Result<&'static [Operation], String> {
        match self {
            Self::Answer { http_status, .. } if !(200..=599).contains(http_status) => {
                Err(format!("http_status: {http_status} must be between 200 and 599"))
            }
            Self::Answer {
                body: Content::Html | Content::Empty | Content::NotJson, status_code: Some(code), ..
            } => Err(format!("status_code: {code} needs \"body\": \"midtrans\"")),
            Self::Answer { .. } | Self::TimeOut {} | Self::Cut {} | Self::Mutate { .. } => Ok(&ALL),
            Self::Silent {} | Self::Ends {} => Ok(&[Operation::Events]),
        }
    }
}

/// The faults that were asked for, in order.
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

    /// Returns the first fault that applies to this request. One that is used up stays in the list, so that a test can see
    /// how often it applied.
    pub(crate) fn next_fault(&mut self, operation: Operation) -> Option<FaultKind> {
        let is_due = |fault: &&mut Fault| fault.on.contains(&operation) && fault.times != Some(0);
        let fault = self.0.iter_mut().find(is_due)?;
        fault.times = fault.times.map(|times| times - 1);
        fault.struck += 1;
        Some(fault.kind.clone())
    }
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
        let mut faults = faults(&[json!({"fault": "cut"}), json!({"fault": "time_out", "times": 2})]);
        let struck: Vec<_> = (0..4).map(|_| faults.next_fault(Operation::Status)).collect();
        let time_out = Some(FaultKind::TimeOut {});
        assert_eq!(struck, [Some(FaultKind::Cut {}), time_out.clone(), time_out, None]);
        assert_eq!(faults.list().iter().map(|fault| fault.struck).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_fault_for_one_request_leaves_the_others_alone() {
        let mut faults = faults(&[json!({"fault": "cut", "on": ["charge"], "times": 0}), json!({"fault": "ends"})]);
        assert_eq!(faults.next_fault(Operation::Status), None);
        for _ in 0..5 {
            assert_eq!(faults.next_fault(Operation::Charge), Some(FaultKind::Cut {}), "until it is deleted");
        }
        assert_eq!(faults.next_fault(Operation::Events), Some(FaultKind::Ends {}), "a stream's own fault");
        faults.clear();
        assert_eq!(faults.next_fault(Operation::Charge), None);
    }

    #[test]
    fn a_fault_that_makes_no_sense_is_named_in_the_error() {
        for (body, names) in [
            (json!({"fault": "flood"}), "flood"),
            (json!({"fault": "answer", "http_status": 500}), "body"),
            (json!({"fault": "answer", "http_status": 99, "body": "empty"}), "http_status"),
            (json!({"fault": "answer", "http_status": 200, "body": "xml"}), "xml"),
            (json!({"fault": "answer", "http_status": 200, "body": "html", "status_code": 402}), "status_code"),
            (json!({"fault": "mutate", "change": "colour"}), "colour"),
            (json!({"fault": "cut", "on": ["pay"]}), "pay"),
            (json!({"fault": "cut", "on": []}), "on"),
            (json!({"fault": "silent", "on": ["charge"]}), "on"),
            (json!({"fault": "cut", "times": "twice"}), "twice"),
            (json!([]), "object"),
        ] {
            let error = Fault::read(&body).expect_err("must be refused");
            assert!(error.contains(names), "{error}");
        }
    }
}
