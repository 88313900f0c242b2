//! The form for all faults: turns its fields into the JSON of `POST /sandbox/faults`.

use super::view::Language;
use crate::faults::{Fault, FaultName, Operation, Target};
use gopay_contract::TransactionStatus;
use serde::Deserialize;
use serde_json::{Map, Value, json};

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
