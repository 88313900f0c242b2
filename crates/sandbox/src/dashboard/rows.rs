//! Rows of the dashboard's tables.

use super::{
    timeline::TimelineRow,
    view::{Language, View},
};
use crate::{
    Behaviour, Chaos,
    control::{AttemptDetails, Listing},
    faults::{AppliedFault, Fault, FaultRegistry},
    ledger::{Stage, Transaction},
    notifier::Attempt,
};
use gopay_contract::{GrossAmount, JakartaTime, TransactionStatus};
use serde::Serialize;
use serde_json::{Map, Value};

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
    /// Link that puts it on the phone.
    pub(super) link: String,
    /// True if it is on the phone.
    pub(super) selected: bool,
}

impl Row {
    pub(super) fn of(transaction: &Transaction, view: &View) -> Self {
        let listing = Listing::of(transaction);
        let status = &listing.transaction_status;
        let refunded = transaction.refund_amount().map_or(0, GrossAmount::rupiah);
        Self {
            amount: listing.gross_amount.to_rupiah_text(),
            refunded: transaction.refund_amount().map(GrossAmount::to_rupiah_text),
            left: listing.gross_amount.rupiah().saturating_sub(refunded),
            tone: tone(status),
            fault_notes: fault_notes(transaction, view.language),
            pending: transaction.stage == Stage::Pending,
            refundable: matches!(status, TransactionStatus::Settlement | TransactionStatus::PartialRefund),
            late: matches!(transaction.stage, Stage::Expired | Stage::Cancelled),
            link: format!("./{}", view.with_phone(&listing.transaction_id).query()),
            selected: false,
            listing,
        }
    }
}

/// The transaction on the phone, with its timeline.
pub(super) struct Selected {
    pub(super) row: Row,
    pub(super) timeline: Vec<TimelineRow>,
}

/// The class of a status' badge.
pub(super) fn tone(status: &TransactionStatus) -> &'static str {
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
fn fault_notes(transaction: &Transaction, language: Language) -> Vec<String> {
    let omissions = transaction.omissions;
    let settles = omissions.settles_after_expiry.map(|seconds| match language {
        Language::English => format!("settles {seconds} s after its expiry"),
        Language::Indonesian => format!("dibayar {seconds} detik setelah kedaluwarsa"),
    });
    let note = |english: &'static str, indonesian: &'static str| language.pick(english, indonesian).to_owned();
    [
        omissions.no_expiry_time.then(|| note("no expiry_time in answers", "tanpa expiry_time di jawaban")),
        omissions.no_generate_qr_code_v2.then(|| note("no generate-qr-code-v2", "tanpa generate-qr-code-v2")),
        omissions.stuck_pending.then(|| note("stuck: never expires by itself", "macet: tidak kedaluwarsa sendiri")),
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
        let full = AttemptDetails::of(made);
        let (outcome, tone) = outcome(made);
        Self {
            id: made.id,
            at: made.at,
            order_id: made.notification.order_id.clone(),
            transaction_status: made.notification.transaction_status.clone(),
            url: made.url.clone(),
            attempt: made.attempt,
            outcome,
            tone,
            next_attempt_at: made.next_attempt_at,
            request_body: pretty(&full.request_body),
            request_headers: full.request_headers,
            answer: answer_text(made),
        }
    }
}

/// Outcome of an attempt in short, and the class of its badge: the HTTP status, or the error's first words.
pub(super) fn outcome(made: &Attempt) -> (String, &'static str) {
    match &made.answer {
        Some(answer) => {
            (format!("HTTP {}", answer.code), if (200..300).contains(&answer.code) { "good" } else { "bad" })
        }
        None => {
            let problem = made.problem.as_deref().unwrap_or_default();
            (problem.split(':').next().unwrap_or_default().to_owned(), "bad")
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

/// The applied fault's name.
pub(super) fn fault_name(applied: &AppliedFault) -> String {
    let fault = serde_json::to_value(&applied.kind).unwrap_or_default();
    fault["fault"].as_str().unwrap_or_default().to_owned()
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
    /// The allowed values, if they are few.
    pub(super) choices: Vec<String>,
    /// The expected value, if there are no choices.
    pub(super) expected: &'static str,
}

/// Kind of a switch's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Choice,
    Number,
    List,
    Text,
}

impl Expected {
    const fn words(self, language: Language) -> &'static str {
        match self {
            Self::Choice => "",
            Self::Number => language.pick("a whole number", "bilangan bulat"),
            Self::List => language.pick("true, false or a list in JSON", "true, false, atau daftar dalam JSON"),
            Self::Text => language.pick("text", "teks"),
        }
    }
}

impl SwitchRow {
    pub(super) fn all(behaviour: &Behaviour, language: Language) -> Vec<Self> {
        let defaults = serde_json::to_value(Behaviour::default()).unwrap_or_default();
        let now = serde_json::to_value(behaviour).unwrap_or_default();
        let switches = now.as_object().into_iter().flatten();
        switches
            .map(|(name, value)| Self {
                name: name.clone(),
                value: plain(value),
                default: (defaults[name] != *value).then(|| plain(&defaults[name])),
                choices: choices(name, value),
                expected: expected(name, &defaults[name]).words(language),
            })
            .collect()
    }
}

/// The allowed values of a switch that has a few: those that serde lists when it is given another.
fn choices(name: &str, value: &Value) -> Vec<String> {
    if value.is_boolean() && name != "http_status_follows_body" {
        return vec!["true".to_owned(), "false".to_owned()];
    }
    let given = Map::from_iter([(name.to_owned(), Value::from("?"))]);
    let refused = serde_json::from_value::<Behaviour>(Value::Object(given)).err().filter(|_| value.is_string());
    let why = refused.map(|why| why.to_string()).unwrap_or_default();
    let listed = why.split_once("unknown variant").and_then(|(_, list)| list.split_once("expected"));
    listed.into_iter().flat_map(|(_, list)| list.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

fn expected(name: &str, default: &Value) -> Expected {
    match default {
        Value::Number(_) => Expected::Number,
        Value::Bool(_) if name == "http_status_follows_body" => Expected::List,
        Value::Null => Expected::Text,
        Value::String(_) if choices(name, default).is_empty() => Expected::Text,
        Value::String(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Expected::Choice,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_says_which_values_it_takes() {
        for switch in SwitchRow::all(&Behaviour::default(), Language::English) {
            let has_choices = !switch.choices.is_empty();
            assert_eq!(has_choices, switch.expected.is_empty(), "{}: {:?}", switch.name, switch.choices);
            if has_choices {
                assert!(switch.choices.contains(&switch.value), "{}: {:?}", switch.name, switch.choices);
            }
        }
    }

    #[test]
    fn every_choice_that_is_offered_is_taken() {
        let mut checked = 0;
        for switch in SwitchRow::all(&Behaviour::default(), Language::English) {
            for choice in &switch.choices {
                let value = serde_json::from_str(choice).unwrap_or_else(|_| Value::from(choice.as_str()));
                let given = Value::Object(Map::from_iter([(switch.name.clone(), value)]));
                serde_json::from_value::<Behaviour>(given).unwrap_or_else(|why| panic!("{}: {why}", switch.name));
                checked += 1;
            }
        }
        assert!(checked > 40, "only {checked} choices");
    }
}
