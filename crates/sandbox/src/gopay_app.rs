//! The payer's phone: the page behind `deeplink-redirect`, and a scanner for QR codes.
//!
//! As Midtrans' simulator does it: `/v2/deeplink/detail?tref=…` shows the payment, `/v2/deeplink/payment` makes it (or
//! lets it fail) and returns the payer to `callback_url`; `/v2/qris/index` takes the URL of a QR image. A failed try
//! leaves the transaction pending and sends no notification.

mod texts;

use crate::{
    ApiError, Behaviour,
    behaviour::DeeplinkShape,
    ledger::{PaidVia, PaymentLocale, Stage, Transaction},
    page,
    sandbox::Sandbox,
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use gopay_contract::TransactionStatus;
use serde::Deserialize;
use std::sync::Arc;
use texts::{Texts, status_text};
use url::Url;

type Shared = State<Arc<Sandbox>>;

#[derive(Template)]
#[template(path = "deeplink_detail.html")]
struct Detail<'a> {
    framed: bool,
    order_id: &'a str,
    amount: String,
    expiry_time: String,
    tref: &'a str,
    can_pay: bool,
    status_text: &'static str,
    texts: &'static Texts,
}

#[derive(Template)]
#[template(path = "phone_message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
    back: Option<&'a Back>,
}

/// Link from the dashboard's phone to the shop. It opens a page of its own: the frame shows the sandbox alone.
struct Back {
    url: String,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "qris_scan.html")]
struct ScanForm<'a> {
    problem: &'a str,
}

#[derive(Template)]
#[template(path = "qris_pay.html")]
struct ScannedPayment<'a> {
    order_id: &'a str,
    amount: String,
    transaction_id: &'a str,
    can_pay: bool,
    status_text: &'static str,
}

/// The deeplink's query.
#[derive(Deserialize)]
pub(crate) struct DetailQuery {
    #[serde(default)]
    tref: String,
    /// True in the dashboard's phone.
    #[serde(default)]
    framed: bool,
}

/// `GET /v2/deeplink/detail?tref=…`
pub(crate) async fn detail(State(sandbox): Shared, Query(query): Query<DetailQuery>) -> Response {
    let found = sandbox.with_ledger(|ledger, _| ledger.find_by_reference(&query.tref).cloned());
    let Ok(transaction) = found else {
        return unknown();
    };
    let texts = Texts::of(transaction.charge.locale);
    if query.framed && matches!(transaction.stage, Stage::Settled(_)) {
        let behaviour = sandbox.behaviour();
        return return_payer(&transaction, "success", &behaviour, true);
    }
    let template = Detail {
        framed: query.framed,
        order_id: transaction.charge.order_id.as_str(),
        amount: transaction.charge.gross_amount.to_rupiah_text(),
        expiry_time: transaction.charge.expiry_time.to_string(),
        tref: &transaction.reference,
        can_pay: transaction.transaction_status() == TransactionStatus::Pending,
        status_text: status_text(&transaction, texts),
        texts,
    };
    page(StatusCode::OK, &template)
}

#[derive(Template)]
#[template(path = "deeplink_index.html")]
struct LinkForm<'a> {
    problem: &'a str,
}

/// `GET /v2/deeplink/index`: a deeplink, entered by hand.
pub(crate) async fn link_form() -> Response {
    page(StatusCode::OK, &LinkForm { problem: "" })
}

/// The deeplink's form.
#[derive(Deserialize)]
pub(crate) struct LinkRequest {
    #[serde(default)]
    deeplink: String,
}

/// `POST /v2/deeplink/index`: redirects to the payment. Relative, so that it holds behind a proxy's prefix.
pub(crate) async fn open_link(State(sandbox): Shared, Form(form): Form<LinkRequest>) -> Response {
    let Some(reference) = deeplink_reference(form.deeplink.trim()) else {
        return page(StatusCode::BAD_REQUEST, &LinkForm { problem: "This is no deeplink: it has no tref" });
    };
    match sandbox.with_ledger(|ledger, _| ledger.find_by_reference(&reference).cloned()) {
        Ok(transaction) => Redirect::to(&format!("detail?tref={}", transaction.reference)).into_response(),
        Err(_) => unknown(),
    }
}

/// The pressed button.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AppButton {
    Success,
    Failure,
    Abort,
}

/// The buttons' form.
#[derive(Deserialize)]
pub(crate) struct PaymentForm {
    tref: String,
    #[serde(default)]
    framed: bool,
    result: AppButton,
}

