//! The page's forms: the buttons of a transaction, and those of the sandbox itself: the clock, notifications, faults, switches. The
//! form for all faults becomes the JSON of `POST /sandbox/faults`.

use super::{Done, View, answer, view::Language};
use crate::{
    Chaos, control,
    faults::{Fault, FaultName, Operation, Target},
    ledger::{PaidVia, RefundRequest},
    lock,
    notifier::AccountNotification,
    sandbox::Sandbox,
};
use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use gopay_contract::TransactionStatus;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};

/// The buttons of a transaction.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Button {
    /// The payer pays in the app.
    Pay,
    /// The payer scans the QR code.
    Scan,
    /// The payer's try fails: wrong PIN, no balance.
    Fail,
    /// Midtrans' job expires it.
    Expire,
    /// The merchant cancels it.
    Cancel,
    /// GoPay refuses it.
    Deny,
    /// The money arrives after the end.
    Late,
}

/// The form of a button: its transaction.
#[derive(Deserialize)]
pub(crate) struct ButtonForm {
    transaction_id: String,
}

/// `POST /dashboard/{button}`, then the page again.
pub(crate) async fn act(
    State(sandbox): State<Arc<Sandbox>>,
    Path(button): Path<Button>,
    view: View,
    Form(form): Form<ButtonForm>,
) -> Response {
    let id = form.transaction_id.as_str();
    let result = sandbox.with_ledger(|ledger, now| match button {
        Button::Pay => ledger.pay(now, id, PaidVia::Gopay).map(|_| Done::Paid),
        Button::Scan => ledger.pay(now, id, PaidVia::Qris { issuer: "gopay".to_owned() }).map(|_| Done::Paid),
        Button::Late => ledger.pay_late(now, id, PaidVia::Gopay).map(|_| Done::Paid),
        Button::Fail => ledger.find(id).map(|_| Done::Failed),
        Button::Expire => ledger.expire(id).map(|_| Done::Ended),
        Button::Cancel => ledger.cancel(id).map(|_| Done::Ended),
        Button::Deny => ledger.deny(id, ledger.behaviour.denial).map(|_| Done::Ended),
    });
    let intro = view.language.pick("This could not be done", "Tidak bisa dilakukan");
    answer(&sandbox, &view, result.map_err(|error| format!("{intro}: {error}")))
}

/// The form of a refund: an amount, or none for all that is left.
#[derive(Deserialize)]
pub(crate) struct RefundForm {
    transaction_id: String,
    #[serde(default)]
    amount: String,
}

/// `POST /dashboard/refund`
pub(crate) async fn refund(State(sandbox): State<Arc<Sandbox>>, view: View, Form(form): Form<RefundForm>) -> Response {
    let result = amount(&form.amount).and_then(|amount| {
        let request = RefundRequest { amount, ..RefundRequest::default() };
        let key = uuid::Uuid::new_v4().to_string();
        let refunded = sandbox.with_ledger(|ledger, now| ledger.refund(now, &form.transaction_id, request, key));
        refunded.map(|_| Done::Refunded).map_err(|error| error.to_string())
    });
    answer(&sandbox, &view, result)
}

/// Reads an amount: digits, with or without dots between the thousands; empty for all.
fn amount(text: &str) -> Result<Option<i64>, String> {
    let digits = text.trim().replace('.', "");
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| format!("amount: {text:?} must be a whole number of rupiah"))
}

type Shared = State<Arc<Sandbox>>;

/// The form of the clock: a duration, or `next_expiry`.
#[derive(Deserialize)]
pub(crate) struct ClockForm {
    seconds: String,
}

/// `POST /dashboard/clock`
pub(crate) async fn advance_clock(State(sandbox): Shared, view: View, Form(form): Form<ClockForm>) -> Response {
    let seconds = match form.seconds.as_str() {
        "next_expiry" => {
            sandbox.until_next_expiry().ok_or_else(|| "seconds: nothing is pending, so nothing expires".to_owned())
        }
        text => text.parse().map_err(|_| format!("seconds: {text:?} must be a whole number")),
    };
    let moved = seconds.and_then(control::checked_advance).map(|seconds| {
        sandbox.advance_clock(Duration::from_secs(seconds));
        Done::ClockMoved
    });
    answer(&sandbox, &view, moved)
}

