//! How Midtrans writes a transaction down: the answers to charge, get-status, cancel, expire and refund, and the
//! notification. Pure, like the ledger.

use crate::{
    Behaviour,
    ledger::{PaidVia, Refund, Settlement, Stage, Transaction},
};
use gopay_contract::{
    Action, ActionName, Answer, Currency, FraudStatus, GrossAmount, JakartaTime, StatusCode, midtrans::Signature,
};
use serde::Serialize;
use serde_json::Value;

/// What a body needs to know beside the transaction.
pub(crate) struct Writer<'a> {
    /// `merchant_id`.
    pub(crate) merchant_id: &'a str,
    /// Signs; never written.
    pub(crate) server_key: &'a str,
    /// Where the actions' URLs point to, without a slash at the end.
    pub(crate) public_url: &'a str,
    /// The switches.
    pub(crate) behaviour: &'a Behaviour,
}

/// A body about a transaction: the contract's [`Answer`] and what only Midtrans itself writes.
#[derive(Debug, Default, Serialize)]
pub(crate) struct TransactionBody {
    #[serde(flatten)]
    answer: Answer,
    /// Not the answer's own: with the switch set, an order may have an id that [`gopay_contract::OrderId`] refuses.
    order_id: String,
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
}

/// One of `refunds`.
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

impl Writer<'_> {
    /// The answer to a charge: 201, or 202 when GoPay refused it.
    pub(crate) fn charge(&self, transaction: &Transaction) -> TransactionBody {
        let (code, message) = match &transaction.stage {
            Stage::Denied(_) => (202, "GoPay transaction is denied"),
            Stage::Pending | Stage::Settled(_) | Stage::Expired | Stage::Cancelled => {
                (201, "GoPay transaction is created")
            }
        };
        let mut body = self.plain(transaction, code, message);
        if transaction.stage == Stage::Pending {
            body.answer.actions = self.actions(transaction);
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

    /// The answer to cancel.
    pub(crate) fn cancelled(&self, transaction: &Transaction) -> TransactionBody {
        self.plain(transaction, 200, "Success, transaction is canceled")
    }

    /// The answer to expire: 407, which is no error.
    pub(crate) fn expired(&self, transaction: &Transaction) -> TransactionBody {
        self.plain(transaction, 407, "Success, transaction has expired")
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
        self.full(transaction, code, "midtrans payment notification")
    }

    /// What every body has.
    fn plain(&self, transaction: &Transaction, code: u16, message: &str) -> TransactionBody {
        let gaps = transaction.gaps;
        let expiry_time =
            (self.behaviour.expiry_time && !gaps.no_expiry_time).then_some(transaction.charge.expiry_time);
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
                fraud_status: Some(FraudStatus::Accept),
                expiry_time,
                ..Answer::default()
            },
            order_id: transaction.charge.order_id.to_string(),
            ..TransactionBody::default()
        };
        match &transaction.stage {
            Stage::Denied(denial) => {
                body.answer.channel_response_code = Some(denial.code.clone());
                body.answer.channel_response_message = Some(denial.message.clone());
            }
            Stage::Settled(settlement) => paid(&mut body, transaction, settlement),
            Stage::Pending | Stage::Expired | Stage::Cancelled => {}
        }
        body
    }

    /// What get-status and notifications have beside.
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

    fn actions(&self, transaction: &Transaction) -> Vec<Action> {
        let (base, id, reference) = (self.public_url, &transaction.transaction_id, &transaction.reference);
        let action = |name, method: &str, path: String| Action {
            name,
            method: Some(method.to_owned()),
            url: format!("{base}{path}"),
        };
        let mut actions = vec![action(ActionName::GenerateQrCode, "GET", format!("/v2/gopay/{id}/qr-code"))];
        if self.behaviour.generate_qr_code_v2 && !transaction.gaps.no_generate_qr_code_v2 {
            let path = format!("/v4/qris/gopay/{reference}/qr-code");
            actions.push(action(ActionName::GenerateQrCodeV2, "GET", path));
        }
        actions.push(action(ActionName::DeeplinkRedirect, "GET", format!("/v2/deeplink/detail?tref={reference}")));
        actions.push(action(ActionName::GetStatus, "GET", format!("/v2/{id}/status")));
        actions.push(action(ActionName::Cancel, "POST", format!("/v2/{id}/cancel")));
        actions
    }
}

/// How it was paid. A scanned QR code turns `payment_type` to `qris`.
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