/// `POST /v2/deeplink/payment`
pub(crate) async fn payment(State(sandbox): Shared, Form(form): Form<PaymentForm>) -> Response {
    let done = sandbox.with_ledger(|ledger, now| {
        let found = ledger.find_by_reference(&form.tref)?.clone();
        let behaviour = ledger.behaviour.clone();
        match form.result {
            AppButton::Failure | AppButton::Abort => Ok((found, behaviour)),
            AppButton::Success => {
                let paid = ledger.pay(now, found.transaction_id.as_str(), PaidVia::Gopay);
                paid.map(|transaction| (transaction, behaviour))
            }
        }
    });
    match (done, form.result) {
        (Ok((transaction, behaviour)), AppButton::Success) => {
            return_payer(&transaction, "success", &behaviour, form.framed)
        }
        (Ok((transaction, behaviour)), AppButton::Failure) => {
            return_payer(&transaction, "failure", &behaviour, form.framed)
        }
        (Ok((transaction, behaviour)), AppButton::Abort) if behaviour.abort_returns_payer => {
            return_payer(&transaction, "abort", &behaviour, form.framed)
        }
        (Ok((transaction, _)), AppButton::Abort) => message_page(Texts::of(transaction.charge.locale).left),
        (Err(ApiError::NotFound), _) => unknown(),
        (Err(ApiError::OverPayersLimit(_)), _) => message_page(Texts::of(PaymentLocale::Indonesian).over_limit),
        (Err(_), _) => message_page(Texts::of(PaymentLocale::Indonesian).ended),
    }
}

/// Redirects the payer to `callback_url`. Without one, and in the dashboard's phone (`framed`), shows a page that says what
/// the payer may do.
fn return_payer(transaction: &Transaction, result: &str, behaviour: &Behaviour, framed: bool) -> Response {
    let texts = Texts::of(transaction.charge.locale);
    let url = transaction
        .charge
        .callback
        .as_ref()
        .map(|callback| callback.returning(&transaction.charge.order_id, result, behaviour.callback_join));
    if let Some(url) = url.as_deref().filter(|_| !framed) {
        return Redirect::to(url).into_response();
    }
    let back = url.map(|url| Back { url, text: texts.back });
    let (title, text) = match result {
        "success" => texts.paid,
        "abort" => texts.left,
        _ => texts.failed,
    };
    page(StatusCode::OK, &Message { title, text, back: back.as_ref() })
}

fn message_page((title, text): (&str, &str)) -> Response {
    message(title, text)
}

/// `GET /v2/qris/index`
pub(crate) async fn scan_form() -> Response {
    page(StatusCode::OK, &ScanForm { problem: "" })
}

/// The scanner's form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScanRequest {
    #[serde(default)]
    qr_code_url: String,
}

/// `POST /v2/qris/index`: "Scan QR". Takes the image's URL, or the text in the code.
pub(crate) async fn scan(State(sandbox): Shared, Form(form): Form<ScanRequest>) -> Response {
    let scanned = Scanned::read(form.qr_code_url.trim());
    let found = sandbox.with_ledger(|ledger, _| match &scanned {
        // What a wallet says to the code of a merchant whose QRIS set-up is not finished.
        Some(_) if !ledger.behaviour.qris_activated => Err("Unrecognized QR code"),
        None => Err("QR inputted unparsable: paste the URL of a QR code of this sandbox"),
        Some(Scanned::TransactionId(id)) => ledger.find(id).cloned().map_err(|_| UNKNOWN_CODE),
        Some(Scanned::Reference(reference)) => ledger.find_by_reference(reference).cloned().map_err(|_| UNKNOWN_CODE),
        Some(Scanned::Qris(text)) => {
            ledger.transactions().iter().find(|transaction| transaction.qris == *text).cloned().ok_or(UNKNOWN_CODE)
        }
    });
    match found {
        Ok(transaction) => {
            let template = ScannedPayment {
                order_id: transaction.charge.order_id.as_str(),
                amount: transaction.charge.gross_amount.to_rupiah_text(),
                transaction_id: transaction.transaction_id.as_str(),
                can_pay: transaction.transaction_status() == TransactionStatus::Pending,
                status_text: status_text(&transaction, Texts::of(PaymentLocale::Indonesian)),
            };
            page(StatusCode::OK, &template)
        }
        Err(problem) => page(StatusCode::BAD_REQUEST, &ScanForm { problem }),
    }
}

const UNKNOWN_CODE: &str = "Failed to process QR: no such transaction";

/// The transaction that a QR code, or the URL of its image, names.
#[derive(Debug, PartialEq, Eq)]
enum Scanned {
    TransactionId(String),
    Reference(String),
    Qris(String),
}

impl Scanned {
    fn read(text: &str) -> Option<Self> {
        if text.starts_with("000201") {
            return Some(Self::Qris(text.to_owned()));
        }
        let url = Url::parse(text).ok()?;
        let path: Vec<_> = url.path_segments()?.collect();
        match path.as_slice() {
            [.., "v2", "gopay", transaction_id, "qr-code"] => Some(Self::TransactionId((*transaction_id).to_owned())),
            [.., "v4", "qris", "gopay", reference, "qr-code"] => Some(Self::Reference((*reference).to_owned())),
            _ => None,
        }
    }
}