#[derive(Deserialize)]
pub(crate) struct UrlForm {
    url: String,
}

/// `POST /dashboard/notification-url`; an empty one turns notifications off.
pub(crate) async fn notification_url(State(sandbox): Shared, view: View, Form(form): Form<UrlForm>) -> Response {
    let url = Some(form.url.trim().to_owned()).filter(|url| !url.is_empty());
    let set = control::checked_url(url).map(|url| {
        sandbox.set_notification_url(url);
        Done::Changed
    });
    answer(&sandbox, &view, set)
}

/// `POST /dashboard/test-notification`, as the button of Midtrans' dashboard: it says "Failed" unless the answer is 200.
pub(crate) async fn test_notification(State(sandbox): Shared, view: View) -> Response {
    let sent = sandbox.send_account_notification(AccountNotification::test()).await;
    let result = sent.and_then(|made| match &made.answer {
        _ if made.is_test_success() => Ok(Done::TestAccepted),
        Some(answer) => Err(format!("Failed. The answer's HTTP status was {}, not 200", answer.code)),
        None => Err(format!("Failed. {}", made.problem.unwrap_or_default())),
    });
    let intro = view.language.pick("Test notification", "Notifikasi uji");
    answer(&sandbox, &view, result.map_err(|why| format!("{intro}: {why}.")))
}

#[derive(Deserialize)]
pub(crate) struct AttemptForm {
    attempt: u64,
}

/// `POST /dashboard/resend`: what this attempt sent, once more.
pub(crate) async fn resend(State(sandbox): Shared, view: View, Form(form): Form<AttemptForm>) -> Response {
    let sent = sandbox.notifier.resend(form.attempt);
    let result = if sent { Ok(Done::Sent) } else { Err(format!("attempt: {} is not known any more", form.attempt)) };
    answer(&sandbox, &view, result)
}

/// `POST /dashboard/add-fault`
pub(crate) async fn add_fault(State(sandbox): Shared, view: View, Form(form): Form<FaultForm>) -> Response {
    let added = form.read().map(|fault| {
        lock(&sandbox.faults).add(fault);
        sandbox.changes.notify();
        Done::Changed
    });
    answer(&sandbox, &view, added)
}

#[derive(Deserialize)]
pub(crate) struct FaultId {
    id: u64,
}

/// `POST /dashboard/remove-fault`
pub(crate) async fn remove_fault(State(sandbox): Shared, view: View, Form(form): Form<FaultId>) -> Response {
    let removed = lock(&sandbox.faults).remove(form.id);
    sandbox.changes.notify();
    let result = if removed {
        Ok(Done::Changed)
    } else {
        Err(format!("id: fault {} has already been applied or removed", form.id))
    };
    answer(&sandbox, &view, result)
}

/// `POST /dashboard/clear-faults`: those that were asked for, and chance.
pub(crate) async fn clear_faults(State(sandbox): Shared, view: View) -> Response {
    let mut faults = lock(&sandbox.faults);
    faults.clear();
    faults.set_chaos(None);
    drop(faults);
    sandbox.changes.notify();
    answer(&sandbox, &view, Ok(Done::Changed))
}

#[derive(Deserialize)]
pub(crate) struct ChaosForm {
    seed: String,
    one_in: String,
    #[serde(default)]
    kind: String,
}

impl ChaosForm {
    fn read(&self) -> Result<Chaos, String> {
        let seed = self.seed.trim().parse().map_err(|_| format!("seed: {:?} must be a whole number", self.seed))?;
        let one_in = self.one_in.trim().parse().ok().filter(|one_in| *one_in > 0);
        let one_in = one_in.ok_or_else(|| format!("one_in: {:?} must be a whole number, at least 1", self.one_in))?;
        let kinds = match self.kind.as_str() {
            "" => Vec::new(),
            kind => {
                let kind: FaultName = serde_json::from_value(kind.into()).map_err(|why| format!("kind: {why}"))?;
                vec![kind]
            }
        };
        Ok(Chaos { seed, one_in, kinds })
    }
}

