//! Deeplinks of every era, and the addresses that the simulator's pages had before.

use super::{Shared, unknown};
use crate::{deeplink::Named, page::page, sandbox::Sandbox};
use askama::Template;
use axum::{
    Form,
    extract::{OriginalUri, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
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

/// `GET /gopay/ui/checkout?referenceid=…` and `GET /gopay/partner/app/payment-pin?id=…`: to today's page.
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

/// Relative, so that it holds behind a proxy's prefix.
fn to_the_payment(sandbox: &Sandbox, named: &Named, folder: &str) -> Response {
    let reference = sandbox.with_ledger(|ledger, _| {
        let found = ledger.transactions().iter().find(|transaction| named.names(transaction));
        found.map(|transaction| transaction.reference.clone())
    });
    match reference {
        Some(reference) => Redirect::to(&format!("{folder}detail?tref={reference}")).into_response(),
        None => unknown(),
    }
}

/// From a page's folder to the root.
fn up(uri: &Uri) -> String {
    "../".repeat(uri.path().matches('/').count().saturating_sub(1))
}
