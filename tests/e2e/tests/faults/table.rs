//! The fault table: what goes wrong, what the payer sees, what the page hears, and what happens when it is over. Data
//! only; `runner.rs` runs a row, `document.rs` writes docs/faults.md from all of them.

use std::mem::discriminant;

/// Endpoint of the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// `POST charge-url`
    Charge,
    /// `GET status-url`, with nothing pushed; the payer pays meanwhile.
    Status,
    /// `GET events-url`
    Events,
    /// The QR image, at Midtrans' host.
    QrImage,
    /// The link to the GoPay app, in the charge's answer.
    Deeplink,
    /// `POST cancel-url`
    Cancel,
}

impl At {
    pub(crate) const ALL: [Self; 6] =
        [Self::Charge, Self::Status, Self::Events, Self::QrImage, Self::Deeplink, Self::Cancel];
}

/// A fault: its name, and its request body at the demo shop's `/faults` (of the QR image: at `/sandbox/faults`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault(pub(crate) &'static str, pub(crate) &'static str);

/// Screen during the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// `charging`, and "Coba lagi".
    Waiting,
    /// `pending`, with the QR code.
    Qr,
    /// `pending`, with the charge's other QR code.
    OtherQr,
    /// `pending`, with the link.
    Link,
    /// `checking`: nothing to pay with.
    Checking,
    /// `problem`: nothing to pay with.
    Problem,
    /// `settlement`
    Paid,
    /// `cancel`
    Cancelled,
}