/// "Pay" after a scan.
#[derive(Deserialize)]
pub(crate) struct ScannedForm {
    transaction_id: String,
    issuer: String,
}

/// `POST /v2/qris/payment`. No callback: a scanned code leads back to no page.
pub(crate) async fn pay_scanned(State(sandbox): Shared, Form(form): Form<ScannedForm>) -> Response {
    let via = PaidVia::Qris { issuer: form.issuer };
    match sandbox.with_ledger(|ledger, now| ledger.pay(now, &form.transaction_id, via)) {
        Ok(_) => message("Pembayaran berhasil", "Layar toko akan berubah sendiri."),
        Err(ApiError::NotFound) => unknown(),
        Err(ApiError::OverPayersLimit(_)) => message_page(Texts::of(PaymentLocale::Indonesian).over_limit),
        Err(_) => message("Tidak bisa dibayar", "Transaksi ini sudah selesai."),
    }
}

fn message(title: &str, text: &str) -> Response {
    page(StatusCode::OK, &Message { title, text, back: None })
}

fn unknown() -> Response {
    let text = "Tautan ini tidak dikenal oleh sandbox. Mulailah lagi dari toko.";
    page(StatusCode::NOT_FOUND, &Message { title: "Transaksi tidak ditemukan", text, back: None })
}

/// The link of this transaction; `base` is where this sandbox is, without a slash at the end.
#[must_use]
pub(crate) fn deeplink_url(shape: DeeplinkShape, base: &str, transaction: &Transaction) -> String {
    let tref = &transaction.reference;
    match shape {
        DeeplinkShape::Detail => format!("{base}/v2/deeplink/detail?tref={tref}"),
        DeeplinkShape::DetailWithCallback => {
            let query = [("tref", tref.clone()), ("callback_url", callback(transaction))];
            format!("{base}/v2/deeplink/detail?{}", encoded(&query))
        }
        DeeplinkShape::GojekScheme => {
            let query = [
                ("tref", tref.clone()),
                ("amount", transaction.charge.gross_amount.rupiah().to_string()),
                ("activity", "GP:RR".to_owned()),
                ("callback_url", callback(transaction)),
            ];
            format!("gojek://gopay/merchanttransfer?{}", encoded(&query))
        }
    }
}

/// The reference in a link of any shape: its `tref`, or the text itself where it is a bare one.
fn deeplink_reference(text: &str) -> Option<String> {
    match Url::parse(text) {
        Ok(url) => url.query_pairs().find(|(name, _)| name == "tref").map(|(_, value)| value.into_owned()),
        Err(_) => text.starts_with("A1").then(|| text.to_owned()),
    }
}

/// The callback of a transaction. Without one, the shop's own page is not known: an empty text.
fn callback(transaction: &Transaction) -> String {
    let with_order = |url: &str| format!("{url}?order_id={}", transaction.charge.order_id);
    transaction.charge.callback.as_ref().map(|callback| with_order(callback.as_str())).unwrap_or_default()
}

fn encoded(pairs: &[(&str, String)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_image_urls_and_the_codes_own_text_are_scanned() {
        let id = || Some(Scanned::TransactionId("t-1".to_owned()));
        assert_eq!(Scanned::read("http://127.0.0.1:7081/v2/gopay/t-1/qr-code"), id());
        assert_eq!(Scanned::read("https://toko.example/sandbox/v2/gopay/t-1/qr-code?x=1"), id());
        let reference = Some(Scanned::Reference("A1ID".to_owned()));
        assert_eq!(Scanned::read("http://127.0.0.1:7081/v4/qris/gopay/A1ID/qr-code"), reference);
        assert_eq!(Scanned::read("000201010212"), Some(Scanned::Qris("000201010212".to_owned())));
        for text in ["", "hello", "http://127.0.0.1:7081/", "http://127.0.0.1:7081/v2/t-1/status"] {
            assert_eq!(Scanned::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_link_of_any_shape_says_which_transaction_is_meant() {
        for text in [
            "A1ID",
            "gojek://gopay/merchanttransfer?amount=1&tref=A1ID",
            "https://gojek.link/gopay/merchanttransfer?tref=A1ID",
            "https://gopay.co.id/app/merchanttransfer?tref=A1ID",
            "http://127.0.0.1:7081/v2/deeplink/detail?tref=A1ID",
        ] {
            assert_eq!(deeplink_reference(text).as_deref(), Some("A1ID"), "{text}");
        }
        assert_eq!(
            (deeplink_reference(""), deeplink_reference("hello"), deeplink_reference("https://toko.example/")),
            (None, None, None)
        );
    }
}