/// `POST /dashboard/chaos`
pub(crate) async fn begin_chaos(State(sandbox): Shared, view: View, Form(form): Form<ChaosForm>) -> Response {
    let begun = form.read().map(|chaos| {
        lock(&sandbox.faults).set_chaos(Some(chaos));
        sandbox.changes.notify();
        Done::Changed
    });
    answer(&sandbox, &view, begun)
}

/// `POST /dashboard/end-chaos`
pub(crate) async fn end_chaos(State(sandbox): Shared, view: View) -> Response {
    lock(&sandbox.faults).set_chaos(None);
    sandbox.changes.notify();
    answer(&sandbox, &view, Ok(Done::Changed))
}

#[derive(Deserialize)]
pub(crate) struct SwitchForm {
    name: String,
    value: String,
}

/// `POST /dashboard/switch`. What reads as JSON is taken as such, anything else as text.
pub(crate) async fn switch(State(sandbox): Shared, view: View, Form(form): Form<SwitchForm>) -> Response {
    let text = form.value.trim();
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let changed = control::change_switches(&sandbox, [(form.name.clone(), value)]);
    let result = changed.map(|_| Done::Changed).map_err(|why| format!("{}: {text:?}: {why}", form.name));
    answer(&sandbox, &view, result)
}

/// The form's fields; all texts, as a browser sends them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FaultForm {
    fault: String,
    order_id: String,
    /// An operation or a `transaction_status`; empty for any.
    on: String,
    /// Milliseconds, seconds or a `status_code`, by the kind of fault.
    number: String,
    times: String,
    when: String,
}

/// A fault to choose.
pub(super) struct FaultChoice {
    /// The name in JSON.
    pub(super) name: String,
    /// Its effect.
    pub(super) meaning: &'static str,
}

/// The faults to choose from.
pub(super) fn choices(language: Language) -> Vec<FaultChoice> {
    FaultName::ALL.iter().map(|name| FaultChoice { name: word(*name), meaning: meaning(*name, language) }).collect()
}

fn meaning(name: FaultName, language: Language) -> &'static str {
    match name {
        FaultName::Latency => language.pick("the answer is slow", "jawaban lambat"),
        FaultName::Error => language.pick("the answer is an error", "jawaban berupa error"),
        FaultName::Html403 => language.pick("an HTML page instead of JSON", "halaman HTML, bukan JSON"),
        FaultName::CutConnection => language.pick("the connection breaks", "koneksi terputus"),
        FaultName::DenyNextCharge => language.pick("GoPay denies the charge", "GoPay menolak charge"),
        FaultName::MissingExpiryTime => language.pick("no expiry_time", "tanpa expiry_time"),
        FaultName::MissingGenerateQrCodeV2 => language.pick("no generate-qr-code-v2", "tanpa generate-qr-code-v2"),
        FaultName::StuckPending => language.pick("never expires by itself", "tidak kedaluwarsa sendiri"),
        FaultName::SettlementAfterExpiry => language.pick("paid after it expired", "dibayar setelah kedaluwarsa"),
        FaultName::LostNotification => language.pick("the notification never arrives", "notifikasi tidak sampai"),
        FaultName::LateNotification => language.pick("the notification is late", "notifikasi terlambat"),
        FaultName::DoubledNotification => language.pick("the notification arrives twice", "notifikasi datang dua kali"),
        FaultName::ReorderedNotification => language.pick("notifications change order", "urutan notifikasi tertukar"),
    }
}

/// The operations and statuses to choose from.
pub(super) fn places() -> Vec<&'static str> {
    let statuses = ["pending", "settlement", "expire", "cancel", "deny", "partial_refund", "refund"];
    Operation::CORE_API
        .iter()
        .map(|operation| operation.name())
        .chain([Operation::QrCode.name()])
        .chain(statuses)
        .collect()
}