/// Recovery from the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The widget reaches this state without help, once the fault has ended.
    ByItself(&'static str),
    /// The widget reaches this state though the fault has not ended; a payment in the middle of it included.
    Anyway(&'static str),
    /// The widget reaches this state once the fault has ended and the payer has pressed this button.
    Pressed(&'static str, &'static str),
    /// The widget reaches this state once the fault has ended and the page was loaded anew.
    Reloaded(&'static str),
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) at: At,
    pub(crate) fault: Fault,
    pub(crate) shows: Shows,
    /// The `code` of the `gopay-problem` that the page hears.
    pub(crate) tells: Option<&'static str>,
    pub(crate) then: Then,
}

const fn row(at: At, fault: Fault, shows: Shows, tells: &'static str, then: Then) -> Row {
    Row { at, fault, shows, tells: Some(tells), then }
}

const fn unheard(at: At, fault: Fault, shows: Shows, then: Then) -> Row {
    Row { at, fault, shows, tells: None, then }
}

const HTML_401: Fault = Fault("401, HTML", r#"{"fault":"answer","http_status":401,"body":"html"}"#);
const BODY_402: Fault =
    Fault("402 in the body", r#"{"fault":"answer","http_status":200,"body":"midtrans","status_code":402}"#);
const HTTP_404: Fault = Fault("404", r#"{"fault":"answer","http_status":404,"body":"midtrans"}"#);
const BODY_404: Fault =
    Fault("404 in the body", r#"{"fault":"answer","http_status":200,"body":"midtrans","status_code":404}"#);
const BODY_406: Fault =
    Fault("406 in the body", r#"{"fault":"answer","http_status":200,"body":"midtrans","status_code":406}"#);
const BODY_412: Fault =
    Fault("412 in the body", r#"{"fault":"answer","http_status":200,"body":"midtrans","status_code":412}"#);
const HTTP_429: Fault =
    Fault("429, Retry-After", r#"{"fault":"answer","http_status":429,"body":"empty","retry_after":2}"#);
const HTML_500: Fault = Fault("500, HTML", r#"{"fault":"answer","http_status":500,"body":"html"}"#);
const BODY_500: Fault =
    Fault("500 in the body", r#"{"fault":"answer","http_status":200,"body":"midtrans","status_code":500}"#);
const HTTP_503: Fault = Fault("503", r#"{"fault":"answer","http_status":503,"body":"midtrans"}"#);
const TIME_OUT: Fault = Fault("time-out", r#"{"fault":"time_out"}"#);
const CUT: Fault = Fault("cut mid-body", r#"{"fault":"cut"}"#);
const EMPTY: Fault = Fault("empty", r#"{"fault":"answer","http_status":200,"body":"empty"}"#);
const NOT_JSON: Fault = Fault("not JSON", r#"{"fault":"answer","http_status":200,"body":"not_json"}"#);
const ORDER_ID: Fault = Fault("wrong order_id", r#"{"fault":"mutate","change":"order_id"}"#);
const TRANSACTION_ID: Fault = Fault("another transaction_id", r#"{"fault":"mutate","change":"transaction_id"}"#);
const AMOUNT: Fault = Fault("wrong gross_amount", r#"{"fault":"mutate","change":"gross_amount"}"#);
const CURRENCY: Fault = Fault("wrong currency", r#"{"fault":"mutate","change":"currency"}"#);
const UNKNOWN: Fault = Fault("unknown transaction_status", r#"{"fault":"mutate","change":"transaction_status"}"#);
const DENY: Fault = Fault("paid, fraud_status deny", r#"{"fault":"mutate","change":"fraud_deny"}"#);
const CHALLENGE: Fault = Fault("paid, fraud_status challenge", r#"{"fault":"mutate","change":"fraud_challenge"}"#);
const QR_HOST: Fault = Fault("QR code at an untrusted host", r#"{"fault":"mutate","change":"qr_code_host"}"#);
const LINK_HOST: Fault = Fault("link to an untrusted host", r#"{"fault":"mutate","change":"deeplink_host"}"#);
const LINK_SCRIPT: Fault = Fault("javascript: link", r#"{"fault":"mutate","change":"deeplink_javascript"}"#);
const SERVER_KEY: Fault = Fault("holds a server key", r#"{"fault":"mutate","change":"server_key"}"#);
const SILENT: Fault = Fault("silent", r#"{"fault":"silent"}"#);
const ENDS: Fault = Fault("ends at once", r#"{"fault":"ends"}"#);
const PICTURE_403: Fault = Fault("403, HTML", r#"{"fault":"html_403"}"#);
const PICTURE_404: Fault = Fault("404 as JSON", r#"{"fault":"error","status_code":404}"#);
const PICTURE_503: Fault = Fault("503 as JSON", r#"{"fault":"error","status_code":503}"#);
const PICTURE_CUT: Fault = Fault("cut", r#"{"fault":"cut_connection"}"#);
const PICTURE_TIME_OUT: Fault = Fault("time-out", r#"{"fault":"latency","milliseconds":3600000}"#);
const PICTURE_503_ONCE: Fault = Fault("503 as JSON, once", r#"{"fault":"error","status_code":503,"times":1}"#);
const PICTURE_503_TWICE: Fault = Fault("503 as JSON, twice", r#"{"fault":"error","status_code":503,"times":2}"#);

const RETRY: &str = "Coba lagi";
const CANCEL: &str = "Batalkan pembayaran";

use At::{Cancel, Charge, Deeplink, Events, QrImage, Status};
use Shows::{Cancelled, Checking, Link, OtherQr, Paid, Problem, Qr, Waiting};
use Then::{Anyway, ByItself, Pressed, Reloaded};

/// One row of each kind: at every place, the first that shows and ends as no row before it. For engines and builds in
/// which the whole table is not run each time.
pub(crate) fn spread() -> impl Iterator<Item = &'static Row> {
    let mut kinds = Vec::new();
    ROWS.iter().filter(move |row| {
        let kind = (row.at, row.shows, discriminant(&row.then));
        let is_new = !kinds.contains(&kind);
        if is_new {
            kinds.push(kind);
        }
        is_new
    })
}

/// All of it.
pub(crate) const ROWS: &[Row] = &[
    row(Charge, HTML_401, Problem, "merchant-refused", Reloaded("pending")),
    row(Charge, BODY_402, Problem, "charge-rejected", Reloaded("pending")),
    row(Charge, HTTP_404, Problem, "merchant-refused", Reloaded("pending")),
    row(Charge, BODY_406, Problem, "charge-rejected", Pressed(RETRY, "pending")),
    row(Charge, HTTP_429, Waiting, "merchant-unreachable", ByItself("pending")),
    row(Charge, HTML_500, Waiting, "merchant-unreachable", ByItself("pending")),
    row(Charge, BODY_500, Waiting, "merchant-unreachable", ByItself("pending")),
    row(Charge, HTTP_503, Waiting, "merchant-unreachable", ByItself("pending")),
    row(Charge, TIME_OUT, Waiting, "merchant-unreachable", ByItself("pending")),
    row(Charge, CUT, Waiting, "merchant-unreachable", ByItself("pending")),
    row(Charge, EMPTY, Problem, "bad-answer", Pressed(RETRY, "pending")),
    row(Charge, NOT_JSON, Problem, "bad-answer", Pressed(RETRY, "pending")),
    row(Charge, ORDER_ID, Problem, "bad-answer", Pressed(RETRY, "pending")),
    row(Charge, AMOUNT, Problem, "amount-mismatch", Reloaded("pending")),
    row(Charge, CURRENCY, Problem, "amount-mismatch", Reloaded("pending")),
    row(Charge, UNKNOWN, Problem, "bad-answer", Pressed(RETRY, "pending")),
    unheard(Charge, DENY, Checking, ByItself("settlement")),
    unheard(Charge, CHALLENGE, Checking, ByItself("settlement")),
    row(Charge, SERVER_KEY, Problem, "server-key", Reloaded("pending")),
    // Whatever stands before a merchant refuses so, too. Again and again, it ends as the merchant's own does.
    row(Status, HTML_401, Qr, "merchant-unreachable", ByItself("settlement")),
    row(Status, BODY_402, Qr, "bad-answer", ByItself("settlement")),
    row(Status, HTTP_404, Problem, "merchant-refused", Reloaded("settlement")),
    row(Status, BODY_404, Qr, "bad-answer", ByItself("settlement")),
    row(Status, BODY_406, Qr, "bad-answer", ByItself("settlement")),
    row(Status, HTTP_429, Qr, "merchant-unreachable", ByItself("settlement")),
    row(Status, HTML_500, Qr, "merchant-unreachable", ByItself("settlement")),
    row(Status, BODY_500, Qr, "merchant-unreachable", ByItself("settlement")),
    row(Status, HTTP_503, Qr, "merchant-unreachable", ByItself("settlement")),
    row(Status, TIME_OUT, Qr, "merchant-unreachable", ByItself("settlement")),
    row(Status, CUT, Qr, "merchant-unreachable", ByItself("settlement")),
    row(Status, EMPTY, Qr, "bad-answer", ByItself("settlement")),
    row(Status, NOT_JSON, Qr, "bad-answer", ByItself("settlement")),
    row(Status, ORDER_ID, Qr, "bad-answer", ByItself("settlement")),
    // The charge is asked for again, and its answer is believed.
    unheard(Status, TRANSACTION_ID, Paid, Anyway("settlement")),
    row(Status, AMOUNT, Problem, "amount-mismatch", Reloaded("settlement")),
    row(Status, CURRENCY, Problem, "amount-mismatch", Reloaded("settlement")),
    row(Status, UNKNOWN, Qr, "bad-answer", ByItself("settlement")),
    unheard(Status, DENY, Checking, ByItself("settlement")),
    unheard(Status, CHALLENGE, Checking, ByItself("settlement")),
    row(Status, SERVER_KEY, Problem, "server-key", Reloaded("settlement")),
    // Losing the stream means asking: no trouble worth a word.
    unheard(Events, HTML_401, Qr, Anyway("settlement")),
    unheard(Events, HTTP_404, Qr, Anyway("settlement")),
    unheard(Events, HTTP_429, Qr, Anyway("settlement")),
    unheard(Events, HTML_500, Qr, Anyway("settlement")),
    unheard(Events, HTTP_503, Qr, Anyway("settlement")),
    unheard(Events, TIME_OUT, Qr, Anyway("settlement")),
    unheard(Events, CUT, Qr, Anyway("settlement")),
    unheard(Events, EMPTY, Qr, Anyway("settlement")),
    unheard(Events, NOT_JSON, Qr, Anyway("settlement")),
    unheard(Events, ENDS, Qr, Anyway("settlement")),
    unheard(Events, SILENT, Qr, Anyway("settlement")),
    row(Events, ORDER_ID, Qr, "bad-answer", Anyway("settlement")),
    row(Events, AMOUNT, Problem, "amount-mismatch", Reloaded("pending")),
    row(Events, UNKNOWN, Qr, "bad-answer", Anyway("settlement")),
    // In the status that is asked for, too.
    unheard(Events, DENY, Checking, ByItself("settlement")),
    row(Events, SERVER_KEY, Problem, "server-key", Reloaded("pending")),
    unheard(QrImage, PICTURE_503_ONCE, Qr, Anyway("settlement")),
    unheard(QrImage, PICTURE_503_TWICE, OtherQr, Anyway("settlement")),
    row(QrImage, PICTURE_403, Link, "qr-image", Anyway("settlement")),
    row(QrImage, PICTURE_404, Link, "qr-image", Anyway("settlement")),
    row(QrImage, PICTURE_503, Link, "qr-image", Anyway("settlement")),
    row(QrImage, PICTURE_TIME_OUT, Link, "qr-image", Anyway("settlement")),
    row(QrImage, PICTURE_CUT, Link, "qr-image", Anyway("settlement")),
    // An action that leads elsewhere costs that action alone.
    unheard(QrImage, QR_HOST, Link, Anyway("settlement")),
    unheard(Deeplink, LINK_HOST, Qr, Anyway("settlement")),
    unheard(Deeplink, LINK_SCRIPT, Qr, Anyway("settlement")),
    row(Cancel, HTML_401, Qr, "merchant-refused", Pressed(CANCEL, "cancel")),
    row(Cancel, BODY_402, Qr, "bad-answer", Pressed(CANCEL, "cancel")),
    row(Cancel, HTTP_404, Qr, "merchant-refused", Pressed(CANCEL, "cancel")),
    row(Cancel, BODY_406, Qr, "bad-answer", Pressed(CANCEL, "cancel")),
    unheard(Cancel, BODY_412, Qr, Pressed(CANCEL, "cancel")),
    row(Cancel, HTTP_429, Qr, "merchant-unreachable", Pressed(CANCEL, "cancel")),
    row(Cancel, HTML_500, Qr, "merchant-unreachable", Pressed(CANCEL, "cancel")),
    row(Cancel, HTTP_503, Qr, "merchant-unreachable", Pressed(CANCEL, "cancel")),
    row(Cancel, TIME_OUT, Qr, "merchant-unreachable", Pressed(CANCEL, "cancel")),
    row(Cancel, CUT, Cancelled, "merchant-unreachable", Anyway("cancel")),
    row(Cancel, EMPTY, Qr, "bad-answer", Pressed(CANCEL, "cancel")),
    row(Cancel, NOT_JSON, Qr, "bad-answer", Pressed(CANCEL, "cancel")),
    row(Cancel, ORDER_ID, Cancelled, "bad-answer", Anyway("cancel")),
    row(Cancel, AMOUNT, Problem, "amount-mismatch", Reloaded("cancel")),
    row(Cancel, UNKNOWN, Cancelled, "bad-answer", Anyway("cancel")),
    row(Cancel, SERVER_KEY, Problem, "server-key", Reloaded("cancel")),
];
