//! Rows of the dashboard's tables.

use crate::{
    Behaviour, Chaos,
    control::{AttemptInFull, Listing},
    faults::{AppliedFault, Fault, FaultRegistry},
    ledger::{Stage, Transaction},
    notifier::Attempt,
};
use gopay_contract::{GrossAmount, JakartaTime, TransactionStatus};
use serde::Serialize;
use serde_json::Value;

/// Maximum number of applied faults on the page.
const APPLIED_SHOWN: usize = 30;

/// A transaction.
pub(super) struct Row {
    pub(super) listing: Listing,
    pub(super) amount: String,
    pub(super) refunded: Option<String>,
    /// Rupiah left to refund.
    pub(super) left: u64,
    pub(super) tone: &'static str,
    pub(super) fault_notes: Vec<String>,
    pub(super) pending: bool,
    pub(super) refundable: bool,
    pub(super) late: bool,
}

impl Row {
    pub(super) fn of(transaction: &Transaction) -> Self {
        let listing = Listing::of(transaction);
        let status = &listing.transaction_status;
        let refunded = transaction.refund_amount().map_or(0, GrossAmount::rupiah);
        Self {
            amount: listing.gross_amount.to_rupiah_text(),
            refunded: transaction.refund_amount().map(GrossAmount::to_rupiah_text),
            left: listing.gross_amount.rupiah().saturating_sub(refunded),
            tone: tone(status),
            fault_notes: fault_notes(transaction),
            pending: transaction.stage == Stage::Pending,
            refundable: matches!(status, TransactionStatus::Settlement | TransactionStatus::PartialRefund),
            late: matches!(transaction.stage, Stage::Expired | Stage::Cancelled),
            listing,
        }
    }
}

fn tone(status: &TransactionStatus) -> &'static str {
    match status {
        TransactionStatus::Pending | TransactionStatus::Authorize => "wait",
        TransactionStatus::Settlement | TransactionStatus::Capture => "good",
        TransactionStatus::Expire
        | TransactionStatus::Cancel
        | TransactionStatus::Deny
        | TransactionStatus::Failure => "bad",
        TransactionStatus::Refund | TransactionStatus::PartialRefund | TransactionStatus::Unknown(_) => "",
    }
}

