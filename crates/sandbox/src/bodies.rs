//! Writes Midtrans' bodies: the answers to charge, get-status, cancel, expire and refund, and the notification. Pure,
//! like the ledger.

use crate::{
    Behaviour, DenialReason,
    gopay_app::deeplink_url,
    ledger::{Customer, PaidVia, Refund, Settlement, Stage, Transaction},
};
use gopay_contract::{ActionName, Answer, Currency, GrossAmount, JakartaTime, StatusCode, midtrans::Signature};
use serde::Serialize;
use serde_json::Value;

/// `pop_id` of an account whose charges do not name one (`X-POP-ID`).
const POP_ID: &str = "00000000-0000-4000-8000-000000000000";

/// Writes bodies; holds the data that they need beside the transaction.
pub(crate) struct Writer<'a> {
    /// `merchant_id`.
    pub(crate) merchant_id: &'a str,
    /// The key that signs; never written.
    pub(crate) server_key: &'a str,
    /// Base of the actions' URLs, without a slash at the end.
    pub(crate) public_url: &'a str,
    /// The switches.
    pub(crate) behaviour: &'a Behaviour,
}

/// A body about a transaction: the contract's [`Answer`] and the fields that only Midtrans itself writes.
#[derive(Debug, Default, Serialize)]
pub(crate) struct TransactionBody {
    #[serde(flatten)]
    answer: Answer,
    /// The order's id, in place of the answer's own: with the switch set, an order may have an id that
    /// [`gopay_contract::OrderId`] refuses.
    order_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<ActionLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_option_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acquirer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_cross_reference_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_chargeback_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_key: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refunds: Vec<RefundLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_field1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_field2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_field3: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pop_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_details: Option<Customer>,
}

impl TransactionBody {
    /// The transaction's id, and the `status_code`.
    pub(crate) fn summary(&self) -> Option<(&str, u16)> {
        Some((self.answer.transaction_id.as_ref()?.as_str(), self.answer.status_code?.0))
    }
}

/// The answer to `GET /v2/{id}/status/b2b`.
#[derive(Debug, Serialize)]
pub(crate) struct TransactionList {
    status_code: &'static str,
    status_message: &'static str,
    transactions: Vec<TransactionBody>,
}

impl Writer<'_> {
    /// The answer to a charge: 201, or 202 when GoPay refused it.
    pub(crate) fn charge(&self, transaction: &Transaction) -> TransactionBody {
        let (code, message) = match &transaction.stage {
            Stage::Denied(reason) => (202, denied(*reason)),
            Stage::Pending | Stage::Settled(_) | Stage::Expired | Stage::Cancelled => {
                (201, "GoPay transaction is created")
            }
        };
        let mut body = self.plain(transaction, code, message);
        if transaction.stage == Stage::Pending {
            body.actions = self.actions(transaction);
            if self.behaviour.qr_string_in_charge {
                body.qr_string = Some(transaction.qris.clone());
                body.acquirer = Some("gopay");
            }
        }
        body
    }

    /// The answer to get-status.
    pub(crate) fn status(&self, transaction: &Transaction) -> TransactionBody {
        let code = match &transaction.stage {
            Stage::Pending => 201,
            Stage::Settled(_) => 200,
            Stage::Expired => 407,
            Stage::Cancelled => self.behaviour.status_code_of_cancel,
            Stage::Denied(_) => self.behaviour.status_code_of_deny,
        };
        self.full(transaction, code, "Success, transaction is found")
    }

    /// The answer to get-status of all of an order's transactions, the latest first.
    pub(crate) fn list(&self, transactions: &[&Transaction]) -> TransactionList {
        TransactionList {
            status_code: "200",
            status_message: "Success, transactions are retrieved",
            transactions: transactions.iter().map(|transaction| self.status(transaction)).collect(),
        }
    }

    /// The answer to cancel.
    pub(crate) fn cancelled(&self, transaction: &Transaction) -> TransactionBody {
        self.plain(transaction, 200, "Success, transaction is canceled")
    }

    /// The answer to expire: 407, which is no error.
    pub(crate) fn expired(&self, transaction: &Transaction) -> TransactionBody {
        self.plain(transaction, 407, "Success, transaction is expired")
    }

    /// The answer to refund: what was given back now, not altogether.
    pub(crate) fn refunded(&self, transaction: &Transaction, refund: &Refund, message: &str) -> TransactionBody {
        let mut body = self.plain(transaction, 200, message);
        body.answer.refund_amount = Some(refund.refund_amount);
        body.refund_chargeback_id = Some(refund.refund_chargeback_id);
        body.refund_key = Some(refund.refund_key.clone());
        body
    }

    /// A notification. Its code is not always get-status's: 202 for an expired transaction, there 407.
    pub(crate) fn notification(&self, transaction: &Transaction) -> TransactionBody {
        let code = match &transaction.stage {
            Stage::Pending => 201,
            Stage::Settled(_) => 200,
            Stage::Expired | Stage::Cancelled | Stage::Denied(_) => 202,
        };
        let mut body = self.full(transaction, code, "midtrans payment notification");
        if !self.behaviour.channel_response_in_notification {
            body.answer.channel_response_code = None;
            body.answer.channel_response_message = None;
        }
        body.pop_id = Some(transaction.charge.pop_id.clone().unwrap_or_else(|| POP_ID.to_owned()));
        body.customer_details.clone_from(&transaction.charge.customer);
        body
    }

    /// The fields that every body has.
    fn plain(&self, transaction: &Transaction, code: u16, message: &str) -> TransactionBody {
        let mut body = TransactionBody {
            answer: Answer {
                status_code: Some(StatusCode(code)),
                status_message: Some(message.to_owned()),
                transaction_id: Some(transaction.transaction_id.clone()),
                merchant_id: self.behaviour.merchant_id.then(|| self.merchant_id.to_owned()),
                gross_amount: Some(transaction.charge.gross_amount),
                currency: Some(Currency::Idr),
                payment_type: Some("gopay".to_owned()),
                transaction_time: Some(transaction.transaction_time),
                transaction_status: Some(transaction.transaction_status()),
                fraud_status: Some(transaction.fraud_status()),
                expiry_time: (!transaction.omissions.no_expiry_time).then_some(transaction.charge.expiry_time),
                ..Answer::default()
            },
            order_id: transaction.charge.order_id.to_string(),
            ..TransactionBody::default()
        };
        match &transaction.stage {
            Stage::Denied(reason) => {
                body.answer.channel_response_code = Some(reason.code().to_string());
                body.answer.channel_response_message = Some(reason.message().to_owned());
            }
            Stage::Settled(settlement) => Self::paid(&mut body, transaction, settlement),
            Stage::Pending | Stage::Expired | Stage::Cancelled => {}
        }
        body
    }

    /// The additional fields of get-status and notifications.
    fn full(&self, transaction: &Transaction, code: u16, message: &str) -> TransactionBody {
        let mut body = self.plain(transaction, code, message);
        let [custom_field1, custom_field2, custom_field3] = transaction.charge.custom_fields.clone();
        body.custom_field1 = custom_field1;
        body.custom_field2 = custom_field2;
        body.custom_field3 = custom_field3;
        body.metadata.clone_from(&transaction.charge.metadata);
        body.answer.refund_amount = transaction.refund_amount();
        if let Stage::Settled(settlement) = &transaction.stage {
            body.refunds = settlement.refunds.iter().map(RefundLine::from).collect();
        }
        let gross_amount = transaction.charge.gross_amount.to_string();
        let status_code = StatusCode(code).to_string();
        let signature = Signature::over(&body.order_id, &status_code, &gross_amount, self.server_key);
        body.signature_key = Some(signature.to_hex());
        body
    }
}

