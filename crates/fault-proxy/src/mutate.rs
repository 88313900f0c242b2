//! Mutations: the true answer with one field changed.

use gopay_contract::{ActionName, GrossAmount};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Mutation of an answer. A field that the answer does not have (`actions`, in a status) is left alone, but for the fields that
/// say how a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// `order_id` is another order's.
    OrderId,
    /// `transaction_id` is another transaction's.
    TransactionId,
    /// `gross_amount` is a rupiah more.
    GrossAmount,
    /// `currency` is `USD`.
    Currency,
    /// `transaction_status` is a word that Midtrans does not have.
    TransactionStatus,
    /// `fraud_status` is `deny`.
    FraudDeny,
    /// `fraud_status` is `challenge`.
    FraudChallenge,
    /// The QR pictures' URLs lead to an unknown host.
    QrCodeHost,
    /// The deeplink leads to a host whose name begins like GoPay's.
    DeeplinkHost,
    /// The deeplink is a `javascript:` URL.
    DeeplinkJavascript,
    /// A field holds what looks like a server key.
    ServerKey,
}

impl Mutation {
    /// Changes a text that is JSON; any other stays as it is.
    pub(crate) fn text(self, text: &str) -> String {
        match serde_json::from_str::<Value>(text) {
            Ok(mut answer) if answer.is_object() => {
                self.apply(&mut answer);
                answer.to_string()
            }
            Ok(_) | Err(_) => text.to_owned(),
        }
    }

    /// Changes what follows `data:` in server-sent events, whole lines of them.
    pub(crate) fn events(self, lines: &str) -> String {
        let line = |line: &str| match line.strip_prefix("data:") {
            Some(data) => format!("data: {}", self.text(data.trim())),
            None => line.to_owned(),
        };
        lines.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }

    fn apply(self, answer: &mut Value) {
        match self {
            Self::OrderId => answer["order_id"] = json!("order-of-somebody-else"),
            Self::TransactionId => answer["transaction_id"] = json!("00000000-0000-4000-8000-000000000000"),
            Self::GrossAmount => answer["gross_amount"] = json!(one_more(&answer["gross_amount"])),
            Self::Currency => answer["currency"] = json!("USD"),
            Self::TransactionStatus => answer["transaction_status"] = json!("sukses"),
            Self::FraudDeny => answer["fraud_status"] = json!("deny"),
            Self::FraudChallenge => answer["fraud_status"] = json!("challenge"),
            Self::QrCodeHost => {
                for name in [ActionName::GenerateQrCode, ActionName::GenerateQrCodeV2] {
                    lead(answer, &name, "https://gopay-qr.example/qr-code");
                }
            }
            Self::DeeplinkHost => lead(answer, &ActionName::DeeplinkRedirect, "https://gopay.co.id.example/app"),
            Self::DeeplinkJavascript => lead(answer, &ActionName::DeeplinkRedirect, "javascript:alert(1)"),
            // Nobody's key: Midtrans' are not made of words.
            Self::ServerKey => answer["server_key"] = json!("SB-Mid-server-nobodys-key"),
        }
    }
}

fn one_more(gross_amount: &Value) -> String {
    let amount = gross_amount.as_str().and_then(|text| GrossAmount::parse(text).ok());
    let more = amount.and_then(|amount| GrossAmount::from_rupiah(amount.rupiah() + 1));
    more.map_or_else(|| "1.00".to_owned(), |more| more.to_string())
}

fn lead(answer: &mut Value, name: &ActionName, url: &str) {
    let actions = answer.get_mut("actions").and_then(Value::as_array_mut);
    for action in actions.into_iter().flatten().filter(|action| action["name"] == name.as_str()) {
        action["url"] = json!(url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARGE: &str = include_str!("../../contract/samples/charge-response.json");

    #[test]
    fn exactly_one_thing_is_changed() {
        let truth: Value = serde_json::from_str(CHARGE).expect("JSON");
        for (change, pointer, becomes) in [
            (Mutation::OrderId, "/order_id", "order-of-somebody-else"),
            (Mutation::TransactionId, "/transaction_id", "00000000-0000-4000-8000-000000000000"),
            (Mutation::GrossAmount, "/gross_amount", "44001.00"),
            (Mutation::Currency, "/currency", "USD"),
            (Mutation::TransactionStatus, "/transaction_status", "sukses"),
            (Mutation::FraudDeny, "/fraud_status", "deny"),
            (Mutation::FraudChallenge, "/fraud_status", "challenge"),
            (Mutation::QrCodeHost, "/actions/0/url", "https://gopay-qr.example/qr-code"),
            (Mutation::DeeplinkHost, "/actions/1/url", "https://gopay.co.id.example/app"),
            (Mutation::DeeplinkJavascript, "/actions/1/url", "javascript:alert(1)"),
            (Mutation::ServerKey, "/server_key", "SB-Mid-server-nobodys-key"),
        ] {
            let mut expected = truth.clone();
            if expected.pointer(pointer).is_none() {
                let field = pointer.trim_start_matches('/').to_owned();
                expected.as_object_mut().expect("an object").insert(field, json!(becomes));
            }
            *expected.pointer_mut(pointer).expect("it is there now") = json!(becomes);
            let changed: Value = serde_json::from_str(&change.text(CHARGE)).expect("still JSON");
            assert_eq!(changed, expected, "{change:?}");
        }
    }

    #[test]
    fn an_event_keeps_its_name_and_id_and_a_comment_stays_a_comment() {
        let event = "event: status\nid: 1.2\ndata: {\"transaction_status\":\"pending\"}\n\n";
        let changed = Mutation::TransactionStatus.events(event);
        assert_eq!(changed, "event: status\nid: 1.2\ndata: {\"transaction_status\":\"sukses\"}\n\n");
        assert_eq!(Mutation::OrderId.events(":\n\n"), ":\n\n");
    }

    #[test]
    fn what_is_no_object_stays_as_it_is() {
        for text in ["", "<html>", "[1]", "null"] {
            assert_eq!(Mutation::OrderId.text(text), text);
        }
    }
}