fn word(name: FaultName) -> String {
    serde_json::to_value(name).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

impl FaultForm {
    /// Reads the fault, or returns the error with its field.
    pub(super) fn read(&self) -> Result<Fault, String> {
        let name: FaultName =
            serde_json::from_value(self.fault.as_str().into()).map_err(|why| format!("fault: {why}"))?;
        let mut body = Map::from_iter([("fault".to_owned(), json!(self.fault))]);
        let number = match self.number.trim() {
            "" => None,
            text => Some(text.parse::<u64>().map_err(|_| format!("number: {text:?} must be a whole number"))?),
        };
        match (number_of(name), number) {
            (Some(field), Some(number)) => _ = body.insert(field.to_owned(), number.into()),
            (None, Some(number)) => return Err(format!("number: {} takes none, not {number}", self.fault)),
            (Some("milliseconds"), None) => return Err(format!("number: {} needs milliseconds", self.fault)),
            (Some(_) | None, None) => {}
        }
        self.place(name, &mut body)?;
        if !self.when.is_empty() {
            body.insert("when".to_owned(), json!(self.when));
        }
        if !self.order_id.trim().is_empty() {
            body.insert("order_id".to_owned(), json!(self.order_id.trim()));
        }
        if !self.times.trim().is_empty() {
            let times: Value =
                self.times.trim().parse::<u32>().map_or_else(|_| self.times.as_str().into(), Value::from);
            body.insert("times".to_owned(), times);
        }
        Fault::read(&Value::Object(body))
    }

    fn place(&self, name: FaultName, body: &mut Map<String, Value>) -> Result<(), String> {
        if self.on.is_empty() {
            return Ok(());
        }
        let operation: Option<Operation> = serde_json::from_value(self.on.as_str().into()).ok();
        let is_for_requests = name.can_strike(&Target::Request(Operation::Charge));
        let strikes_notifications = name.can_strike(&Target::Notification(TransactionStatus::Pending));
        match operation {
            Some(_) if is_for_requests => body.insert("on".to_owned(), json!([self.on])),
            // `expire` and `cancel` are operations and statuses both.
            Some(_) | None if strikes_notifications => body.insert("transaction_status".to_owned(), json!(self.on)),
            Some(_) | None => return Err(format!("on: {} cannot strike {}", self.fault, self.on)),
        };
        Ok(())
    }
}

/// The field that the form's number is for.
fn number_of(name: FaultName) -> Option<&'static str> {
    match name {
        FaultName::Latency | FaultName::LateNotification => Some("milliseconds"),
        FaultName::Error => Some("status_code"),
        FaultName::SettlementAfterExpiry => Some("seconds"),
        FaultName::Html403
        | FaultName::CutConnection
        | FaultName::DenyNextCharge
        | FaultName::MissingExpiryTime
        | FaultName::MissingGenerateQrCodeV2
        | FaultName::StuckPending
        | FaultName::LostNotification
        | FaultName::DoubledNotification
        | FaultName::ReorderedNotification => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fault: &str, on: &str, number: &str) -> FaultForm {
        let [fault, on, number] = [fault, on, number].map(str::to_owned);
        FaultForm { fault, on, number, times: "2".to_owned(), ..FaultForm::default() }
    }

    #[test]
    fn every_fault_can_be_asked_for_by_the_form() {
        for FaultChoice { name, .. } in choices(Language::English) {
            let number = if matches!(name.as_str(), "latency" | "late_notification") { "250" } else { "" };
            let fault = form(&name, "", number).read().unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(
                (serde_json::to_value(&fault.kind).expect("JSON")["fault"].as_str(), fault.times),
                (Some(name.as_str()), Some(2))
            );
        }
    }

    #[test]
    fn a_place_is_an_operation_for_requests_and_a_status_for_notifications() {
        let error = form("error", "expire", "503").read().expect("a fault of requests");
        assert_eq!(error.on, [Operation::Expire]);
        let lost = form("lost_notification", "expire", "").read().expect("a fault of notifications");
        assert_eq!(serde_json::to_value(&lost).expect("JSON")["transaction_status"], "expire");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (form, names) in [
            (form("flood", "", ""), "flood"),
            (form("html_403", "", "5"), "number"),
            (form("latency", "", "soon"), "soon"),
            (form("latency", "", ""), "milliseconds"),
            (form("stuck_pending", "status", ""), "status"),
            (form("error", "settlement", ""), "settlement"),
            (FaultForm { times: "often".to_owned(), ..form("error", "", "") }, "often"),
            (FaultForm { when: "after".to_owned(), ..form("stuck_pending", "", "") }, "when"),
        ] {
            let why = form.read().expect_err("must be refused");
            assert!(why.contains(names), "{why}");
        }
    }
}
