//! Orders, their attempts, and which of them decides.

use super::{PRICE, Shop};
use crate::flaw::Flaw;
use gopay_contract::JakartaTime;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// Tolerated clock difference in seconds: a transaction may be this much older than the attempt that it is taken for.
const CLOCKS_DIFFER: i64 = 600;

pub(super) struct Order {
    pub(super) token: String,
    pub(super) attempts: Vec<Attempt>,
    /// Held while an order is charged.
    pub(super) charging: Arc<tokio::sync::Mutex<()>>,
    pub(super) changes: watch::Sender<u64>,
    made_at: i64,
}

#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) id: String,
    pub(super) key: String,
    /// Its charge was requested at Midtrans.
    pub(super) was_sent: bool,
    pub(super) status: Map<String, Value>,
    pub(super) actions: Option<Value>,
    /// Midtrans says that it was paid, and doubts it.
    pub(super) is_in_doubt: bool,
    pub(super) polled_at: Option<Instant>,
}

/// Progress of a payment; it only goes forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Unknown,
    Pending,
    Ended,
    Paid,
    PartlyRefunded,
    Refunded,
}

/// Error: an answer of Midtrans contradicts what is stored.
pub(super) struct Contradiction;

impl Order {
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self {
            token: format!("token-{}", uuid::Uuid::new_v4().simple()),
            attempts: Vec::new(),
            charging: Arc::default(),
            changes: watch::Sender::new(0),
            made_at: i64::try_from(now).unwrap_or(i64::MAX),
        }
    }

    pub(super) fn attempt(&self, id: &str) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id == id)
    }

    /// Money that is there comes before money that went back, then what is open, then the newest end.
    pub(super) fn effective(&self, shop: &Shop) -> Option<&Attempt> {
        let known: Vec<&Attempt> = self.attempts.iter().filter(|attempt| attempt.stage() > Stage::Unknown).collect();
        let mut ever_paid = known.iter().copied().filter(|attempt| attempt.stage() >= Stage::Paid);
        match shop.flaw {
            Some(Flaw::LatestDecides) => return known.last().copied(),
            Some(Flaw::FirstPaidDecides) => {
                if let Some(first) = ever_paid.next() {
                    return Some(first);
                }
            }
            Some(Flaw::LastPaidDecides) => {
                if let Some(last) = ever_paid.next_back() {
                    return Some(last);
                }
            }
            _ => {}
        }
        let preference = |attempt: &&Attempt| match attempt.stage() {
            Stage::Paid => 5,
            Stage::PartlyRefunded => 4,
            Stage::Refunded => 3,
            Stage::Pending => 2,
            Stage::Ended => 1,
            Stage::Unknown => 0,
        };
        // Of equal ones the last.
        known.iter().copied().max_by_key(preference)
    }

    pub(super) fn has_money(&self, shop: &Shop) -> bool {
        self.effective(shop).is_some_and(|attempt| attempt.stage() >= Stage::Paid)
    }

    /// Stores what Midtrans says about an attempt. `is_own` is an answer to the attempt's own charge.
    pub(super) fn learn(&mut self, shop: &Shop, id: &str, told: &Value, is_own: bool) -> Result<(), Contradiction> {
        let made_at = self.made_at;
        let attempt = self.attempts.iter_mut().find(|attempt| attempt.id == id).ok_or(Contradiction)?;
        let is_first = !attempt.status.contains_key("transaction_id");
        let its_transaction = is_first || told["transaction_id"] == attempt.status["transaction_id"];
        let its_order = told["order_id"] == id && its_transaction || shop.has(Flaw::PollsTheBodysTransaction);
        let its_amount = amount(told) == amount(&json!({"gross_amount": PRICE.to_string()}))
            || matches!(shop.flaw, Some(Flaw::AmountFromTheBody | Flaw::BelievesTheBody | Flaw::BelievesEverybody));
        if !(its_order && its_amount) {
            return Err(Contradiction);
        }
        let made = told["transaction_time"].as_str().and_then(|time| JakartaTime::parse(time).ok());
        let is_older = made.is_some_and(|made| made.unix_seconds() < made_at - CLOCKS_DIFFER);
        if is_first && !is_own && is_older && !shop.has(Flaw::AdoptsOldPayments) {
            return Err(Contradiction);
        }
        let doubtful = match shop.flaw {
            Some(Flaw::DoubtIsPaid) => false,
            _ => is_doubted(told),
        };
        let stage = stage_of(told);
        if stage == Stage::Paid && doubtful {
            attempt.is_in_doubt = !shop.has(Flaw::DoubtIsUnpaid);
            return Ok(());
        }
        let word = told["transaction_status"].as_str().unwrap_or_default();
        let was = attempt.status.get("transaction_status").and_then(Value::as_str).unwrap_or_default();
        let ends_for_ever = was == "deny" || shop.has(Flaw::EndsAreFinal) && attempt.stage() == Stage::Ended;
        let is_frozen = match shop.flaw {
            Some(Flaw::Deaf) => attempt.stage() > Stage::Unknown,
            Some(Flaw::PaidForEver) => attempt.stage() >= Stage::Paid,
            Some(Flaw::InsistsOnGopay) => told["payment_type"] == "qris",
            _ => false,
        };
        if stage > attempt.stage() && !ends_for_ever && !is_frozen || stage == attempt.stage() && was == word {
            attempt.is_in_doubt = false;
            for (name, value) in told.as_object().into_iter().flatten() {
                if name == "actions" {
                    attempt.actions = Some(value.clone());
                } else if name != "signature_key" {
                    attempt.status.insert(name.clone(), value.clone());
                }
            }
            if shop.has(Flaw::DoubtIsPaid) {
                attempt.status.insert("fraud_status".to_owned(), json!("accept"));
            }
            self.changes.send_modify(|version| *version += 1);
        }
        Ok(())
    }
}

impl Attempt {
    pub(super) fn new(id: String) -> Self {
        let key = uuid::Uuid::new_v4().to_string();
        Self { id, key, was_sent: false, status: Map::new(), actions: None, is_in_doubt: false, polled_at: None }
    }

    pub(super) fn stage(&self) -> Stage {
        self.status
            .get("transaction_status")
            .map_or(Stage::Unknown, |word| stage_of(&json!({"transaction_status": word})))
    }

    /// True if money may still come for it, so that no other may be charged before Midtrans was asked.
    pub(super) fn may_be_paid(&self) -> bool {
        let word = self.status.get("transaction_status").and_then(Value::as_str);
        self.was_sent && self.stage() < Stage::Paid && word != Some("deny")
    }

    /// True if it can be paid at Midtrans, for all that is known.
    pub(super) fn is_open(&self) -> bool {
        self.was_sent && self.stage() < Stage::Ended && !self.is_in_doubt
    }
}

fn amount(told: &Value) -> Option<f64> {
    told["gross_amount"].as_str()?.parse().ok()
}

pub(super) fn is_doubted(told: &Value) -> bool {
    let word = told["fraud_status"].as_str().unwrap_or_default();
    !matches!(word, "" | "accept")
}

pub(super) fn stage_of(told: &Value) -> Stage {
    match told["transaction_status"].as_str().unwrap_or_default() {
        "pending" => Stage::Pending,
        "expire" | "cancel" | "deny" => Stage::Ended,
        "settlement" => Stage::Paid,
        "partial_refund" => Stage::PartlyRefunded,
        "refund" => Stage::Refunded,
        _ => Stage::Unknown,
    }
}
