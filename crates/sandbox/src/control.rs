//! `/sandbox/*`: the control API. Not Midtrans', without authorization, and only for a machine of one's own.

mod notifications;

pub(crate) use notifications::{AttemptDetails, notification, notifications, resend, send_own, send_test};

use crate::{
    ApiError, Behaviour,
    core_api::error_response,
    faults::{Chaos, Fault},
    ledger::{Ledger, PaidVia, Stage, Transaction},
    lock,
    sandbox::Sandbox,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use gopay_contract::{ErrorBody, GrossAmount, JakartaTime, TransactionStatus};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use url::Url;

type Shared = State<Arc<Sandbox>>;

/// `GET /healthz`
pub(crate) async fn health() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `GET /sandbox/transactions`
pub(crate) async fn transactions(State(sandbox): Shared) -> Response {
    let list: Vec<_> = sandbox.with_ledger(|ledger, _| ledger.transactions().iter().map(Listing::of).collect());
    Json(list).into_response()
}

/// `GET /sandbox/transactions/{order_id or transaction_id}`
pub(crate) async fn transaction(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    act(&sandbox, |ledger, _| ledger.find(&id).cloned())
}

/// Body of a payment; all of it optional.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Payment {
    via: Via,
    /// The issuer of the scanning app; only with `"via":"qris"`.
    issuer: Option<String>,
    /// Settles an expired or cancelled transaction: money that Midtrans learns of late.
    late: bool,
    /// The settlement is in doubt: `fraud_status` says `challenge`.
    challenge: bool,
    /// The transaction was made, and paid, this many seconds earlier.
    seconds_ago: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Via {
    #[default]
    Gopay,
    Qris,
}

/// `POST /sandbox/transactions/{id}/pay`
pub(crate) async fn pay(State(sandbox): Shared, Path(id): Path<String>, body: Bytes) -> Response {
    let payment: Payment = match optional(&body) {
        Ok(payment) => payment,
        Err(why) => return bad(why.to_string()),
    };
    let via = match payment.via {
        Via::Gopay => PaidVia::Gopay,
        Via::Qris => PaidVia::Qris { issuer: payment.issuer.unwrap_or_else(|| "gopay".to_owned()) },
    };
    act(&sandbox, |ledger, now| {
        let at = JakartaTime::from_unix_seconds(now.unix_seconds() - i64::from(payment.seconds_ago));
        ledger.before_payment(&id, payment.challenge, payment.seconds_ago)?;
        if payment.late { ledger.pay_late(at, &id, via) } else { ledger.pay(at, &id, via) }
    })
}

/// `POST /sandbox/transactions/{id}/expire`, as Midtrans' job would.
pub(crate) async fn expire(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    act(&sandbox, |ledger, _| ledger.expire(&id))
}

/// `POST /sandbox/transactions/{id}/cancel`, as the merchant would.
pub(crate) async fn cancel(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    act(&sandbox, |ledger, _| ledger.cancel(&id))
}

/// `POST /sandbox/transactions/{id}/deny`, as GoPay would.
pub(crate) async fn deny(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    act(&sandbox, |ledger, _| ledger.deny(&id, ledger.behaviour.denial))
}

/// Applies the change and answers with the transaction; 404 or 409 with Midtrans' error body if it cannot be applied.
fn act(sandbox: &Sandbox, work: impl FnOnce(&mut Ledger, JakartaTime) -> Result<Transaction, ApiError>) -> Response {
    match sandbox.with_ledger(work) {
        Ok(transaction) => Json(Listing::of(&transaction)).into_response(),
        Err(error) => {
            let http_status = if error == ApiError::NotFound { StatusCode::NOT_FOUND } else { StatusCode::CONFLICT };
            plainly(http_status, error_response(sandbox, &error))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotificationUrl {
    url: Option<String>,
}

/// `GET /sandbox/notification-url`: as it would be set.
pub(crate) async fn current_notification_url(State(sandbox): Shared) -> Response {
    Json(json!({"url": sandbox.notification_url()})).into_response()
}

/// `POST /sandbox/notification-url {"url": …}`; `null` turns notifications off.
pub(crate) async fn notification_url(State(sandbox): Shared, body: Bytes) -> Response {
    let given = match serde_json::from_slice::<NotificationUrl>(&body) {
        Ok(given) => given.url,
        Err(why) => return bad(format!("expected {{\"url\": \"http://…\"}}: {why}")),
    };
    match checked_url(given) {
        Ok(url) => {
            sandbox.set_notification_url(url);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(why) => bad(why),
    }
}

/// Reads a URL for notifications.
pub(crate) fn checked_url(given: Option<String>) -> Result<Option<String>, String> {
    let reachable = |url: &String| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    match given {
        Some(url) if !reachable(&url) => Err(format!("url: {url:?} must be an http(s) URL")),
        given => Ok(given),
    }
}

/// Answers 405: another method than the route's.
pub(crate) async fn method_not_allowed(State(sandbox): Shared) -> Response {
    plainly(StatusCode::METHOD_NOT_ALLOWED, error_response(&sandbox, &ApiError::MethodNotAllowed))
}

/// Answers an error with Midtrans' body and a true HTTP status: this is not Midtrans' API.
pub(crate) fn plainly(http_status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = http_status;
    response
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

/// `POST /sandbox/clock/advance {"seconds": N}`
pub(crate) async fn advance_clock(State(sandbox): Shared, body: Bytes) -> Response {
    let read = serde_json::from_slice::<Advance>(&body).map_err(|why| format!("expected {{\"seconds\": 60}}: {why}"));
    match read.and_then(|advance| checked_advance(advance.seconds)) {
        Ok(seconds) => {
            sandbox.advance_clock(Duration::from_secs(seconds));
            Json(json!({"now": sandbox.clock.now().jakarta()})).into_response()
        }
        Err(why) => bad(why),
    }
}

/// Checks the seconds to advance the clock by. Ten years at once are enough for any test, and keep every later time a
/// four-digit year.
pub(crate) fn checked_advance(seconds: u64) -> Result<u64, String> {
    const MOST: u64 = 315_360_000;
    if seconds <= MOST { Ok(seconds) } else { Err(format!("seconds: {seconds} must be at most {MOST}")) }
}

/// `GET /sandbox/behaviour`
pub(crate) async fn behaviour(State(sandbox): Shared) -> Response {
    Json(sandbox.behaviour()).into_response()
}

/// `PATCH /sandbox/behaviour`: the switches named in the body change, the others stay.
pub(crate) async fn change_behaviour(State(sandbox): Shared, body: Bytes) -> Response {
    let changes: serde_json::Map<String, Value> = match serde_json::from_slice(&body) {
        Ok(changes) => changes,
        Err(why) => return bad(format!("expected an object of switches: {why}")),
    };
    match change_switches(&sandbox, changes) {
        Ok(behaviour) => Json(behaviour).into_response(),
        Err(why) => bad(why.to_string()),
    }
}

/// Changes the named switches, or none of them.
pub(crate) fn change_switches(
    sandbox: &Sandbox,
    changes: impl IntoIterator<Item = (String, Value)>,
) -> Result<Behaviour, serde_json::Error> {
    let changed = sandbox.with_ledger(|ledger, _| {
        let mut all = serde_json::to_value(&ledger.behaviour)?;
        if let Some(all) = all.as_object_mut() {
            all.extend(changes);
        }
        ledger.behaviour = serde_json::from_value(all)?;
        Ok(ledger.behaviour.clone())
    });
    sandbox.changes.notify();
    changed
}

fn optional<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, serde_json::Error> {
    if body.trim_ascii().is_empty() { Ok(T::default()) } else { serde_json::from_slice(body) }
}

fn bad(why: impl Into<String>) -> Response {
    (StatusCode::BAD_REQUEST, Json(ErrorBody::new(400, why))).into_response()
}

/// One line of `GET /sandbox/transactions`.
#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    pub(crate) order_id: String,
    pub(crate) transaction_id: String,
    pub(crate) transaction_status: TransactionStatus,
    pub(crate) gross_amount: GrossAmount,
    pub(crate) transaction_time: JakartaTime,
    pub(crate) expiry_time: JakartaTime,
    /// The `tref` of the deeplink.
    pub(crate) reference: String,
    /// The text in the QR code.
    pub(crate) qris: String,
    /// `gopay` or `qris`, once it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) paid_via: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refund_amount: Option<GrossAmount>,
}

impl Listing {
    pub(crate) fn of(transaction: &Transaction) -> Self {
        let paid_via = match &transaction.stage {
            Stage::Settled(settlement) => Some(match settlement.via {
                PaidVia::Gopay => "gopay",
                PaidVia::Qris { .. } => "qris",
            }),
            Stage::Pending | Stage::Expired | Stage::Cancelled | Stage::Denied(_) => None,
        };
        Self {
            order_id: transaction.charge.order_id.to_string(),
            transaction_id: transaction.transaction_id.to_string(),
            transaction_status: transaction.transaction_status(),
            gross_amount: transaction.charge.gross_amount,
            transaction_time: transaction.transaction_time,
            expiry_time: transaction.charge.expiry_time,
            reference: transaction.reference.clone(),
            qris: transaction.qris.clone(),
            paid_via,
            refund_amount: transaction.refund_amount(),
        }
    }
}

/// `GET /sandbox/faults`
pub(crate) async fn faults(State(sandbox): Shared) -> Response {
    Json(lock(&sandbox.faults).list()).into_response()
}

/// `GET /sandbox/faults/applied`: what struck, oldest first.
pub(crate) async fn applied_faults(State(sandbox): Shared) -> Response {
    let applied: Vec<_> = lock(&sandbox.faults).applied().cloned().collect();
    Json(applied).into_response()
}

/// `POST /sandbox/faults`
pub(crate) async fn add_fault(State(sandbox): Shared, body: Bytes) -> Response {
    let fault = serde_json::from_slice(&body).map_err(|why| why.to_string()).and_then(|body| Fault::read(&body));
    match fault {
        Ok(fault) => {
            let fault = lock(&sandbox.faults).add(fault);
            sandbox.changes.notify();
            (StatusCode::CREATED, Json(fault)).into_response()
        }
        Err(why) => bad(why),
    }
}

/// `DELETE /sandbox/faults`
pub(crate) async fn clear_faults(State(sandbox): Shared) -> Response {
    lock(&sandbox.faults).clear();
    sandbox.changes.notify();
    StatusCode::NO_CONTENT.into_response()
}

/// `DELETE /sandbox/faults/{id}`
pub(crate) async fn remove_fault(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    let removed = id.parse().is_ok_and(|id| lock(&sandbox.faults).remove(id));
    sandbox.changes.notify();
    if removed {
        StatusCode::NO_CONTENT.into_response()
    } else {
        plainly(StatusCode::NOT_FOUND, error_response(&sandbox, &ApiError::NotFound))
    }
}

/// `GET /sandbox/chaos`: `null` without.
pub(crate) async fn chaos(State(sandbox): Shared) -> Response {
    Json(lock(&sandbox.faults).chaos()).into_response()
}

/// `PUT /sandbox/chaos {"seed": 42, "one_in": 20, "kinds": ["latency"]}`
pub(crate) async fn set_chaos(State(sandbox): Shared, body: Bytes) -> Response {
    match serde_json::from_slice::<Chaos>(&body) {
        Ok(Chaos { one_in: 0, .. }) => bad("one_in: 0 must be at least 1"),
        Ok(chaos) => {
            let answer = Json(&chaos).into_response();
            lock(&sandbox.faults).set_chaos(Some(chaos));
            sandbox.changes.notify();
            answer
        }
        Err(why) => bad(format!("expected {{\"seed\": 42, \"one_in\": 20, \"kinds\": [\"latency\"]}}: {why}")),
    }
}

/// `DELETE /sandbox/chaos`
pub(crate) async fn end_chaos(State(sandbox): Shared) -> Response {
    lock(&sandbox.faults).set_chaos(None);
    sandbox.changes.notify();
    StatusCode::NO_CONTENT.into_response()
}
