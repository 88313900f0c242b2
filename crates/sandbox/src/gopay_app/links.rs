//! Deeplinks of every era, and the addresses that the simulator's pages had before.

use super::{
    Shared,
    texts::{Texts, status_text},
    unknown,
};
use crate::{
    deeplink::Named,
    ledger::{PaymentLocale, Transaction},
    page::page,
    sandbox::Sandbox,
};
use askama::Template;
use axum::{
    Form,
    extract::{OriginalUri, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use gopay_contract::TransactionStatus;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "deeplink_index.html")]
struct LinkForm<'a> {
    problem: &'a str,
}

/// `GET /v2/deeplink/index`: a deeplink, entered by hand.
pub(crate) async fn link_form() -> Response {
    page(StatusCode::OK, &LinkForm { problem: "" })
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct LinkRequest {
    #[serde(default)]
    deeplink: String,
}

/// `POST /v2/deeplink/index`: to the payment, from a link of any shape.
pub(crate) async fn open_link(State(sandbox): Shared, Form(form): Form<LinkRequest>) -> Response {
    match Named::read(form.deeplink.trim()) {
        Some(named) => to_the_payment(&sandbox, &named, ""),
        None => page(StatusCode::BAD_REQUEST, &LinkForm { problem: "This is no deeplink: it has no tref" }),
    }
}

#[derive(Template)]
#[template(path = "deeplink_checkout.html")]
struct Checkout<'a> {
    order_id: &'a str,
    amount: String,
    tref: &'a str,
    can_pay: bool,
    status_text: &'static str,
}

/// `GET /gopay/ui/checkout?referenceid=…`: the page of before 2021, with a list of results and one button.
pub(crate) async fn old_checkout(State(sandbox): Shared, OriginalUri(uri): OriginalUri) -> Response {
    let Some(transaction) = Named::read(&format!("http://sandbox.invalid{uri}")).and_then(|it| find(&sandbox, &it))
    else {
        return unknown();
    };
    let template = Checkout {
        order_id: transaction.charge.order_id.as_str(),
        amount: transaction.charge.gross_amount.to_rupiah_text(),
        tref: &transaction.reference,
        can_pay: transaction.transaction_status() == TransactionStatus::Pending,
        status_text: status_text(&transaction, Texts::of(PaymentLocale::Indonesian)),
    };
    page(StatusCode::OK, &template)
}

/// `GET /gopay/partner/app/payment-pin?id=…`: to today's page.
pub(crate) async fn old_link(State(sandbox): Shared, OriginalUri(uri): OriginalUri) -> Response {
    // Only the query is read; the host is nobody's.
    match Named::read(&format!("http://sandbox.invalid{uri}")) {
        Some(named) => to_the_payment(&sandbox, &named, &format!("{}v2/deeplink/", up(&uri))),
        None => unknown(),
    }
}

/// `GET /qris/index` and `GET /gopay/ui/index`, the scanner of old accounts: to today's.
pub(crate) async fn old_scanner(OriginalUri(uri): OriginalUri) -> Response {
    Redirect::to(&format!("{}v2/qris/index", up(&uri))).into_response()
}

/// Redirects to the payment. Relative, so that it holds behind a proxy's prefix.
fn to_the_payment(sandbox: &Sandbox, named: &Named, folder: &str) -> Response {
    match find(sandbox, named) {
        Some(transaction) => Redirect::to(&format!("{folder}detail?tref={}", transaction.reference)).into_response(),
        None => unknown(),
    }
}

fn find(sandbox: &Sandbox, named: &Named) -> Option<Transaction> {
    sandbox.with_ledger(|ledger, _| ledger.transactions().iter().find(|transaction| named.names(transaction)).cloned())
}

/// The relative path from a page's folder to the root.
fn up(uri: &Uri) -> String {
    "../".repeat(uri.path().matches('/').count().saturating_sub(1))
}