/// One action.
#[derive(Debug, Serialize)]
struct ActionLine {
    name: ActionName,
    method: &'static str,
    url: String,
}

impl Writer<'_> {
    /// The actions, in the order of the documents.
    fn actions(&self, transaction: &Transaction) -> Vec<ActionLine> {
        let (base, id, reference) = (self.public_url, &transaction.transaction_id, &transaction.reference);
        let deeplink = deeplink_url(self.behaviour.deeplink, base, transaction);
        let get = |name, url| ActionLine { name, method: "GET", url };
        let mut actions = vec![get(ActionName::GenerateQrCode, format!("{base}/v2/gopay/{id}/qr-code"))];
        if !transaction.omissions.no_generate_qr_code_v2 {
            actions.push(get(ActionName::GenerateQrCodeV2, format!("{base}/v4/qris/gopay/{reference}/qr-code")));
        }
        actions.push(get(ActionName::DeeplinkRedirect, deeplink));
        actions.push(get(ActionName::GetStatus, format!("{base}/v2/{id}/status")));
        actions.push(ActionLine { name: ActionName::Cancel, method: "POST", url: format!("{base}/v2/{id}/cancel") });
        actions
    }

    /// Writes how the transaction was paid. A scanned QR code turns `payment_type` to `qris`.
    fn paid(body: &mut TransactionBody, transaction: &Transaction, settlement: &Settlement) {
        body.answer.settlement_time = Some(settlement.at);
        match &settlement.via {
            PaidVia::Gopay => body.payment_option_type = Some("GOPAY_WALLET"),
            PaidVia::Qris { issuer } => {
                body.answer.payment_type = Some("qris".to_owned());
                body.transaction_type = Some(if issuer == "gopay" { "on-us" } else { "off-us" });
                body.issuer = Some(issuer.clone());
                body.acquirer = Some("gopay");
                body.merchant_cross_reference_id = Some(transaction.reference.clone());
            }
        }
    }
}

/// One refund.
#[derive(Debug, Serialize)]
struct RefundLine {
    refund_chargeback_id: u64,
    refund_amount: GrossAmount,
    created_at: JakartaTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    refund_key: String,
    refund_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_confirmed_at: Option<JakartaTime>,
}

impl From<&Refund> for RefundLine {
    fn from(refund: &Refund) -> Self {
        Self {
            refund_chargeback_id: refund.refund_chargeback_id,
            refund_amount: refund.refund_amount,
            created_at: refund.created_at,
            reason: refund.reason.clone(),
            refund_key: refund.refund_key.clone(),
            refund_method: "online",
            bank_confirmed_at: refund.bank_confirmed_at,
        }
    }
}

/// `status_message` of a transaction that GoPay refused.
fn denied(reason: DenialReason) -> &'static str {
    if reason == DenialReason::FRAUD { reason.message() } else { "GoPay transaction is denied" }
}
