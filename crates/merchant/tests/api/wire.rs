//! `Wire`: the proxy between the merchant and Midtrans.

use crate::stage::Stage;
use axum::http::header::DATE;
use fault_proxy::{Exchange, FaultProxy};
use serde_json::Value;
use std::ops::Deref;

pub(crate) struct Wire(FaultProxy);

impl Deref for Wire {
    type Target = FaultProxy;

    fn deref(&self) -> &FaultProxy {
        &self.0
    }
}

impl Wire {
    /// The exchanges whose `METHOD /path` ends so, oldest first.
    fn exchanges_with<T>(&self, ending: &str, what: impl Fn(String, &Exchange) -> T) -> Vec<T> {
        let exchanges = self.exchanges();
        let named = exchanges.iter().map(|exchange| (format!("{} {}", exchange.method, exchange.path), exchange));
        named.filter(|(name, _)| name.ends_with(ending)).map(|(name, exchange)| what(name, exchange)).collect()
    }

    /// The bodies of what was sent there.
    pub(crate) fn sent(&self, ending: &str) -> Vec<Value> {
        self.exchanges_with(ending, |_, sent| serde_json::from_slice(&sent.request_body).unwrap_or(Value::Null))
    }

    /// The `METHOD /path` of each that ends so.
    pub(crate) fn sent_to(&self, ending: &str) -> Vec<String> {
        self.exchanges_with(ending, |name, _| name)
    }

    /// How often get-status was asked.
    pub(crate) fn asks(&self) -> usize {
        self.sent_to("/status").len()
    }

    /// From now on Midtrans' answers say `lie` where the truth is `true_text`.
    pub(crate) fn lies(&self, true_text: &str, lie: &str) {
        self.replace(Some((&format!("\"{true_text}\""), &format!("\"{lie}\""))));
    }

    /// From now on they are passed on as they are.
    pub(crate) fn lies_no_more(&self) {
        self.replace(None);
    }

    /// From now on their `Date` is this.
    pub(crate) fn dates(&self, date: &'static str) {
        self.set_header(DATE, date);
    }
}

/// A stage whose merchant reaches Midtrans over a wire.
pub(crate) async fn on_a_wire(variables: &[(&'static str, &str)]) -> (Stage, Wire) {
    let wire = Wire(FaultProxy::open().await);
    let url = wire.url();
    let mut all = vec![("MIDTRANS_BASE_URL", url.as_str())];
    all.extend(variables);
    let stage = Stage::set_with(&all).await;
    wire.leads_to(&stage.sandbox.url);
    (stage, wire)
}