/// The faults that show in the transaction.
fn fault_notes(transaction: &Transaction) -> Vec<String> {
    let omissions = transaction.omissions;
    let settles = omissions.settles_after_expiry.map(|seconds| format!("settles {seconds} s after its expiry"));
    [
        omissions.no_expiry_time.then(|| "no expiry_time in answers".to_owned()),
        omissions.no_generate_qr_code_v2.then(|| "no generate-qr-code-v2".to_owned()),
        omissions.stuck_pending.then(|| "stuck: never expires by itself".to_owned()),
        settles,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An attempt to deliver a notification.
pub(super) struct AttemptRow {
    pub(super) id: u64,
    pub(super) at: JakartaTime,
    pub(super) order_id: String,
    pub(super) transaction_status: String,
    pub(super) url: String,
    pub(super) attempt: usize,
    pub(super) outcome: String,
    pub(super) tone: &'static str,
    pub(super) next_attempt_at: Option<JakartaTime>,
    pub(super) request_headers: Vec<(&'static str, String)>,
    pub(super) request_body: String,
    pub(super) answer: String,
}

impl AttemptRow {
    pub(super) fn of(made: &Attempt) -> Self {
        let full = AttemptInFull::of(made);
        let outcome = match &made.answer {
            Some(answer) => answer.code.to_string(),
            None => made.problem.clone().unwrap_or_default(),
        };
        let accepted = made.answer.as_ref().is_some_and(|answer| (200..300).contains(&answer.code));
        Self {
            id: made.id,
            at: made.at,
            order_id: made.notification.order_id.clone(),
            transaction_status: made.notification.transaction_status.clone(),
            url: made.url.clone(),
            attempt: made.attempt,
            // The whole of a long one is in the answer's place.
            outcome: outcome.split(':').next().unwrap_or_default().to_owned(),
            tone: if accepted { "good" } else { "bad" },
            next_attempt_at: made.next_attempt_at,
            request_body: pretty(&full.request_body),
            request_headers: full.request_headers,
            answer: answer_text(made),
        }
    }
}

fn answer_text(made: &Attempt) -> String {
    let Some(answer) = &made.answer else {
        return made.problem.clone().unwrap_or_default();
    };
    let kind = answer.content_type.as_ref().map(|kind| format!("\nContent-Type: {kind}")).unwrap_or_default();
    let more = if answer.has_more { "\n… and more" } else { "" };
    format!("HTTP {}{kind}\n\n{}{more}", answer.code, answer.body)
}

fn pretty(body: &Value) -> String {
    serde_json::to_string_pretty(body).unwrap_or_default()
}

/// A pending fault.
pub(super) struct FaultRow {
    pub(super) id: u64,
    pub(super) text: String,
}

impl FaultRow {
    pub(super) fn of(fault: &Fault) -> Self {
        let text = fields(fault);
        Self { id: fault.id, text }
    }
}

/// An applied fault.
pub(super) struct AppliedRow {
    pub(super) number: usize,
    pub(super) at: JakartaTime,
    pub(super) on: String,
    pub(super) order_id: String,
    pub(super) text: String,
    pub(super) reason: String,
}

impl AppliedRow {
    /// The last applied faults, of orders that have `filter` in their id.
    pub(super) fn last(faults: &FaultRegistry, filter: &str) -> Vec<Self> {
        let wanted = |applied: &AppliedFault| applied.order_id.as_deref().unwrap_or_default().contains(filter);
        let all = faults.applied().enumerate().rev().filter(|(_, applied)| wanted(applied));
        all.take(APPLIED_SHOWN)
            .map(|(number, applied)| Self {
                number,
                at: applied.at,
                on: applied.on.clone(),
                order_id: applied.order_id.clone().unwrap_or_default(),
                text: fields(&applied.kind),
                reason: applied.reason.clone(),
            })
            .collect()
    }
}

/// A fault's fields as requested, without those that the page shows beside it.
fn fields(fault: &impl Serialize) -> String {
    let mut fault = serde_json::to_value(fault).unwrap_or_default();
    if let Some(fields) = fault.as_object_mut() {
        fields.remove("id");
    }
    fault.to_string()
}

/// The settings of random faults, in words.
pub(super) fn chaos(chaos: &Chaos) -> String {
    let kinds = match chaos.kinds.as_slice() {
        [] => "any fault".to_owned(),
        kinds => serde_json::to_value(kinds).unwrap_or_default().to_string(),
    };
    format!("seed {}, one in {}: {kinds}", chaos.seed, chaos.one_in)
}

/// A switch.
pub(super) struct SwitchRow {
    pub(super) name: String,
    pub(super) value: String,
    /// The default value, if the value is another.
    pub(super) default: Option<String>,
}

impl SwitchRow {
    pub(super) fn all(behaviour: &Behaviour) -> Vec<Self> {
        let defaults = serde_json::to_value(Behaviour::default()).unwrap_or_default();
        let now = serde_json::to_value(behaviour).unwrap_or_default();
        let switches = now.as_object().into_iter().flatten();
        switches
            .map(|(name, value)| Self {
                name: name.clone(),
                value: plain(value),
                default: (defaults[name] != *value).then(|| plain(&defaults[name])),
            })
            .collect()
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The clock's lead in words, if it has any.
pub(super) fn ahead(millis: u64) -> Option<String> {
    let minutes = millis / 60_000;
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    match (days, hours, minutes % 60) {
        (0, 0, 0) if millis < 1000 => None,
        (0, 0, 0) => Some(format!("{} s", millis / 1000)),
        (0, 0, minutes) => Some(format!("{minutes} min")),
        (0, hours, minutes) => Some(format!("{hours} h {minutes} min")),
        (days, hours, _) => Some(format!("{days} d {hours} h")),
    }
}
