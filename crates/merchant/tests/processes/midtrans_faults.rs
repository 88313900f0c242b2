//! Faults at Midtrans' side and between Midtrans and the merchant: a pack of faults, dealt by chance.

use crate::midtrans::Midtrans;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// Dealt from a shuffled pack, so that each comes before any comes twice.
pub(crate) struct MidtransFaults {
    pack: Vec<(String, Value)>,
    /// Names of the faults that were dealt, by their number at Midtrans.
    dealt: HashMap<u64, String>,
}

impl MidtransFaults {
    pub(crate) fn new() -> Self {
        Self { pack: Vec::new(), dealt: HashMap::new() }
    }

    /// Something goes wrong from now on.
    pub(crate) async fn inject(&mut self, midtrans: &Midtrans, chance: &mut StdRng) {
        if self.pack.is_empty() {
            self.pack = everything();
            self.pack.shuffle(chance);
        }
        let (name, fault) = self.pack.pop().expect("it was filled");
        let number = midtrans.fault(fault).await;
        self.dealt.insert(number, name);
    }

    /// Each has been dealt, and has struck.
    pub(crate) async fn has_all_struck(&self, midtrans: &Midtrans) {
        let struck: BTreeSet<u64> = midtrans.struck().await;
        let struck: BTreeSet<&str> =
            struck.iter().filter_map(|number| self.dealt.get(number)).map(String::as_str).collect();
        let never: Vec<String> = everything().into_iter().map(|(name, _)| name).collect();
        let never: Vec<&String> = never.iter().filter(|name| !struck.contains(name.as_str())).collect();
        assert!(never.is_empty(), "these went wrong never: {never:?}");
    }
}

/// Each kind of fault that Midtrans' API and its notifications can have, by a name of its own.
fn everything() -> Vec<(String, Value)> {
    let mut all = vec![
        json!({"fault": "cut_connection", "when": "after", "on": ["charge"]}),
        json!({"fault": "cut_connection", "when": "after", "on": ["cancel", "status"]}),
        json!({"fault": "error", "status_code": 500, "on": ["charge", "status"], "times": 2}),
        json!({"fault": "html_403", "on": ["status"], "times": 2}),
        json!({"fault": "latency", "milliseconds": 400, "on": ["charge", "status"], "times": 3}),
        json!({"fault": "doubled_notification", "times": 30}),
        json!({"fault": "late_notification", "milliseconds": 700, "transaction_status": "pending", "times": 3}),
        json!({"fault": "late_notification", "milliseconds": 700, "transaction_status": "settlement", "times": 3}),
        json!({"fault": "lost_notification", "times": 4}),
        json!({"fault": "lost_notification", "transaction_status": "settlement", "times": 2}),
        json!({"fault": "reordered_notification", "transaction_status": "pending", "times": 6}),
        json!({"fault": "reordered_notification", "transaction_status": "settlement"}),
    ];
    // What the merchant would hear of a transaction that Midtrans does not find, or does not want to tell about.
    for status_code in [402, 404, 410, 412, 429] {
        all.push(json!({"fault": "error", "status_code": status_code, "on": ["status"], "times": 3}));
    }
    all.into_iter().map(|fault| (fault.to_string(), fault)).collect()
}
