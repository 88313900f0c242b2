//! A requested fault.

use super::{FaultKind, Operation, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
