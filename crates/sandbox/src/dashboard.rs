//! `/`: every transaction with buttons, for people who run a shop against the sandbox by hand.

use crate::{
    control::Listing,
    ledger::{Denial, PaidVia, RefundRequest},
    page::page,
    sandbox::Sandbox,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use gopay_contract::TransactionStatus;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    now: String,
    rows: Vec<Row>,
}

struct Row {
    listing: Listing,
    amount: String,
    pending: bool,
    refundable: bool,
}

impl Row {
    fn of(listing: Listing) -> Self {
        let amount = listing.gross_amount.to_rupiah_text();
        let pending = listing.transaction_status == TransactionStatus::Pending;
        let refundable =
            matches!(listing.transaction_status, TransactionStatus::Settlement | TransactionStatus::PartialRefund);
        Self { listing, amount, pending, refundable }
    }
}

/// `GET /`
pub(crate) async fn show(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let dashboard = sandbox.with_ledger(|ledger, now| Dashboard {
        now: now.to_string(),
        rows: ledger.transactions().iter().rev().map(Listing::of).map(Row::of).collect(),
    });
    page(StatusCode::OK, &dashboard)
}

/// What the buttons do.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Button {
    Pay,
    Scan,
    Expire,
    Cancel,
    Deny,
    Refund,
}

/// For whom.
#[derive(Deserialize)]
pub(crate) struct ButtonForm {
    transaction_id: String,
}

/// `POST /dashboard/{action}`, then the list again. Relative: a public URL may have a path of its own.
pub(crate) async fn act(
    State(sandbox): State<Arc<Sandbox>>,
    Path(button): Path<Button>,
    Form(form): Form<ButtonForm>,
) -> Response {
    let id = form.transaction_id.as_str();
    let result = sandbox.with_ledger(|ledger, now| match button {
        Button::Pay => ledger.pay(now, id, PaidVia::Gopay),
        Button::Scan => ledger.pay(now, id, PaidVia::Qris { issuer: "gopay".to_owned() }),
        Button::Expire => ledger.expire(id),
        Button::Cancel => ledger.cancel(id),
        Button::Deny => ledger.deny(id, Denial::default()),
        Button::Refund => {
            let key = uuid::Uuid::new_v4().to_string();
            ledger.refund(now, id, RefundRequest::default(), key).map(|(transaction, _)| transaction)
        }
    });
    // Too late for this button: the list shows what happened instead.
    if let Err(refusal) = result {
        tracing::info!(%refusal, ?button, "a button came too late");
    }
    Redirect::to("../").into_response()
}
