//! Faults: which request each applies to, and how often.

use crate::mutate::Mutation;
use axum::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A request of the widget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `POST …/charge`
    Charge,
    /// `GET …/orders/{order_id}`
    Status,
    /// `GET …/orders/{order_id}/events`
    Events,
    /// `POST …/orders/{order_id}/cancel`
    Cancel,
}

const ALL: [Operation; 4] = [Operation::Charge, Operation::Status, Operation::Events, Operation::Cancel];

impl Operation {
    /// The operation that a request asks for, by the end of its path: whatever prefix a backend has. `None`: it is no
    /// request of the widget.
    #[must_use]
    pub fn of(method: &Method, path: &str) -> Option<Self> {
        let mut from_the_end = path.rsplit('/');
        let ending = (from_the_end.next()?, from_the_end.next()?, from_the_end.next());
        match (method, ending) {
            (&Method::POST, ("charge", ..)) => Some(Self::Charge),
            (&Method::GET, ("events", _, Some("orders"))) => Some(Self::Events),
            (&Method::POST, ("cancel", _, Some("orders"))) => Some(Self::Cancel),
            (&Method::GET, (_, "orders", _)) => Some(Self::Status),
            _ => None,
        }
    }
}

/// The body of an `answer` fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
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
pub enum FaultKind {
    /// Another answer; the work is not done.
    Answer {
        /// 200 to 599.
        http_status: u16,
        /// Its content.
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
    Mutate {
        /// The change.
        change: Mutation,
    },
    /// A stream that opens and says nothing, not even that it lives.
    Silent {},
    /// A stream that opens and ends.
    Ends {},
}

/// Why a fault makes no sense: one sentence that names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidFault(String);

/// A fault: which requests it applies to, how often still, and how often it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
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
    ///
    /// # Errors
    /// [`InvalidFault`], which names the field.
    pub fn read(body: &Value) -> Result<Self, InvalidFault> {
        Self::parse(body).map_err(InvalidFault)
    }

    fn parse(body: &Value) -> Result<Self, String> {
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

/// The faults that were asked for, in order. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    faults: Mutex<Vec<Fault>>,
    closed: watch::Sender<bool>,
}

impl Faults {
    /// Adds a fault behind the others.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// All faults. One that is used up stays in the list, so that a test can see how often it applied.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Ends the waiting of requests that time out and of silent streams: the server is stopping.
    pub fn close(&self) {
        self.inner.closed.send_replace(true);
    }

    /// Returns the first fault that applies to this request, and counts it.
    pub(crate) fn next(&self, operation: Operation) -> Option<FaultKind> {
        let mut faults = self.lock();
        let fault = faults.iter_mut().find(|fault| fault.on.contains(&operation) && fault.times != Some(0))?;
        fault.times = fault.times.map(|times| times - 1);
        fault.struck += 1;
        Some(fault.kind.clone())
    }

    /// Waits until the list is closed.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut closed = self.inner.closed.subscribe();
        async move {
            // Fails only when the list itself is gone, which is an end too.
            let _ = closed.wait_for(|closed| *closed).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        // Nothing that is done under this lock can leave the list half changed.
        self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(bodies: &[Value]) -> Faults {
        let faults = Faults::default();
        bodies.iter().for_each(|body| faults.add(Fault::read(body).expect("a fault")));
        faults
    }

    #[test]
    fn a_request_of_the_widget_is_known_by_the_end_of_its_path() {
        for (method, path, operation) in [
            (Method::POST, "/api/gopay/charge", Some(Operation::Charge)),
            (Method::POST, "/charge", Some(Operation::Charge)),
            (Method::GET, "/pay/orders/order-101", Some(Operation::Status)),
            (Method::GET, "/pay/orders/orders", Some(Operation::Status)),
            (Method::GET, "/orders/order-101/events", Some(Operation::Events)),
            (Method::POST, "/orders/order-101/cancel", Some(Operation::Cancel)),
            (Method::GET, "/api/gopay/charge", None),
            (Method::POST, "/api/shop/orders", None),
            (Method::POST, "/api/gopay/notifications", None),
            (Method::GET, "/", None),
        ] {
            assert_eq!(Operation::of(&method, path), operation, "{method} {path}");
        }
    }

    #[test]
    fn a_fault_strikes_once_unless_told_otherwise() {
        let faults = faults(&[json!({"fault": "cut"}), json!({"fault": "time_out", "times": 2})]);
        let struck: Vec<_> = (0..4).map(|_| faults.next(Operation::Status)).collect();
        let time_out = Some(FaultKind::TimeOut {});
        assert_eq!(struck, [Some(FaultKind::Cut {}), time_out.clone(), time_out, None]);
        assert_eq!(faults.list().iter().map(|fault| fault.struck).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_fault_for_one_request_leaves_the_others_alone() {
        let faults = faults(&[json!({"fault": "cut", "on": ["charge"], "times": 0}), json!({"fault": "ends"})]);
        assert_eq!(faults.next(Operation::Status), None);
        for _ in 0..5 {
            assert_eq!(faults.next(Operation::Charge), Some(FaultKind::Cut {}), "until it is deleted");
        }
        assert_eq!(faults.next(Operation::Events), Some(FaultKind::Ends {}), "a stream's own fault");
        faults.clear();
        assert_eq!(faults.next(Operation::Charge), None);
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
            let error = Fault::read(&body).expect_err("must be refused").to_string();
            assert!(error.contains(names), "{error}");
        }
    }
}
