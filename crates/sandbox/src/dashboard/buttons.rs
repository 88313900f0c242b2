//! The buttons of a transaction, and those of the sandbox itself: the clock, notifications, faults, switches.

use super::{Done, View, answer, fault_form::FaultForm};
use crate::{
    Chaos, FaultName,
    account_notification::AccountNotification,
    control,
    ledger::{Denial, PaidVia, RefundRequest},
    lock,
    sandbox::Sandbox,
};
use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;
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
        Button::Deny => ledger.deny(id, Denial::of(ledger.behaviour.denial)).map(|_| Done::Ended),
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
