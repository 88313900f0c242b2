//! The buttons of a transaction.

use super::{Done, PageQuery, answer};
use crate::{
    ledger::{Denial, PaidVia, RefundRequest},
    sandbox::Sandbox,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;
use std::sync::Arc;

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
    Query(query): Query<PageQuery>,
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
    answer(&sandbox, &query.order_id, result.map_err(|error| format!("This could not be done: {error}")))
}

/// The form of a refund: an amount, or none for all that is left.
#[derive(Deserialize)]
pub(crate) struct RefundForm {
    transaction_id: String,
    #[serde(default)]
    amount: String,
}

/// `POST /dashboard/refund`
pub(crate) async fn refund(
    State(sandbox): State<Arc<Sandbox>>,
    Query(query): Query<PageQuery>,
    Form(form): Form<RefundForm>,
) -> Response {
    let result = amount(&form.amount).and_then(|amount| {
        let request = RefundRequest { amount, ..RefundRequest::default() };
        let key = uuid::Uuid::new_v4().to_string();
        let refunded = sandbox.with_ledger(|ledger, now| ledger.refund(now, &form.transaction_id, request, key));
        refunded.map(|_| Done::Refunded).map_err(|error| error.to_string())
    });
    answer(&sandbox, &query.order_id, result)
}

/// Reads an amount: digits, with or without dots between the thousands; empty for all.
fn amount(text: &str) -> Result<Option<i64>, String> {
    let digits = text.trim().replace('.', "");
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| format!("amount: {text:?} must be a whole number of rupiah"))
}
